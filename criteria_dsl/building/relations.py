"""Rows related to other rows of the patient, to the patient's age, and to what was not done."""

from __future__ import annotations

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places


@v_args(meta=True, inline=True)
class RelationRules(Places):
    """The rules of relations between records."""

    def any_code(self, meta: Meta) -> t.AnyCode:
        return t.AnyCode(self._span(meta))

    def same_visit(self, meta: Meta, name: Token) -> t.SameVisitClause:
        return t.SameVisitClause(self._word(name), self._span(meta))

    def not_done(self, meta: Meta) -> t.NotDoneClause:
        return t.NotDoneClause(self._span(meta))

    def the_any(self, meta: Meta, name: Token) -> t.During:
        return t.During(self._word(name), True, self._span(meta), True)

    def during_any(self, meta: Meta, name: Token) -> t.During:
        return t.During(self._word(name), False, self._span(meta), True)

    def since(self, meta: Meta, moment: t.Moment) -> t.Relative:
        return t.Relative("since", moment, self._span(meta))

    def at_age(self, meta: Meta, test: t.Test) -> t.AtAge:
        return t.AtAge(test, self._span(meta))

    def base_birth(self, meta: Meta) -> t.Base:
        return t.Base("birth", self._span(meta))

    def died(self, meta: Meta, window: t.Window) -> t.Died:
        return t.Died(window, self._span(meta))
