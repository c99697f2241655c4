"""Codes, statuses and units by the bytes they are written in: interned once, looked up afterwards.

A `Vocabulary` may be kept from bundle to bundle, so that a service reads each coding only once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
from msgspec import Struct

from eligibility.concepts import Coding as ConceptCoding
from eligibility.concepts import Concepts, Words
from eligibility.units import Unit, resolve
from fhir_adapters.cache import Cache, by_bytes
from fhir_adapters.records import Quantity

V = TypeVar("V")
_LAST_WORD = 32_767  # word columns are int16
_TOO_MANY = "(other)"
_FULL = 500_000
# Ends of the addresses of FHIR's own code systems, today's and those of earlier editions.
_CLINICAL = ("/condition-clinical", "/allergyintolerance-clinical", "/allergy-clinical-status")
_VERIFICATION = (
    "/condition-ver-status", "/allergyintolerance-verification", "/allergy-verification-status",
)  # fmt: skip
UNREADABLE = "(unreadable)"  # a status that is there but has no code of FHIR's


class Coding(Struct, gc=False):
    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(Struct, gc=False):
    """Or a CodeableReference of R5, which holds one."""

    coding: list[Coding] = []
    text: str = ""
    concept: CodeableConcept | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UnitReading:
    """What a quantity's unit part stands for. `plain` means that the number needs no conversion."""

    number: int  # row of the UnitTable
    unit: Unit | None
    dimension: int  # -1 where there is no unit that we can convert
    written: int  # word id
    plain: bool
    comparator: str


class UnitTable:
    """All unit readings as columns, so that rows can hold their numbers only."""

    def __init__(self, readings: Sequence[UnitReading]) -> None:
        self.readings = readings
        self.dimension = np.array([reading.dimension for reading in readings], dtype=np.int16)
        self.written = np.array([reading.written for reading in readings], dtype=np.int16)
        self.plain = np.array([reading.plain for reading in readings], dtype=np.bool_)
        self.compared = np.array([reading.comparator != "" for reading in readings], dtype=np.bool_)


_one = msgspec.json.Decoder(CodeableConcept)
_several = msgspec.json.Decoder(list[CodeableConcept])
_either = msgspec.json.Decoder(CodeableConcept | str)
_quantity = msgspec.json.Decoder(Quantity)
_coding = msgspec.json.Decoder(Coding)
_text = msgspec.json.Decoder(str)


def _is_one_of(system: str, ends: tuple[str, ...]) -> bool:
    return "hl7.org/" in system and system.partition("|")[0].rstrip("/").endswith(ends)


def _differ(unit: Unit, other: Unit) -> bool:
    return (unit.dimension, unit.ratio, unit.shift) != (other.dimension, other.ratio, other.shift)


def _shortened(code: str, told: Unit) -> bool:
    """Whether a text is how people shorten the code: U for international units, a GFR without its area.

    Or lengthen it: laboratories print `IU/L` beside the code U/L.
    """
    longer = told.ucum.replace("[iU]", "U").replace("[IU]", "U")
    if longer != told.ucum and code == longer:
        return True
    for short in (
        code.replace("[iU]", "U").replace("[IU]", "U"),
        *(code.split(area)[0] for area in _AREAS if area in code),
    ):
        unit = resolve(short) if short != code else None
        if unit is not None and not _differ(unit, told):
            return True
    return False


_AREAS = ("/{1.73", "/1.73")


