"""Readers of notes that share their work among processes. Each process builds its own reader, once.

What comes back from a process are columns of numbers and the few words and concepts that they name, never
sentences, so that handing over costs little beside reading.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from eligibility.concepts import Coding, Concepts, Words
from eligibility.facts import Array, Kind
from eligibility.notes import Note, NoteRows, NotesRead
from eligibility.program import Program
from eligibility.terminology import ValueSet
from nlp.lexicon import Lexicon
from nlp.marking import Marked
from nlp.reader import Reader

_CONCEPTS = ("concept", "relationship")  # columns that hold ids of concepts
_WORDS = ("section", "quote", "channel", "unit_as_written")
_PIECES = 4  # shares of a batch for each process: long notes are not spread evenly
_LEAST = 8  # notes of a share; fewer cost more to hand over than to read
# Characters that one process reads in about the time in which two would be ready to.
MUCH = 6_000_000
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
        lexicon: Lexicon | None = None,
        *,
        processes: int = 2,
        seconds: float = 5.0,
    ) -> None:
        self._processes = processes
        given = tuple(programs), supplied, lexicon, seconds
        # Started afresh and not forked: a process that has threads must not be copied.
        self._pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_start, initargs=given)

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


class GrowingReader:
    """A reader that reads alone until there is much to read, and then in several processes.

    Small inputs, by far the most, pay for no process; one that dies costs nothing but its help. Close it
    after use.
    """

    def __init__(
        self,
        programs: Sequence[Program] = (),
        supplied: Mapping[str, ValueSet] | None = None,
        lexicon: Lexicon | None = None,
        *,
        processes: int,
        much: int = MUCH,
    ) -> None:
        self._alone = Reader(programs, supplied, lexicon)
        self._given = programs, supplied, lexicon
        self._processes, self._much = processes, much
        self._read = 0
        self._pool: ReaderPool | None = None

    @property
    def shares(self) -> bool:
        """Whether there was much to read, so that other processes help."""
        return self._pool is not None

    def mark(self, note: Note) -> Marked:
        """A note with all that was found in it, for showing. Raises TooSlowError."""
        return self._alone.mark(note)

    def read(self, notes: Sequence[Note], concepts: Concepts, words: Words) -> NotesRead:
        """Facts of a batch of notes; those that took too long are told apart."""
        self._read += sum(len(note.text) for note in notes)
        if self._pool is None and self._processes > 1 and self._read > self._much:
            self._pool = ReaderPool(*self._given, processes=self._processes)
        if self._pool is not None:
            try:
                return self._pool.read(notes, concepts, words)
            except BrokenProcessPool:
                self.close()
                self._processes = 1
            except Exception:  # noqa: BLE001 - the same fault comes here, where its place can be told
                pass
        return self._alone.read(notes, concepts, words)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None


def _start(
    programs: tuple[Program, ...],
    supplied: Mapping[str, ValueSet] | None,
    lexicon: Lexicon | None,
    seconds: float,
) -> None:
    global _reader
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts a run is answered by its first process
    _reader = Reader(programs, supplied, lexicon, seconds=seconds)
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
