"""Values of observations as closed intervals of floats, and ranges they are tested against."""

from __future__ import annotations

import numpy as np

from eligibility.facts import Array, ValueFlag, ValueState
from eligibility.judging.truth import Flags
from eligibility.program import Range
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
    unit: str, state: Array, low: Array, high: Array, flags: Array, dimension: Array
) -> tuple[Array, Array, Flags, Flags]:
    """(low, high, known, unresolved) of values in a canonical unit; arrays of one length each.

    `known` rows carry a comparable number; open ends are moved to the next float, so that intervals
    are closed. `unresolved` marks numbers whose unit is missing or of another dimension.
    """
    is_number = state == ValueState.NUMBER
    fits = dimension == dimension_of(unit)
    if flags.any():
        low_open = (flags & ValueFlag.LOW_OPEN != 0) & np.isfinite(low)
        high_open = (flags & ValueFlag.HIGH_OPEN != 0) & np.isfinite(high)
        low = np.where(low_open, np.nextafter(low, np.inf), low)
        high = np.where(high_open, np.nextafter(high, -np.inf), high)
    known = is_number & fits
    unresolved = (is_number & ~fits) | (state == ValueState.UNIT_UNRESOLVED)
    return low, high, known, unresolved
