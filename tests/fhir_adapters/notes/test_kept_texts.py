"""Texts that are laid aside are the texts that were read, and nothing of them stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.notes import Note
from fhir_adapters import FhirInputError
from fhir_adapters.notes import keeping
from fhir_adapters.notes.keeping import LaidAside, ReadText, Shelf
from tests.fhir_adapters.notes.test_notes import attachment, document, taken


@given(st.lists(st.text(st.characters(), max_size=40), max_size=12), st.integers(0, 60))
def test_what_is_kept_comes_back(texts: list[str], memory: int) -> None:
    shelf = Shelf(memory)
    notes = [Note(text, number, number + 1, f"title {number}") for number, text in enumerate(texts)]
    kept = [ReadText(number, "path", shelf.keep(note)) for number, note in enumerate(notes)]
    assert [one.note for one in reversed(kept)] == notes[::-1]
    total = 0
    for one in kept:
        total += len(one.note.text)
        assert isinstance(one.kept, LaidAside) is (total > memory)


def _opened() -> int:
    """Files that this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_nothing_stays_and_nothing_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = _opened()
    shelf = Shelf(0)
    kept = ReadText(0, "path", shelf.keep(Note("has diabetes", 1, 2)))
    assert list(tmp_path.iterdir()) == []
    assert "diabetes" not in repr(kept)
    assert kept.note.text == "has diabetes"
    del kept, shelf
    assert _opened() == opened


def test_a_full_disk_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(keeping, "MEMORY", 0)
    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(FhirInputError) as error:
        taken(document(attachment("She has diabetes.")), keep_texts=True)
    assert (error.value.code, error.value.message) == ("NO_ROOM_ASIDE", os.strerror(errno.ENOSPC))


def test_an_input_beyond_the_limit_is_told_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = taken(document(attachment("She has diabetes.")), keep_texts=True)
    monkeypatch.setattr(keeping, "MEMORY", 0)
    aside = taken(document(attachment("She has diabetes.")), keep_texts=True)
    assert [one.note for one in aside.texts] == [one.note for one in plain.texts]
    assert all(isinstance(one.kept, LaidAside) for one in aside.texts)
