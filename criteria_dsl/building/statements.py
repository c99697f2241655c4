"""Statements that stand alone or in a group: presence, counts, tests of values, edges and ages."""

from __future__ import annotations

from typing import Any

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.choices import ChoiceRules, Limits
from criteria_dsl.source import Span


@v_args(meta=True, inline=True)
class StatementRules(ChoiceRules):
    """The rules of `statement`; a test may be limits that depend on a condition."""

    def quantifier(self, meta: Meta, form: t.Word | tuple[t.Word, t.Word]) -> tuple[str, t.Word | None, Span]:
        if isinstance(form, t.Word):
            return form.text, None, self._span(meta)
        return form[0].text, form[1], self._span(meta)

    def count(self, meta: Meta, bound: t.Word, number: Token) -> tuple[t.Word, t.Word]:
        return bound, self._word(number)

    def group(self, meta: Meta, head: tuple[str, t.Word | None, Span], *rest: Any) -> t.Group:
        parts = tuple(part for part in rest if not isinstance(part, Token))
        return t.Group(head[0], head[1], parts, self._span(meta), head[2])

    def present(self, meta: Meta, rows: t.Rows) -> t.Present:
        return t.Present(rows, self._span(meta))

    def lone_pick(self, meta: Meta, picked: t.Picked) -> t.LonePick:
        return t.LonePick(picked, self._span(meta))

    def absent(self, meta: Meta, rows: t.Rows) -> t.Absent:
        return t.Absent(rows, self._span(meta))

    def negated(self, meta: Meta, name: Token, arguments: Any) -> t.Negated:
        return t.Negated(self._word(name), arguments or (), self._span(meta))

    def counted(self, meta: Meta, count: tuple[t.Word, t.Word], rows: t.Rows) -> t.Counted:
        return t.Counted(count[0].text, count[1], rows, self._span(meta))

    def counted_records(
        self, meta: Meta, count: tuple[t.Word, t.Word], _word: Token, rows: t.Rows
    ) -> t.Counted:
        return t.Counted(count[0].text, count[1], rows, self._span(meta), "records")

    def counted_relatives(
        self, meta: Meta, count: tuple[t.Word, t.Word], _word: Token, _with: Token, rows: t.Rows
    ) -> t.Counted:
        return t.Counted(count[0].text, count[1], rows, self._span(meta), "relatives")

    def every(self, meta: Meta, rows: t.Rows, test: t.Test) -> t.EveryIs:
        return t.EveryIs(rows, test, self._span(meta))

    def named_is(self, meta: Meta, rows: t.Rows, test: t.Test | Limits) -> t.Statement:
        return self._tested(meta, test, lambda one, span: t.NamedIs(rows, one, span))

    def picked_is(self, meta: Meta, picked: t.Picked, test: t.Test | Limits) -> t.Statement:
        return self._tested(meta, test, lambda one, span: t.PickedIs(picked, one, span))

    def result(self, meta: Meta, rows: t.Rows, has: t.Word) -> t.HasResult:
        return t.HasResult(rows, has.text == "no", self._span(meta))

    def edge_is(self, meta: Meta, edge: t.Word, picked: t.Picked, window: t.Window) -> t.EdgeIs:
        return t.EdgeIs(edge, picked, window, self._span(meta))

    def named_edge_is(self, meta: Meta, edge: t.Word, name: Token, window: t.Window) -> t.EdgeIs:
        return t.EdgeIs(edge, self._word(name), window, self._span(meta))

    def age_is(self, meta: Meta, word: t.Word, moment: t.Moment, test: t.Test | Limits) -> t.Statement:
        at = t.Relative(word.text, moment, word.span.to(moment.span))
        return self._tested(meta, test, lambda one, span: t.AgeIs(at, one, span))
