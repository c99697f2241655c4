"""A store is judged as its extract is, and by several protocols at once as by each alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError
from eligibility.folder_lock import held
from fhir_adapters.storing import ingest
from tests.population.extracts import HARD, files_in

PROTOCOL = """protocol {name} version 1.0 "{name}"
{notes}
diagnosis type-2-diabetes: ICD-10-CM E11*
measurement HbA1c in %: LOINC 4548-4
medication metformin: RxNorm 860975
{body}
"""
DIABETES = """
include I1 "Type 2 diabetes"
  type-2-diabetes starting at least 30 days before index
exclude E1 "Metformin"
  metformin overlapping the 60 days before index
"""
CONTROL = """
include I1 "HbA1c"
  most recent HbA1c within 200 days before index is 7.0 to 10.5 %
"""


@pytest.fixture
def protocols(tmp_path: Path) -> Path:
    folder = tmp_path / "protocols"
    folder.mkdir()
    for name, notes, body in (
        ("LISTENS", "", DIABETES),
        ("SILENT", "  notes ignored", DIABETES),
        ("CONTROL", "  notes ignored", CONTROL),
    ):
        (folder / f"{name.lower()}.elig").write_text(PROTOCOL.format(name=name, notes=notes, body=body))
    return folder


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    HARD["synthetic"](source)
    return source


@pytest.fixture
def store(extract: Path, tmp_path: Path) -> Path:
    path = tmp_path / "store"
    path.mkdir()
    ingest(extract, path, partitions=3)
    return path


def run(*words: object, status: int | None = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(done.exception, UserError):
        raise done.exception
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert status in (None, done.exit_code), done.output
    return done.output


def screen(out: Path, *words: object) -> Path:
    run("screen", *words, "--as-of", "2026-06-01", "--out", out, "--workers", 1, "--json", status=None)
    return out


def by_patient(path: Path) -> dict[str, list[str]]:
    """The rows of each patient, in their order."""
    found: dict[str, list[str]] = {}
    for row in pq.read_table(path).to_pylist():
        found.setdefault(row["patient"], []).append(repr(row))
    return found


def _lines(path: Path) -> list[bytes]:
    return sorted(path.read_bytes().splitlines())


@pytest.mark.parametrize("source", ["synthetic", "contents_elsewhere", "broken"])
@pytest.mark.parametrize("name", ["listens", "silent"])
def test_a_store_is_judged_as_its_extract(name: str, source: str, protocols: Path, tmp_path: Path) -> None:
    extract, store = tmp_path / "in", tmp_path / "store"
    HARD[source](extract)
    store.mkdir()
    ingest(extract, store, partitions=3)
    protocol = protocols / f"{name}.elig"
    raw, kept = screen(tmp_path / "raw", protocol, extract), screen(tmp_path / "kept", protocol, store)
    for table in ("verdicts", "findings", "people"):
        assert by_patient(raw / f"{table}.parquet") == by_patient(kept / f"{table}.parquet")
    assert (raw / "run.json").read_bytes() == (kept / "run.json").read_bytes()
    # What is refused on a second look comes later in the account of an extract.
    assert _lines(raw / "rejects.ndjson") == _lines(kept / "rejects.ndjson")
    assert sorted((raw / "verdicts.csv").read_text().splitlines()) == sorted(
        (kept / "verdicts.csv").read_text().splitlines()
    )


@pytest.mark.parametrize("kept", [True, False])
def test_several_protocols_at_once_are_judged_as_each_alone(
    kept: bool, protocols: Path, extract: Path, store: Path, tmp_path: Path
) -> None:
    source = store if kept else extract
    together = screen(tmp_path / "together", protocols, source)
    names = {"LISTENS-1.0": "listens", "SILENT-1.0": "silent", "CONTROL-1.0": "control"}
    assert {path.name for path in together.iterdir() if path.is_dir()} == names.keys()
    for folder, name in names.items():
        alone = screen(tmp_path / name, protocols / f"{name}.elig", source)
        assert files_in(together / folder) == files_in(alone)


def test_one_patient_is_explained_by_all_protocols_of_a_folder(
    protocols: Path, extract: Path, store: Path
) -> None:
    patient = next(
        iter(by_patient(screen(store.parent / "out", protocols / "silent.elig", store) / "verdicts.parquet"))
    )
    words = ("--as-of", "2026-06-01", "--patient", patient, "--json")
    told = [json.loads(run("explain", protocols, source, *words)) for source in (store, extract)]
    assert told[0] == told[1]
    assert [one["protocol"] for one in told[0]] == ["CONTROL", "LISTENS", "SILENT"]
    for command in ("facts", "notes"):
        shown = [run(command, source, "--patient", patient, "--json") for source in (store, extract)]
        assert shown[0] == shown[1]


def test_more_processes_change_no_byte(protocols: Path, store: Path, tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        out = tmp_path / f"out{workers}"
        words = ("--as-of", "2026-06-01", "--out", out, "--workers", workers, "--json")
        run("screen", protocols / "silent.elig", protocols / "control.elig", store, *words)
        found.append(files_in(out))
    assert found[0] == found[1]


def refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(UserError) as error:
        act()
    assert error.value.code == code


def test_two_runs_never_mix(protocols: Path, extract: Path, store: Path, tmp_path: Path) -> None:
    protocol, out = protocols / "silent.elig", tmp_path / "out"
    out.mkdir()
    with held(out):
        refused("OUTPUT_BUSY", lambda: screen(out, protocol, store))
        refused("OUTPUT_BUSY", lambda: screen(out, protocol, extract))
    with held(store):
        refused("STORE_BUSY", lambda: screen(out, protocol, store))
        refused("STORE_BUSY", lambda: run("ingest", extract, "--into", store))
    with held(store, shared=True):
        screen(out, protocol, store)
        refused("STORE_BUSY", lambda: run("ingest", extract, "--into", store))


@pytest.mark.parametrize("name", ["listens", "silent"])
def test_coverage_of_a_store_is_that_of_its_extract(name: str, protocols: Path, tmp_path: Path) -> None:
    extract, store = tmp_path / "in", tmp_path / "store"
    HARD["damaged"](extract)
    store.mkdir()
    ingest(extract, store, partitions=3)
    told = [run("coverage", protocols / f"{name}.elig", source, "--json") for source in (extract, store)]
    assert told[0] == told[1]
    near = [term["near_misses"] for one in json.loads(told[0])["criteria"] for term in one["terms"]]
    assert any(near)


def test_what_cannot_be_asked_is_refused(protocols: Path, extract: Path, store: Path, tmp_path: Path) -> None:
    silent, out = protocols / "silent.elig", tmp_path / "out"
    refused("PROTOCOL_TWICE", lambda: screen(out, silent, silent, store))
    refused("INPUT_UNNAMED", lambda: screen(out, silent))
    refused("PARAMETER_UNKNOWN", lambda: screen(out, protocols, store, "--param", "other=3"))
    refused("OPTION_OF_INGEST", lambda: screen(out, silent, store, "--strict"))
    refused("OPTION_OF_INGEST", lambda: screen(out, silent, store, "--zone", "Europe/Berlin"))
    refused("STORE_NOT_EMPTY", lambda: run("ingest", extract, "--into", protocols))
    refused("STORE_DIFFERS", lambda: run("ingest", extract, "--into", store, "--zone", "Europe/Berlin"))
    refused("OPTION_OF_INGEST", lambda: run("coverage", silent, store, "--zone", "Europe/Berlin"))
    refused("STORE_NOT_TAKEN", lambda: run("ingest", store, "--into", tmp_path / "other"))
    refused("PATIENT_UNNAMED", lambda: run("facts", store))
    refused("PATIENT_UNKNOWN", lambda: run("facts", store, "--patient", "nobody"))
