"""Questions to a person: what is asked, of which type the answer is, and which answer is expected."""

from __future__ import annotations

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places

AnswerType = tuple[str, t.Word | None, tuple[t.Word, ...]]


@v_args(meta=True, inline=True)
class QuestionRules(Places):
    """The rules of `confirms`, `asks` and `answer_type`."""

    def confirms(self, meta: Meta, responder: t.Word, question: Token, since: t.Window | None) -> t.Confirms:
        return t.Confirms(responder.text, self._quoted(question), self._span(meta), since=since)

    def asks(
        self,
        meta: Meta,
        responder: t.Word,
        answers: Token,
        question: Token,
        with_: Token,
        type_: AnswerType,
        expected: t.Test | t.Window,
        since: t.Window | None,
    ) -> t.Confirms:
        return t.Confirms(
            responder.text, self._quoted(question), self._span(meta), *type_, expected=expected, since=since
        )

    def yes_or_no(self, meta: Meta) -> AnswerType:
        return "yes or no", None, ()

    def a_date(self, meta: Meta, date: Token) -> AnswerType:
        return "a date", None, ()

    def a_number(self, meta: Meta, number: Token, unit: Token | None) -> AnswerType:
        return "a number", self._word(unit) if unit is not None else None, ()

    def one_of(self, meta: Meta, one: Token, *options: Token) -> AnswerType:
        return "one of", None, tuple(self._quoted(option) for option in options)
