"""A patient whose record would stop the run is unknown, says why, and holds nobody else up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from criteria_dsl import compile_text
from eligibility.facts import Facts
from eligibility.judging import judge, windows
from eligibility.judging.judge import judge_together
from eligibility.reasons import Cause, Outcome, reasons_of
from eligibility.terminology import bind
from fhir_adapters import read_bundle

TEXT = """protocol LIMIT version 1 "Pairs of rows"

diagnosis stroke: ICD-10-CM I63*
diagnosis gout: ICD-10-CM M10*
measurement SBP in mm[Hg]: LOINC 8480-6

include I1 "A reading after any stroke"
  SBP within 30 days after start of any stroke

exclude E1 "The same, turned"
  SBP within 30 days after start of any stroke

include I2 "Without pairs"
  stroke
"""


def records(patient: str, count: int) -> list[dict[str, Any]]:
    """So many strokes and readings of one patient, each reading soon after a stroke."""
    subject = {"reference": f"Patient/{patient}"}
    icd, loinc = "http://hl7.org/fhir/sid/icd-10-cm", "http://loinc.org"
    found: list[dict[str, Any]] = [{"resourceType": "Patient", "id": patient}]
    for i in range(count):
        start = f"2026-01-{i + 1:02d}"
        code = {"coding": [{"system": icd, "code": "I63.9"}]}
        found.append(
            {
                "resourceType": "Condition",
                "id": f"{patient}c{i}",
                "subject": subject,
                "code": code,
                "onsetDateTime": start,
            }
        )
        reading = {
            "resourceType": "Observation",
            "id": f"{patient}o{i}",
            "status": "final",
            "subject": subject,
            "code": {"coding": [{"system": loinc, "code": "8480-6"}]},
            "effectiveDateTime": start,
            "valueQuantity": {
                "value": 140,
                "unit": "mm[Hg]",
                "system": "http://unitsofmeasure.org",
                "code": "mm[Hg]",
            },
        }
        found.append(reading)
    return found


def two_patients() -> Facts:
    entries = [{"resource": one} for one in (*records("few", 2), *records("many", 9))]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return read_bundle(json.dumps(bundle).encode()).facts


def findings(monkeypatch: pytest.MonkeyPatch, limit: int) -> dict[str, list[tuple[Outcome, str]]]:
    monkeypatch.setattr(windows, "PAIRS_OF_A_PATIENT", limit)
    facts = two_patients()
    program = compile_text(TEXT).require()
    judged = judge(program, facts, bind(program, {}, facts.concepts), date(2026, 6, 1))
    order = [list(facts.patients).index(name) for name in ("few", "many")]
    return {
        finding.criterion.id: [
            (
                Outcome(int(finding.outcome[row])),
                reasons_of(Outcome(int(finding.outcome[row])), int(finding.causes[row]))[0],
            )
            for row in order
        ]
        for finding in judged.findings
    }


def test_within_the_limit_everybody_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, 81)
    assert [outcome for outcome, _ in found["I1"]] == [Outcome.MET, Outcome.MET]
    assert [outcome for outcome, _ in found["E1"]] == [Outcome.NOT_MET, Outcome.NOT_MET]


def test_beyond_the_limit_one_patient_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, 80)
    assert found["I1"] == [(Outcome.MET, "MET_EVIDENCE"), (Outcome.UNKNOWN, "EVAL_LIMIT")]
    assert found["E1"][1] == (Outcome.UNKNOWN, "EVAL_LIMIT")
    assert found["E1"][0][0] is Outcome.NOT_MET
    assert [outcome for outcome, _ in found["I2"]] == [Outcome.MET, Outcome.MET]


def test_a_limit_is_that_of_the_program_that_reached_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "PAIRS_OF_A_PATIENT", 80)
    facts = two_patients()
    beyond = compile_text(TEXT).require()
    within = compile_text(TEXT.replace("of any stroke", "of any gout")).require()
    terms = replace(beyond, value_sets={**beyond.value_sets, **within.value_sets})
    bound = bind(terms, {}, facts.concepts)
    told = judge_together([(beyond, {}), (within, {}), (beyond, {})], facts, bound, date(2026, 6, 1))
    reached = [(found.causes & Cause.EVAL_LIMIT).any() for one, _ in told for found in one.findings]
    assert reached == [True, True, False, False, False, False, True, True, False]
