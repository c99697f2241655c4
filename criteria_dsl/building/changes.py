"""How results follow each other: changes, and readings in a row."""

from __future__ import annotations

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places


@v_args(meta=True, inline=True)
class ChangeRules(Places):
    """The rules of `X fell by … from … to …`, `X rose by … over at most …`, and of readings in a row."""

    def changed(
        self,
        meta: Meta,
        names: tuple[t.Word, ...],
        change: t.Word,
        test: t.Test,
        first: t.Word,
        last: t.Word,
        *clauses: t.Clause,
    ) -> t.Changed:
        rows = t.Rows(names, clauses, None, names[0].span.to(names[-1].span))
        return t.Changed(change, test, first, last, rows, self._span(meta))

    def greatest_change(
        self,
        meta: Meta,
        names: tuple[t.Word, ...],
        change: t.Word,
        test: t.Test,
        over: Token,
        within: t.Length,
        *clauses: t.Clause,
    ) -> t.GreatestChange:
        rows = t.Rows(names, clauses, None, names[0].span.to(names[-1].span))
        return t.GreatestChange(change, test, within, rows, self._span(meta))

    def in_a_row(self, meta: Meta, count: tuple[t.Word, t.Word], word: Token, rows: t.Rows) -> t.InARow:
        return t.InARow(count[0], count[1], rows, self._span(meta))
