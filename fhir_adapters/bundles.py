"""Bundles of every type, lists of resources, and single resources: one JSON document at a time.

Entries decode in one pass; where one is bad the document is decoded again with raw entries, one by
one, and only the bad ones are refused. Bundles inside entries (answers of a batch) are opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.batch import READ_ERRORS, problem_of
from fhir_adapters.changes import CHANGES, REQUESTS, around, asked, given_twice
from fhir_adapters.errors import FhirInputError
from fhir_adapters.ledger import Ledger
from fhir_adapters.records import ABSENT, READ_TYPES, AnyResource, Nested
from fhir_adapters.rejects import Problem
from fhir_adapters.salvage import Ignorable, decode_one
from fhir_adapters.strict import examined
from fhir_adapters.utf8 import is_utf8

# ruff: noqa: N815  (element names are FHIR's)

# Types that other records refer to.
_TARGETS = frozenset(t for t in READ_TYPES if t.__name__ in (
    "Patient", "Encounter", "Medication", "Condition", "Procedure", "Device", "Binary",
))  # fmt: skip
_READ = frozenset(READ_TYPES)


@dataclass(slots=True)
class RawEntry:
    """An entry's address, the bytes of its resource, and what is wrong with the entry itself, if anything."""

    fullUrl: str
    resource: Raw
    problem: Problem | None = None
    change: str = ""  # address of a record that it asks to delete or to change in part


class LooseEntry(Struct, gc=False):
    resource: Raw = ABSENT
    fullUrl: Any = None
    request: Any = None


class RawBundle(Struct, gc=False):
    resourceType: str = ""
    entry: list[Raw] | None = None


_Entry: Any = msgspec.defstruct(
    "Entry",
    [("fullUrl", str, ""), ("resource", AnyResource | None, None), ("request", Raw, ABSENT)],
    gc=False,
)
_Bundle: Any = msgspec.defstruct(
    "Bundle",
    [("resourceType", str, ""), ("entry", list[_Entry], msgspec.field(default_factory=list))],
    gc=False,
)
_typed = msgspec.json.Decoder(_Bundle)
_raw = msgspec.json.Decoder(RawBundle)
_entry = msgspec.json.Decoder(LooseEntry)
_list = msgspec.json.Decoder(list[Raw])


