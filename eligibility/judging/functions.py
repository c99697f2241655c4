"""Functions of numbers as intervals: powers, the higher and the lower of two, roots, logarithms.

All of them are monotonic in each argument where they are defined, so their ends lie at ends; NaN
stands for what has no number there. Results are rounded, because libraries differ in the last digit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.numbers import rounded
from eligibility.program import Change, FunctionName, GreatestChange

Floats = NDArray[np.float64]
Interval = tuple[Floats, Floats]

_OF: dict[FunctionName, Callable[[Floats], Floats]] = {
    FunctionName.SQUARE_ROOT: np.sqrt,
    FunctionName.CUBE_ROOT: np.cbrt,
    FunctionName.NATURAL_LOGARITHM: np.log,
}
_ROOTS = (FunctionName.SQUARE_ROOT, FunctionName.CUBE_ROOT)


def function_of(name: FunctionName, low: Floats, high: Floats) -> Interval:
    """A function of one number; NaN where some number of the interval has none."""
    defined = low >= 0 if name in _ROOTS else low > 0
    apply = _OF[name]
    least = np.where(defined, low, np.nan)
    most = np.where(defined, high, np.nan)
    return rounded(apply(least)), rounded(apply(most))


def power(base: Interval, exponent: Interval) -> Interval:
    """The base to the power of the exponent; NaN where the base may be negative, or 0 to a power <= 0."""
    defined = (base[0] > 0) | ((base[0] >= 0) & (exponent[0] > 0))
    corners = [np.power(np.where(defined, b, np.nan), e) for b in base for e in exponent]
    # One to the power of what is not there is one in floats: it is nothing.
    known = defined & ~np.isnan(exponent[0])
    low = np.where(known, np.minimum.reduce(corners), np.nan)
    high = np.where(known, np.maximum.reduce(corners), np.nan)
    return rounded(low), rounded(high)


def change(value: Change | GreatestChange, first: Interval, last: Interval) -> Interval:
    """How much the last lies above (or below) the first; NaN for a share of what may not be above zero."""
    if value.share:
        defined = first[0] > 0
        begin = np.where(defined, first[0], np.nan), np.where(defined, first[1], np.nan)
        low, high = last[0] / np.where(last[0] < 0, *begin), last[1] / np.where(last[1] < 0, *begin[::-1])
        return (1 - high, 1 - low) if value.falls else (low - 1, high - 1)
    if value.falls:
        return first[0] - last[1], first[1] - last[0]
    return last[0] - first[1], last[1] - first[0]
