"""A store holds what reading its extract at once holds: facts, account, rejects; whoever divides the work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fhir_adapters import read
from fhir_adapters.routing import sources
from fhir_adapters.storing import Store, ingest
from fhir_adapters.storing.workers import processes
from tests.population.extracts import (
    HARD,
    files_in,
    hashes_of_extract,
    hashes_of_store,
    rejects_of_extract,
    rejects_of_store,
)

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ELIGIBILITY_TEST_DATA", ROOT / ".." / "shared" / "data")) / "synthea"


def compare(source: Path, store: Store) -> None:
    """A store says what its extract says."""
    extract = read(source)
    assert hashes_of_store(store) == hashes_of_extract(extract)
    told, manifest = store.manifest(), extract.facts.manifest
    assert told == manifest
    assert rejects_of_store(store) == rejects_of_extract(extract)
    accounts = [
        [(f.path, f.bytes, f.sha256, f.skipped) for f in files] for files in (store.files(), extract.files)
    ]
    assert accounts[0] == accounts[1]
    content = store.content.manifest
    assert content["patients_without_record"] == extract.patients_without_record
    assert content["unresolved_medications"] == extract.unresolved_medications
    assert content["notes"] == {k: v for k, v in extract.notes.items() if k != "PATIENT_MISSING"}


@pytest.mark.parametrize("partitions", [1, 7])
@pytest.mark.parametrize("name", HARD)
def test_a_store_holds_what_its_extract_holds(name: str, partitions: int, tmp_path: Path) -> None:
    source = tmp_path / "in"
    HARD[name](source)
    store = tmp_path / "store"
    store.mkdir()
    compare(source, ingest(source, store, partitions=partitions).store)


@pytest.mark.parametrize("stretch", [1, 700, 5_000])
def test_files_are_cut_at_any_line(stretch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "STRETCH", stretch)
    source, store = tmp_path / "in", tmp_path / "store"
    HARD["broken"](source)
    store.mkdir()
    compare(source, ingest(source, store, partitions=3).store)


def test_a_line_that_begins_like_a_mark_is_not_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "STRETCH", 1)
    source, store = tmp_path / "in.ndjson", tmp_path / "store"
    line = b'{"resourceType":"Patient","id":"a"}\n'
    source.write_bytes(b"\xef\xbb\xbf" + line + b"\xef\xbb\xbf" + line + b"\x1f\x8b" + line + b"\n")
    store.mkdir()
    compare(source, ingest(source, store, partitions=2).store)


def test_more_processes_change_no_byte(tmp_path: Path) -> None:
    source = tmp_path / "in"
    HARD["synthetic"](source)
    found = []
    for workers in (1, 2):
        store = tmp_path / f"store{workers}"
        store.mkdir()
        ingest(source, store, partitions=4, do=processes(workers))
        held = files_in(store)
        held.pop("lines/0001/plan.json")  # says when files were changed
        found.append(held)
    assert found[0] == found[1]


@pytest.mark.thirdparty
@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"NOT RUN: no folder {DATA}; set ELIGIBILITY_TEST_DATA to the test data"
)
@pytest.mark.parametrize("name", ["smart-r4-615", "smart-r4-2019-legacy", "emis75-notes"])
def test_a_store_of_public_records(name: str, tmp_path: Path) -> None:
    compare(DATA / name, ingest(DATA / name, tmp_path, partitions=5).store)
