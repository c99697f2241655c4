"""Synthetic patients with known answers, from FHIR files through the command to the result files."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.cli import app
from fixtures.synthetic_fhir import write

ROOT = Path(__file__).resolve().parents[2]
AS_OF = "2026-06-01"
PATIENTS = 1200


@pytest.fixture(scope="module", params=["ndjson", "bundles"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The extract's folder and the folder of results, once per form of delivery."""
    folder = tmp_path_factory.mktemp(request.param)
    extract, out = folder / "extract", folder / "out"
    make = write.write_ndjson if request.param == "ndjson" else write.write_bundles
    make(extract, PATIENTS, 11, date.fromisoformat(AS_OF))
    protocol = ROOT / "protocols" / "demo.elig"
    source = extract
    command = ["screen", str(protocol), str(source), "--as-of", AS_OF, "--out", str(out), "--json"]
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code == 0, outcome.output
    return extract, out


def expected_rows(extract: Path) -> dict[str, dict[str, str]]:
    with (extract / "expected" / "expected.csv").open(newline="", encoding="utf-8") as lines:
        return {row["patient"]: row for row in csv.DictReader(lines)}


def test_every_verdict_is_the_known_one(results: tuple[Path, Path]) -> None:
    extract, out = results
    expected = expected_rows(extract)
    found = {row["patient"]: row["verdict"] for row in pq.read_table(out / "verdicts.parquet").to_pylist()}
    assert found == {patient: row["verdict"] for patient, row in expected.items()}


def test_every_finding_has_the_known_outcome_and_reason(results: tuple[Path, Path]) -> None:
    extract, out = results
    expected = expected_rows(extract)
    table = pq.read_table(out / "findings.parquet", columns=["patient", "criterion", "outcome", "reason"])
    differing = []
    compared = 0
    for row in table.to_pylist():
        known = expected[row["patient"]]
        if not known[row["criterion"]]:
            continue  # the dead are decided before any criterion
        compared += 1
        answer = (known[row["criterion"]], known[row["criterion"] + "_reason"])
        if (row["outcome"].replace(" ", "-"), row["reason"]) != answer:
            differing.append((row, answer, known["plants"]))
    assert compared > PATIENTS * 10
    assert differing == []


def test_findings_not_met_or_unknown_show_evidence_or_what_is_missing(results: tuple[Path, Path]) -> None:
    _, out = results
    silent = {"REQUIRED_ABSENT", "PATIENT_INPUT_NEEDED", "DATA_NOT_FOUND", "RECORD_TOO_THIN", "DATA_CORRUPT"}
    for row in pq.read_table(out / "findings.parquet").to_pylist():
        if row["outcome"] == "unknown":
            assert row["settled_by"], row
        if row["outcome"] in ("not met", "unknown") and row["reason"] not in silent:
            assert row["evidence"], row


def test_the_run_accounts_for_every_line(results: tuple[Path, Path]) -> None:
    _, out = results
    lines = json.loads((out / "run.json").read_text(encoding="utf-8"))["lines"]
    assert lines["total"] == lines["accepted"] + lines["ignored"] + lines["blank"] + lines["rejected"]
    assert lines["rejected"] == 0
    assert lines["accepted"] > PATIENTS * 10


def test_evidence_names_record_element_and_date(results: tuple[Path, Path]) -> None:
    _, out = results
    seen = set()
    for row in pq.read_table(out / "findings.parquet").to_pylist():
        for fact in row["evidence"]:
            kind = fact["resource"].partition("/")[0]
            assert fact["path"].startswith(kind), fact
            seen.add(fact["path"])
            if row["reason"] in ("VALUE_HIGH", "VALUE_LOW"):
                assert fact["start_earliest"] is not None
                assert fact["value_low"] is not None or fact["value_high"] is not None
    assert {"Condition.code", "Observation.value", "Observation.component[0]", "Patient"} <= seen
