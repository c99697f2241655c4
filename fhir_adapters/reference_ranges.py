"""Reference ranges by the bytes they are written in: each is read once, then rows take its ends.

Only ranges without a type, or of type normal, count. Where those for a sex or an age differ, the patient's
own is taken, once all patients are read (`choose`): the one that surely is for this patient, if no other that
may be differs from it. Else an end on which ranges differ cannot be read, and neither can a range in words.
An end without a unit of its own is in the unit of the value it stands beside; that is left to the caller,
who knows the value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import Struct

from fhir_adapters.cache import by_bytes
from fhir_adapters.conversion import convert_one
from fhir_adapters.range_populations import (
    Age,
    AgeRange,
    Fits,
    Population,
    ages_of,
    fits,
    in_small,
    population_of,
    tells_sexes_apart,
)
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import CodeableConcept, Vocabulary

AS_VALUE = -2  # no unit of its own: that of the value it stands beside
NOT_GIVEN = -3
_UNREAD = -4
# What is aimed at, which says nothing of what is normal. All other meanings (before puberty, of a part of the
# cycle) are normal for somebody.
_AIMS = frozenset(("recommended", "treatment", "therapeutic"))
_NORMAL = frozenset(("normal", "normal range", "reference range", "reference interval"))
# An end that is given and cannot be compared with the value; no number, so that nothing stands in for it.
UNREADABLE = -math.inf


class _Range(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    appliesTo: list[CodeableConcept] | None = None  # noqa: N815
    age: AgeRange | None = None
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


@dataclass(frozen=True, slots=True)
class Stated:
    """One range, and whom it is for."""

    low: End
    high: End
    people: Population


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
        # Both ends as far as they do not hang on the patient, and the ranges to choose from where they do.
        self._numbers: dict[tuple[End, End, tuple[Stated, ...]], int] = {(_NO_END, _NO_END, ()): 0}
        self.choices: dict[int, tuple[Stated, ...]] = {}
        self.numbers = by_bytes(self._read, 0)
        self._tables: tuple[EndTable, EndTable] | None = None

    def sides(self) -> tuple[EndTable, EndTable]:
        """Low and high ends by range number; unreadable where the patient has to be known."""
        if self._tables is None:
            held = list(self._numbers)
            self._tables = EndTable([one[0] for one in held]), EndTable([one[1] for one in held])
        return self._tables

    def _read(self, raw: bytes) -> int:
        ranges = _ranges(raw)
        stated = tuple(self._stated(held) for held in ranges if _is_normal(held))
        if not stated and all(_meanings(held) <= _AIMS for held in ranges):
            return 0
        key: tuple[End, End, tuple[Stated, ...]]
        if not stated:
            key = _UNREAD_END, _UNREAD_END, ()
        elif all(one.people.is_everybody for one in stated):
            key = _agreed([one.low for one in stated]), _agreed([one.high for one in stated]), ()
        else:
            key = _UNREAD_END, _UNREAD_END, stated
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._numbers)
            self._tables = None
            if key[2]:
                self.choices[known] = stated
        return known

    def _stated(self, held: _Range) -> Stated:
        people = population_of(held.appliesTo or (), held.age, held.text)
        if held.is_in_words or tells_sexes_apart(held.text):
            return Stated(_UNREAD_END, _UNREAD_END, people)
        return Stated(self._end(held.low), self._end(held.high), people)

    def _end(self, given: Quantity | None) -> End:
        if given is None or given.value is None:
            return _NO_END
        if not (given.code or given.unit):
            return End(AS_VALUE, math.nan, given.value)
        unit = self._vocabulary.reading(given)
        if unit.dimension < 0:
            return End(_UNREAD, UNREADABLE, given.value)
        return End(unit.dimension, convert_one(given.value, unit), given.value)


def choose(stated: tuple[Stated, ...], sex: str, reached: Mapping[Age, Fits]) -> tuple[End, End]:
    """The ends of the range that is a patient's, as `fits` tells; unreadable where none surely is.

    Ranges that all state the same are taken unless none of them can be the patient's.
    """
    begins = {in_small(one.people.low) for one in stated if one.people.low is not None}
    answers = [fits(one.people, sex, reached, begins) for one in stated]
    left = [one for one, answer in zip(stated, answers, strict=True) if answer is not Fits.NO]
    if not left:
        return _UNREAD_END, _UNREAD_END
    chosen = left if Fits.YES in answers else stated
    return _agreed([one.low for one in chosen]), _agreed([one.high for one in chosen])


def ages_asked(stated: tuple[Stated, ...]) -> list[Age]:
    """The ages that a choice among these ranges hangs on."""
    return sorted({age for one in stated for age in ages_of(one.people)})


def _agreed(ends: Sequence[End]) -> End:
    """The end that all ranges state."""
    return ends[0] if all(end == ends[0] for end in ends) else _UNREAD_END


def _is_normal(held: _Range) -> bool:
    return not _meanings(held) or bool(_meanings(held) & _NORMAL)


def _meanings(held: _Range) -> frozenset[str]:
    """What a range's type says, as codes; its words where it has none."""
    if held.type is None:
        return frozenset()
    codes = frozenset(coding.code for coding in held.type.coding if coding.code)
    return codes or frozenset(filter(None, (held.type.text.strip().lower(),)))
