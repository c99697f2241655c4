"""The door: files, folders, standard input or posted bytes of FHIR become one fact table.

Every line and entry ends in exactly one of accepted, ignored, blank or rejected.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np

from eligibility.facts import Facts, Kind, Source
from eligibility.manifest import LineCounts, Manifest
from eligibility.notes import NoteReader
from eligibility.nothing_known import tells_of_absence
from fhir_adapters.archives import is_archive, read_archive
from fhir_adapters.bundles import Document
from fhir_adapters.changes import in_doubt
from fhir_adapters.demographics import one_row_each, without_row
from fhir_adapters.detection import Shape, shape_of
from fhir_adapters.errors import FhirInputError
from fhir_adapters.intake import Intake
from fhir_adapters.ledger import Ledger
from fhir_adapters.lines import LineBlock
from fhir_adapters.mapping.table import KINDS_OF
from fhir_adapters.matcher import Matcher
from fhir_adapters.notes.account import NoteAccount, account_of
from fhir_adapters.notes.keeping import ReadText
from fhir_adapters.records import READ_NAMES
from fhir_adapters.rejects import Problem, Reject
from fhir_adapters.resource_types import IGNORED_TYPES
from fhir_adapters.streams import Stream, hold_memory, line_blocks
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import zone as zone_named

Unset = msgspec.UnsetType
unset = msgspec.UNSET
LONGEST_LINE = 256 << 20
_FHIR_NAME = re.compile(r"\.(json|ndjson|jsonl)(\.gz)?$", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z]+")
_BY_LOWER_CASE = {name.lower(): name for name in (*IGNORED_TYPES, *KINDS_OF, "Binary", "Medication")}
Progress = Callable[[int], None]


@dataclass(frozen=True)
class ReadFile:
    """One file as it was read. `sha256` is of the bytes on disk, within an archive of the unpacked ones."""

    path: str
    bytes: int
    digest: Callable[[], str] = field(repr=False, compare=False)
    skipped: str = ""  # why nothing was read from it

    @cached_property
    def sha256(self) -> str:
        """Of a bundle in memory worked out when it is asked for the first time."""
        return self.digest()


@dataclass(frozen=True, slots=True)
class Extract:
    """Facts, and an account of all that was read to make them."""

    facts: Facts
    rejects: list[Reject]
    files: list[ReadFile]
    patients_without_record: int  # judged, though no Patient resource came
    unresolved_medications: int  # drugs named by a reference to nothing
    not_asked_for: int  # records of patients outside the chosen ones; counted as ignored
    notes: Mapping[str, int] = field(default_factory=dict)
    note_account: NoteAccount | None = None  # what became of every note; None where no texts were read
    texts: Sequence[ReadText] = field(default=(), repr=False)  # where they were to be kept

    @property
    def lines(self) -> LineCounts:
        """Every line and entry in exactly one column."""
        return self.facts.manifest.lines


class OneReading:
    """One call of `read` on its way."""

    def __init__(
        self,
        zone: str,
        patients: Collection[str] | None,
        vocabulary: Vocabulary | None = None,
        longest: int = LONGEST_LINE,
        progress: Progress | None = None,
        *,
        strict: bool = False,
        reader: NoteReader | None = None,
        keep_texts: bool = False,
    ) -> None:
        self.zone = zone
        self.intake = Intake(
            vocabulary or Vocabulary(), zone_named(zone), patients, reader, keep_texts=keep_texts
        )
        self.ledger = Ledger(self.intake, strict=strict)
        self.files: list[ReadFile] = []
        self.notes: dict[str, int] = {}
        self._longest = longest
        self._progress = progress or _silent
        self._match = None if strict else Matcher().match

    def stream(self, stream: Stream, *, alone: bool) -> None:
        """Read one file. `alone`: a file that holds nothing we can read is the caller's error."""
        skipped = ""
        try:
            shape = shape_of(stream, self._longest)
            named = is_fhir_name(stream.name)
            if shape is Shape.EMPTY:
                self._empty(stream, alone=alone)
            elif shape is Shape.FOREIGN and not named:
                if alone:
                    raise FhirInputError("JSON_INVALID", "this is not JSON", stream.name)
                skipped = "not JSON"
                while stream.read():
                    pass
            elif shape is Shape.DOCUMENT:
                skipped = self._document(stream, alone=alone)
            else:
                self._lines(stream)
        finally:
            digest = stream.hashing.digest()
        if stream.truncated:
            problem = Problem("GZIP_TRUNCATED", stream.truncated)
            self.ledger.refuse(problem, b"", stream.name)
        self.files.append(ReadFile(stream.name, stream.hashing.total, lambda: digest, skipped))

    def beside(self, lines: bytes) -> None:
        """Read further records, which are no file of the input and tell nothing of what it holds."""
        told, self._progress = self.intake.seen_types, _silent
        self.intake.seen_types = set()
        self._lines(Stream(BytesIO(lines), "beside"))
        self.intake.seen_types = told

    def damaged(self, problem: Problem, name: str) -> None:
        """Account for a file that could not be read to its end."""
        self.ledger.refuse(problem, b"", name)

    def _empty(self, stream: Stream, *, alone: bool) -> None:
        """An empty file whose name tells a type says that there are none of that type."""
        named = type_named(stream.name)
        if alone and not named:
            raise FhirInputError("EMPTY_INPUT", "nothing in it", stream.name)
        if named:
            self.intake.seen_types.add(named)
        self.ledger.blank += stream.everything().count(b"\n")

    def _document(self, stream: Stream, *, alone: bool) -> str:
        """Read one JSON document; answers why it was skipped, if it was."""
        data = stream.everything()
        self._progress(len(data))
        return self.document(data, stream.name, alone=alone)

    def document(self, data: bytes, name: str, *, alone: bool) -> str:
        """The same of a document in memory."""
        try:
            Document(data, name, self.ledger).read()
        except FhirInputError as problem:
            if alone:
                raise
            if problem.code == "NOT_FHIR":
                return problem.message
            self.ledger.refuse(Problem(problem.code, problem.message), data, name)
        return ""

    def _lines(self, stream: Stream) -> None:
        line, offset = 1, 0
        elsewhere, self.intake.seen_types = self.intake.seen_types, set()
        for block, length in line_blocks(stream, self._longest, self._match):
            if length > len(block.data):
                problem = Problem("LINE_TOO_LONG", f"longer than {self._longest} bytes")
                self.ledger.refuse(problem, block.data, stream.name, line=line, offset=offset)
                line += 1
            else:
                line += LineBlock(block, stream.name, line, offset, self.ledger).read()
            offset += length
            self._progress(length)
        self.intake.seen_types |= self._told_by_name(stream.name, self.intake.seen_types) | elsewhere

    def _told_by_name(self, name: str, found: Collection[str]) -> set[str]:
        """The type that a file's name adds to what was found in it: none where it holds only others."""
        told, wrong = told_by_name(name, found)
        if wrong:
            self.notes["WRONG_FILE_TYPE"] = self.notes.get("WRONG_FILE_TYPE", 0) + 1
        return told

    def finish(self, delivered: Collection[str] | Unset | None) -> Extract:
        """The table of everything read."""
        intake = self.intake
        intake.settle()
        if delivered is unset:
            kinds = {kind.name.lower() for name in intake.seen_types for kind in KINDS_OF.get(name, ())}
            told: frozenset[str] | None = frozenset(kinds)
        else:
            told = None if delivered is None else frozenset(delivered)
        manifest = Manifest(
            zone=self.zone,
            delivered=told,
            lines=self.ledger.counts(),
            ignored_types=dict(sorted(intake.ignored_types.items())),
            unattributed=self.ledger.unattributed,
            notes_read=intake.notes is not None,
        )
        facts = in_doubt(one_row_each(intake.builder.finish(manifest)), self.ledger.changes)
        missing = without_row(facts)
        notes = {**self.notes, "PATIENT_MISSING": missing} if missing else self.notes
        facts = replace(facts, manifest=replace(facts.manifest, systems=_systems(facts)))
        return Extract(
            facts=facts,
            rejects=self.ledger.rejects,
            files=self.files,
            patients_without_record=missing,
            unresolved_medications=intake.unresolved_medications,
            not_asked_for=intake.not_asked_for,
            notes=notes,
            note_account=None if intake.notes is None else account_of(facts, intake.notes.faults),
            texts=() if intake.notes is None else tuple(intake.notes.texts),
        )


