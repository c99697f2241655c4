"""Records that say that there is none, or that nobody knows: verdicts from FHIR, beside years of visits."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from criteria_dsl import compile_text
from eligibility.judging import judge
from eligibility.reasons import Outcome
from eligibility.terminology import bind
from fhir_adapters import read_bundle

Record = dict[str, Any]
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
RXNORM, CVX = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/cvx"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
MISSING, NULL = f"{TERMINOLOGY}data-absent-reason", f"{TERMINOLOGY}v3-NullFlavor"
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
PERSON = {"reference": "Patient/p"}
AS_OF = date(2026, 6, 1)
DAYS = ("2020-01-10", "2023-01-10", "2024-06-10", "2025-02-10", "2025-09-10", "2026-03-10", "2026-05-20")
TERMS = """protocol NOTHING version 1 "What is not there"
allergy any-allergy: any code
allergy penicillin-allergy: SNOMED 91936005
allergy penicillin-substance: RxNorm 7980
allergy either-penicillin also "penicillin": RxNorm 7980; SNOMED 91936005
allergy peanut-allergy: SNOMED 91935009
allergy some-substance: SNOMED 391739009
diagnosis any-diagnosis: any code
diagnosis diabetes: SNOMED 44054006
medication any-drug: any code
medication metformin: RxNorm 6809
procedure any-procedure: any code
vaccine any-vaccine: any code
vaccine influenza-vaccine: CVX 140
device any-device: any code
device pacemaker: SNOMED 14106009
family-history any-disease-in-family: any code
finding smoking-status: LOINC 72166-2
codes current-smoker: SNOMED 77176002
codes severe: SNOMED 24484000
"""


def code(system: str = "", value: str = "", text: str = "") -> Record:
    coding = {"coding": [{"system": system, "code": value}]} if value else {}
    return coding | ({"text": text} if text else {})


def record(kind: str, subject: str = "subject", **elements: Any) -> Record:
    return {"resourceType": kind, subject: PERSON, **elements}


def allergy(of: Record, **elements: Any) -> Record:
    active = code(f"{TERMINOLOGY}allergyintolerance-clinical", "active")
    held = {"code": of, "clinicalStatus": active, "recordedDate": "2024-01-01", **elements}
    return record("AllergyIntolerance", "patient", **held)


def diagnosis(of: Record, **elements: Any) -> Record:
    return record("Condition", code=of, onsetDateTime="2024-01-01", **elements)


def drug(of: Record) -> Record:
    taken = {"start": "2026-05-20", "end": "2026-06-20"}
    return record("MedicationStatement", status="active", medicationCodeableConcept=of, effectivePeriod=taken)


def vaccine(of: Record) -> Record:
    return record(
        "Immunization", "patient", status="completed", vaccineCode=of, occurrenceDateTime="2026-01-01"
    )


def procedure(of: Record) -> Record:
    return record("Procedure", status="completed", code=of, performedDateTime="2026-01-01")


def device(of: Record) -> Record:
    return record("Device", "patient", status="active", type=of)


def family(of: Record) -> Record:
    mother = code(f"{TERMINOLOGY}v3-RoleCode", "MTH")
    held = {"status": "completed", "relationship": mother, "condition": [{"code": of}], "date": "2024-01-01"}
    return record("FamilyMemberHistory", "patient", **held)


def smoking(answer: Record) -> Record:
    held = {"status": "final", "code": code(LOINC, "72166-2"), "valueCodeableConcept": answer}
    return record("Observation", effectiveDateTime="2026-05-20", **held)


NO_ALLERGY = code(SNOMED, "716186003")
NO_DRUG_ALLERGY, NO_FOOD_ALLERGY = code(SNOMED, "409137002"), code(SNOMED, "429625007")
CASES: list[tuple[str, list[Record], str]] = [
    ("any-allergy", [allergy(code(text="NKDA"))], "unknown"),
    ("no any-allergy", [allergy(code(text="NKDA"))], "unknown"),
    ("any-allergy", [allergy(code("urn:local", "1", "No known allergies"))], "unknown"),
    ("any-allergy", [allergy(code(text="Allergy status unknown"))], "unknown"),
    ("any-allergy", [allergy(code(ABSENT, "no-allergy-info"))], "unknown"),
    ("any-allergy", [allergy(code(text="No allergies to eggs"))], "unknown"),
    ("any-allergy", [allergy(code(text="Eggs"))], "met"),
    ("no penicillin-allergy", [allergy(NO_ALLERGY)], "met"),
    ("no penicillin-allergy", [allergy(NO_ALLERGY), allergy(code(text="NKDA"))], "met"),
    ("no penicillin-allergy", [allergy(NO_ALLERGY), allergy(code(text="Eggs"))], "unknown"),
    ("no penicillin-allergy", [allergy(NO_ALLERGY, category=["food"])], "unknown"),
    ("no peanut-allergy", [allergy(NO_ALLERGY | code(text="NKDA"))], "unknown"),
    ("no penicillin-allergy", [allergy(NO_ALLERGY | code(text="NKDA"))], "met"),
    ("no penicillin-substance", [allergy(NO_ALLERGY | code(text="NKDA"))], "met"),
    ("no penicillin-substance", [allergy(NO_ALLERGY, category=["medication"])], "met"),
    ("no penicillin-allergy", [allergy(NO_DRUG_ALLERGY)], "met"),
    ("no either-penicillin", [allergy(NO_DRUG_ALLERGY)], "met"),
    ("no peanut-allergy", [allergy(NO_DRUG_ALLERGY)], "unknown"),
    ("no peanut-allergy", [allergy(NO_FOOD_ALLERGY)], "met"),
    ("no penicillin-allergy", [allergy(NO_FOOD_ALLERGY)], "unknown"),
    ("no some-substance", [allergy(NO_DRUG_ALLERGY)], "unknown"),
    ("no penicillin-allergy", [allergy(NO_DRUG_ALLERGY), allergy(code(SNOMED, "91936005"))], "unknown"),
    (
        "no penicillin-allergy",
        [allergy(NO_ALLERGY, reaction=[{"manifestation": [code(text="Rash")]}])],
        "unknown",
    ),
    ("penicillin-allergy", [allergy(code(SNOMED, "91936005", "No known drug allergies"))], "unknown"),
    ("any-drug at index", [drug(code(ABSENT, "no-known-medications"))], "not met"),
    ("any-drug at index", [drug(code(ABSENT, "no-medication-info"))], "unknown"),
    ("any-drug at index", [drug(code(text="Patient not taking any medications"))], "unknown"),
    ("no metformin at index", [drug(code(ABSENT, "no-known-medications"))], "met"),
    ("no metformin at index", [drug(code(ABSENT, "no-medication-info"))], "unknown"),
    ("no metformin at index", [drug(code(MISSING, "unknown", "Unknown"))], "unknown"),
    ("no metformin at index", [drug(code(text="unknown medication"))], "unknown"),
    ("no metformin at index", [drug(code(MISSING, "unknown", "Aspirin 81 mg"))], "met"),
    ("any-diagnosis", [diagnosis(code(text="No known problems"))], "unknown"),
    ("any-diagnosis", [diagnosis(code(SNOMED, "160245001"))], "not met"),
    ("any-diagnosis", [diagnosis(code(text="Denies asthma"))], "unknown"),
    ("any-diagnosis", [diagnosis(code(text="Rule out pneumonia"))], "unknown"),
    ("any-diagnosis", [diagnosis(code(text="Pneumonia"))], "met"),
    ("no diabetes", [diagnosis(code(ABSENT, "no-problem-info"))], "unknown"),
    ("no diabetes", [diagnosis(code(SNOMED, "195967001", "Unknown"))], "met"),
    (
        "diabetes whose severity is not severe",
        [diagnosis(code(SNOMED, "44054006"), severity=code(SNOMED, "261665006", "Unknown"))],
        "unknown",
    ),
    ("any-procedure", [procedure(code(ABSENT, "no-known-procedures"))], "not met"),
    ("any-vaccine", [vaccine(code(CVX, "998"))], "not met"),
    ("no influenza-vaccine", [vaccine(code(CVX, "999"))], "unknown"),
    ("no influenza-vaccine", [vaccine(code(SNOMED, "787482006"))], "unknown"),
    ("any-device", [device(code(SNOMED, "787483001"))], "not met"),
    ("no pacemaker", [device(code(ABSENT, "no-device-info"))], "unknown"),
    ("any-disease-in-family", [family(code(text="Unknown"))], "unknown"),
    (
        "any-disease-in-family",
        [family(code(SNOMED, "160274005", "No family history of diabetes"))],
        "unknown",
    ),
    ("most recent smoking-status is current-smoker", [smoking(code(SNOMED, "266927001"))], "unknown"),
    ("most recent smoking-status is not current-smoker", [smoking(code(SNOMED, "266927001"))], "unknown"),
    ("smoking-status of not current-smoker", [smoking(code(SNOMED, "261665006"))], "unknown"),
    ("no smoking-status of current-smoker", [smoking(code(SNOMED, "385660001"))], "unknown"),
    (
        "no smoking-status of current-smoker",
        [smoking(code(SNOMED, "1", "Patient declined to answer"))],
        "unknown",
    ),
    ("most recent smoking-status is not current-smoker", [smoking(code(NULL, "ASKU"))], "unknown"),
    ("most recent smoking-status is not current-smoker", [smoking(code(SNOMED, "266919005"))], "met"),
]


@pytest.mark.parametrize(("statement", "records", "outcome"), CASES)
def test_records_of_nothing(statement: str, records: list[Record], outcome: str) -> None:
    visits = [
        record(
            "Encounter",
            status="finished",
            period={"start": day, "end": day},
            **{"class": {"system": f"{TERMINOLOGY}v3-ActCode", "code": "AMB"}},
        )
        for day in DAYS
    ]
    held = [{"resourceType": "Patient", "id": "p", "birthDate": "1970-06-15"}, *visits, *records]
    entries = [{"resource": {"id": f"r{number}", **one}} for number, one in enumerate(held)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    program = compile_text(f'{TERMS}\ninclude I1 "it"\n  {statement}\n').require()
    facts = read_bundle(json.dumps(bundle).encode()).facts
    finding = judge(program, facts, bind(program, {}, facts.concepts), AS_OF).findings[0]
    assert Outcome(int(finding.outcome[0])).name.lower().replace("_", " ") == outcome
