"""Values of observations as closed intervals of floats, and ranges they are tested against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, ValueFlag, ValueState
from eligibility.judging.truth import Flags
from eligibility.program import Range, Reference, ReferenceEnd
from eligibility.units import dimension_of


def within(limits: Range, low: Array, high: Array) -> tuple[Flags, Flags]:
    """Whether values known to lie in [low, high] surely/possibly lie in the range; NaN: neither."""
    certain = ~np.isnan(low)
    possible = certain.copy()
    if limits.low is not None:
        certain &= low > limits.low if limits.low_open else low >= limits.low
        possible &= high > limits.low if limits.low_open else high >= limits.low
    if limits.high is not None:
        certain &= high < limits.high if limits.high_open else high <= limits.high
        possible &= low < limits.high if limits.high_open else low <= limits.high
    return certain, possible


def numbers_of(
    unit: str, column: Callable[[str], Array], reference: Reference | None = None
) -> tuple[Array, Array, Flags, Flags]:
    """(low, high, known, unresolved) of values in a canonical unit; arrays of one length each.

    `column` gives a column of the fact table by name. `known` rows carry a comparable number; open
    ends are moved to the next float, so that intervals are closed. `unresolved` marks numbers whose
    unit is missing or of another dimension. With a reference, numbers are multiples of it, and those
    without a usable one are not known.
    """
    state, low, high = column("value_state"), column("value_lo"), column("value_hi")
    flags, dimension = column("value_flags"), column("unit")
    is_number = state == ValueState.NUMBER
    fits = dimension == dimension_of(unit)
    usable: Flags | None = None
    if reference is not None:
        limits = column("range_hi" if reference.end is ReferenceEnd.UPPER else "range_lo")
        if reference.fallback is not None:
            limits = np.where(np.isnan(limits), reference.fallback, limits)
        usable = (limits > 0) & np.isfinite(limits)
        divisor = np.where(usable, limits, 1.0)
        low, high = rounded(low / divisor), rounded(high / divisor)
    if flags.any():
        low_open = (flags & ValueFlag.LOW_OPEN != 0) & np.isfinite(low)
        high_open = (flags & ValueFlag.HIGH_OPEN != 0) & np.isfinite(high)
        low = np.where(low_open, np.nextafter(low, np.inf), low)
        high = np.where(high_open, np.nextafter(high, -np.inf), high)
    known = is_number & fits if usable is None else is_number & fits & usable
    unresolved = (is_number & ~fits) | (state == ValueState.UNIT_UNRESOLVED)
    return low, high, known, unresolved


DIGITS = 12
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(DIGITS + 11)])


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Computed numbers to twelve significant digits: 0.3 is 1.5 - 1.2, though not in floats."""
    size = np.abs(values)
    usual = np.isfinite(values) & (size > 1e-10) & (size < 1e11)
    exponent = DIGITS - 1 - np.floor(np.log10(np.where(usual, size, 1.0))).astype(np.int64)
    scale = _POWERS[exponent]
    return np.where(usual, np.round(np.where(usual, values, 0.0) * scale) / scale, values)


def rounded_range(limits: Range) -> Range:
    """A range for computed numbers, rounded as they are."""
    low, high = rounded(np.array([np.nan if end is None else end for end in (limits.low, limits.high)]))
    return replace(
        limits,
        low=None if limits.low is None else float(low),
        high=None if limits.high is None else float(high),
    )
