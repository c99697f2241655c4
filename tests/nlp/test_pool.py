"""Notes read in two processes are read as in one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from eligibility.concepts import Concepts, Words
from eligibility.instants import day_end, day_start
from eligibility.notes import Note, NotesRead
from nlp.pool import GrowingReader, ReaderPool
from nlp.reader import Reader
from tests.nlp.gold.reader import read_half

WRITTEN = day_start(date(2024, 5, 1)), day_end(date(2024, 5, 1))
WORDS = ("section", "quote", "channel", "unit_as_written")


def notes() -> list[Note]:
    return [Note(note.text, *WRITTEN) for note in read_half("open")]


def shown(read: NotesRead, concepts: Concepts, words: Words) -> Iterator[tuple[object, ...]]:
    """Rows with the words and concepts that their ids stand for."""
    for part in read.rows:
        for at, note in enumerate(part.note.tolist()):
            row: list[object] = [part.kind, note]
            for name, column in sorted(part.columns.items()):
                held = column[at]
                if name in WORDS:
                    row.append(words.texts[held])
                elif name in ("concept", "relationship"):
                    row.append((concepts.codings[held], concepts.displays[held]))
                else:
                    row.append("nan" if np.isnan(held) else held.item())
                row.append(column.dtype.str)
            yield tuple(row)


@pytest.mark.slow
def test_two_processes_find_what_one_finds() -> None:
    batch = notes()
    pool = ReaderPool(processes=2)
    try:
        ours, theirs = (Concepts(), Words()), (Concepts(), Words())
        theirs[1].intern("a word that was there before")
        together, alone = pool.read(batch, *theirs), Reader().read(batch, *ours)
        nothing = pool.read([], *theirs)
    finally:
        pool.close()
    assert list(shown(together, *theirs)) == list(shown(alone, *ours))
    assert list(nothing.rows) == list(nothing.unread) == []


@pytest.mark.slow
def test_notes_that_take_too_long_keep_their_places() -> None:
    batch = notes()[:20]
    batch[13] = Note("gout " * 500_000, *WRITTEN)
    pool = ReaderPool(processes=2)
    try:
        read = pool.read(batch, Concepts(), Words())
    finally:
        pool.close()
    assert list(read.unread) == [13]


def test_a_reader_that_may_not_share_reads_alone() -> None:
    reader = GrowingReader(processes=1, much=0)
    reader.read(notes()[:2], Concepts(), Words())
    assert not reader.shares
    reader.close()


@pytest.mark.slow
def test_a_reader_shares_once_there_is_much_and_does_without_processes_that_died() -> None:
    batch = notes()[:40]
    alone = (Concepts(), Words())
    expected = list(shown(Reader().read(batch, *alone), *alone))
    reader = GrowingReader(processes=2, much=sum(len(note.text) for note in batch))
    try:
        for sharing in (False, True):
            held = (Concepts(), Words())
            assert list(shown(reader.read(batch, *held), *held)) == expected
            assert reader.shares is sharing
        assert reader._pool is not None
        for process in list(reader._pool._pool._processes):
            os.kill(process, signal.SIGKILL)
        held = (Concepts(), Words())
        assert list(shown(reader.read(batch, *held), *held)) == expected
        assert not reader.shares
    finally:
        reader.close()
