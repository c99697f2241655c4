"""Quantities as intervals in a canonical unit. Conversion is decimal, before anything becomes a float.

A comparator leaves one side open: "> 60" is (60, ∞). A number without a unit, or with one that
nobody can convert, keeps its number and is marked UNIT_UNRESOLVED; it is never taken as unit 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, ValueFlag, ValueState
from eligibility.units import UnitError, to_canonical
from fhir_adapters.conversion import convert_many
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import UnitReading, Vocabulary

_unit_parts = attrgetter("code", "unit", "system")
_INFINITE = float("inf")
# comparator: (open below, open above, flags of the closed-off end)
_COMPARATORS = {
    "<": (True, False, ValueFlag.HIGH_OPEN),
    "<=": (True, False, 0),
    ">": (False, True, ValueFlag.LOW_OPEN),
    ">=": (False, True, 0),
}


class Values:
    """The value columns of one kind's rows, filled shape by shape."""

    def __init__(self, count: int, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.state = np.zeros(count, dtype=np.uint8)
        self.lo = np.full(count, np.nan)
        self.hi = self.lo
        self.flags: NDArray[np.uint8] | None = None
        self.unit = np.full(count, -1, dtype=np.int16)
        self.written = np.zeros(count, dtype=np.int16)
        self.concept: Array | None = None

    def columns(self) -> dict[str, Array]:
        """As columns; those that say nothing are left out."""
        columns: dict[str, Array] = {"value_state": self.state}
        if (self.state == ValueState.NUMBER).any() or (self.state == ValueState.UNIT_UNRESOLVED).any():
            columns.update(value_lo=self.lo, value_hi=self.hi, unit=self.unit, unit_as_written=self.written)
        if self.flags is not None:
            columns["value_flags"] = self.flags
        if self.concept is not None:
            columns["value_concept"] = self.concept
        return columns

    def own(self) -> None:
        """Part the two ends of the intervals before one of them is changed."""
        if self.hi is self.lo:
            self.hi = self.lo.copy()

    def set_concepts(self, rows: NDArray[np.int64], concepts: Array, state: ValueState) -> None:
        """Coded values, or words kept as a concept without codings."""
        if self.concept is None:
            self.concept = np.zeros(len(self.state), dtype=np.int32)
        self.concept[rows] = concepts
        self.state[rows] = state

    def set_quantities(self, rows: NDArray[np.int64], quantities: Sequence[Quantity]) -> None:
        """Numbers with units, by row; a quantity without a number leaves its row as it is."""
        if not len(rows):
            return
        numbers = [quantity.value for quantity in quantities]
        if None in numbers:
            held = [i for i, number in enumerate(numbers) if number is not None]
            self.set_quantities(rows[held], [quantities[i] for i in held])
            return
        units = self.vocabulary.units
        readings = list(map(units.__getitem__, map(_unit_parts, quantities)))
        values = np.array(numbers, dtype=np.float64)
        if not all(reading.plain for reading in readings):
            values = convert_many(values, readings)
        resolved = np.array([reading.dimension for reading in readings], dtype=np.int16)
        self.lo[rows] = values
        self.unit[rows] = resolved
        self.written[rows] = [reading.written for reading in readings]
        self.state[rows] = np.where(resolved < 0, ValueState.UNIT_UNRESOLVED, ValueState.NUMBER)
        if self.hi is not self.lo:
            self.hi[rows] = values
        comparators = [quantity.comparator for quantity in quantities]
        if comparators.count("") != len(comparators):
            self._open_sides(rows, comparators)

    def _open_sides(self, rows: NDArray[np.int64], comparators: Sequence[str]) -> None:
        self.own()
        for row, comparator in zip(rows.tolist(), comparators, strict=True):
            if not comparator:
                continue
            below, above, flag = _COMPARATORS.get(comparator, (True, True, 0))
            if below:
                self.lo[row] = -_INFINITE
            if above:
                self.hi[row] = _INFINITE
            if flag:
                self.set_flag(row, int(flag))

    def set_flag(self, row: int, flag: int) -> None:
        """Mark an end of a row's interval as excluded."""
        if self.flags is None:
            self.flags = np.zeros(len(self.state), dtype=np.uint8)
        self.flags[row] |= flag

    def set_interval(self, row: int, low: Quantity | None, high: Quantity | None) -> None:
        """A Range: both ends included, a missing end open. Ends in different dimensions are text."""
        ends = [q for q in (low, high) if q is not None and q.value is not None]
        if not ends:
            self.state[row] = ValueState.TEXT
            return
        readings = [self.vocabulary.units[_unit_parts(q)] for q in ends]
        if len({reading.dimension for reading in readings}) > 1:
            self.state[row] = ValueState.TEXT
            return
        self.own()
        self.lo[row] = -_INFINITE if low is None or low.value is None else self.canonical(low)
        self.hi[row] = _INFINITE if high is None or high.value is None else self.canonical(high)
        self.unit[row] = readings[0].dimension
        self.written[row] = readings[0].written
        self.state[row] = ValueState.UNIT_UNRESOLVED if readings[0].dimension < 0 else ValueState.NUMBER

    def set_number(self, row: int, value: float, unit: UnitReading) -> None:
        """One number in one unit, closed on both sides."""
        self.lo[row] = canonical(value, unit)
        self.hi[row] = self.lo[row]
        self.unit[row] = unit.dimension
        self.written[row] = unit.written
        self.state[row] = ValueState.NUMBER if unit.dimension >= 0 else ValueState.UNIT_UNRESOLVED

    def canonical(self, quantity: Quantity) -> float:
        """A quantity's number in the canonical unit of what it is written in."""
        return canonical(quantity.value or 0.0, self.vocabulary.units[_unit_parts(quantity)])


def canonical(value: float, reading: UnitReading) -> float:
    """One number converted; unchanged where its unit is unknown, NaN where the result has no float."""
    if reading.unit is None or reading.plain:
        return value
    try:
        return to_canonical(value, reading.unit)
    except UnitError:
        return float("nan")