class Document:
    """One JSON document: its entries, and where they stood."""

    def __init__(self, data: bytes, file: str, ledger: Ledger, urls: Mapping[str, str] | None = None) -> None:
        self._data = data
        self._file = file
        self._ledger = ledger
        self._outer_urls = urls or {}
        self._raw_entries: list[RawEntry] | None = None
        self._urls: list[str] = []
        self._held: dict[bytes, bool] = {}

    def read(self) -> None:
        """Take in all entries. Raises FhirInputError where the document as a whole cannot be read."""
        data = self._data
        if b"\0" in data:
            raise FhirInputError("NUL_BYTE", "holds a zero byte", self._file)
        bundle = self._decoded()
        resources = [] if bundle is None else [entry.resource for entry in bundle.entry]
        if given_twice(around(data, resources), b"entry"):
            raise FhirInputError("DUPLICATE_KEY", "entry is given twice in one bundle", self._file)
        if bundle is None or bundle.resourceType != "Bundle" or _may_change(bundle.entry):
            self._take_slowly()
            return
        self._urls = [entry.fullUrl for entry in bundle.entry]
        self._take(resources)

    def _decoded(self) -> Any:
        """All entries at once; None where that will not do, and they are looked at one by one."""
        data = self._data
        # Bytes that are no UTF-8 cost only the entries that hold them.
        if self._ledger.strict or not is_utf8(data):
            return None
        opener = data.lstrip()[:1] if data[:1] != b"{" else b"{"
        try:
            return _typed.decode(data) if opener == b"{" else None
        except READ_ERRORS:
            return None

    def _take_slowly(self) -> None:
        entries = self._entries()
        self._urls = [entry.fullUrl for entry in entries]
        found: list[Any] = []
        for position, entry in enumerate(entries):
            raw = bytes(entry.resource)
            if entry.problem is not None:
                self.refuse(position, entry.problem)
                self._ledger.change_asked(entry.change)
                found.append(entry.problem)
                continue
            if not raw or raw == b"null":
                found.append(None)
                continue
            record = examined(raw) if self._ledger.strict else decode_one(raw)
            if isinstance(record, Problem):
                self.refuse(position, record)
            found.append(record)
        self._take(found)

    def _take(self, resources: Sequence[Any]) -> None:
        positions_of: dict[type, list[int]] = {}
        for position, kind in enumerate(map(type, resources)):
            if kind in positions_of:
                positions_of[kind].append(position)
            else:
                positions_of[kind] = [position]
        groups = {kind: ([resources[i] for i in held], held) for kind, held in positions_of.items()}
        intake = self._ledger.intake
        intake.references.enter_bundle(self._full_urls(groups))
        nested = groups.pop(Nested, None)
        for kind, (rows, positions) in groups.items():
            if kind in _READ:
                intake.take(rows, positions, self)
            elif kind is type(None):
                self._ledger.blank += len(rows)
            elif kind is Ignorable:
                intake.ignored_types.update(row.type_name for row in rows)
            elif kind is not Problem:
                intake.ignored_types[kind.__name__] += len(rows)
        if nested is not None:
            self._open_nested(nested[1])

    def _full_urls(self, groups: Mapping[type, tuple[list[Any], list[int]]]) -> dict[str, str]:
        """Address of each entry that may be referred to, and the name of its record."""
        found = dict(self._outer_urls)
        for kind in _TARGETS & groups.keys():
            rows, positions = groups[kind]
            prefix = f"{kind.__name__}/"
            for row, position in zip(rows, positions, strict=True):
                url = self._urls[position]
                if url:
                    found[url] = prefix + (row.id or _tail(url))
        return found

    def _open_nested(self, positions: Sequence[int]) -> None:
        entries = self._entries()
        urls = dict(self._ledger.intake.references.full_urls)
        for position in positions:
            raw = bytes(entries[position].resource)
            try:
                Document(raw, f"{self._file} entry[{position}]", self._ledger, urls).read()
            except FhirInputError as problem:
                self.refuse(position, Problem(problem.code, problem.message))

    def _entries(self) -> list[RawEntry]:
        """Entries as raw bytes, of whatever kind of document it is."""
        if self._raw_entries is None:
            try:
                self._raw_entries = self._split()
            except READ_ERRORS as problem:
                found = problem_of(problem, "")
                raise FhirInputError(found.code, found.message, self._file) from None
        return self._raw_entries

    def _split(self) -> list[RawEntry]:
        if self._data.lstrip()[:1] == b"[":
            return [RawEntry("", raw) for raw in _list.decode(self._data)]
        try:
            bundle = _raw.decode(self._data)
        except msgspec.ValidationError as problem:
            if b'"Bundle"' in self._data:
                raise
            raise FhirInputError("NOT_FHIR", str(problem), self._file) from None
        if bundle.resourceType == "Bundle":
            return [_entry_of(raw) for raw in bundle.entry or ()]
        if not bundle.resourceType:
            raise FhirInputError("NOT_FHIR", "a JSON document without a resourceType", self._file)
        return [RawEntry("", Raw(self._data))]

    def refuse(self, position: int, problem: Problem) -> None:
        """Account for one entry as rejected."""
        raw = bytes(self._entries()[position].resource)
        self._ledger.refuse(problem, raw, self._file, entry=position)

    def raw(self, position: int) -> bytes:
        """The bytes of an entry's resource."""
        return bytes(self._entries()[position].resource)

    def holds(self, word: bytes) -> bool:
        """Whether the document holds a word anywhere."""
        if word not in self._held:
            self._held[word] = word in self._data
        return self._held[word]

    def name(self, position: int, type_name: str) -> str:
        """ "Type/…" for an entry whose resource has no id: by its address, else by its place."""
        url = self._urls[position]
        return f"{type_name}/{_tail(url) if url else f'{self._file}#{position}'}"


def _may_change(entries: Sequence[Any]) -> bool:
    """Whether an entry may ask to delete or to change a record: those are looked at one by one."""
    requests = b"".join([entry.request for entry in entries])
    return any(method in requests for method in CHANGES)


def _entry_of(raw: Raw) -> RawEntry:
    """One entry of a bundle; one that is no entry keeps its bytes and says what is wrong."""
    try:
        entry = _entry.decode(raw)
    except READ_ERRORS as problem:
        return RawEntry("", raw, problem_of(problem, ""))
    method, address = asked(entry.request)
    if method in REQUESTS:
        wrong = Problem(REQUESTS[method], f"asks to {method} a record", "request")
        return RawEntry("", raw, wrong, address or "?")
    if entry.fullUrl is None or isinstance(entry.fullUrl, str):
        return RawEntry(entry.fullUrl or "", entry.resource)
    wrong = Problem("TYPE_MISMATCH", "the entry's address is not a string", "fullUrl")
    return RawEntry("", entry.resource if bytes(entry.resource) else raw, wrong)


def _tail(url: str) -> str:
    return url.rpartition("/")[2].rpartition(":")[2]
