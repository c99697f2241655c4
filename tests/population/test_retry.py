"""What was refused is read again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from eligibility.facts import Kind
from fhir_adapters import intake, read
from fhir_adapters.mapping.table import MAPPINGS, TypeMapping
from fhir_adapters.records import Condition
from fhir_adapters.storing import ingest, retry
from fhir_adapters.storing.workers import processes
from tests.population.extracts import HARD, files_in, hashes_of_extract, hashes_of_store


def _silent(what: str, done: int, of: int) -> None:
    """Nobody watches."""


def test_a_store_without_rejects_is_left_alone(tmp_path: Path) -> None:
    HARD["merged"](tmp_path / "in")
    ingest(tmp_path / "in", tmp_path / "store", partitions=3)
    before = files_in(tmp_path / "store")
    assert retry(tmp_path / "store", do=processes(1), progress=_silent).partitions == 0
    assert files_in(tmp_path / "store") == before


def test_what_is_refused_still_changes_no_byte(tmp_path: Path) -> None:
    HARD["broken"](tmp_path / "in")
    ingest(tmp_path / "in", tmp_path / "store", partitions=3)
    before = files_in(tmp_path / "store")
    done = retry(tmp_path / "store", do=processes(1), progress=_silent)
    assert done.before == done.after > 0
    assert files_in(tmp_path / "store") == before


def test_what_can_be_read_now_is_no_longer_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    HARD["merged"](tmp_path / "in")
    with monkeypatch.context() as patch:
        unread = TypeMapping(_unable, (Kind.CONDITION,))
        patch.setattr(intake, "MAPPINGS", {**MAPPINGS, Condition: unread})
        made = ingest(tmp_path / "in", tmp_path / "store", partitions=3).store
    assert made.manifest().lines.rejected == 12
    for _ in range(2):
        done = retry(tmp_path / "store", do=processes(1), progress=_silent)
    assert done.after == 0
    extract = read(tmp_path / "in")
    assert hashes_of_store(done.store) == hashes_of_extract(extract)
    assert done.store.manifest() == extract.facts.manifest
    assert len(list((tmp_path / "store" / "facts").iterdir())) == len(done.store.content.folders)


def _unable(batch: object) -> None:
    """An earlier version, to which a kind of record was too much."""
    raise UnicodeDecodeError("utf-8", b"", 0, 1, "not read by this version")
