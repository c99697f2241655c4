"""Quantities as intervals in a canonical unit. Conversion is decimal, before anything becomes a float.

A comparator leaves one side open: "> 60" is (60, ∞). A number without a unit, or with one that
nobody can convert, keeps its number and is marked UNIT_UNRESOLVED; it is never taken as unit 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, ValueFlag, ValueState
from fhir_adapters.conversion import convert_one
from fhir_adapters.readings import Readings
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import UnitReading, Vocabulary

_INFINITE = float("inf")
# comparator: (open below, open above, flag of the end that is itself excluded)
_COMPARATORS = {
    "<": (True, False, ValueFlag.HIGH_OPEN),
    "<=": (True, False, 0),
    ">": (False, True, ValueFlag.LOW_OPEN),
    ">=": (False, True, 0),
}
_ANYTHING = (True, True, 0)  # "ad", and what FHIR does not know


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
        self.numbers = False

    def columns(self) -> dict[str, Array]:
        """As columns; those that say nothing are left out."""
        columns: dict[str, Array] = {"value_state": self.state}
        if self.numbers:
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

    def set_quantities(self, raws: Sequence[bytes], which: NDArray[np.int32] | None = None) -> None:
        """Numbers with units, one for each row, or the one at `which[row]`.

        A quantity without a number leaves its row as it is.

        Raises msgspec's errors for one that is no quantity.
        """
        readings = self.vocabulary.kept("readings", Readings)
        ids = readings.find(raws)
        if which is not None:
            ids = ids[which]
        held = readings.columns()
        table = self.vocabulary.unit_table()
        state = held.state[ids]
        if state.all():
            rows: slice | NDArray[np.int64] = slice(None)
        else:
            rows = np.flatnonzero(state)
            ids, state = ids[rows], state[rows]
        if not len(ids):
            return
        values, units = held.value[ids], held.reading[ids]
        self.numbers = True
        self.lo[rows] = values
        self.unit[rows] = held.resolved[ids]
        self.written[rows] = table.written[units]
        self.state[rows] = state
        if self.hi is not self.lo:
            self.hi[rows] = values
        compared = table.compared[units]
        if compared.any():
            self.own()
            at = np.arange(len(self.state))[rows]
            for i in np.flatnonzero(compared).tolist():
                self._open_side(int(at[i]), table.readings[int(units[i])].comparator)

    def _open_side(self, row: int, comparator: str) -> None:
        below, above, flag = _COMPARATORS.get(comparator, _ANYTHING)
        if below:
            self.lo[row] = -_INFINITE
        if above:
            self.hi[row] = _INFINITE
        if flag:
            if self.flags is None:
                self.flags = np.zeros(len(self.state), dtype=np.uint8)
            self.flags[row] |= flag

    def set_interval(self, row: int, low: Quantity | None, high: Quantity | None) -> None:
        """A Range: both ends included, a missing end open. Ends in different dimensions are text."""
        ends = [(q, self.vocabulary.reading(q)) for q in (low, high) if q is not None and q.value is not None]
        if not ends or len({reading.dimension for _, reading in ends}) > 1:
            self.state[row] = ValueState.TEXT
            return
        self.own()
        self.lo[row] = -_INFINITE if low is None or low.value is None else self.canonical(low)
        self.hi[row] = _INFINITE if high is None or high.value is None else self.canonical(high)
        self._set_unit(row, ends[0][1])

    def set_number(self, row: int, value: float, unit: UnitReading) -> None:
        """One number in one unit, closed on both sides."""
        self.lo[row] = convert_one(value, unit)
        self.hi[row] = self.lo[row]
        self._set_unit(row, unit)

    def _set_unit(self, row: int, unit: UnitReading) -> None:
        self.numbers = True
        self.unit[row] = unit.dimension
        self.written[row] = unit.written
        self.state[row] = ValueState.NUMBER if unit.dimension >= 0 else ValueState.UNIT_UNRESOLVED

    def canonical(self, quantity: Quantity) -> float:
        """A quantity's number in the canonical unit of what it is written in."""
        return convert_one(quantity.value or 0.0, self.vocabulary.reading(quantity))
