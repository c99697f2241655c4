"""Units of computed values: what multiplying or dividing two canonical units gives.

The units door knows UCUM; here two canonical units are only joined and looked up, and the factor that
brings the product into its own canonical unit is handed on.
"""

from __future__ import annotations

from eligibility.program import Operator
from eligibility.units import resolve

_UCUM = "http://unitsofmeasure.org"
_ONE = "1"


def combine(operator: Operator, left: str, right: str) -> tuple[str, float] | None:
    """The canonical unit of `left operator right`, and the scale; None where there is none."""
    if operator in (Operator.PLUS, Operator.MINUS):
        return (left, 1.0) if left == right else None
    if right == _ONE:
        return left, 1.0
    if operator is Operator.TIMES and left == _ONE:
        return right, 1.0
    if operator is Operator.DIVIDED_BY and left == right:
        return _ONE, 1.0
    sign = "." if operator is Operator.TIMES else "/"
    unit = resolve(f"({left}){sign}({right})", _UCUM)
    if unit is None or unit.shift:
        return None
    return unit.canonical, float(unit.ratio)
