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


def said(term: str, number: float, unit: str, *limits: dict[str, Any]) -> int:
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
        **({"referenceRange": [one for one in limits if one]} if any(limits) else {}),
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


MALE = {"coding": [{"system": "http://hl7.org/fhir/administrative-gender", "code": "male"}]}
FEMALE = {"coding": [{"system": "http://hl7.org/fhir/administrative-gender", "code": "female"}]}


@pytest.mark.parametrize(
    "limits",
    [
        [{"high": end(6.0, "%"), "appliesTo": [MALE]}, {"high": end(4.0, "%"), "appliesTo": [FEMALE]}],
        [{"high": end(6.0, "%"), "age": {"high": end(1, "a")}}, {"high": end(4.0, "%")}],
        [{"high": end(6.0, "%")}, {"high": end(4.0, "%")}],
        [{"high": end(6.0, "%")}, {"low": end(4.0, "%")}],
        [{"text": "4 - 6 %"}],
        [{"high": end(6.0, "%")}, {"text": "see report"}],
    ],
)
def test_whose_range_is_not_told_or_in_words_is_a_question(limits: list[dict[str, Any]]) -> None:
    assert said(STATED, 8.0, "%", *limits) == OPEN


def test_ranges_that_agree_on_an_end_state_it() -> None:
    lows = [{"low": end(low, "%"), "high": end(6.0, "%")} for low in (3.0, 4.0)]
    assert said(STATED, 8.0, "%", *lows) == MET
    therapeutic = {"type": {"coding": [{"code": "therapeutic"}]}, "high": end(1.0, "%")}
    assert said(STATED, 8.0, "%", therapeutic, {"high": end(6.0, "%"), "text": "up to 6 %"}) == MET
