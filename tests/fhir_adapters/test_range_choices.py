"""Which of several reference ranges is a patient's, against a plain reading of the rule, one by one."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.facts import Kind
from fhir_adapters import read_bundle

SYSTEM = "http://hl7.org/fhir/administrative-gender"
DAY = date(2026, 5, 1)


def completed(birth: date, unit: str, day: date) -> int:
    """Completed years, months or days, counted on the calendar."""
    if unit == "d":
        return (day - birth).days
    months = (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)
    return months // 12 if unit == "a" else months


def is_for(one: dict[str, Any], everybody: list[dict[str, Any]], sex: str, birth: date | None) -> int:
    """2 surely, 1 perhaps, 0 not."""
    answers = [2]
    if one["sex"]:
        answers.append(1 if sex not in ("male", "female") else 2 * (one["sex"] == sex))
    if one["sex"] == "adults":
        answers = [1]
    for edge in ("low", "high"):
        if one[edge] is None:
            continue
        count, unit = one[edge]
        if birth is None:
            answers.append(1)
            continue
        age = completed(birth, unit, DAY)
        if edge == "low":
            answers.append(2 * (age >= count))
        elif age == count:
            begins = [other["low"] for other in everybody]
            months = (count + 1) * 12 if unit == "a" else count + 1
            same = {(count + 1, unit), (months, "mo") if unit != "d" else (months, "d")}
            same |= {(months // 12, "a")} if unit == "mo" and months % 12 == 0 else set()
            answers.append(2 if same & set(begins) else 1)
        else:
            answers.append(2 * (age < count))
    return min(answers)


def expected(ranges: list[dict[str, Any]], sex: str, birth: date | None) -> float:
    answers = [is_for(one, ranges, sex, birth) for one in ranges]
    left = [one["end"] for one, answer in zip(ranges, answers, strict=True) if answer]
    if not left:
        return -math.inf
    ends = set(left if 2 in answers else [one["end"] for one in ranges])
    return float(ends.pop()) if len(ends) == 1 else -math.inf


def written(one: dict[str, Any]) -> dict[str, Any]:
    def amount(age: tuple[int, str]) -> dict[str, Any]:
        return {"value": age[0], "unit": age[1], "code": age[1], "system": "http://unitsofmeasure.org"}

    people = (
        {"text": "adults"} if one["sex"] == "adults" else {"coding": [{"system": SYSTEM, "code": one["sex"]}]}
    )
    people = {"appliesTo": [people]}
    if one["sex"] in ("male", "female") and one["words"]:
        people = {"text": one["words"].format("Men" if one["sex"] == "male" else "Women")}
    ages = {edge: amount(one[edge]) for edge in ("low", "high") if one[edge] is not None}
    return {
        "high": {"value": one["end"], "unit": "U/L"},
        **(people if one["sex"] else {}),
        **({"age": ages} if ages else {}),
    }


ages = st.none() | st.tuples(
    st.sampled_from((0, 1, 2, 11, 12, 17, 18, 24)), st.sampled_from(("a", "mo", "d"))
)
one_range = st.fixed_dictionaries(
    {
        "end": st.sampled_from((30, 40)),
        "sex": st.sampled_from(("", "", "male", "female", "adults")),
        "low": ages,
        "high": ages,
        "words": st.sampled_from(("", "{} 0 - 40 U/L", "{}: <= 40", "0 - 40 U/L ({})", "{}")),
    }
)
births = st.none() | st.integers(0, 9_000).map(lambda days: DAY - timedelta(days=days)).filter(
    lambda day: (day.month, day.day) != (2, 29)
)


@settings(max_examples=150, deadline=None)
@given(
    ranges=st.lists(one_range, min_size=1, max_size=4),
    people=st.lists(
        st.tuples(st.sampled_from(("male", "female", "other", "")), births), min_size=1, max_size=6
    ),
)
def test_the_chosen_range_is_the_plain_one(
    ranges: list[dict[str, Any]], people: list[tuple[str, date | None]]
) -> None:
    entries: list[dict[str, Any]] = []
    for i, (sex, birth) in enumerate(people):
        patient: dict[str, Any] = {"resourceType": "Patient", "id": f"p{i}"}
        patient |= ({"gender": sex} if sex else {}) | ({"birthDate": birth.isoformat()} if birth else {})
        observation = {
            "resourceType": "Observation",
            "id": f"o{i}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "1742-6"}]},
            "subject": {"reference": f"Patient/p{i}"},
            "effectiveDateTime": DAY.isoformat(),
            "valueQuantity": {"value": 20, "unit": "U/L"},
            "referenceRange": [written(one) for one in ranges],
        }
        # Observations come first: whose range it is can be told at the end only.
        entries = [{"resource": observation}, *entries, {"resource": patient}]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    facts = read_bundle(json.dumps(bundle).encode()).facts
    block = facts.blocks[Kind.OBSERVATION]
    found = {
        facts.patients[int(patient)]: float(high)
        for patient, high in zip(block.column("patient"), block.column("range_hi"), strict=True)
    }
    assert found == {f"p{i}": expected(ranges, sex, birth) for i, (sex, birth) in enumerate(people)}


def high_end(sex: str, **told: Any) -> float:
    patient = {"resourceType": "Patient", "id": "p", "gender": sex, "birthDate": "1970-01-01"}
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": DAY.isoformat(),
        "valueQuantity": {"value": 13, "unit": "g/dL"},
        "referenceRange": [{"high": {"value": 17.5, "unit": "g/dL"}, **told}],
    }
    entries = [{"resource": patient}, {"resource": observation}]
    facts = read_bundle(json.dumps({"resourceType": "Bundle", "entry": entries}).encode()).facts
    return float(facts.blocks[Kind.OBSERVATION].column("range_hi")[0])


@pytest.mark.parametrize(
    ("text", "women", "men"),
    [
        ("Men 13.5-17.5", False, True),
        ("13.5 - 17.5 g/dL (male)", False, True),
        ("Men, pregnant women excluded", True, True),
        ("Adult men 13.5-17.5", False, True),
        ("Men up to 50: 13.5-17.5", False, True),
        ("Men 13.5-17.5, women 12-16", False, False),
        ("Men and women 13.5-17.5", True, True),
        ("Specimen of 13.5-17.5", True, True),
    ],
)
def test_a_range_for_men_in_words_is_no_womans(text: str, women: bool, men: bool) -> None:
    assert [math.isfinite(high_end(sex, text=text)) for sex in ("female", "male")] == [women, men]
