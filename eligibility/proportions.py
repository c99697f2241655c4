"""Shares with their intervals: how many of how many, and how sure that is.

The interval is Wilson's (Journal of the American Statistical Association 1927;22:209-212): it stays within
0 and 1 and does not shrink to nothing where all, or none, of a few cases agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval in which it lies at the level asked for; None where there are no data."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


def normal_quantile(level: float) -> float:
    """How many standard deviations to each side hold the share `level` of a normal distribution."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def share(part: int, whole: int, level: float = LEVEL) -> Estimate:
    """`part` of `whole` with Wilson's interval; nothing is known of none."""
    if not 0 <= part <= whole:
        raise ValueError(f"{part} is no part of {whole}")
    if whole == 0:
        return NOTHING
    z = normal_quantile(level)
    p, weight = part / whole, z * z / whole
    centre = (p + weight / 2) / (1 + weight)
    half = z * sqrt(p * (1 - p) / whole + weight / (4 * whole)) / (1 + weight)
    # Exactly 0 and 1 at the ends, where rounding would leave a trace.
    low = 0.0 if part == 0 else max(0.0, centre - half)
    high = 1.0 if part == whole else min(1.0, centre + half)
    return Estimate(p, low, high)
