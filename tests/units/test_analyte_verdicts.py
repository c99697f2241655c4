"""From a FHIR result in one unit and a protocol in another to a verdict, and what is shown of it."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from criteria_dsl import compile_text
from eligibility.facts import Kind
from eligibility.judging import judge
from eligibility.judging.evidence import evidence_rows
from eligibility.reasons import Cause, Outcome
from eligibility.showing import show_value
from eligibility.terminology import bind
from fhir_adapters import read_bundle

DAY = date(2026, 3, 31)
HEAD = 'protocol P version 1 "Analytes"\n'
GLUCOSE = "measurement glucose in mg/dL analyte glucose: LOINC 2345-7\n"
PLAIN = "measurement glucose in mg/dL: LOINC 2345-7\n"
LIMIT = 'include I1 "it"\n  most recent glucose is '


def judged(text: str, value: float | None, unit: str, code: str = "2345-7", **more: object):
    """The one finding of a protocol for a patient with one result, its causes, and the evidence shown."""
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-03-01",
        "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": unit, "unit": unit},
        **more,
    }
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01", "gender": "female"}
    entries = [{"resource": patient}, {"resource": observation}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    facts = read_bundle(json.dumps(bundle).encode()).facts
    program = compile_text(HEAD + text).require()
    judgement = judge(program, facts, bind(program, {}, facts.concepts), DAY, evidence=True)
    rows = evidence_rows(judgement, facts, program.criteria[0], np.ones(1, np.bool_))
    shown = [
        show_value(facts, Kind(int(kind)), int(row)) for kind, row in zip(rows.kind, rows.row, strict=True)
    ]
    finding = judgement.findings[0]
    return Outcome(int(finding.outcome[0])), Cause(int(finding.causes[0])), shown


@pytest.mark.parametrize(
    ("value", "unit", "limit", "outcome"),
    [
        (7.0, "mmol/L", ">= 126 mg/dL", Outcome.MET),
        (7.0, "mmol/L", ">= 7 mmol/L", Outcome.MET),
        (126.1, "mg/dL", ">= 7 mmol/L", Outcome.NOT_MET),
        (126.1092, "mg/dL", ">= 7 mmol/L", Outcome.MET),
        (6.9, "mmol/L", ">= 126 mg/dL", Outcome.NOT_MET),
        (11.1, "mmol/L", ">= 200 mg/dL", Outcome.NOT_MET),
        (0.0111, "mol/L", "< 11.11 mmol/L", Outcome.MET),
    ],
)
def test_results_meet_limits_in_the_other_unit(value: float, unit: str, limit: str, outcome: Outcome) -> None:
    found, _, shown = judged(GLUCOSE + LIMIT + limit, value, unit)
    assert found is outcome
    assert shown == [f"{value:.12g} {unit}"]


def test_without_an_analyte_the_result_stays_unread() -> None:
    found, causes, shown = judged(PLAIN + LIMIT + ">= 126 mg/dL", 7.0, "mmol/L")
    assert (found, causes) == (Outcome.UNKNOWN, Cause.UNIT_UNRESOLVED)
    assert shown == ["7 mmol/L"]


@pytest.mark.parametrize("unit", ["mmol/mol", "mg/g", "U/L", "g", "nonsense"])
def test_a_unit_that_is_none_of_the_analytes_stays_unread(unit: str) -> None:
    found, causes, _ = judged(GLUCOSE + LIMIT + ">= 126 mg/dL", 7.0, unit)
    assert (found, causes) == (Outcome.UNKNOWN, Cause.UNIT_UNRESOLVED)


def test_an_open_end_converts_by_its_end() -> None:
    more = {
        "valueQuantity": {
            "value": 30,
            "comparator": ">",
            "code": "mmol/L",
            "system": "http://unitsofmeasure.org",
        }
    }
    found, _, _ = judged(GLUCOSE + LIMIT + "> 540 mg/dL", None, "", **more)
    assert found is Outcome.MET
    found, causes, _ = judged(GLUCOSE + LIMIT + "> 550 mg/dL", None, "", **more)
    assert (found, causes) == (Outcome.UNKNOWN, Cause.VALUE_IMPRECISE)


def test_haemoglobin_a1c_by_the_master_equation() -> None:
    term = "measurement HbA1c in % analyte HbA1c: LOINC 4548-4, 59261-8\n"
    limit = 'include I1 "it"\n  most recent HbA1c is '
    found, _, shown = judged(term + limit + "7.0 to 10.5 %", 53, "mmol/mol", "59261-8")
    assert (found, shown) == (Outcome.MET, ["53 mmol/mol"])
    found, _, _ = judged(term + limit + "< 7 %", 53, "mmol/mol", "59261-8")
    assert found is Outcome.NOT_MET
    # 6.5 % are 47.5 mmol/mol: whether that is the 48 of a guideline is the author's to say.
    found, _, _ = judged(term + limit + ">= 48 mmol/mol", 6.5, "%", "4548-4")
    assert found is Outcome.NOT_MET
    found, causes, _ = judged(
        term + limit + ">= 48 mmol/mol\n  review within 1 % of a limit", 6.5, "%", "4548-4"
    )
    assert (found, causes) == (Outcome.UNKNOWN, Cause.BORDERLINE)
