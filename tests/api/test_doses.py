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


def weekly(times: int, *days: str, **timing: Any) -> dict[str, Any]:
    """10 mg so many times a week, on named days, or with other timing."""
    return loosely({"frequency": times, "periodUnit": "wk", "dayOfWeek": list(days)} | timing)


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
    # Two times beside "once a day": a dose at either, or at each.
    ("> 30 mg/d", loosely({"when": ["MORN", "NOON", "EVE", "NIGHT"]}), "met", "MET_EVIDENCE"),
    ("> 30 mg/d", loosely({"timeOfDay": ["06:00", "12:00", "18:00", "23:00"]}), "met", "MET_EVIDENCE"),
    (
        "> 30 mg/d",
        loosely({"period": 6, "periodUnit": "h", "frequency": 1, "when": ["MORN", "NOON", "EVE", "NIGHT"]}),
        "met",
        "MET_EVIDENCE",
    ),
    ("> 30 mg/d", loosely({"when": ["AC"]}), "met", "MET_EVIDENCE"),
    ("= 10 mg/d", loosely({"frequency": 1, "when": ["MORN"]}), "met", "MET_EVIDENCE"),
    ("= 10 mg/wk", loosely({"frequency": 1, "periodUnit": "wk", "when": ["MORN"]}), "met", "MET_EVIDENCE"),
    ("> 1 mg/d", loosely({"frequency": 1, "when": ["MORN", "EVE"]}), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/d", loosely({"frequency": 1, "timeOfDay": ["08:00", "20:00"]}), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/d", loosely({"frequency": 2, "when": ["MORN"]}), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/d", loosely({"frequency": 1, "when": ["PC"]}), "unknown", "DATA_NOT_FOUND"),
    (
        "> 1 mg/d",
        loosely({"frequency": 2, "when": ["MORN"], "timeOfDay": ["20:00"]}),
        "unknown",
        "DATA_NOT_FOUND",
    ),
    (
        "> 1 mg/d",
        loosely({"frequency": None, "period": 2, "timeOfDay": ["08:00"]}),
        "unknown",
        "DATA_NOT_FOUND",
    ),
    ("> 30 mg/d", loosely({"count": 1}), "unknown", "DATA_NOT_FOUND"),
    # Named days, as many as doses in a week.
    ("= 10 mg/wk", weekly(1, "mon"), "met", "MET_EVIDENCE"),
    ("= 30 mg/wk", weekly(3, "mon", "wed", "fri"), "met", "MET_EVIDENCE"),
    ("= 5 mg/wk", weekly(1, "mon", period=2), "met", "MET_EVIDENCE"),
    ("> 1 mg/wk", weekly(2, "mon"), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(1, "mon", "thu"), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(2, "mon", "thu", period=2), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(2, "mon", "mon"), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(1, "Monday"), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(1, "mon", periodUnit="mo"), "unknown", "DATA_NOT_FOUND"),
    ("> 1 mg/wk", weekly(1, "mon", frequency=None), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(asNeededBoolean=True), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(asNeededCodeableConcept={"text": "pain"}), "unknown", "DATA_NOT_FOUND"),
    ("> 30 mg/d", loosely(maxDosePerPeriod=ATMOST), "unknown", "DATA_NOT_FOUND"),
]


def several(*dosages: dict[str, Any], **both: Any) -> dict[str, Any]:
    """500 mg and 1000 mg once a day each, with what is said of each and of both."""
    drug = statement(500, "mg")
    drug["dosage"] = []
    for dose, held in zip((500, 1000, 250), dosages, strict=False):
        made = statement(dose, "mg")["dosage"][0]
        made["timing"]["repeat"] |= held.pop("timing", {}) | both.get("timing", {})
        drug["dosage"].append(made | held)
    return drug


def at(*times: str) -> dict[str, Any]:
    return {"timing": {"when": list(times)}}


