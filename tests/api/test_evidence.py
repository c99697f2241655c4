"""Evidence is what decided: of several results the one that was picked, and none outside the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

PROTOCOL = """protocol T version 1 "t"

measurement HbA1c in %: LOINC 4548-4

include I1 "HbA1c"
  most recent HbA1c within 90 days before index is >= 7 %
"""


def explained(
    tmp_path: Path,
    results: list[tuple[str, float]],
    protocol: str = PROTOCOL,
    unit: str = "%",
    normal: dict[str, Any] | None = None,
) -> dict[str, Any]:
    lines: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "p", "birthDate": "1980"}]
    lines += [
        {
            "resourceType": "Observation",
            "id": day,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": day,
            "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": unit},
            **({} if normal is None else {"referenceRange": [normal]}),
        }
        for day, value in results
    ]
    (tmp_path / "t.elig").write_text(protocol, encoding="utf-8")
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


MULTIPLES = """protocol T version 1 "t"

measurement ALT in U/L{}: LOINC 4548-4

include I1 "ALT"
  {} <= 3 x ULN
"""


def end(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "system": "http://unitsofmeasure.org", "code": unit}


@pytest.mark.parametrize("asked", ["most recent ALT is", "ALT of"])
@pytest.mark.parametrize(
    ("stated", "unit", "normal", "said"),
    [
        ("", "U/L", {"high": end(50, "U/L")}, "ULN 50 U/L, stated with the result: 2 x ULN"),
        ("", "U/mL", {"high": end(50000, "U/L")}, "ULN 50 U/mL, stated with the result: 2 x ULN"),
        (
            " normal 7 to 56 U/L",
            "U/L",
            {"high": end(40, "U/L")},
            "ULN 40 U/L, stated with the result: 2.5 x ULN",
        ),
        (
            " normal 7 to 56 U/L",
            "U/L",
            None,
            "ULN 56 U/L, the protocol's, as the result states no range: 1.78571 x ULN",
        ),
        ("", "U/L", None, "no ULN: neither the result nor the protocol states a range"),
        (
            " normal <= 56 U/L",
            "U/L",
            {"low": end(7, "U/L")},
            "no ULN: the range stated with the result lacks this end",
        ),
        ("", "U/L", {"high": end(5, "mg")}, "no ULN: the range stated with the result cannot be read"),
        ("", "U/L", {"high": end(0, "U/L")}, "no ULN: 0 U/L, stated with the result, is not above zero"),
    ],
)
def test_a_multiple_shows_the_limit_it_is_of(
    tmp_path: Path, asked: str, stated: str, unit: str, normal: dict[str, Any] | None, said: str
) -> None:
    found = explained(tmp_path, [("2026-05-20", 100.0)], MULTIPLES.format(stated, asked), unit, normal)
    (fact,) = found["statements"][0]["evidence"]
    assert fact["limit"] == said


def test_other_limits_show_no_reference(tmp_path: Path) -> None:
    found = explained(tmp_path, [("2026-05-20", 6.0)], normal={"high": end(6, "%")})
    assert "limit" not in found["statements"][0]["evidence"][0]


@pytest.mark.parametrize(
    ("status", "bounds", "when"),
    [
        ("active", {"start": "2026-05-28", "end": "2026-06-10"}, "2026-05-28 to 2026-06-10 or later"),
        ("active", {"start": "2026-05-28", "end": "2026-05-30"}, "2026-05-28 to 2026-05-30 or later"),
        ("completed", {"start": "2026-05-28", "end": "2026-06-10"}, "2026-05-28 to 2026-06-10"),
        ("active", {"start": "2026-05-28"}, "2026-05-28, end unknown"),
    ],
)
def test_an_end_that_is_stated_is_shown(
    status: str, bounds: dict[str, str], when: str, tmp_path: Path
) -> None:
    drug = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": status,
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "authoredOn": "2026-05-28",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6809"}]
        },
        "dosageInstruction": [
            {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": bounds}}}
        ],
    }
    head = 'protocol T version 1 "t"\n\nmedication m: RxNorm 6809\n\n'
    text = f'{head}include I1 "m"\n  m overlapping the 9 days before index\n'
    (tmp_path / "t.elig").write_text(text, encoding="utf-8")
    lines = [{"resourceType": "Patient", "id": "p", "birthDate": "1980"}, drug]
    (tmp_path / "in.ndjson").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    words = ["explain", str(tmp_path / "t.elig"), str(tmp_path / "in.ndjson"), "--as-of", "2026-06-01"]
    outcome = CliRunner().invoke(app, [*words, "--json"])
    (criterion,) = json.loads(outcome.stdout)["criteria"]
    ((fact,),) = (node["evidence"] for node in criterion["statements"])
    assert fact["when"] == when