def read(
    source: str | Path,
    *,
    zone: str = "UTC",
    delivered: Collection[str] | Unset | None = unset,
    patients: Collection[str] | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    longest_line: int = LONGEST_LINE,
    notes: NoteReader | None = None,
    keep_texts: bool = False,
    beside: bytes = b"",
) -> Extract:
    """Read a bundle, an NDJSON file, a folder or zip archive of either, or standard input (`-`).

    Each may be packed with gzip.

    `zone` is the IANA name (or ±hh:mm) whose wall-clock time the facts are told in. `delivered`
    names the kinds that the input is meant to hold: unset derives them from what was found, None
    vouches for all. `patients` keeps only these. `progress` is called with byte counts. `strict`
    also checks every record against the FHIR models, which takes about a hundred times as long.
    `notes` understands the texts of notes, which pass it in batches while the input is read; without it no
    text is looked at. `keep_texts` keeps them all, for showing. `beside` are further records, one a line,
    that stand beside the input (answers given elsewhere): their lines count, their types are not delivered.
    Raises FhirInputError for an input that cannot be read at all.
    """
    hold_memory()
    reading = OneReading(
        zone,
        patients,
        longest=longest_line,
        progress=progress,
        strict=strict,
        reader=notes,
        keep_texts=keep_texts,
    )
    if str(source) == "-":
        reading.stream(Stream(sys.stdin.buffer, "-"), alone=True)
        return reading.finish(delivered)
    path = Path(source)
    if not path.exists():
        raise FhirInputError("NOT_FOUND", "no file or folder of this name", str(path))
    try:
        if path.is_dir():
            _read_folder(path, reading)
        elif is_archive(path):
            read_archive(path, path.name, reading)
            if all(file.skipped for file in reading.files):
                raise FhirInputError("NOT_FHIR", "no file in this archive holds FHIR", path.name)
        else:
            with path.open("rb") as raw:
                reading.stream(Stream(raw, path.name), alone=True)
    except OSError as problem:
        raise FhirInputError("NOT_READABLE", problem.strerror or str(problem), str(path)) from None
    if beside:
        reading.beside(beside)
    return reading.finish(delivered)