PERIOD = {"timing": {"boundsPeriod": {"start": "2026-01-01", "end": "2026-07-01"}}}
OTHER_PERIOD = {"timing": {"boundsPeriod": {"start": "2026-01-01", "end": "2026-08-01"}}}
WEEK, FORTNIGHT = (
    {"timing": {"boundsDuration": {"value": days, "unit": "d", "code": "d"}}} for days in (7, 14)
)
NEEDED = {"asNeededBoolean": True}
CONCURRENT = [
    # One number: concurrent, whatever else is said. Different numbers: one after the other.
    several({"sequence": 1}, {"sequence": 1}),
    several({"sequence": 2, **at("MORN")}, {"sequence": 2, **at("EVE")}),
    several({"sequence": 1}, {"sequence": 1}, **PERIOD),
    # No number: each at its own times, or both in one period.
    several(at("MORN"), at("EVE")),
    several({"timing": {"timeOfDay": ["08:00:00"]}}, {"timing": {"timeOfDay": ["20:00:00"]}}),
    several({}, {}, **PERIOD),
    several({}, {}, **WEEK),
]
NOT_TOLD = [
    several({"sequence": 1}, {"sequence": 2}),
    several({"sequence": 1, **at("MORN")}, {"sequence": 2, **at("EVE")}),
    several({"sequence": 1}, {}),
    several({}, {}),
    several(at("MORN"), at("MORN")),
    several(at("MORN"), {}),
    several(dict(PERIOD), dict(OTHER_PERIOD)),
    several({"sequence": 1, **PERIOD}, {"sequence": 1, **OTHER_PERIOD}),
    several({"sequence": 1, **WEEK}, {"sequence": 1, **FORTNIGHT}),
    several({"sequence": 1}, {"sequence": 1, **NEEDED}),
    several({"sequence": 1}, {"sequence": 1, "timing": {"dayOfWeek": ["mon"]}}),
    several({"sequence": 1}, {"sequence": 1, "doseAndRate": []}),
    several({"sequence": 1}, {"sequence": 1, "timing": {"frequency": None, "period": None}}),
]
CASES += [("= 1500 mg/d", drug, "met", "MET_EVIDENCE") for drug in CONCURRENT]
CASES += [("> 1000 mg/d", drug, "unknown", "DATA_NOT_FOUND") for drug in NOT_TOLD]
THREE = several({"sequence": 1}, {"sequence": 1}, {"sequence": 1})
GRAMS = several({"sequence": 1}, {"sequence": 1})
GRAMS["dosage"][1]["doseAndRate"] = [{"doseQuantity": {"value": 0.3, "system": UCUM, "code": "g"}}]
TABLETS = several({"sequence": 1}, {"sequence": 1})
TABLETS["dosage"][1]["doseAndRate"] = [{"doseQuantity": {"value": 1, "system": UCUM, "code": "{tablet}"}}]
NEGATIVE = several({"sequence": 1}, {"sequence": 1})
NEGATIVE["dosage"][1]["doseAndRate"] = [{"doseQuantity": {"value": -300, "system": UCUM, "code": "mg"}}]
TWICE = several({"sequence": 1}, {"sequence": 1})
TWICE["dosage"][1] = TWICE["dosage"][0]
CASES += [
    ("= 1750 mg/d", THREE, "met", "MET_EVIDENCE"),
    ("= 800 mg/d", GRAMS, "met", "MET_EVIDENCE"),
    ("> 100 mg/d", TABLETS, "unknown", "DATA_NOT_FOUND"),
    ("> 100 mg/d", NEGATIVE, "unknown", "DATA_NOT_FOUND"),
    ("= 1500 mg/d", several({"timing": {"when": "MORN"}}, at("EVE")), "met", "MET_EVIDENCE"),
    # Twice to the letter: 500 mg, or 500 and 500 mg.
    ("> 100 mg/d", TWICE, "unknown", "DATA_NOT_FOUND"),
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
