"""Value columns of an analyte's rows, brought into the unit of its term before anybody reads them.

Rows in the term's own dimension stay as they are, and so do those of dimensions that are none of
this analyte's: they remain unresolved. What is shown as evidence is never converted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from eligibility.program import Analyte
from eligibility.units import Unit, UnitError, conversions, dimension_of, to_canonical

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
    """Each number converted as the units door does, once for every number that occurs."""
    distinct, where = np.unique(values, return_inverse=True)
    return np.array([_one(value, unit) for value in distinct.tolist()], dtype=np.float64)[where]


@lru_cache(maxsize=65_536)
def _one(value: float, unit: Unit) -> float:
    """Not a number stays none; what is too large for a float is beyond every limit."""
    if math.isnan(value):
        return value
    try:
        return to_canonical(value, unit)
    except UnitError:
        return math.copysign(math.inf, value)
