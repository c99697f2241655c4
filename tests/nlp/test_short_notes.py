"""Dates linked to the things of short notes that were labelled before the rules (`tests/nlp/gold/short`)."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.areas import dating
from benchmarks.accuracy.counts import score
from tests.nlp.gold.reader import read_short


@pytest.mark.parametrize("name", ["read", "unread"])
def test_dates_are_linked(name: str) -> None:
    # Figures only: the notes of one file are not to be read, so that they go on telling how far rules carry.
    found = score([dating.counts(note) for note in read_short(name)])
    assert found.f1 >= dating.LEAST, found


@pytest.mark.parametrize("name", ["read", "unread"])
def test_short_notes_are_many_and_have_ids(name: str) -> None:
    notes = read_short(name)
    assert len({note.id for note in notes}) == len(notes) >= 200
    assert sum("date" in m.attributes or "until" in m.attributes for n in notes for m in n.mentions) >= 800
