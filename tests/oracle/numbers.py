"""A row's number: in a unit, or as a multiple of the reference limit it states."""

from __future__ import annotations

import math

from eligibility.facts import ValueState
from eligibility.program import Reference, ReferenceEnd
from eligibility.units import dimension_name
from tests.oracle.records import Number, Row


def has_unit(row: Row, unit: str) -> bool:
    """Whether the row's value is a number in this canonical unit."""
    dimension = row.columns["unit"]
    return row.value_state == ValueState.NUMBER and dimension >= 0 and dimension_name(dimension) == unit


def number_in(row: Row, unit: str, reference: Reference | None = None) -> Number | None:
    """The row's number; None where it cannot be compared."""
    if not has_unit(row, unit):
        return None
    number = row.number
    if reference is None:
        return number
    # The result beside its own range, both as they were written.
    own = row.unconverted or row
    low, high = own.columns.get("range_lo", math.nan), own.columns.get("range_hi", math.nan)
    limit = high if reference.end is ReferenceEnd.UPPER else low
    if math.isnan(low) and math.isnan(high) and reference.fallback is not None:
        limit = reference.fallback
    else:
        number = own.number
    if low > high or not 0 < limit < math.inf:
        return None
    return Number(
        twelve_digits(number.lo / limit), twelve_digits(number.hi / limit), number.lo_open, number.hi_open
    )


def twelve_digits(number: float) -> float:
    return float(f"{number:.12g}")
