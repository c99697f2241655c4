"""Units of computed values: what multiplying or dividing two canonical units gives.

The units door knows UCUM; here two canonical units are only joined and looked up. The door keeps a
quotient of like by like (`mg/g`) apart from a plain number, because the two are not compared; in a
product it is the factor that it says, so what cancels is cancelled here.
"""

from __future__ import annotations

import re
from collections import Counter

from eligibility.program import Operator
from eligibility.units import resolve

LIKE_WITH_LIKE = (Operator.PLUS, Operator.MINUS, Operator.HIGHER, Operator.LOWER)
MAX_EXPONENT = 6
_UCUM = "http://unitsofmeasure.org"
_ONE = "1"
_ATOM = re.compile(r"[A-Za-z]+")  # a unit without exponent
_PART = re.compile(r"([^.\d-]+)(-?\d+)?")


def combine(operator: Operator, left: str, right: str) -> tuple[str, float] | None:
    """The canonical unit of `left operator right`, and the scale; None where there is none."""
    if operator in LIKE_WITH_LIKE:
        return (left, 1.0) if left == right else None
    if right == _ONE:
        return left, 1.0
    if operator is Operator.TIMES and left == _ONE:
        return right, 1.0
    if operator is Operator.DIVIDED_BY and left == right:
        return _ONE, 1.0
    unit = resolve(_joined(operator, left, right), _UCUM)
    if unit is None or unit.shift:
        return None
    reduced = _cancelled(unit.canonical)
    if reduced == unit.canonical:
        return unit.canonical, float(unit.ratio)
    plain = resolve(reduced, _UCUM)
    if plain is None:
        return None
    return plain.canonical, float(unit.ratio * plain.ratio)


def _joined(operator: Operator, left: str, right: str) -> str:
    """`left operator right` in UCUM, plainly where that can be: the door knows `kg/m2` by heart."""
    if operator is Operator.TIMES and left == right and _ATOM.fullmatch(left):
        return f"{left}2"
    sign = "." if operator is Operator.TIMES else "/"
    if any(mark in left + right for mark in "/."):
        return f"({left}){sign}({right})"
    return f"{left}{sign}{right}"


def raised(unit: str, exponent: int) -> tuple[str, float] | None:
    """The canonical unit of a whole power above zero, and the scale; None where there is none."""
    result: tuple[str, float] = unit, 1.0
    for _ in range(exponent - 1):
        combined = combine(Operator.TIMES, result[0], unit)
        if combined is None:
            return None
        result = combined[0], result[1] * combined[1]
    return result


def _cancelled(unit: str) -> str:
    """A product of powers with each base once: `g.m-3.g.g-1` is `g.m-3`. Other texts stay."""
    powers: Counter[str] = Counter()
    for part in unit.split("."):
        found = _PART.fullmatch(part)
        if found is None:
            return unit
        powers[found[1]] += int(found[2] or 1)
    if len(powers) == unit.count(".") + 1:
        return unit
    left = [base if power == 1 else f"{base}{power}" for base, power in powers.items() if power]
    return ".".join(left) or _ONE
