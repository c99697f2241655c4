"""Many numbers into canonical units at once, each rounded once, as exact as decimal arithmetic.

A float stands for its shortest decimal, an integer over a power of ten. Times a rational factor that
is one integer over another, and Python's division of integers rounds correctly. Where both stay
below 2**53, which is nearly always, float division of whole columns does the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.units import Unit, UnitError, to_canonical
from fhir_adapters.vocabulary import UnitReading, UnitTable

_EXACT = float(1 << 53)
_DECIMALS = 4  # most readings have fewer
_FEW = 32


def convert(values: NDArray[np.float64], ids: NDArray[np.int64], table: UnitTable) -> NDArray[np.float64]:
    """Canonical values of numbers with unit readings `ids`; NaN where no float holds the result."""
    foreign = ~table.plain[ids]
    if not foreign.any():
        return values
    result = values.copy()
    for number in np.unique(ids[foreign]).tolist():
        unit = table.readings[number].unit
        if unit is not None:
            rows = np.flatnonzero(ids == number)
            result[rows] = _convert(values[rows], unit)
    return result


def convert_one(value: float, reading: UnitReading) -> float:
    """One number; unchanged where its unit is unknown."""
    if reading.plain or reading.unit is None:
        return value
    return _shifted(value, reading.unit)


def _convert(values: NDArray[np.float64], unit: Unit) -> NDArray[np.float64]:
    up, down = unit.ratio.numerator, unit.ratio.denominator
    if unit.shift:
        return np.array([_shifted(value, unit) for value in values.tolist()])
    if len(values) < _FEW or up >= _EXACT or down >= _EXACT:
        return np.array([_scaled(value, up, down, unit) for value in values.tolist()])
    result = np.empty(len(values))
    todo = np.ones(len(values), dtype=np.bool_)
    for decimals in range(_DECIMALS + 1):
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
    rows = np.flatnonzero(todo)
    result[rows] = [_scaled(value, up, down, unit) for value in values[rows].tolist()]
    return result


def _scaled(value: float, up: int, down: int, unit: Unit) -> float:
    """value × up ÷ down, through the value's shortest decimal."""
    whole, _, fraction = repr(value).partition(".")
    try:
        return float(int(whole + fraction) * up / (down * 10 ** len(fraction)))
    except ValueError:  # written with an exponent
        return _shifted(value, unit)


def _shifted(value: float, unit: Unit) -> float:
    try:
        return to_canonical(value, unit)
    except UnitError:
        return float("nan")
