"""A result beside the range it was reported with: the multiple does not depend on the unit of the term."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from criteria_dsl import compile_text
from eligibility.judging import judge
from eligibility.terminology import bind
from fhir_adapters import read_bundle

MET, OPEN, NOT_MET = 2, 1, 0


def said(term: str, number: float, unit: str, limits: dict[str, Any]) -> int:
    """The outcome of `<= 1.5 x ULN` for one HbA1c."""
    text = f"""protocol T version 1 "T"
measurement HbA1c {term}: LOINC 4548-4
include I "I"
  most recent HbA1c is <= 1.5 x ULN
"""
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "effectiveDateTime": "2026-05-01",
        "valueQuantity": {"value": number, "system": "http://unitsofmeasure.org", "code": unit},
        **({"referenceRange": [limits]} if limits else {}),
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": "p"}}, {"resource": observation}],
    }
    facts = read_bundle(json.dumps(bundle).encode(), name="b", delivered=None).facts
    program = compile_text(text).require()
    judged = judge(program, facts, bind(program, {}, facts.concepts), date(2026, 6, 1))
    return int(judged.findings[0].outcome[0])


def end(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "system": "http://unitsofmeasure.org", "code": unit}


@pytest.mark.parametrize("term", ["in % analyte HbA1c", "in mmol/mol analyte HbA1c"])
def test_the_unit_of_the_term_does_not_matter(term: str) -> None:
    # 64 is 1.52 times 42; in NGSP % the two are 8.0 and 6.0, which is 1.33 times.
    assert said(term, 64.0, "mmol/mol", {"high": end(42.0, "mmol/mol")}) == NOT_MET
    assert said(term, 8.0, "%", {"high": end(6.0, "%")}) == MET


STATED = "in % analyte HbA1c normal 4 to 6 %"


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({}, MET),
        ({"high": end(6.0, "%")}, MET),
        ({"high": end(5.0, "%")}, NOT_MET),
        ({"high": end(6.0, "furlongs")}, OPEN),
        ({"high": end(6.0, "mg/dL")}, OPEN),
        ({"low": end(7.0, "%"), "high": end(6.0, "%")}, OPEN),
        ({"low": end(4.0, "%")}, OPEN),
    ],
)
def test_the_term_stands_in_for_no_range_only(limits: dict[str, Any], outcome: int) -> None:
    assert said(STATED, 8.0, "%", limits) == outcome
