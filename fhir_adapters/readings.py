"""Quantities by the bytes they are written in: each is read and converted once.

Numbers with their units repeat; rows hold the number of a reading and take its columns. New readings
are decoded together, so that an input in which nothing repeats costs little more.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, ValueState
from fhir_adapters.cache import LIMIT
from fhir_adapters.conversion import convert
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import Vocabulary

_VALUE_FIRST = b'{"value":'
_NOTHING: dict[bytes, int] = {b"": 0, b"null": 0}
_numbers = msgspec.json.Decoder(list[float])
_quantity = msgspec.json.Decoder(Quantity)


class Columns:
    """Readings as columns; row 0 is a quantity without a number."""

    __slots__ = ("reading", "resolved", "state", "value")

    def __init__(self, value: Array, reading: Array, resolved: Array, state: Array) -> None:
        self.value = value  # float64, canonical unit where there is one
        self.reading = reading  # row of the vocabulary's UnitTable
        self.resolved = resolved  # dimension, -1 where the unit cannot be converted
        self.state = state  # ValueState; NONE where there is no number

    @classmethod
    def empty(cls) -> Columns:
        """Only row 0."""
        return cls(
            np.array([np.nan]),
            np.zeros(1, dtype=np.int64),
            np.array([-1], dtype=np.int16),
            np.array([ValueState.NONE], dtype=np.uint8),
        )

    def extended(self, new: Columns) -> Columns:
        """These rows, then the new ones."""
        pairs = (
            (getattr(self, name), getattr(new, name)) for name in ("value", "reading", "resolved", "state")
        )
        return Columns(*(np.concatenate(pair) for pair in pairs))


class Readings:
    """Numbers of readings by bytes. Forgets all when full: numbers are good until the next `find`."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._at = dict(_NOTHING)
        self._columns = Columns.empty()
        self._new: list[Columns] = []
        self._count = 1

    def find(self, raws: Sequence[bytes]) -> NDArray[np.int64]:
        """The reading of each quantity. Raises msgspec's errors where one is none."""
        try:
            return self._known(raws)
        except KeyError:
            pass
        if self._count >= LIMIT:
            self._at, self._columns, self._new, self._count = dict(_NOTHING), Columns.empty(), [], 1
        self._learn([raw for raw in dict.fromkeys(raws) if raw not in self._at])
        return self._known(raws)

    def _known(self, raws: Sequence[bytes]) -> NDArray[np.int64]:
        return np.fromiter(map(self._at.__getitem__, raws), dtype=np.int64, count=len(raws))

    def columns(self) -> Columns:
        """The columns that numbers point into."""
        for new in self._new:
            self._columns = self._columns.extended(new)
        self._new = []
        return self._columns

    def _learn(self, raws: Sequence[bytes]) -> None:
        """Nearly all quantities begin with their value and go on with one of a few units: those are
        cut there and their units looked up by bytes.
        """
        parts = [raw.partition(b",") for raw in raws]
        heads = b",".join([part[0] for part in parts])
        try:
            if heads.count(_VALUE_FIRST) != len(parts):
                raise msgspec.DecodeError("another order of elements")
            numbers = _numbers.decode(b"[" + heads.replace(_VALUE_FIRST, b"") + b"]")
            tails = self._vocabulary.unit_tails
            units = np.fromiter((tails[part[2]] for part in parts), dtype=np.int64, count=len(parts))
            if len(numbers) != len(parts):
                raise msgspec.DecodeError("a quantity without a number")
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._learn_decoded(raws)
            return
        self._keep(raws, np.array(numbers, dtype=np.float64), units)

    def _learn_decoded(self, raws: Sequence[bytes]) -> None:
        quantities = [_quantity.decode(raw) for raw in raws]
        held = [i for i, quantity in enumerate(quantities) if quantity.value is not None]
        readings = self._vocabulary.units
        units = [
            readings[q.code, q.unit, q.system, q.comparator].number for q in (quantities[i] for i in held)
        ]
        numbers = np.array([quantities[i].value for i in held], dtype=np.float64)
        self._keep([raws[i] for i in held], numbers, np.array(units, dtype=np.int64))
        self._at.update(
            (raw, 0) for raw, quantity in zip(raws, quantities, strict=True) if quantity.value is None
        )

    def _keep(self, raws: Sequence[bytes], numbers: NDArray[np.float64], units: NDArray[np.int64]) -> None:
        if not len(raws):
            return
        table = self._vocabulary.unit_table()
        values = convert(numbers, units, table)
        resolved = table.dimension[units]
        lost = np.isnan(values)  # beyond every float once converted
        if lost.any():
            values = np.where(lost, numbers, values)
            resolved = np.where(lost, np.int16(-1), resolved)
        state = np.where(resolved < 0, ValueState.UNIT_UNRESOLVED, ValueState.NUMBER).astype(np.uint8)
        self._new.append(Columns(values, units, resolved, state))
        self._at.update(zip(raws, range(self._count, self._count + len(raws)), strict=True))
        self._count += len(raws)
