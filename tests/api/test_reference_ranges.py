"""A result beside the range it was reported with: the multiple does not depend on the unit of the term."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from criteria_dsl import compile_text
from eligibility.judging import judge
from eligibility.terminology import bind
from fhir_adapters import read_bundle

MET, OPEN, NOT_MET = 2, 1, 0


def said(
    term: str,
    number: float,
    unit: str,
    *limits: dict[str, Any],
    patient: dict[str, Any] | None = None,
    others: Sequence[dict[str, Any]] = (),
    **more: Any,
) -> int:
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
        **more,
    }
    patients = [{"resourceType": "Patient", "id": "p"} | one for one in (patient or {}, *others)]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (*patients, observation)],
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


SNOMED_FEMALE = {"coding": [{"system": "http://snomed.info/sct", "code": "248152002", "display": "Female"}]}
V3_MALE = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "code": "M"}]
}
V2_MALE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0001", "code": "M"}]}
ADULT = {"text": "adults"}
WOMAN = {"gender": "female", "birthDate": "1980-01-01"}
MAN = {"gender": "male", "birthDate": "1980-01-01"}
HIGH, LOW = 6.0, 4.0  # 8 % is at most 1.5 times the one, and not the other


def of(limit: float, /, *people: dict[str, Any], **age: dict[str, Any]) -> dict[str, Any]:
    """A range of the people named, from an age to an age."""
    return {
        "high": end(limit, "%"),
        **({"appliesTo": list(people)} if people else {}),
        **({"age": age} if age else {}),
    }


def years(count: float, unit: str = "a") -> dict[str, Any]:
    return {"value": count, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"}


BY_SEX = [of(HIGH, MALE), of(LOW, FEMALE)]
BORN_FEMALE = {
    "extension": [
        {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F"}
    ]
}


@pytest.mark.parametrize(
    ("limits", "patient", "outcome"),
    [
        (BY_SEX, MAN, MET),
        (BY_SEX, WOMAN, NOT_MET),
        ([of(HIGH, V3_MALE), of(LOW, SNOMED_FEMALE)], MAN, MET),
        ([of(HIGH, V3_MALE), of(LOW, SNOMED_FEMALE)], WOMAN, NOT_MET),
        ([of(HIGH, {"text": "Male"}), of(LOW, {"text": "Female"})], WOMAN, NOT_MET),
        ([of(HIGH, V2_MALE), of(LOW, FEMALE)], MAN, MET),
        # Missing: no sex, none of the two, none for this sex.
        (BY_SEX, {}, OPEN),
        (BY_SEX, {"gender": "other"}, OPEN),
        (BY_SEX, {"gender": "unknown"}, OPEN),
        ([of(HIGH, MALE)], WOMAN, OPEN),
        ([of(HIGH, MALE)], MAN, MET),
        ([of(HIGH, MALE)], {}, MET),
        # Conflicting: what the patient's record says, and ranges that overlap.
        (BY_SEX, MAN | BORN_FEMALE, OPEN),
        (BY_SEX, WOMAN | BORN_FEMALE, NOT_MET),
        ([of(HIGH), of(LOW, FEMALE)], WOMAN, OPEN),
        ([of(HIGH), of(LOW, FEMALE)], MAN, MET),
        ([of(HIGH, MALE, FEMALE), of(LOW, FEMALE)], WOMAN, OPEN),
        # People that are not read may be the patient.
        ([of(HIGH, ADULT), of(LOW, FEMALE)], WOMAN, OPEN),
        ([of(HIGH, ADULT), of(LOW, FEMALE)], MAN, OPEN),
        ([of(HIGH, MALE), of(LOW, FEMALE, ADULT)], WOMAN, OPEN),
        ([of(HIGH, MALE), of(LOW, FEMALE, ADULT)], MAN, MET),
        ([of(HIGH, MALE), {"text": "see report", "appliesTo": [FEMALE]}], MAN, MET),
        ([of(HIGH, MALE), {"text": "see report", "appliesTo": [FEMALE]}], WOMAN, OPEN),
    ],
)
def test_the_range_of_the_patients_sex(
    limits: list[dict[str, Any]], patient: dict[str, Any], outcome: int
) -> None:
    assert said(STATED, 8.0, "%", *limits, patient=patient) == outcome


def born(day: str) -> dict[str, Any]:
    return {"gender": "female", "birthDate": day}


# The result is of 1 May 2026.
BANDS = [of(LOW, high=years(17)), of(HIGH, low=years(18), high=years(64)), of(LOW, low=years(65))]
SHARED = [of(LOW, high=years(18)), of(HIGH, low=years(18))]


@pytest.mark.parametrize(
    ("limits", "patient", "outcome"),
    [
        (BANDS, born("2008-05-02"), NOT_MET),
        (BANDS, born("2008-05-01"), MET),
        (BANDS, born("1961-05-02"), MET),
        (BANDS, born("1961-05-01"), NOT_MET),
        (BANDS, born("1990"), MET),
        # Partial and missing birth dates.
        (BANDS, born("2008-05"), OPEN),
        (BANDS, born("2008"), OPEN),
        (BANDS, {}, OPEN),
        # The year at an end that two ranges share is the one's or the other's.
        (SHARED, born("2008-06-01"), NOT_MET),
        (SHARED, born("2008-04-01"), OPEN),
        (SHARED, born("2007-04-01"), MET),
        # Up to an age, and nothing said of who is older: the year itself may be outside.
        ([of(HIGH, high=years(1)), of(LOW, low=years(18))], born("2024-12-01"), OPEN),
        ([of(HIGH, high=years(1)), of(LOW, low=years(18))], born("2025-06-01"), MET),
        ([of(HIGH, high=years(1)), of(LOW, low=years(18))], born("2015-06-01"), OPEN),
        ([of(HIGH, high=years(11, "mo")), of(LOW, low=years(1))], born("2025-06-01"), MET),
        ([of(HIGH, high=years(0.5)), of(LOW, low=years(0.5))], born("2026-01-01"), MET),
        ([of(HIGH, high=years(30, "d")), of(LOW, low=years(31, "d"))], born("2026-04-15"), MET),
        ([of(HIGH, high=years(30, "d")), of(LOW, low=years(31, "d"))], born("2026-03-15"), NOT_MET),
        ([of(HIGH, high=years(30, "moons")), of(LOW, low=years(18))], born("1990-01-01"), OPEN),
        ([of(HIGH, MALE, low=years(18)), of(LOW, FEMALE, low=years(18))], born("1990-01-01"), NOT_MET),
        ([of(HIGH, MALE, low=years(18)), of(LOW, FEMALE, low=years(18))], born("2015-01-01"), OPEN),
    ],
)
def test_the_range_of_the_patients_age(
    limits: list[dict[str, Any]], patient: dict[str, Any], outcome: int
) -> None:
    assert said(STATED, 8.0, "%", *limits, patient=patient) == outcome


def test_the_age_is_that_at_the_result() -> None:
    day = {"effectiveDateTime": "2024-05-01"}
    assert said(STATED, 8.0, "%", *BANDS, patient=born("2008-01-01"), **day) == NOT_MET
    assert said(STATED, 8.0, "%", *BANDS, patient=born("2008-01-01"), effectiveDateTime="2026") == OPEN


def test_ends_without_a_unit_and_in_another_one() -> None:
    bare = [{"high": {"value": HIGH}, "appliesTo": [MALE]}, {"high": {"value": LOW}, "appliesTo": [FEMALE]}]
    assert said(STATED, 8.0, "%", *bare, patient=MAN) == MET
    assert said(STATED, 8.0, "%", *bare, patient=WOMAN) == NOT_MET
    other = [{"high": end(6.0, "mg/dL"), "appliesTo": [MALE]}, of(LOW, FEMALE)]
    assert said(STATED, 8.0, "%", *other, patient=MAN) == OPEN


def typed(high: float, **meaning: Any) -> dict[str, Any]:
    return {"high": end(high, "%"), "type": meaning}


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        # What is aimed at is none: the term's own range stands in.
        ([typed(1.0, coding=[{"code": "treatment"}])], MET),
        ([typed(1.0, coding=[{"code": "therapeutic"}])], MET),
        ([typed(1.0, text="Therapeutic")], MET),
        ([typed(1.0, text="Therapeutic"), typed(LOW, text="Normal")], NOT_MET),
        ([typed(LOW, text="Normal Range")], NOT_MET),
        # What is normal for somebody, or not understood, may be the patient's.
        ([typed(HIGH, coding=[{"code": "luteal"}])], OPEN),
        ([typed(HIGH, text="desirable")], OPEN),
        ([typed(1.0, text="critical"), {"high": end(HIGH, "%")}], MET),
    ],
)
def test_ranges_of_another_meaning(limits: list[dict[str, Any]], outcome: int) -> None:
    assert said(STATED, 8.0, "%", *limits) == outcome
    treated = said("in % analyte HbA1c", 8.0, "%", limits[0])
    assert treated == (NOT_MET if limits == [typed(LOW, text="Normal Range")] else OPEN)


def test_components_have_ranges_of_their_own() -> None:
    part = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "59261-8"}]},
        "valueQuantity": end(8.0, "%"),
        "referenceRange": BY_SEX,
    }
    code = {"coding": [{"system": "http://loinc.org", "code": "11111-1"}]}
    for patient, outcome in ((MAN, MET), (WOMAN, NOT_MET)):
        found = said(
            "in % analyte HbA1c: LOINC 59261-8; SNOMED 43396009 #",
            1.0,
            "%",
            patient=patient,
            code=code,
            component=[part],
        )
        assert found == outcome


def test_merged_records_that_tell_two_sexes_tell_none() -> None:
    link = {"link": [{"other": {"reference": "Patient/q"}, "type": "replaces"}]}
    assert (
        said(STATED, 8.0, "%", *BY_SEX, patient=MAN | link, others=[{"id": "q", "gender": "female"}]) == OPEN
    )
    assert said(STATED, 8.0, "%", *BY_SEX, patient=MAN | link, others=[{"id": "q", "gender": "male"}]) == MET
