"""Evidence is what decided: of several results the one that was picked, and none outside the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli import app

PROTOCOL = """protocol T version 1 "t"

measurement HbA1c in %: LOINC 4548-4

include I1 "HbA1c"
  most recent HbA1c within 90 days before index is >= 7 %
"""


def explained(tmp_path: Path, results: list[tuple[str, float]]) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "p", "birthDate": "1980"}]
    lines += [
        {
            "resourceType": "Observation",
            "id": day,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": day,
            "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "%"},
        }
        for day, value in results
    ]
    (tmp_path / "t.elig").write_text(PROTOCOL, encoding="utf-8")
    (tmp_path / "in.ndjson").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    words = ["explain", str(tmp_path / "t.elig"), str(tmp_path / "in.ndjson"), "--as-of", "2026-06-01"]
    outcome = CliRunner().invoke(app, [*words, "--json"])
    assert outcome.exit_code == 0, outcome.output
    (criterion,) = json.loads(outcome.stdout)["criteria"]
    return dict(criterion)


def shown(criterion: dict[str, Any]) -> list[str]:
    return [fact["resource"] for node in criterion["statements"] for fact in node["evidence"]]


def test_only_the_picked_result_is_evidence(tmp_path: Path) -> None:
    found = explained(tmp_path, [("2026-05-20", 6.0), ("2026-04-20", 8.0), ("2025-01-01", 9.0)])
    assert found["reason"] == "VALUE_LOW"
    assert shown(found) == ["Observation/2026-05-20"]


def test_an_outdated_result_is_shown_where_it_is_the_reason(tmp_path: Path) -> None:
    found = explained(tmp_path, [("2025-01-01", 9.0)])
    assert found["reason"] == "DATA_STALE"
    assert shown(found) == ["Observation/2025-01-01"]


def test_two_results_of_one_moment_that_disagree_are_both_shown(tmp_path: Path) -> None:
    found = explained(tmp_path, [("2026-05-20T10:00:00Z", 6.0), ("2026-05-20T10:00:00+00:00", 8.0)])
    assert found["reason"] == "SOURCE_CONFLICT"
    assert len(shown(found)) == 2
