"""A reader of notes that shares its work among processes. Each builds its own reader, once.

What comes back from a process are columns of numbers and the few words and concepts that they name, never
sentences, so that handing over costs little beside reading.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from eligibility.concepts import Coding, Concepts, Words
from eligibility.facts import Array, Kind
from eligibility.notes import Note, NoteRows, NotesRead
from eligibility.program import Program
from eligibility.terminology import ValueSet
from nlp.reader import Reader

_CONCEPTS = ("concept", "relationship")  # columns that hold ids of concepts
_WORDS = ("section", "quote", "channel", "unit_as_written")
_PIECES = 4  # shares of a batch for each process: long notes are not spread evenly
_LEAST = 8  # notes of a share; fewer cost more to hand over than to read
_reader: Reader | None = None  # of a process of the pool


class _Share(NamedTuple):
    """What a process found in its share of the notes, with ids of its own."""

    rows: list[tuple[Kind, Array, dict[str, Array]]]
    unread: list[int]
    concepts: list[tuple[tuple[Coding, ...], str, str]]
    words: list[str]


class ReaderPool:
    """A reader of notes for some protocols, as `Reader` is, in several processes. Close it after use."""

    def __init__(
        self,
        programs: Sequence[Program] = (),
        supplied: Mapping[str, ValueSet] | None = None,
        *,
        processes: int = 2,
        seconds: float = 5.0,
    ) -> None:
        self._processes = processes
        # Started afresh and not forked: a process that has threads must not be copied.
        self._pool = ProcessPoolExecutor(
            processes, get_context("spawn"), initializer=_start, initargs=(tuple(programs), supplied, seconds)
        )

    def read(self, notes: Sequence[Note], concepts: Concepts, words: Words) -> NotesRead:
        """Facts of a batch of notes; those that took too long are told apart."""
        merged: dict[Kind, list[NoteRows]] = {}
        unread: list[int] = []
        shares = list(_shares(notes, self._processes * _PIECES))
        found = self._pool.map(_read, [notes[first:last] for first, last in shares])
        for (first, _), share in zip(shares, found, strict=True):
            ids = np.array([concepts.intern(*concept) for concept in share.concepts], dtype=np.int64)
            spelled = np.array([words.intern(word) for word in share.words], dtype=np.int64)
            for kind, note, columns in share.rows:
                for names, here in ((_CONCEPTS, ids), (_WORDS, spelled)):
                    columns |= {n: here[columns[n]].astype(columns[n].dtype) for n in names if n in columns}
                merged.setdefault(kind, []).append(NoteRows(kind, note + first, columns))
            unread += [first + position for position in share.unread]
        return NotesRead([_joined(rows) for _, rows in sorted(merged.items())], unread)

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()


def _start(programs: tuple[Program, ...], supplied: Mapping[str, ValueSet] | None, seconds: float) -> None:
    global _reader
    _reader = Reader(programs, supplied, seconds=seconds)
    _reader.mark(Note("", 0, 0))  # its tables are made now, and not when the first notes come
    gc.freeze()  # the tables stay as long as the process: collections need not walk through them


def _read(notes: Sequence[Note]) -> _Share:
    """In a process of the pool: read notes with words and concepts of their own."""
    if _reader is None:
        raise RuntimeError("this process was not started by a pool of readers")
    concepts, words = Concepts(), Words()
    found = _reader.read(notes, concepts, words)
    rows = [(part.kind, part.note, dict(part.columns)) for part in found.rows]
    named = list(zip(concepts.codings, concepts.texts, concepts.displays, strict=True))
    return _Share(rows, list(found.unread), named, words.texts)


def _shares(notes: Sequence[Note], pieces: int) -> Iterator[tuple[int, int]]:
    """First and last note of shares of about as many characters each, in order."""
    size = sum(len(note.text) for note in notes) / pieces
    first = held = 0
    for number, note in enumerate(notes):
        held += len(note.text)
        if held >= size and number + 1 - first >= _LEAST:
            yield first, number + 1
            first, held = number + 1, 0
    if first < len(notes):
        yield first, len(notes)


def _joined(parts: Sequence[NoteRows]) -> NoteRows:
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    return NoteRows(parts[0].kind, np.concatenate([part.note for part in parts]), columns)
