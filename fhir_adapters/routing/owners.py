"""Whose each line or document is: the way of reading, followed as far as the patient and no further.

Two nodes that must be read together are tied.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fhir_adapters.background_records import Device
from fhir_adapters.batch import READ_ERRORS
from fhir_adapters.changes import REQUESTS, named
from fhir_adapters.cut_batch import CutBatch
from fhir_adapters.editions import restate
from fhir_adapters.identified import read_identifier, wanted
from fhir_adapters.lines import LineBlock
from fhir_adapters.mapping.table import MAPPINGS
from fhir_adapters.matcher import Matched
from fhir_adapters.named_patients import WAITING, FollowedReferences
from fhir_adapters.places import Places
from fhir_adapters.records import Binary, DiagnosticReport, DocumentReference, Medication, Patient
from fhir_adapters.rejects import Problem
from fhir_adapters.routing.nodes import COUNTED, EVERYBODY, NOBODY, keys_of, node_of, nodes_of
from fhir_adapters.salvage import owner_of
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import zone

_DOCUMENTS = frozenset({DocumentReference, DiagnosticReport})  # which may name a Binary
_ADDRESS = re.compile(rb'"url"\s*:\s*"([^"]{1,400})"')
_LINKED = re.compile(rb'"reference"\s*:\s*"([^"\\]{1,400})"')


class _Logical(msgspec.Struct, gc=False):
    reference: str = ""
    identifier: msgspec.Raw = msgspec.Raw(b"")


_logical = msgspec.json.Decoder(_Logical).decode


class _Followed(FollowedReferences):
    """References of which one by identifier names a node too."""

    def __init__(self, index: Callable[[str], int]) -> None:
        self._node = index
        super().__init__(lambda identifier: index(f"P{identifier}"))

    def _read_patient(self, raw: bytes) -> int:
        found = super()._read_patient(raw)
        if found != WAITING:
            return found
        logical = _logical(raw)
        held = bytes(logical.identifier)
        asked = wanted(logical.reference, read_identifier(held) if held and held != b"null" else None)
        return self._node("?" + msgspec.json.encode(asked).decode())


class Router:
    """Stands where ledger and intake stand while lines are decoded; learns whose they are, and no facts.

    Between `begin` and the reading of a block or document it holds what that one is about.
    """

    strict = False

    def __init__(self) -> None:
        self.intake = self
        self.names: dict[int, str] = {NOBODY: ""}  # of nodes that were met one by one, with their signs
        self._nodes: dict[str, int] = {"": NOBODY}
        self.references: FollowedReferences = _Followed(self.node)
        self.blank = 0
        self.ignored_types: Counter[str] = Counter()
        self.seen_types: set[str] = set()
        self.ties: set[tuple[int, int]] = set()
        # Keys of records that lines name or documents hold, whose they are, and whether a document does.
        self.keys: list[tuple[NDArray[np.uint64], NDArray[np.int64], bool]] = []
        self.gone_lines: dict[int, list[str]] = {}  # of the block at hand: what bundles ask to delete
        self._vocabulary = Vocabulary()
        self._zone = zone("UTC")  # times are not looked at
        self._owners: NDArray[np.int64] = np.empty(0, np.int64)
        self._line_keys: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._whole: set[int] | None = None  # nodes of the document at hand
        self._gone: list[str] | None = None  # names it asks to delete; None where it asks for other things

    def node(self, name: str) -> int:
        """The node of a sign and a name."""
        known = self._nodes.get(name)
        if known is None:
            known = self._nodes[name] = node_of(name[0], name[1:])
            self.names[known] = name
        return known

    def begin(self, lines: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """A block of so many lines; answers who owns each and its record's key, filled while they are read.

        The key is 0 where a line holds no record with a name of its own.
        """
        self.gone_lines = {}
        self._owners = np.full(lines, COUNTED, dtype=np.int64)
        self._line_keys = np.zeros(lines, dtype=np.uint64)
        return self._owners, self._line_keys

    def begin_document(self) -> None:
        """What follows is of one document."""
        self._whole, self._gone = set(), []

    @property
    def gone(self) -> list[str]:
        """The records that the document at hand asks to delete, where it asks for nothing else."""
        return self._gone or []

    def end_document(self) -> int:
        """Whose the document was; everybody's where it holds only what others refer to."""
        held, self._whole = self._whole or set(), None
        owned = sorted(held - {NOBODY, EVERYBODY})
        people = [node for node in owned if self.names[node][:1] == "P"]
        if people and not self._gone:
            names = [self.names[node][1:] for node in people]
            self.keys.append((keys_of("Patient", names), np.array(people, np.int64), True))
        self.ties.update((owned[0], other) for other in owned[1:])
        return owned[0] if owned else EVERYBODY if EVERYBODY in held else NOBODY

    def take(self, rows: Sequence[Any], positions: Sequence[int], places: Places) -> None:
        """Records of one type, decoded."""
        record = type(rows[0])
        self._gone = None
        if record is Medication:
            self._own(positions, places, np.full(len(rows), EVERYBODY, np.int64))
            return
        if record is Binary:
            # It is read with whoever names it: they all own a record of this name.
            names = [f"B{row.id}" for row in rows]
            whose = np.array([self.node(name) if len(name) > 1 else NOBODY for name in names], np.int64)
            keys = keys_of("Binary", [name[1:] for name in names])
            keys[whose == NOBODY] = 0
            self._own(positions, places, whose, keys)
            return
        if record is Device:
            loose = [i for i, row in enumerate(rows) if bytes(row.patient) in (b"", b"null")]
            if loose:
                at = [positions[i] for i in loose]
                self._own(at, places, np.full(len(at), EVERYBODY, np.int64))
                keep = sorted(set(range(len(rows))) - set(loose))
                rows, positions = [rows[i] for i in keep], [positions[i] for i in keep]
        wrong = restate(rows) if rows else {}
        fine = [i for i in range(len(rows)) if i not in wrong]
        for i in wrong:
            self._refused(positions[i], places)
        if not fine:
            return
        rows, positions = [rows[i] for i in fine], [positions[i] for i in fine]
        names = [row.id or places.name(at, record.__name__).partition("/")[2]
                 for row, at in zip(rows, positions, strict=True)]  # fmt: skip
        subject = MAPPINGS[record].subject
        if subject:
            owners = [self._subject(bytes(getattr(row, subject)), at, places)
                      for row, at in zip(rows, positions, strict=True)]  # fmt: skip
        else:
            owners = [self.node(f"P{name}") for name in names]
        keys = keys_of(record.__name__, names)
        # Named after its place, which is not told here as it is where the record is read.
        keys[[i for i, row in enumerate(rows) if not row.id and "#" in names[i]]] = 0
        self._own(positions, places, np.array(owners, dtype=np.int64), keys)
        if record in _DOCUMENTS:
            for position, owner in zip(positions, owners, strict=True):
                self._name_contents(places.raw(position), owner)
        if record is Patient:
            for row, owner in zip(rows, owners, strict=True):
                self._link(bytes(row.link), owner)

    def _subject(self, raw: bytes, position: int, places: Places) -> int:
        try:
            found = self.references.patients[raw] if raw else -1
        except READ_ERRORS:
            found = -1
        if found >= 0:
            return found
        return self._nodes_in(places.raw(position))

    def _link(self, raw: bytes, owner: int) -> None:
        """Records of one person are read together."""
        for found in _LINKED.findall(raw):
            name = self.references.name(found.decode("utf-8", "replace"), "Patient")
            if name.startswith("Patient/"):
                self._tie(owner, self.node(f"P{name.removeprefix('Patient/')}"))

    def take_cut(self, lines: Matched, places: Places) -> bool:
        """Lines of one type that are cut already; False where they have to be decoded."""
        if lines.elements.record in _DOCUMENTS and b"Binary" in lines.data:
            return False
        batch = CutBatch(lines, self._vocabulary, self.references, self._zone)
        subject = MAPPINGS[batch.record].subject
        names = batch.identities()
        if "" in names:
            return False
        if not subject:
            owners = nodes_of("P", names)
            for row, raw in batch.given("link"):
                self._link(raw, int(owners[row]))
        else:
            patients = batch.subjects(subject)
            if patients is not None:
                owners = nodes_of("P", patients)
            else:
                try:
                    found = batch.looked_up(subject, self.references.patients, np.int64)
                except READ_ERRORS:
                    return False
                if found is None or (found < 0).any():
                    return False
                owners = found
        self._owners[:] = owners
        self._line_keys[:] = keys_of(batch.record.__name__, names)
        return True

    def _name_contents(self, raw: bytes, owner: int) -> None:
        """Contents that stand in records of their own are read with the note that names them."""
        if b"Binary" in raw:
            found = (
                address.replace(b"\\/", b"/").decode("utf-8", "replace") for address in _ADDRESS.findall(raw)
            )
            names = (self.references.name(address, "Binary") for address in found)
            wanted = [name.removeprefix("Binary/") for name in names if name.startswith("Binary/")]
            if wanted:
                whose = np.full(len(wanted), owner, np.int64)
                self.keys.append((keys_of("Binary", wanted), whose, False))

    def refuse(self, problem: Problem, raw: bytes, file: str, **place: int | None) -> None:
        """A line or entry that cannot be decoded."""
        line = place.get("line")
        if problem.code != REQUESTS["DELETE"]:
            self._gone = None
        owner = self._nodes_in(raw)
        if self._whole is None and line is not None:
            self._owners[line - 1] = owner

    def change_asked(self, address: str) -> None:
        """A request to delete a record or to change it in part."""
        name = named(address)
        if self._gone is not None:
            self._gone = [*self._gone, name] if name else None
        if name and self._whole is not None:
            kind, _, identifier = name.partition("/")
            self._whole.add(self.node(f"P{identifier}" if kind == "Patient" else f"D{name}"))

    def own_line(self, number: int, owner: int, gone: list[str]) -> None:
        """A line of the block at hand, by its number from 1 on, is a bundle of this owner's."""
        self._owners[number - 1] = owner
        if gone:
            self.gone_lines[number] = gone

    def _refused(self, position: int, places: Places) -> None:
        owner = self._nodes_in(places.raw(position))
        self._own([position], places, np.array([owner], dtype=np.int64))

    def _nodes_in(self, raw: bytes) -> int:
        """One of the patients that a record names which cannot be read; they all are read together."""
        found = [self.node(f"P{name}") for name in owner_of(raw, self.references).patients]
        for other in found[1:]:
            self._tie(found[0], other)
        if self._whole is not None:
            self._whole.update(found)
        return found[0] if found else NOBODY

    def _tie(self, one: int, other: int) -> None:
        if one != other:
            self.ties.add((min(one, other), max(one, other)))

    def _own(
        self,
        positions: Iterable[int],
        places: Places,
        owners: NDArray[np.int64],
        keys: NDArray[np.uint64] | None = None,
    ) -> None:
        if self._whole is not None:
            self._whole.update(owners.tolist())
            if keys is not None:
                self.keys.append((keys, owners, True))
        elif isinstance(places, LineBlock):
            at = [places.line(position) - 1 for position in positions]
            self._owners[at] = owners
            if keys is not None:
                self._line_keys[at] = keys
