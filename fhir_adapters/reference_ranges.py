"""Reference ranges by the bytes they are written in: each is read once, then rows take its ends.

Only ranges without a type, or of type normal, count. Where several are stated (for a sex, an age, a race)
it is not told here which of them is the patient's: an end on which they differ cannot be read, and neither
can a range in words. An end without a unit of its own is in the unit of the value it stands beside; that is
left to the caller, who knows the value.
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
    text: str = ""

    @property
    def is_in_words(self) -> bool:
        """Whether it is stated, but no number of it is."""
        numbers = [end for end in (self.low, self.high) if end is not None and end.value is not None]
        return bool(self.text.strip()) and not numbers


_ranges = msgspec.json.Decoder(list[_Range]).decode


@dataclass(frozen=True, slots=True)
class End:
    """One end of a reference range, in the canonical unit of its dimension."""

    dimension: int
    canonical: float
    written: float


_NO_END = End(NOT_GIVEN, math.nan, math.nan)
_UNREAD_END = End(_UNREAD, UNREADABLE, UNREADABLE)


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
        normal = [held for held in _ranges(raw) if _is_normal(held)]
        if not normal:
            return 0
        if any(held.is_in_words for held in normal):
            pair = _UNREAD_END, _UNREAD_END
        else:
            pair = (
                _agreed([self._end(held.low) for held in normal]),
                _agreed([self._end(held.high) for held in normal]),
            )
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


def _agreed(ends: list[End]) -> End:
    """The end that all ranges state."""
    return ends[0] if all(end == ends[0] for end in ends) else _UNREAD_END


def _is_normal(held: _Range) -> bool:
    if held.type is None or not held.type.coding:
        return True
    return any(coding.code == "normal" for coding in held.type.coding)
