"""A batch of lines of known shapes: columns from where their elements stand, decoded once per spelling.

Whatever is wrong with an element makes the batch as a whole unreadable: its lines are then decoded, and who
decodes them says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from fhir_adapters import dates
from fhir_adapters.batch import Batch, Interval
from fhir_adapters.cache import Cache
from fhir_adapters.deliveries import Deliveries, changed
from fhir_adapters.matcher import Matched
from fhir_adapters.parts import MOST_PARTS
from fhir_adapters.pieces import Pieces, Texts
from fhir_adapters.references import References
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone

V = TypeVar("V")
_NOTHING = (b"", b"null")
_TRUE = ord("t")


class CutBatch(Batch):
    """Lines of one type that `Patterns` has matched."""

    def __init__(self, lines: Matched, vocabulary: Vocabulary, references: References, zone: Zone) -> None:
        super().__init__(lines.elements.record, vocabulary, references, zone)
        self._lines = lines
        self._units = np.frombuffer(lines.data, dtype=np.uint8)
        self._pieces: dict[str, Pieces] = {}

    @cached_property
    def rows(self) -> Sequence[Any]:
        held: list[Any] = msgspec.json.Decoder(self.record).decode_lines(self._lines.data)
        return held

    def __len__(self) -> int:
        return self._lines.count

    def _of(self, name: str) -> Pieces:
        """An element by the name of its field, or by its path where it lies within another."""
        held = self._pieces.get(name)
        if held is None:
            elements = self._lines.elements
            number = elements.named[elements.names.get(name, name)].number
            if number in self._lines.given:
                places = self._lines.starts[number], self._lines.stops[number]
                held = Pieces(self._units, *places, self._lines.numbers.get(number))
            else:
                nothing = np.zeros(len(self), dtype=np.int32)
                held = Pieces(self._units, nothing, nothing)
            self._pieces[name] = held
        return held

    def _distinct(self, name: str) -> tuple[list[bytes], NDArray[np.int32]]:
        elements = self._lines.elements
        elements.named[elements.names.get(name, name)].asked = True
        return self._of(name).distinct()

    def parts(self, name: str) -> tuple[Batch, NDArray[np.int64]] | None:
        """None where one has more than a pattern notes, or is no list of them."""
        part = self._lines.elements.parts[name]
        if not self.has(f"{name}[0]"):
            return None
        held = [i for i in range(MOST_PARTS) if self.has(f"{name}[{i}]")]
        there = np.array([self._of(f"{name}[{i}]").stops > 0 for i in held])
        if not np.array_equal(there[0], self._of(name).stops > 0):
            return None
        record, which = np.nonzero(there.T)
        starts, stops = np.zeros((2, len(part.named), len(record)), dtype=np.int32)
        given = set()
        for inner in part.names.values():
            paths = [f"{name}[{i}].{inner}" for i in held]
            if any(map(self.has, paths)):
                number = part.named[inner].number
                given.add(number)
                pieces = [self._of(path) for path in paths]
                starts[number] = np.array([one.starts for one in pieces])[which, record]
                stops[number] = np.array([one.stops for one in pieces])[which, record]
        lines = Matched(self._lines.data, part, starts, stops, given, {})
        return CutBatch(lines, self.vocabulary, self.references, self.zone), record

    def has(self, name: str) -> bool:
        elements = self._lines.elements
        element = elements.named.get(elements.names.get(name, name))
        return element is not None and element.number in self._lines.given

    def one(self, name: str, row: int) -> bytes:
        return self._of(name).some(np.array([row])).joined(apart=False)

    def given(self, name: str) -> list[tuple[int, bytes]]:
        if not self.has(name):
            return []
        pieces = self._of(name)
        rows = np.flatnonzero(pieces.stops)
        held = zip(rows.tolist(), pieces.some(rows).each(), strict=True)
        return [(row, data) for row, data in held if data != b"null"]

    def spelled(self, name: str) -> tuple[list[bytes], NDArray[np.int32] | None] | None:
        return self._distinct(name) if self.has(name) else None

    def plain(self, name: str) -> Sequence[Any]:
        elements = self._lines.elements
        pieces = self._of(name)
        if elements.named[elements.names[name]].text:
            return Texts(pieces)
        flags: list[bool] = (self._units[pieces.starts] == _TRUE).tolist()
        return flags if self.has(name) else [False] * len(self)

    def looked_up(
        self, name: str, cache: Cache[bytes, int], dtype: type[np.generic] = np.int32
    ) -> Array | None:
        if not self.has(name):
            return None
        raws, which = self._distinct(name)
        found: Array = np.fromiter(map(cache.__getitem__, raws), dtype=dtype, count=len(raws))[which]
        return found

    def encounters(self, name: str) -> Array | None:
        if not self.has(name):
            return None
        references = self._of(f"{name}.reference")
        told = references.starts > 0
        if np.array_equal(told, self._of(name).starts > 0):
            rows = slice(None) if told.all() else np.flatnonzero(told)
            keys = self.references.encounters_named(references.some(rows))
            if keys is not None:
                found = np.zeros(len(self), dtype=np.int64)
                found[rows] = keys
                return found
        raws, which = self._distinct(name)
        other: Array = self.references.encounters(raws)[which]
        return other

    def subjects(self, name: str) -> Sequence[str] | None:
        """The patients' ids that a reference element names; None where one is spelt uncommonly."""
        if not self.has(f"{name}.reference"):
            return None
        return self.references.patient_ids(self._of(f"{name}.reference"))

    def owners(self, name: str) -> Array | None:
        if self.has(f"{name}.reference"):
            raws, which = self._distinct(f"{name}.reference")
            known = self.references.patients_named(raws)
            if known is not None:
                found: Array = known[which]
                return found
        return super().owners(name)

    def coded(self, texts: Sequence[str], *tables: Callable[[str], int]) -> list[Array]:
        if not isinstance(texts, Texts):
            return super().coded(texts, *tables)
        raws, which = texts.pieces.distinct()
        distinct = [raw.decode() for raw in raws]
        if len(distinct) == 1:
            return [np.full(len(texts), table(distinct[0])) for table in tables]
        return [np.array([table(text) for text in distinct])[which] for table in tables]

    def read_once(self, name: str, read: Callable[[bytes], V], blank: V) -> tuple[list[V], NDArray[Any]]:
        if not self.has(name):
            return [blank], np.zeros(len(self), dtype=np.int64)
        raws, which = self._distinct(name)
        return [blank if raw in _NOTHING else read(raw) for raw in raws], which

    def edges(self, name: str) -> tuple[Sequence[str], Sequence[str]]:
        return Texts(self._of(f"{name}.start")), Texts(self._of(f"{name}.end"))

    def parsed(self, texts: Sequence[str]) -> Interval:
        if isinstance(texts, Texts) and len(texts) >= dates.FEW:
            return dates.parse_letters(texts.pieces.letters(), texts.pieces.lengths(), self.zone)
        return super().parsed(texts)

    def told(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        if not isinstance(texts, Texts):
            return super().told(texts)
        found: NDArray[np.bool_] = texts.pieces.starts < texts.pieces.stops
        return found

    def identities(self) -> Sequence[str]:
        return self._of("id").packed()

    def deliveries(self) -> Deliveries | None:
        if not (self.has("meta.lastUpdated") or self.has("meta.versionId")):
            return None
        updated, versions = (
            self._of(f"meta.{name}").joined(apart=True).decode() for name in ("lastUpdated", "versionId")
        )
        return Deliveries.joined(updated, versions, self.zone)

    def updated(self, rows: NDArray[np.int64]) -> dates.Instants:
        return changed(Texts(self._of("meta.lastUpdated").some(rows)), self.zone)
