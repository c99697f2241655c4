"""Reference ranges by the bytes they are written in: each is read once, then rows take its ends.

Only the first range without a type, or of type normal, counts. An end without a unit of its own is
in the unit of the value it stands beside; that is left to the caller, who knows the value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import Struct

from fhir_adapters.cache import by_bytes
from fhir_adapters.conversion import convert_one
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import CodeableConcept, Vocabulary

AS_VALUE = -2  # no unit of its own: that of the value it stands beside
NOT_GIVEN = -3
_UNREAD = -4
# An end that is given and cannot be compared with the value; no number, so that nothing stands in for it.
UNREADABLE = -math.inf


class _Range(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None


_ranges = msgspec.json.Decoder(list[_Range]).decode


@dataclass(frozen=True, slots=True)
class End:
    """One end of a reference range, in the canonical unit of its dimension."""

    dimension: int
    canonical: float
    written: float


_NO_END = End(NOT_GIVEN, math.nan, math.nan)


class EndTable:
    """All ends of one side met so far, as columns."""

    def __init__(self, ends: list[End]) -> None:
        self.dimension = np.array([end.dimension for end in ends], dtype=np.int64)
        self.canonical = np.array([end.canonical for end in ends], dtype=np.float64)
        self.written = np.array([end.written for end in ends], dtype=np.float64)
        self.as_value = bool((self.dimension == AS_VALUE).any())


class ReferenceRanges:
    """Numbers of reference ranges by their bytes; 0 is "none"."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._numbers: dict[tuple[End, End], int] = {(_NO_END, _NO_END): 0}
        self.numbers = by_bytes(self._read, 0)
        self._tables: tuple[EndTable, EndTable] | None = None

    def sides(self) -> tuple[EndTable, EndTable]:
        """Low and high ends by range number."""
        if self._tables is None:
            pairs = list(self._numbers)
            self._tables = EndTable([pair[0] for pair in pairs]), EndTable([pair[1] for pair in pairs])
        return self._tables

    def _read(self, raw: bytes) -> int:
        chosen = next((held for held in _ranges(raw) if _is_normal(held)), None)
        if chosen is None:
            return 0
        pair = self._end(chosen.low), self._end(chosen.high)
        known = self._numbers.get(pair)
        if known is None:
            known = self._numbers[pair] = len(self._numbers)
            self._tables = None
        return known

    def _end(self, given: Quantity | None) -> End:
        if given is None or given.value is None:
            return _NO_END
        if not (given.code or given.unit):
            return End(AS_VALUE, math.nan, given.value)
        unit = self._vocabulary.reading(given)
        if unit.dimension < 0:
            return End(_UNREAD, UNREADABLE, given.value)
        return End(unit.dimension, convert_one(given.value, unit), given.value)


def _is_normal(held: _Range) -> bool:
    if held.type is None or not held.type.coding:
        return True
    return any(coding.code == "normal" for coding in held.type.coding)
