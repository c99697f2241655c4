"""Hands texts of notes to a reader in batches while an input is read, and its facts to the builder.

Every note gets a row of its own, which says what became of its text. Texts are forgotten as soon as they
are read, unless they are to be shown. The very text of another note of the patient, written at the same
time, is not read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eligibility.builder import FactsBuilder
from eligibility.concepts import Words
from eligibility.facts import Array, Kind, Reading, Source, columns_of
from eligibility.notes import Note, NoteReader, NotesRead
from fhir_adapters.notes.binaries import Binaries, Naming, Opened, Packed
from fhir_adapters.notes.contents import Attachment
from fhir_adapters.notes.keeping import ReadText, Shelf
from fhir_adapters.notes.problems import UnreadableError, place_of, reading_of
from fhir_adapters.vocabulary import Vocabulary

_NOTES = 256  # in one batch
_CHARACTERS = 2 << 20
_REMEMBERED = 200_000  # texts that are known again without being read
_NUMBERS = frozenset({"unit", "dose_unit"})  # int16 columns that hold no words


class HasText(Protocol):
    """Something that may have a text."""

    def text(self) -> str:
        """The text; raises UnreadableError where there is a reason why it cannot be read."""


@dataclass(frozen=True, slots=True)
class Written:
    """Notes on their way in, one for each row of `columns`, which are those of kind NOTE.

    `lo`, `hi` are instants between which each was written; `forms[i]` is 0, or a number that is equal for
    notes that are forms of one content; `names[i]` is "Binary/…" where the content of a note stands in such
    a record.
    """

    columns: dict[str, Array]
    texts: Sequence[HasText]
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    forms: NDArray[np.int64]
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A note that is to be read: where its row says what became of it."""

    note: Note = field(repr=False)
    number: int
    patient: int
    columns: Mapping[str, Array]
    row: int


