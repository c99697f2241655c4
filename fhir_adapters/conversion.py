"""Many numbers into canonical units at once, each rounded once, as exact as decimal arithmetic.

A float that came from JSON text with few digits is an integer over a power of ten. Times a rational
factor it is one integer over another, and where both stay below 2**53 a single float division
rounds correctly. What does not fit takes the exact path of `eligibility.units`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.units import UnitError, to_canonical
from fhir_adapters.vocabulary import UnitReading

_EXACT = float(1 << 53)
_MOST_DECIMALS = 8
_FEW = 16


def convert_many(values: NDArray[np.float64], readings: Sequence[UnitReading]) -> NDArray[np.float64]:
    """Canonical values; numbers of unknown units stay, what has no float becomes NaN."""
    result = values.copy()
    groups: dict[int, tuple[UnitReading, list[int]]] = {}
    for row, reading in enumerate(readings):
        if reading.unit is not None and not reading.plain:
            groups.setdefault(id(reading), (reading, []))[1].append(row)
    for reading, rows in groups.values():
        result[rows] = _convert(values[rows], reading)
    return result


def _convert(values: NDArray[np.float64], reading: UnitReading) -> NDArray[np.float64]:
    unit = reading.unit
    assert unit is not None
    result = np.full(len(values), np.nan)
    up, down = float(unit.ratio.numerator), float(unit.ratio.denominator)
    todo = np.ones(len(values), dtype=np.bool_)
    if not unit.shift and len(values) >= _FEW and up < _EXACT and down < _EXACT:
        for decimals in range(_MOST_DECIMALS + 1):
            scale = 10.0**decimals
            whole = np.rint(values * scale)
            top, bottom = whole * up, scale * down
            # whole / scale rounds correctly, so equality says that this decimal is the float's own
            exact = todo & (whole / scale == values) & (np.abs(top) < _EXACT) & (np.abs(whole) < _EXACT)
            if bottom < _EXACT and exact.any():
                result[exact] = top[exact] / bottom
                todo &= ~exact
            if not todo.any():
                return result
    for row in np.flatnonzero(todo).tolist():
        try:
            result[row] = to_canonical(float(values[row]), unit)
        except UnitError:
            result[row] = np.nan
    return result
