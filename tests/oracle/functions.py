"""Powers, the higher and the lower of two numbers, roots and logarithms, of intervals."""

from __future__ import annotations

import math

from eligibility.program import FunctionName, Operator
from tests.oracle.numbers import twelve_digits
from tests.oracle.records import Number


def joined(operator: Operator, a: Number, b: Number) -> Number | None:
    """The result of one of the operators that have no sign; None where it has no number."""
    if operator is Operator.HIGHER:
        return Number(max(a.lo, b.lo), max(a.hi, b.hi))
    if operator is Operator.LOWER:
        return Number(min(a.lo, b.lo), min(a.hi, b.hi))
    if a.lo < 0 or (a.lo == 0 and b.lo <= 0):
        return None
    ends = [twelve_digits(raised(x, y)) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    return Number(min(ends), max(ends))


def raised(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except (OverflowError, ValueError):
        return math.inf


def applied(name: FunctionName, part: Number) -> Number | None:
    root = name in (FunctionName.SQUARE_ROOT, FunctionName.CUBE_ROOT)
    if part.lo < 0 or (part.lo == 0 and not root):
        return None
    return Number(twelve_digits(_one(name, part.lo)), twelve_digits(_one(name, part.hi)))


def _one(name: FunctionName, number: float) -> float:
    match name:
        case FunctionName.SQUARE_ROOT:
            return math.sqrt(number)
        case FunctionName.CUBE_ROOT:
            return math.cbrt(number)
        case FunctionName.NATURAL_LOGARITHM:
            return math.log(number)
