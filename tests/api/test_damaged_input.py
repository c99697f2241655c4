"""Damaged extracts through the command: every line accounted for, and no damage makes a pass."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fixtures.synthetic_fhir.damage import damage_folder
from fixtures.synthetic_fhir.write import write_ndjson
from tests.api.screened import Screened, screen


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Screened, Screened, list[dict[str, Any]]]:
    """Results of a clean extract, of its damaged copy, and the ledger of damage."""
    folder = tmp_path_factory.mktemp("damage")
    write_ndjson(folder / "clean", 400, 3, date(2026, 6, 1))
    damage_folder(folder / "clean", folder / "damaged", 9)
    ledger = json.loads((folder / "damaged" / "expected" / "damage.json").read_text(encoding="utf-8"))
    return screen(folder / "clean", folder / "a"), screen(folder / "damaged", folder / "b"), ledger


def test_every_line_has_one_fate(both: tuple[Screened, Screened, list[dict[str, Any]]]) -> None:
    _, damaged, _ = both
    lines = damaged.run["lines"]
    assert lines["total"] == lines["accepted"] + lines["ignored"] + lines["blank"] + lines["rejected"]
    assert lines["rejected"] == len(damaged.rejects) > 0


def test_every_line_that_must_be_refused_is_refused_at_its_place(
    both: tuple[Screened, Screened, list[dict[str, Any]]],
) -> None:
    _, damaged, ledger = both
    refused = {(Path(r["file"]).name, r["line"]) for r in damaged.rejects}
    owed = {(d["file"], d["line"]) for d in ledger if d["reader"] == "reject"}
    taken = {(d["file"], d["line"]) for d in ledger if d["reader"] == "accept" and d["line"]}
    assert owed
    assert owed <= refused
    assert not taken & refused


def test_no_damage_turns_a_verdict_into_a_pass(
    both: tuple[Screened, Screened, list[dict[str, Any]]],
) -> None:
    clean, damaged, ledger = both
    edited = {d["patient"] for d in ledger if d["kind"] == "patient-in-two-files"}
    gained = {p for p, v in damaged.verdicts.items() if v == "pass" and clean.verdicts.get(p) != "pass"}
    assert gained - edited == set()


def test_a_refused_line_that_names_a_patient_is_a_doubt(
    both: tuple[Screened, Screened, list[dict[str, Any]]],
) -> None:
    _, damaged, _ = both
    named = [r for r in damaged.rejects if r["patient"] and r["resource_type"] == "Observation"]
    assert named
    for reject in named:
        finding = damaged.findings[reject["patient"], "I3"]
        assert finding["outcome"] != "met", reject
        if finding["outcome"] == "unknown":
            assert "DATA_CORRUPT" in finding["reasons"]


def test_a_refused_line_without_a_patient_marks_the_run(
    both: tuple[Screened, Screened, list[dict[str, Any]]],
) -> None:
    clean, damaged, _ = both
    nameless = sum(not r["patient"] for r in damaged.rejects)
    assert damaged.run["lines"]["rejected_without_patient"] == nameless > 0
    assert damaged.exit_code == 1
    assert clean.exit_code == 0
