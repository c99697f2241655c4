"""Daily doses from FHIR dosages against limits per day, hour and week: verdicts one can work out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

UCUM = "http://unitsofmeasure.org"


def statement(number: float, unit: str, frequency: int = 1, period_unit: str = "d") -> dict[str, Any]:
    """A drug taken since January, `number` of a unit as often as said."""
    return {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "active",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6809"}]
        },
        "effectivePeriod": {"start": "2026-01-01", "end": "2026-06-01"},
        "dosage": [
            {
                "timing": {"repeat": {"frequency": frequency, "period": 1, "periodUnit": period_unit}},
                "doseAndRate": [{"doseQuantity": {"value": number, "system": UCUM, "code": unit}}],
            }
        ],
    }


def loosely(timing: dict[str, Any] | None = None, **dosage: Any) -> dict[str, Any]:
    """10 mg four times a day, with more said of it."""
    drug = statement(10, "mg", 4)
    drug["dosage"][0]["timing"]["repeat"] |= timing or {}
    drug["dosage"][0] |= dosage
    return drug


ATMOST = {"numerator": {"value": 10, "unit": "mg"}, "denominator": {"value": 1, "unit": "d"}}
CASES = [
    (">= 1500 mg/d", statement(500, "mg", 3), "met", "MET_EVIDENCE"),
    (">= 1500 mg/d", statement(850, "mg", 2), "met", "MET_EVIDENCE"),
    (">= 1500 mg/d", statement(500, "mg", 2), "not met", "REQUIRED_ABSENT"),
    (">= 1500 mg", statement(500, "mg", 3), "met", "MET_EVIDENCE"),
    (">= 1.5 g/d", statement(0.5, "g", 3), "met", "MET_EVIDENCE"),
    # 0.3 times 3 is less than 0.9 in floats.
    (">= 900 mg/d", statement(0.3, "g", 3), "met", "MET_EVIDENCE"),
    ("= 10 mg/d", statement(70, "mg", 1, "wk"), "met", "MET_EVIDENCE"),
    ("= 70 mg/wk", statement(70, "mg", 1, "wk"), "met", "MET_EVIDENCE"),
    (">= 2 mg/h", statement(48, "mg"), "met", "MET_EVIDENCE"),
    (">= 2.1 mg/h", statement(48, "mg"), "not met", "REQUIRED_ABSENT"),
    (">= 2 {tablet}/d", statement(1, "{tablet}", 2), "met", "MET_EVIDENCE"),
    (">= 1500 mg/d", statement(3, "{tablet}", 3), "unknown", "UNIT_UNRESOLVED"),
    (">= 1500 mg/d", statement(20, "mL", 3), "unknown", "UNIT_UNRESOLVED"),
    ("> 30 mg/d", loosely({"dayOfWeek": []}, asNeededBoolean=False), "met", "MET_EVIDENCE"),
    ("> 30 mg/d", loosely({"frequencyMax": 4}), "met", "MET_EVIDENCE"),
    # What is not the same dose each day is not told exactly.
    ("> 30 mg/d", loosely({"dayOfWeek": ["mon"]}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely({"frequency": 1, "frequencyMax": 4}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely({"periodMax": 2}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely({"count": 1}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(asNeededBoolean=True), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(asNeededCodeableConcept={"text": "pain"}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(maxDosePerPeriod=ATMOST), "unknown", "DATA_NOT_FOUND"),
]


@pytest.mark.parametrize(("limit", "drug", "outcome", "reason"), CASES)
def test_verdicts(limit: str, drug: dict[str, Any], outcome: str, reason: str, tmp_path: Path) -> None:
    protocol = tmp_path / "t.elig"
    protocol.write_text(
        'protocol T version 1 "t"\n\nmedication metformin: RxNorm 6809\n\n'
        f'include I1 "dose"\n  metformin whose dose-per-day is {limit}\n',
        encoding="utf-8",
    )
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980-01-01"}
    visits = [
        {
            "resourceType": "Encounter",
            "id": f"e{i}",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": "Patient/p"},
            "period": {"start": f"{year}-{month}-15", "end": f"{year}-{month}-15"},
        }
        for i, (year, month) in enumerate((y, m) for y in range(2020, 2026) for m in ("01", "04", "07", "10"))
    ]
    bundle = tmp_path / "b.json"
    entries = [{"resource": one} for one in (patient, *visits, drug)]
    bundle.write_text(
        json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), encoding="utf-8"
    )
    done = CliRunner().invoke(
        app, ["explain", str(protocol), str(bundle), "--patient", "p", "--as-of", "2026-06-01", "--json"]
    )
    finding = next(f for f in json.loads(done.stdout)["criteria"] if f["id"] == "I1")
    assert (finding["outcome"].replace("-", " "), finding["reason"]) == (outcome, reason)
