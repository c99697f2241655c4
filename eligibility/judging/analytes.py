"""Value columns of an analyte's rows, brought into the unit of its term before anybody reads them.

Rows in the term's own dimension stay as they are, and so do those of dimensions that are none of
this analyte's: they remain unresolved. What is shown as evidence is never converted.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from eligibility.program import Analyte
from eligibility.units import Unit, UnitError, conversions, dimension_of, to_canonical

_EXACT = float(1 << 53)
_DECIMALS = 6  # most results have fewer
_FEW = 32
# Columns in the dimension of the row's value, and the dimension itself.
CONVERTED = frozenset({"value_lo", "value_hi", "range_lo", "range_hi", "unit"})


def in_unit_of(analyte: Analyte | None, column: Callable[[str], Array]) -> Callable[[str], Array]:
    """The same columns, those of `CONVERTED` in the analyte's unit; None changes nothing."""
    if analyte is None:
        return column

    def converted(name: str) -> Array:
        if name not in CONVERTED:
            return column(name)
        return converted_column(analyte, name, column(name), column("unit"))

    return converted


def converted_column(analyte: Analyte, name: str, values: Array, dimension: Array) -> Array:
    """One column of rows whose values are of these dimensions; the array itself if nothing changes."""
    own = dimension_of(analyte.unit)
    if (dimension == own).all():
        return values
    result = values
    for unit in conversions(analyte.name, analyte.unit):
        foreign = np.flatnonzero(dimension == dimension_of(unit.ucum))
        if not len(foreign):
            continue
        if result is values:
            result = values.copy()
        result[foreign] = own if name == "unit" else _exactly(values[foreign], unit)
    return result


def _exactly(values: NDArray[np.float64], unit: Unit) -> NDArray[np.float64]:
    """Each number converted as the units door does, once for every number that occurs.

    A number of few decimals is one integer over another; where both and their products stay below
    2**53, which is nearly always, dividing whole columns rounds as the door does.
    """
    distinct, where = np.unique(values, return_inverse=True)
    result = np.empty(len(distinct))
    todo = np.ones(len(distinct), dtype=np.bool_)
    up, down = unit.ratio.numerator, unit.ratio.denominator
    if not unit.shift and len(distinct) >= _FEW and up < _EXACT:
        for decimals in range(_DECIMALS + 1):
            bottom = float(10**decimals * down)
            if bottom >= _EXACT or not todo.any():
                break
            scale = 10.0**decimals
            with np.errstate(all="ignore"):
                whole = np.rint(distinct * scale)
                top = whole * up
                # whole / scale rounds correctly, so equality says that this decimal is the number's own.
                fits = todo & (whole / scale == distinct) & (np.abs(top) < _EXACT) & (np.abs(whole) < _EXACT)
            result[fits] = top[fits] / bottom
            todo &= ~fits
    left = np.flatnonzero(todo)
    result[left] = [_one(value, unit) for value in distinct[left].tolist()]
    return result[where]


def _one(value: float, unit: Unit) -> float:
    """Not a number stays none; what is too large for a float is beyond every limit."""
    if math.isnan(value):
        return value
    try:
        return to_canonical(value, unit)
    except UnitError:
        return math.copysign(math.inf, value)
