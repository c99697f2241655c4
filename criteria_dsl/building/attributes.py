"""Amendments of a heading, the attributes of a criterion, and policy lines."""

from __future__ import annotations

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places


@v_args(meta=True, inline=True)
class AttributeRules(Places):
    """The rules of `amendment`, `attribute` and `policy`; gaps stand with the other lengths."""

    def amendment(self, meta: Meta, keyword: Token, number: Token, day: Token, what: Token) -> t.Amendment:
        return t.Amendment(self._word(number), self._word(day), self._quoted(what), self._span(meta))

    def stage(self, meta: Meta, word: Token) -> t.Attribute:
        return t.Attribute("stage", self._word(word), self._span(meta))

    def asked(self, meta: Meta, word: t.Word) -> t.Attribute:
        return t.Attribute("asked", word, self._span(meta))

    def for_cohort(self, meta: Meta, *names: Token) -> t.Attribute:
        first, *others = (self._word(name) for name in names)
        return t.Attribute("for cohort", first, self._span(meta), tuple(others))

    def only_for(self, meta: Meta, word: Token) -> t.Attribute:
        return t.Attribute("only for", self._word(word), self._span(meta))

    def doubt_policy(self, meta: Meta, doubt: t.Word, kind: t.Word | None, answer: t.Word) -> t.PolicyLine:
        return t.PolicyLine(doubt.text, kind, answer.text, None, self._span(meta))

    def review_policy(self, meta: Meta, number: Token) -> t.PolicyLine:
        return t.PolicyLine("review", None, "", self._word(number), self._span(meta))

    def notes_policy(self, meta: Meta, keyword: Token, answer: Token) -> t.PolicyLine:
        words = "fill gaps" if answer.type == "FILL" else str(answer)
        return t.PolicyLine("notes", None, words, None, self._span(meta))

    def priority(self, meta: Meta, keyword: Token, number: Token) -> t.Attribute:
        return t.Attribute("priority", self._word(number), self._span(meta))

    def route(self, meta: Meta, keyword: Token, word: t.Word) -> t.Attribute:
        return t.Attribute("route to", word, self._span(meta))

    def changed_by(
        self, meta: Meta, changed: Token, keyword: Token, number: Token, what: Token
    ) -> t.Attribute:
        form = f"changed by amendment {number}"
        return t.Attribute(form, self._word(number), self._span(meta), (self._quoted(what),))
