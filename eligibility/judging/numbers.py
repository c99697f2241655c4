"""Values of observations as closed intervals of floats, and ranges they are tested against."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import NUMBER, UNIT_UNRESOLVED
from eligibility.facts import Array, ValueFlag
from eligibility.judging.kernels.intervals import lie_within
from eligibility.judging.truth import Flags
from eligibility.program import Range, Reference, ReferenceEnd
from eligibility.units import dimension_of


def within(limits: Range, low: Array, high: Array) -> tuple[Flags, Flags]:
    """Whether values known to lie in [low, high] surely/possibly lie in the range; NaN: neither."""
    certain, possible = np.empty(len(low), np.bool_), np.empty(len(low), np.bool_)
    low, high = low.astype(np.float64, copy=False), high.astype(np.float64, copy=False)
    lie_within(low, high, *closed(limits), certain, possible)
    return certain, possible


def closed(limits: Range) -> tuple[float, float]:
    """Least and greatest number in a range: an open limit is moved to the next float, none is infinite."""
    least = -math.inf if limits.low is None else limits.low
    most = math.inf if limits.high is None else limits.high
    if limits.low is not None and limits.low_open:
        least = math.nextafter(least, math.inf)
    if limits.high is not None and limits.high_open:
        most = math.nextafter(most, -math.inf)
    return least, most


def near_limit(limits: Range, low: NDArray[np.float64], high: NDArray[np.float64], share: float) -> Flags:
    """Whether a number may lie within a share of one of the limits, on either side."""
    near = np.zeros(len(low), dtype=np.bool_)
    for limit in (limits.low, limits.high):
        if limit is not None:
            margin = abs(limit) * share
            near |= (high >= limit - margin) & (low <= limit + margin)
    return near


def numbers_of(
    unit: str,
    column: Callable[[str], Array],
    reference: Reference | None = None,
    written: Callable[[str], Array] | None = None,
) -> tuple[Array, Array, Flags, Flags]:
    """(low, high, known, unresolved) of values in a canonical unit; arrays of one length each.

    `column` gives a column of the fact table by name. `known` rows carry a comparable number; open
    ends are moved to the next float, so that intervals are closed. `unresolved` marks numbers whose
    unit is missing or of another dimension. With a reference, numbers are multiples of it, and those
    without a usable one are not known. `written` gives the columns before an analyte's conversion.
    """
    state, low, high = column("value_state"), column("value_lo"), column("value_hi")
    flags, dimension = column("value_flags"), column("unit")
    is_number = state == NUMBER
    fits = dimension == dimension_of(unit)
    usable: Flags | None = None
    if reference is not None:
        low, high, usable = _multiples(reference, column, written or column)
    flagged = np.flatnonzero(flags)
    if len(flagged):
        low_open = flagged[(flags[flagged] & ValueFlag.LOW_OPEN != 0) & np.isfinite(low[flagged])]
        high_open = flagged[(flags[flagged] & ValueFlag.HIGH_OPEN != 0) & np.isfinite(high[flagged])]
        low, high = low.copy(), high.copy()
        low[low_open] = np.nextafter(low[low_open], np.inf)
        high[high_open] = np.nextafter(high[high_open], -np.inf)
    known = is_number & fits if usable is None else is_number & fits & usable
    unresolved = (is_number & ~fits) | (state == UNIT_UNRESOLVED)
    return low, high, known, unresolved


def _multiples(
    reference: Reference, column: Callable[[str], Array], written: Callable[[str], Array]
) -> tuple[Array, Array, Flags]:
    """(low, high, usable): numbers as multiples of their reference limit.

    A result and its own range are divided as they were written: a conversion that moves zero would
    make another multiple of them. The term's limit stands in for results that state no range at all.
    """
    low, high = written("value_lo"), written("value_hi")
    least, most = written("range_lo"), written("range_hi")
    limits = most if reference.end is ReferenceEnd.UPPER else least
    usable = (limits > 0) & np.isfinite(limits) & ~(least > most)
    if reference.fallback is not None:
        unstated = np.isnan(least) & np.isnan(most)
        limits = np.where(unstated, reference.fallback, limits)
        low = np.where(unstated, column("value_lo"), low)
        high = np.where(unstated, column("value_hi"), high)
        usable |= unstated & (limits > 0) & np.isfinite(limits)
    divisor = np.where(usable, limits, 1.0)
    return rounded(low / divisor), rounded(high / divisor), usable


DIGITS = 12
_NEAR = 1e-10  # far more than twelve digits leave open
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(DIGITS + 11)])


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Computed numbers to twelve significant digits: 0.3 is 1.5 - 1.2, though not in floats."""
    size = np.abs(values)
    usual = np.isfinite(values) & (size > 1e-10) & (size < 1e11)
    exponent = DIGITS - 1 - np.floor(np.log10(np.where(usual, size, 1.0))).astype(np.int64)
    scale = _POWERS[exponent]
    return np.where(usual, np.round(np.where(usual, values, 0.0) * scale) / scale, values)


def rounded_near(limits: Range, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`rounded` where that can change on which side of a limit a number lies; others as they are."""
    near = np.zeros(len(values), dtype=np.bool_)
    for limit in (limits.low, limits.high):
        if limit is not None:
            margin = abs(limit) * _NEAR
            near |= (values >= limit - margin) & (values <= limit + margin)
    index = np.flatnonzero(near)
    if not len(index):
        return values
    result = values.copy()
    result[index] = rounded(values[index])
    return result


def rounded_range(limits: Range) -> Range:
    """A range for computed numbers, rounded as they are."""
    low, high = rounded(np.array([np.nan if end is None else end for end in (limits.low, limits.high)]))
    return replace(
        limits,
        low=None if limits.low is None else float(low),
        high=None if limits.high is None else float(high),
    )
