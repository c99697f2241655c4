"""Quantiles of Student's t for whole degrees of freedom, without a library of statistics.

The probability between -t and t has a closed form for whole degrees of freedom (Abramowitz and Stegun,
Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4); the quantile is found by halving.
"""

from __future__ import annotations

from math import atan, cos, pi, sin, sqrt, tan


def central_probability(t: float, degrees: int) -> float:
    """The probability that a value of Student's t with `degrees` (1 or more) lies between -t and t."""
    return _central(atan(t / sqrt(degrees)), degrees)


def _central(angle: float, degrees: int) -> float:
    cosine, sine = cos(angle), sin(angle)
    square = cosine * cosine
    odd = degrees % 2 == 1
    if degrees == 1:
        return 2 * angle / pi
    term = cosine if odd else 1.0
    total = term
    for step in range(3 if odd else 2, degrees - 1, 2):
        term *= square * (step - 1) / step
        total += term
    return 2 / pi * (angle + sine * total) if odd else sine * total


def central_quantile(level: float, degrees: int) -> float:
    """The t between whose negative and itself lies the share `level` (0 to 1, both left out).

    Raises ValueError for a level or degrees for which there is none.
    """
    if not 0 < level < 1 or degrees < 1:
        raise ValueError("expected a level between 0 and 1, and at least one degree of freedom")
    low, high = 0.0, pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        if _central(middle, degrees) < level:
            low = middle
        else:
            high = middle
    return tan(middle) * sqrt(degrees)
