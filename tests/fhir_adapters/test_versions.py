"""One record delivered several times: the later version counts, and without order none is believed."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from eligibility.facts import Kind, Standing
from fhir_adapters import read_bundle
from fhir_adapters.mapping.table import ALL_KINDS
from tests.fhir_adapters.records import bundle, coded, condition, patient
from tests.fhir_adapters.showing import rows


def version(code: str, updated: str = "", number: str = "", **more: Any) -> dict[str, Any]:
    meta = {"lastUpdated": updated, "versionId": number}
    return condition(meta={k: v for k, v in meta.items() if v}, code=coded(code, "http://s"), **more)


def held(*records: dict[str, Any]) -> tuple[set[str], set[Standing]]:
    """Codes and standings of the conditions that stay, the same in whatever order they are read."""
    found = []
    for order in permutations(records):
        facts = read_bundle(bundle(*order)).facts
        block = facts.blocks[Kind.CONDITION]
        codes = {row.split(" | ")[2] for row in rows(facts) if row.startswith("condition")}
        found.append((codes, {Standing(int(s)) for s in block.column("standing")}, len(block)))
    assert all(one == found[0] for one in found)
    assert found[0][2] == len(found[0][0])
    return found[0][:2]


COUNTS, OPEN = {Standing.COUNTS}, {Standing.UNCONFIRMED}
DAY, NEXT = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (("1",), ("2",), ({"1", "2"}, OPEN)),
        (("1",), ("1",), ({"1"}, COUNTS)),
        (("1", DAY), ("2",), ({"1", "2"}, OPEN)),
        (("1", DAY), ("2", DAY), ({"1", "2"}, OPEN)),
        (("1", DAY), ("1", DAY), ({"1"}, COUNTS)),
        (("1", DAY), ("2", NEXT), ({"2"}, COUNTS)),
        (("1", DAY, "2"), ("2", "", "1"), ({"1"}, COUNTS)),
        (("1", DAY, "1"), ("2", "", "2"), ({"2"}, COUNTS)),
        (("1", DAY, "1"), ("2", DAY, "2"), ({"2"}, COUNTS)),
        (("1", "", "1"), ("2", "", "2"), ({"2"}, COUNTS)),
        (("1", "", "a"), ("2", "", "b"), ({"1", "2"}, OPEN)),
    ],
)
def test_only_what_is_surely_later_supersedes(one: Any, two: Any, expected: Any) -> None:
    assert held(version(*one), version(*two)) == expected


def test_three_versions_of_which_two_are_tied() -> None:
    assert held(version("1", DAY), version("2", NEXT), version("3", NEXT)) == ({"2", "3"}, OPEN)


def test_one_id_of_two_patients_is_not_one_record() -> None:
    records = version("1", of="p1"), version("1", of="p2")
    for order in permutations(records):
        facts = read_bundle(bundle(*order)).facts
        block = facts.blocks[Kind.CONDITION]
        assert {facts.patients[i] for i in block.columns["patient"]} == {"p1", "p2"}
        assert set(block.column("standing")) == {Standing.UNCONFIRMED}


def test_two_births_of_one_patient_without_order_are_not_trusted() -> None:
    facts = read_bundle(bundle(patient(), patient(birthDate="1990-01-01"))).facts
    assert facts.corrupt[Kind.DEMOGRAPHIC].tolist() == [True]
    assert Kind.DEMOGRAPHIC not in read_bundle(bundle(patient(), patient())).facts.corrupt


def linked(*targets: str, day: str = DAY, kind: str = "replaced-by") -> dict[str, Any]:
    links = [{"other": {"reference": f"Patient/{target}"}, "type": kind} for target in targets]
    return patient("old", link=links, meta={"lastUpdated": day})


@pytest.mark.parametrize(
    ("records", "patients"),
    [
        ([linked("new"), linked(day=NEXT)], {"old", "new"}),
        ([linked(), linked("new", day=NEXT)], {"new"}),
        ([linked("other"), linked("new", day=NEXT), patient("other")], {"new", "other"}),
    ],
)
def test_only_the_latest_patient_record_says_who_is_the_same(records: Any, patients: set[str]) -> None:
    for order in permutations([*records, patient("new"), condition(of="old")]):
        facts = read_bundle(bundle(*order)).facts
        assert set(facts.patients) == patients
        assert not facts.corrupt


@pytest.mark.parametrize("records", [[linked("a", "b")], [linked("a"), linked("b")], [linked("a"), linked()]])
def test_who_is_replaced_by_several_is_merged_with_none(records: Any) -> None:
    others = {link["other"]["reference"][8:] for record in records for link in record["link"]}
    for order in permutations([*records, *map(patient, sorted(others)), condition(of="old")]):
        facts = read_bundle(bundle(*order)).facts
        assert set(facts.patients) == {"old", *others}
        assert set(facts.corrupt) == set(ALL_KINDS)
        assert all(flags.all() for flags in facts.corrupt.values())


def test_an_age_is_counted_from_the_birth_that_the_latest_record_tells() -> None:
    years = {"value": 40, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    aged = condition(onsetAge=years, onsetDateTime="")
    records = [patient(birthDate="1960-01-01", meta={"lastUpdated": NEXT}),
               patient(birthDate="1930-01-01", meta={"lastUpdated": DAY}), aged]  # fmt: skip
    expected = rows(read_bundle(bundle(records[0], aged)).facts)
    for order in permutations(records):
        assert rows(read_bundle(bundle(*order)).facts) == expected
