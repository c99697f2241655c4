"""From when to when a drug was surely taken, and perhaps; and which drug it was."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.facts import Kind, Standing
from fhir_adapters import read_bundle
from tests.fhir_adapters.records import Record, bundle, coded, order, patient, quantity
from tests.fhir_adapters.showing import rows

SPAN = {"start": "2026-01-05", "end": "2026-04-04"}
SUPPLY = {"dispenseRequest": {"expectedSupplyDuration": quantity(90, "d")}}
BOUNDS = {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": SPAN}}}]}


def interval(record: Record) -> str:
    """The interval of the only row, as text."""
    [row] = rows(read_bundle(bundle(record)).facts)
    return row.split(" | ")[3].removesuffix(" 23:59:59")


def statement(**more: Any) -> Record:
    drug = order()["medicationCodeableConcept"]
    return {"resourceType": "MedicationStatement", "id": "s1", "status": "stopped", "effectivePeriod": SPAN,
            "medicationCodeableConcept": drug, "subject": {"reference": "Patient/p1"}, **more}  # fmt: skip


@pytest.mark.parametrize(
    "record", [order(**SUPPLY), order(**BOUNDS), statement()], ids=["supply", "bounds", "statement"]
)
@pytest.mark.parametrize(
    ("status", "changed", "expected"),
    [
        ("completed", "", "2026-01-05 .. 2026-04-04"),
        # Completed by a record older than the planned end: perhaps long before it.
        ("completed", "2026-02-01T10:00:00Z", "2026-01-05 .. 2026-01-05 to 2026-04-04"),
        ("completed", "2026-04-04T10:00:00Z", "2026-01-05 .. 2026-04-04"),
        ("completed", "2026-06-01T10:00:00Z", "2026-01-05 .. 2026-04-04"),
        ("stopped", "", "2026-01-05 .. 2026-01-05 to 2026-04-04"),
        ("stopped", "2026-02-01T10:00:00Z", "2026-01-05 .. 2026-01-05 to 2026-02-01"),
        ("stopped", "2026-06-01T10:00:00Z", "2026-01-05 .. 2026-01-05 to 2026-04-04"),
        ("stopped", "2025-06-01T10:00:00Z", "2026-01-05 .. 2026-01-05"),
    ],
)
def test_what_was_stopped_is_certain_on_its_first_day_only(
    record: Record, status: str, changed: str, expected: str
) -> None:
    meta = {"meta": {"lastUpdated": changed}} if changed else {}
    assert interval({**record, "status": status, **meta}) == expected


def test_what_was_told_to_be_completed_before_its_end_may_have_ended_early() -> None:
    for told, expected in (("2026-02-01", "2026-01-05 to 2026-04-04"), ("2026-04-04", "2026-04-04")):
        assert interval(statement(status="completed", dateAsserted=told)) == f"2026-01-05 .. {expected}"


def test_a_dispense_is_completed_when_it_is_handed_over() -> None:
    given = {"resourceType": "MedicationDispense", "id": "d1", "status": "completed",
             "medicationCodeableConcept": order()["medicationCodeableConcept"],
             "subject": {"reference": "Patient/p1"}, "whenHandedOver": "2026-01-05",
             "daysSupply": quantity(90, "d"), "meta": {"lastUpdated": "2026-01-05T10:00:00Z"}}  # fmt: skip
    assert interval(given) == "2026-01-05 .. 2026-04-04"


def lasting(*lengths: Record, **more: Any) -> Record:
    dosages = [{"timing": {"repeat": {"boundsDuration": length}}} for length in lengths]
    return order(**{"status": "completed", "dosageInstruction": dosages, **more})


UNKNOWN = "2026-01-05 .. end unknown"
COURSES: dict[str, tuple[Record, str]] = {
    "days": (lasting(quantity(5, "d")), "2026-01-05 .. 2026-01-09 to 2026-01-10"),
    "weeks": (lasting(quantity(2, "wk")), "2026-01-05 .. 2026-01-18 to 2026-01-19"),
    # Of the calendar, 28 to 31 days each.
    "months": (lasting(quantity(1, "mo")), "2026-01-05 .. 2026-02-01 to 2026-02-05"),
    "part of a day": (lasting(quantity(1.5, "d")), "2026-01-05 .. 2026-01-06 to 2026-01-07"),
    "active": (lasting(quantity(5, "d"), status="active"), "2026-01-05 .. end unknown not before 2026-01-09"),
    "at most": (lasting(quantity(5, "d", comparator="<=")), UNKNOWN),
    "another unit": (lasting(quantity(5, "mg")), UNKNOWN),
    "no number": (lasting({"unit": "d"}), UNKNOWN),
    "below zero": (lasting(quantity(-5, "d")), UNKNOWN),
    "one after the other, perhaps": (lasting(quantity(5, "d"), quantity(5, "d")), UNKNOWN),
    "supply": (lasting(quantity(5, "d"), **SUPPLY), "2026-01-05 .. 2026-04-04"),
    "some day of a month": (
        lasting(quantity(5, "d"), authoredOn="2026-01"), "2026-01 .. 2026-01-05 to 2026-02-05"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COURSES)
def test_a_course_of_told_length_ends(name: str) -> None:
    record, expected = COURSES[name]
    assert interval(record).replace(" 23:59:59", "") == expected


def test_what_was_stopped_on_its_first_day_is_not_certain_beyond() -> None:
    times = {"authoredOn": "2026-01-05T08:00:00Z", "meta": {"lastUpdated": "2026-01-05T10:00:00Z"}}
    block = read_bundle(bundle(order(status="stopped", **SUPPLY, **times))).facts.blocks[Kind.MEDICATION]
    ends = [int(block.column(name)[0]) - int(block.column("start_lo")[0]) for name in ("end_lo", "end_hi")]
    assert [end // 3_600_000 for end in ends] == [2, 2]


@pytest.mark.parametrize("record", [order(status="on-hold", **SUPPLY), statement(status="on-hold")])
def test_what_is_on_hold_leaves_open_whether_it_is_taken(record: Record) -> None:
    block = read_bundle(bundle(record)).facts.blocks[Kind.MEDICATION]
    assert block.column("standing")[0] == Standing.UNCONFIRMED


def drug(identifier: str = "d1", **more: Any) -> Record:
    return {"resourceType": "Medication", "id": identifier, **more}


def part(code: str, **more: Any) -> Record:
    return {"itemCodeableConcept": coded(code, "http://rx"), **more}


def referring(**more: Any) -> Record:
    return {"itemReference": more}


# name: (Medication, other Medications, codes)
DRUGS: dict[str, tuple[Record, list[Record], str]] = {
    "code only": (drug(code=coded("1", "http://rx")), [], "1"),
    "ingredients only": (drug(ingredient=[part("2"), part("3")]), [], "2, 3"),
    "both": (drug(code=coded("1", "http://rx"), ingredient=[part("2")]), [], "1, 2"),
    "a filler": (drug(ingredient=[part("2", isActive=True), part("9", isActive=False)]), [], "2"),
    "another": (drug(ingredient=[referring(reference="Medication/d2"), part("2")]),
                [drug("d2", code=coded("4", "http://rx"))], "2, 4"),
    "in a circle": (drug(ingredient=[referring(reference="Medication/d1")]), [], "unresolved reference"),
    "neither": (drug(), [], "unresolved reference"),
    "lost": (drug(ingredient=[referring(reference="Substance/9")]), [], "unresolved reference"),
}  # fmt: skip


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize("name", DRUGS)
def test_a_drug_is_its_code_and_its_active_ingredients(name: str, within: bool) -> None:
    medication, others, codes = DRUGS[name]
    given = {key: value for key, value in order().items() if key != "medicationCodeableConcept"}
    if within:
        records = [{**given, "medicationReference": {"reference": "#d1"}, "contained": [medication]}, *others]
    else:
        records = [{**given, "medicationReference": {"reference": "Medication/d1"}}, medication, *others]
    extract = read_bundle(bundle(*records))
    [row] = rows(extract.facts)
    assert row.split(" | ")[2] == codes
    assert extract.unresolved_medications == (codes == "unresolved reference")


def test_a_substance_within_a_medication_is_found() -> None:
    substance = {"resourceType": "Substance", "id": "s", "code": coded("5", "http://rx")}
    medication = drug(ingredient=[referring(reference="#s")], contained=[substance])
    given = {key: value for key, value in order().items() if key != "medicationCodeableConcept"}
    for record in (
        {**given, "medicationReference": {"reference": "Medication/d1"}},
        {**given, "medicationReference": {"reference": "#d1"}, "contained": [medication, substance]},
    ):
        [row] = rows(read_bundle(bundle(record, medication)).facts)
        assert row.split(" | ")[2] == "5"


def test_of_orders_that_share_a_supply_only_those_with_a_bad_date_are_refused() -> None:
    wrong = {"dispenseRequest": {"validityPeriod": {"start": "2026-13-01"}}}
    orders = [order(f"m{i}", **(wrong if i % 3 == 0 else SUPPLY)) for i in range(9)]
    extract = read_bundle(bundle(patient(), *orders))
    assert [(reject.code, reject.entry) for reject in extract.rejects] == [
        ("DATE_INVALID", 1),
        ("DATE_INVALID", 4),
        ("DATE_INVALID", 7),
    ]
    assert extract.facts.blocks[Kind.MEDICATION].columns["days_supplied"].tolist() == [90.0] * 6
