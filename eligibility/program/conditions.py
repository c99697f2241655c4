"""The statements that values ask: conditions of choices, and items of points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from typing import get_args

from eligibility.program.choices import Points, ValueChoice
from eligibility.program.statements import Statement
from eligibility.program.values import Value

_VALUES = get_args(Value)


@lru_cache(maxsize=4_096)
def conditions_of(value: Value) -> tuple[Statement, ...]:
    """The statements that a value asks, in reading order; not those inside of them."""
    return tuple(_conditions_of(value))


def _conditions_of(value: Value) -> Iterator[Statement]:
    match value:
        case Points(statements=statements):
            yield from statements
        case ValueChoice(conditions=conditions, values=values):
            for condition, chosen in zip(conditions, values[:-1], strict=True):
                yield condition
                yield from conditions_of(chosen)
            yield from conditions_of(values[-1])
        case _:
            # Other values are made of values, and of no statement.
            for item in fields(value):
                part = getattr(value, item.name)
                for one in part if isinstance(part, tuple) else (part,):
                    if isinstance(one, _VALUES):
                        yield from conditions_of(one)
