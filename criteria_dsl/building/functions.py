"""Functions of values: roots, logarithms, the higher and the lower of two."""

from __future__ import annotations

from dataclasses import replace

from lark import v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places


@v_args(meta=True, inline=True)
class FunctionRules(Places):
    """The rules of values that are written with `of`."""

    def higher_value(self, meta: Meta, which: t.Word, first: t.Value, second: t.Value) -> t.Calculation:
        operator = replace(which, text=f"{which.text} of")
        return t.Calculation((first, second), (operator,), self._span(meta))

    def function_value(self, meta: Meta, name: t.Word, part: t.Value) -> t.FunctionOf:
        return t.FunctionOf(replace(name, text=f"{name.text} of"), part, self._span(meta))