def read_bundle(
    data: bytes,
    *,
    zone: str = "UTC",
    delivered: Collection[str] | Unset | None = unset,
    vocabulary: Vocabulary | None = None,
    name: str = "bundle",
    notes: NoteReader | None = None,
    keep_texts: bool = False,
) -> Extract:
    """Read one bundle from memory. A `vocabulary` kept between calls makes the next one quicker.

    `notes` and `keep_texts` are as in `read`.

    Raises FhirInputError for bytes that are not a FHIR document.
    """
    if vocabulary is not None:
        vocabulary.renew_when_full()
    reading = OneReading(zone, None, vocabulary, reader=notes, keep_texts=keep_texts)
    if not data[:4096].strip() and not data.strip():
        raise FhirInputError("EMPTY_INPUT", "nothing in it", name)
    Document(data.removeprefix(b"\xef\xbb\xbf"), name, reading.ledger).read()
    reading.files.append(ReadFile(name, len(data), lambda: sha256(data).hexdigest()))
    return reading.finish(delivered)


def _read_folder(folder: Path, reading: OneReading) -> None:
    """All files of a folder and its sub-folders, in order of their names; hidden ones are left out."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not paths:
        raise FhirInputError("EMPTY_INPUT", "no file in this folder", str(folder))
    # Contents of notes come last: then each is read as it comes, and none has to be kept.
    contents = [path for path in paths if type_named(path.name) == "Binary"]
    for path in [*(path for path in paths if path not in contents), *contents]:
        if contents and path == contents[0]:
            reading.intake.no_more_notes()
        name = path.relative_to(folder).as_posix()
        if is_archive(path):
            read_archive(path, name, reading)
            continue
        with path.open("rb") as raw:
            reading.stream(Stream(raw, name), alone=False)
    if all(file.skipped for file in reading.files):
        raise FhirInputError("NOT_FHIR", "no file in this folder holds FHIR", str(folder))


def told_by_name(name: str, found: Collection[str]) -> tuple[set[str], bool]:
    """The type that a file's name adds to what was found in it, and whether it is named after another one.

    A file of notes called "condition-notes" says nothing about which diagnoses were sent.
    """
    named = type_named(name)
    if named in READ_NAMES and set(found) - {named}:
        return set(), True
    return ({named} if named else set()), False


def is_fhir_name(name: str) -> bool:
    """Whether a file is named like one that holds JSON."""
    return bool(_FHIR_NAME.search(name))


def type_named(name: str) -> str:
    """The resource type that a file's name tells, "" where it tells none."""
    for found in _LETTERS.findall(Path(name).name):
        known = _BY_LOWER_CASE.get(found.lower())
        if known:
            return known
    return ""


def _systems(facts: Facts) -> dict[str, frozenset[str]]:
    """Code systems that occur per kind."""
    found: dict[str, frozenset[str]] = {}
    for kind, block in facts.blocks.items():
        if kind in (Kind.CONTACT, Kind.DEMOGRAPHIC):
            continue
        used = np.flatnonzero(np.diff(block.offsets)).tolist()
        if "source" in block.columns:  # what notes name has our codes, not the sender's
            sent = block.columns["source"] != Source.NOTE
            used = np.unique(block.columns["concept"][sent]).tolist()
        found[kind.name.lower()] = frozenset(
            coding[0]
            for concept in used
            for coding in facts.concepts.codings[concept]
            if not tells_of_absence(coding)
        )
    return found


def _silent(_: int) -> None:
    """No progress is shown."""
