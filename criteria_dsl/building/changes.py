"""Changes: how much a result fell or rose."""

from __future__ import annotations

from lark import v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places


@v_args(meta=True, inline=True)
class ChangeRules(Places):
    """The rule of `X fell by … from … to …`."""

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