class NoteTaker:
    """Takes the notes of one input.

    A note at which the reader fails is damaged, whatever the fault: it may have held anything. What the
    fault says may hold the patient's words, so it goes no further; `faults` counts where in the code faults
    arose, for who has to mend them.
    """

    def __init__(
        self, reader: NoteReader, vocabulary: Vocabulary, builder: FactsBuilder, *, keep_texts: bool
    ) -> None:
        self.texts: list[ReadText] = []
        self.faults: Counter[str] = Counter()
        self._binaries = Binaries()
        self._titles: dict[int, str] = {0: ""}
        self._reader = reader
        self._vocabulary = vocabulary
        self._builder = builder
        self._shelf = Shelf() if keep_texts else None
        self._count = 0
        self._waiting: list[_Waiting] = []
        self._characters = 0
        self._seen: set[tuple[int, int]] = set()
        # Quotes are many, and words that fit into narrow columns few: they join the others at the end.
        self._words = Words()
        self._quotes: list[dict[str, Array]] = []

    def take(self, written: Written) -> None:
        """Take in notes, with their rows."""
        columns = written.columns
        count = len(written.texts)
        first, self._count = self._count + 1, self._count + count
        columns["note"] = np.arange(first, first + count)
        columns["forms"] = written.forms
        columns["text_key"] = np.zeros(count, dtype=np.int64)
        columns["reading"] = np.full(count, Reading.EMPTY, dtype=np.uint8)
        columns["problem"] = np.zeros(count, dtype=np.int16)
        for row, content in enumerate(written.texts):
            name = written.names[row] if written.names else ""
            lo, hi = int(written.lo[row]), int(written.hi[row])
            if name and isinstance(content, Attachment):
                self._binaries.await_content(name, Naming(content, columns, row, lo, hi))
            try:
                text = content.text()
            except UnreadableError as problem:
                self._fail(columns, row, problem.code)
                continue
            self._enter_text(text, columns, row, lo, hi)
        self._builder.add(Kind.NOTE, columns)

    def take_binary(self, name: str, content: Packed) -> None:
        """Take in a content that notes may name."""
        self._open(self._binaries.take(name, content))

    def no_more_notes(self) -> None:
        """What comes now are at most contents that notes named before."""
        self._open(self._binaries.hand_on())

    def _open(self, opened: Sequence[Opened]) -> None:
        for note, content in opened:
            columns, row = note.columns, note.row
            if content is None:
                self._fail(columns, row, "NOTE_CONTENT_SEVERAL")
                continue
            try:
                text = note.content.text_in(content)
            except UnreadableError as problem:
                self._fail(columns, row, problem.code)
                continue
            columns["reading"][row], columns["problem"][row] = Reading.EMPTY, 0
            if not columns["bytes"][row]:
                columns["bytes"][row] = max(len(content.data) - 2, 0) * 3 // 4
            self._enter_text(text, columns, row, note.lo, note.hi)

    def _enter_text(self, text: str, columns: dict[str, Array], row: int, lo: int, hi: int) -> None:
        if not text.strip():
            return
        concept = int(columns["concept"][row])
        if concept not in self._titles:
            held = self._vocabulary.concepts_held
            self._titles[concept] = held.displays[concept] or held.texts[concept]
        self._enter(Note(text, lo, hi, self._titles[concept]), columns, row)

    def _enter(self, note: Note, columns: dict[str, Array], row: int) -> None:
        patient = int(columns["patient"][row])
        key = _key(note)
        columns["text_key"][row] = key
        if self._shelf is not None:
            path = self._vocabulary.words_held.texts[int(columns["path"][row])]
            self.texts.append(ReadText(int(columns["resource"][row]), path, self._shelf.keep(note)))
        if (patient, key) in self._seen:
            columns["reading"][row] = Reading.DUPLICATE
            return
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen.add((patient, key))
        columns["reading"][row] = Reading.READ
        self._waiting.append(_Waiting(note, int(columns["note"][row]), patient, columns, row))
        self._characters += len(note.text)
        if len(self._waiting) >= _NOTES or self._characters >= _CHARACTERS:
            self.flush()

    def _fail(self, columns: Mapping[str, Array], row: int, code: str) -> None:
        columns["reading"][row] = reading_of(code)
        columns["problem"][row] = self._vocabulary.words[code]

    def flush(self) -> None:
        """Have the waiting notes read."""
        waiting, self._waiting, self._characters = self._waiting, [], 0
        if waiting:
            self._read(waiting)

    def _read(self, waiting: Sequence[_Waiting]) -> None:
        try:
            found = self._asked(waiting)
        except Exception as fault:  # noqa: BLE001 - any fault costs one note at most, and is told
            if len(waiting) == 1:
                self.faults[place_of(fault)] += 1
                self._fail(waiting[0].columns, waiting[0].row, "NOTE_READER_FAILED")
                return
            for one in waiting:
                self._read([one])
            return
        for position in found.unread:
            self._fail(waiting[position].columns, waiting[position].row, "NOTE_TOO_SLOW")
        numbers = np.array([one.number for one in waiting], dtype=np.int64)
        patients = np.array([one.patient for one in waiting], dtype=np.int32)
        for rows in found.rows:
            if not len(rows.note):
                continue
            columns = self._translated(rows.kind, rows.columns)
            columns["note"] = numbers[rows.note]
            columns["patient"] = patients[rows.note]
            columns["resource"] = np.full(len(rows.note), -1, dtype=np.int32)
            columns.setdefault("source", np.full(len(rows.note), Source.NOTE, dtype=np.uint8))
            self._builder.add(rows.kind, columns)
            if "quote" in columns:
                self._quotes.append(columns)

    def _asked(self, waiting: Sequence[_Waiting]) -> NotesRead:
        notes = [one.note for one in waiting]
        return self._reader.read(notes, self._vocabulary.concepts_held, self._words)

    def _translated(self, kind: Kind, given: Mapping[str, Array]) -> dict[str, Array]:
        """Columns whose words are those of the table, save for quotes."""
        columns = dict(given)
        for name in _word_columns(kind) & columns.keys():
            used, at = np.unique(columns[name], return_inverse=True)
            ids = [self._vocabulary.words[self._words.texts[word]] for word in used.tolist()]
            columns[name] = np.array(ids, dtype=np.int16)[at]
        return columns

    def finish(self) -> None:
        """Read what waits, and give quotes their words. No note comes after."""
        self._open(self._binaries.settled())
        self.flush()
        intern = self._vocabulary.words_held.intern
        known: dict[int, int] = {-1: -1}
        texts = self._words.texts
        for columns in self._quotes:
            used, at = np.unique(columns["quote"], return_inverse=True)
            for word in used.tolist():
                if word not in known:
                    known[word] = intern(texts[word])
            columns["quote"] = np.array([known[word] for word in used.tolist()], dtype=np.int32)[at]


def _key(note: Note) -> int:
    """A number that is equal for notes of equal text and time; never 0."""
    made = blake2b(note.text.encode("utf-8", "surrogatepass"), digest_size=8)
    made.update(f"\0{note.written_lo} {note.written_hi} {note.title}".encode("utf-8", "surrogatepass"))
    return int.from_bytes(made.digest(), "little", signed=True) or 1


@cache
def _word_columns(kind: Kind) -> frozenset[str]:
    """Columns of rows from notes that hold ids of words, save for quotes."""
    narrow = {name for name, (dtype, _) in columns_of(kind).items() if dtype == "int16"}
    return frozenset(narrow - _NUMBERS)