class Vocabulary:
    """Concepts and words with memories of how they were written; bounded, never shared by threads."""

    def __init__(self, concepts: Concepts | None = None, words: Words | None = None) -> None:
        self.concepts_held = Concepts() if concepts is None else concepts
        self.words_held = Words() if words is None else words
        self.concepts = by_bytes(self._read_concepts, 0)
        self.codings = by_bytes(self._read_coding, 0)
        self.clinical = by_bytes(partial(self._read_status, _CLINICAL), 0)
        self.verification = by_bytes(partial(self._read_status, _VERIFICATION), 0)
        self.words: Cache[str, int] = Cache(self._read_word, {"": 0})
        # (code, unit, system, comparator); never forgotten, because rows hold their numbers
        self.units: Cache[tuple[str, str, str, str], UnitReading] = Cache(self._read_unit, {}, 1 << 62)
        self.unit_tails: Cache[bytes, int] = Cache(self._read_tail, {})
        self._memos: dict[str, Cache[bytes, Any]] = {}
        self._kept: dict[str, object] = {}
        self._readings: list[UnitReading] = []
        self._table = UnitTable([])
        self.texts = by_bytes(self._read_text, 0)

    def memo(self, name: str, read: Callable[[bytes], V]) -> Cache[bytes, V]:
        """The memory of this name for another element, read by `read` the first time it is met."""
        held = self._memos.get(name)
        if held is None:
            held = self._memos[name] = Cache(read, {})
        return held

    def kept(self, name: str, make: Callable[[Vocabulary], V]) -> V:
        """Another memory that lives as long as this one, made the first time it is asked for."""
        held = self._kept.get(name)
        if held is None:
            held = self._kept[name] = make(self)
        return cast(V, held)

    def renew_when_full(self) -> None:
        """Start afresh once free text has filled it; facts made before keep what they point to."""
        if len(self.concepts_held) > _FULL or len(self.words_held) > _LAST_WORD - 1_000:
            self.__init__()  # type: ignore[misc]

    def intern(self, concept: CodeableConcept) -> int:
        """Concept id of a CodeableConcept; codings without a code only lend their words."""
        if concept.concept is not None:
            return self.intern(concept.concept)
        coded: list[ConceptCoding] = [(c.system, c.code) for c in concept.coding if c.code]
        display = next((c.display for c in concept.coding if c.display), "")
        return self.concepts_held.intern(coded, concept.text or display, display)

    def coded(self, system: str, code: str) -> int:
        """Concept id of a single coding."""
        return self.concepts_held.intern(((system, code),))

    def worded(self, text: str) -> int:
        """Concept id of plain words."""
        return self.concepts_held.intern((), text)

    def _read_concepts(self, raw: bytes) -> int:
        """A CodeableConcept, or a list of them as the set of all their codings."""
        if raw[:1] == b"[":
            return self.concepts_held.union([self.intern(concept) for concept in _several.decode(raw)])
        return self.intern(_one.decode(raw))

    def _read_coding(self, raw: bytes) -> int:
        """A bare Coding. Files older than R4 wrote some as plain codes, R5 as CodeableConcepts."""
        if raw[:1] == b"[":
            return self._read_concepts(raw)
        if raw[:1] == b'"':
            return self.intern(CodeableConcept([Coding(code=_text.decode(raw))]))
        return self.intern(CodeableConcept([_coding.decode(raw)]))

    def _read_status(self, systems: tuple[str, ...], raw: bytes) -> int:
        """The code of a status CodeableConcept as a word; a plain string (2019 and before) likewise.

        Of several codings that of FHIR's own code system counts, else the only code without a system.
        One without such a code says something that we cannot read: UNREADABLE.
        """
        status = _either.decode(raw)
        if isinstance(status, str):
            return self.words[status or UNREADABLE]
        own = {c.code for c in status.coding if c.code and _is_one_of(c.system, systems)}
        bare = {c.code for c in status.coding if c.code and not c.system}
        for codes in (own, bare):
            if codes:
                return self.words[codes.pop() if len(codes) == 1 else UNREADABLE]
        return self.words[UNREADABLE]

    def _read_word(self, text: str) -> int:
        known = self.words_held.find(text)
        if known < 0 and len(self.words_held) > _LAST_WORD - 100:
            return self.words_held.intern(_TOO_MANY)
        return self.words_held.intern(text)

    def _read_text(self, raw: bytes) -> int:
        return self.worded(_text.decode(raw))

    def reading(self, quantity: Quantity) -> UnitReading:
        """What a quantity's unit stands for, whatever its comparator."""
        return self.units[quantity.code, quantity.unit, quantity.system, ""]

    def unit_table(self) -> UnitTable:
        """The unit readings so far."""
        if len(self._table.dimension) != len(self._readings):
            self._table = UnitTable(self._readings)
        return self._table

    def _read_tail(self, tail: bytes) -> int:
        """What follows the value of a quantity: `"unit":"mg",…}`."""
        quantity = _quantity.decode(b"{" + tail)
        return self.units[quantity.code, quantity.unit, quantity.system, quantity.comparator].number

    def _read_unit(self, parts: tuple[str, str, str, str]) -> UnitReading:
        """UCUM code first, else the unit's text. A number without either has no unit, not unit 1.

        A text that is surely another unit than the code ("lbs" beside kg) leaves neither to be believed.
        """
        code, text, system, comparator = parts
        unit = resolve(code, system or None)
        if text and text != code:
            told = resolve(text)
            if unit is None:
                unit = told
            elif told is not None and _differ(unit, told) and not _shortened(code, told):
                unit = None  # the sender contradicts itself
        reading = UnitReading(
            number=len(self._readings),
            unit=unit,
            dimension=unit.dimension if unit else -1,
            written=self.words[text or code],
            plain=unit is None or (unit.ratio == 1 and not unit.shift),
            comparator=comparator,
        )
        self._readings.append(reading)
        return reading
