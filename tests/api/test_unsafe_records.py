"""Records that must not end in a pass: each was once taken for harmless silence or for evidence.

A dense record (an encounter a quarter) with one odd resource, against one small protocol.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
PROTOCOL = """protocol T version 1 "t"

diagnosis dm also "diabetes": ICD-10-CM E11*
finding pregnancy-test: LOINC 2106-3
codes positive-answer also "positive": SNOMED 10828004

exclude E1 "diabetes"
  dm

exclude E2 "pregnant"
  most recent pregnancy-test within 90 days before index is positive-answer
"""


def patient(identifier: str = "p", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": identifier,
        "gender": "female",
        "birthDate": "1980-01-01",
        **more,
    }


def encounters(identifier: str = "p") -> list[dict[str, Any]]:
    days = [f"{year}-{month}-15" for year in range(2020, 2027) for month in ("01", "04", "07", "10")]
    return [
        {
            "resourceType": "Encounter",
            "id": f"{identifier}-e{i}",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": f"Patient/{identifier}"},
            "period": {"start": day, "end": day},
        }
        for i, day in enumerate(days)
        if day < "2026-06-01"
    ]


def condition(code: dict[str, Any], identifier: str = "p", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": f"{identifier}-c",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": code,
        "subject": {"reference": f"Patient/{identifier}"},
        "onsetDateTime": "2024-01-01",
        **more,
    }


def negative_test(identifier: str = "p", value: dict[str, Any] | None = None) -> dict[str, Any]:
    negative = {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "260385009"}]}}
    return {
        "resourceType": "Observation",
        "id": f"{identifier}-o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2106-3"}]},
        "subject": {"reference": f"Patient/{identifier}"},
        "effectiveDateTime": "2026-05-20",
        **(negative if value is None else value),
    }


def screened(tmp_path: Path, lines: list[Any]) -> dict[str, dict[str, Any]]:
    """Explanations by patient; every line that is not a string is written as JSON."""
    (tmp_path / "t.elig").write_text(PROTOCOL, encoding="utf-8")
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (tmp_path / "in.ndjson").write_text(text + "\n", encoding="utf-8")
    names = {line["id"] for line in lines if isinstance(line, dict) and line["resourceType"] == "Patient"}
    found = {}
    for name in sorted(names | {"p"}):
        words = ["explain", str(tmp_path / "t.elig"), str(tmp_path / "in.ndjson"), "--as-of", "2026-06-01"]
        outcome = CliRunner().invoke(app, [*words, "--complete", "--patient", name, "--json"])
        assert outcome.exit_code in (0, 1), outcome.output
        found[name] = json.loads(outcome.stdout)
    return found


def finding(explained: dict[str, Any], criterion: str) -> dict[str, Any]:
    (found,) = (c for c in explained["criteria"] if c["id"] == criterion)
    return dict(found)


def test_the_plain_record_passes(tmp_path: Path) -> None:
    assert screened(tmp_path, [patient(), *encounters(), negative_test()])["p"]["verdict"] == "pass"


@pytest.mark.parametrize(
    "broken",
    [
        json.dumps(patient(deceasedBoolean="true")),
        json.dumps(patient(deceasedDateTime="31.05.2026")),
        "",
    ],
)
def test_nobody_is_alive_by_a_damaged_or_missing_patient_record(broken: str, tmp_path: Path) -> None:
    explained = screened(tmp_path, [broken, *encounters(), negative_test()])["p"]
    assert explained["deceased"] == "unknown"
    assert explained["verdict"] == "needs-clinician-review"


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"system": ICD, "code": " e11.9 "}]},
        {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.90", "code": "E11.9"}]},
        {"coding": [{"system": "https://hl7.org/fhir/sid/icd-10-cm/", "code": "E11.9"}]},
    ],
)
def test_another_spelling_of_a_code_is_the_code(code: dict[str, Any], tmp_path: Path) -> None:
    explained = screened(tmp_path, [patient(), *encounters(), negative_test(), condition(code)])["p"]
    assert finding(explained, "E1")["outcome"] == "not met"


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [{"code": "E11.9", "display": "Sugar illness"}]},
        {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9", "display": "NIDDM"}]},
        {"text": "T2DM"},
        {"text": "diabetis mellitus"},
        {},
    ],
)
def test_a_code_that_cannot_be_compared_but_may_mean_it_is_a_doubt(
    code: dict[str, Any], tmp_path: Path
) -> None:
    explained = screened(tmp_path, [patient(), *encounters(), negative_test(), condition(code)])["p"]
    assert finding(explained, "E1")["outcome"] == "unknown"
    assert "CODE_UNMAPPED" in finding(explained, "E1")["reasons"]


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "Detected"},
        {"valueCodeableConcept": {"text": "Pregnant"}},
        {"valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": "LA11883-8"}]}},
        {"valueQuantity": {"value": 2500, "unit": "mIU/mL"}},
        {"valueBoolean": True},
    ],
)
def test_an_answer_in_other_words_is_no_evidence_against(value: dict[str, Any], tmp_path: Path) -> None:
    explained = screened(tmp_path, [patient(), *encounters(), negative_test(value=value)])["p"]
    assert finding(explained, "E2")["outcome"] == "unknown"
    assert explained["verdict"] == "needs-clinician-review"


@pytest.mark.parametrize(
    "told",
    [
        {
            "resourceType": "MedicationStatement",
            "status": "active",
            "medicationCodeableConcept": {"text": "aspirin"},
            "effectivePeriod": {"start": "2010-05-05"},
        },
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"text": "appendectomy (patient reported)"},
            "performedDateTime": "1995-03-01",
        },
        {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": {"text": "tetanus"},
            "occurrenceDateTime": "2005-03-01",
            "primarySource": False,
        },
    ],
)
def test_one_visit_and_what_was_told_there_is_no_history(told: dict[str, Any], tmp_path: Path) -> None:
    subject = "patient" if told["resourceType"] == "Immunization" else "subject"
    record = {**told, "id": "x", subject: {"reference": "Patient/p"}}
    explained = screened(tmp_path, [patient(), encounters()[-1], record, negative_test()])["p"]
    assert finding(explained, "E1")["reason"] == "RECORD_TOO_THIN"


def test_a_verdict_and_its_words_do_not_depend_on_other_patients(tmp_path: Path) -> None:
    one = {"coding": [{"system": SNOMED, "code": "44054006", "display": "Type 2 diabetes"}]}
    other = {"coding": [{"system": SNOMED, "code": "44054006", "display": "Weather, sunny spells"}]}
    mine = [patient("p"), *encounters("p"), negative_test("p"), condition(one, "p")]
    theirs = [patient("q"), *encounters("q"), negative_test("q"), condition(other, "q")]
    first, second = screened(tmp_path, [*mine, *theirs]), screened(tmp_path, [*theirs, *mine])
    assert first == second
    assert first["p"] == screened(tmp_path, mine)["p"]
    assert "sunny" not in json.dumps(first["p"])


def test_what_settles_a_doubt_speaks_of_the_record_in_doubt(tmp_path: Path) -> None:
    told = condition({"text": "diabetes, it seems"})
    explained = screened(tmp_path, [patient(), *encounters(), negative_test(), told])["p"]
    assert finding(explained, "E1")["settled_by"] == ["a look at the record shown, whether it means dm"]
    damaged = json.dumps(condition({}))[:-20]
    explained = screened(tmp_path, [patient(), *encounters(), negative_test(), damaged])["p"]
    assert finding(explained, "E1")["settled_by"] == [
        "the rejected record delivered again, which may hold dm"
    ]
