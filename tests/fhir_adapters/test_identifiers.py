"""Patients named by a business identifier only: found wherever their Patient stands, else refused."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from eligibility.facts import Kind
from fhir_adapters import read, read_bundle
from tests.fhir_adapters.records import bundle, condition, lines, observation, patient
from tests.fhir_adapters.showing import rows

MRN = "http://hospital.example/mrn"


def known(identifier: str, *values: str, system: str = MRN, **more: Any) -> dict[str, Any]:
    held = [{"system": system, "value": value} for value in values]
    return {**patient(identifier, **more), "identifier": held}


def asked(reference: str, identifier: str = "c1") -> dict[str, Any]:
    return condition(identifier, subject={"reference": reference})


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": f"Patient?identifier={MRN}|17"},
        {"reference": f"Patient?identifier={quote(MRN + '|17', safe='')}"},
        {"reference": "Patient?identifier=17"},
        {"reference": f"http://server.example/fhir/Patient?identifier={MRN}|17"},
        {"identifier": {"system": MRN, "value": "17"}},
        {"type": "Patient", "identifier": {"system": MRN, "value": "17"}},
    ],
)
def test_a_patient_is_found_by_an_identifier(subject: dict[str, Any]) -> None:
    for order in permutations([known("p1", "16", "17"), known("p2", "18"), condition(subject=subject)]):
        extract = read_bundle(bundle(*order))
        assert extract.rejects == []
        held = extract.facts.blocks[Kind.CONDITION].columns["patient"]
        assert [extract.facts.patients[i] for i in held] == ["p1"]
        assert extract.lines.accepted == 3


def test_one_file_names_patients_of_another(tmp_path: Path) -> None:
    conditions = [asked(f"Patient?identifier={MRN}|{i}", f"c{i}") for i in range(30)]
    (tmp_path / "Condition.ndjson").write_bytes(lines(conditions))
    (tmp_path / "Patient.ndjson").write_bytes(lines(known(f"p{i}", str(i)) for i in range(20)))
    extract = read(tmp_path)
    assert [(r.code, r.line, r.path) for r in extract.rejects] == [
        ("REFERENCE_UNRESOLVED", line, "Condition.subject") for line in range(21, 31)
    ]
    assert (extract.lines.total, extract.lines.accepted, extract.facts.manifest.unattributed) == (50, 40, 10)
    plain = [condition(f"c{i}", of=f"p{i}") for i in range(20)]
    people = [known(f"p{i}", str(i)) for i in range(20)]
    assert rows(extract.facts) == rows(read_bundle(bundle(*people, *plain)).facts)


@pytest.mark.parametrize(
    "reference",
    [
        f"Patient?identifier={MRN}|99",
        "Patient?identifier=|17",
        "Patient?identifier=http://other.example|17",
        f"Patient?identifier={MRN}|17&active=true",
        "Patient?name=Smith",
        "Patient?identifier=",
        "Patient?identifier=http://hospital.example/Observation/o1|17",
    ],
)
def test_what_names_nobody_is_refused(reference: str) -> None:
    extract = read_bundle(bundle(known("p1", "17"), asked(reference)))
    assert [reject.code for reject in extract.rejects] == ["REFERENCE_UNRESOLVED"]
    assert extract.facts.manifest.unattributed == 1


def test_an_identifier_of_two_patients_names_neither() -> None:
    extract = read_bundle(bundle(known("p1", "17"), known("p2", "17"), asked(f"Patient?identifier={MRN}|17")))
    assert [reject.code for reject in extract.rejects] == ["REFERENCE_UNRESOLVED"]
    link = [{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}]
    merged = [known("p1", "17", link=link), known("p2", "17"), asked(f"Patient?identifier={MRN}|17")]
    for order in permutations(merged):
        extract = read_bundle(bundle(*order))
        assert extract.rejects == []
        assert list(extract.facts.patients) == ["p2"]


def test_only_the_chosen_patients_are_kept(tmp_path: Path) -> None:
    named = [asked(f"Patient?identifier={MRN}|{i}", f"c{i}") for i in "12"]
    records = [known("p1", "1"), known("p2", "2"), *named]
    (tmp_path / "all.ndjson").write_bytes(lines(records))
    extract = read(tmp_path, patients=["p2"])
    assert extract.rejects == []
    assert (list(extract.facts.patients), extract.not_asked_for) == (["p2"], 2)


def test_dates_and_ages_of_records_that_waited_are_told_all_the_same() -> None:
    years = {"value": 40, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
    by_name = condition(onsetDateTime="", onsetAge=years)
    by_number = {**by_name, "subject": {"reference": f"Patient?identifier={MRN}|17"}}
    expected = rows(read_bundle(bundle(known("p1", "17"), by_name)).facts)
    assert rows(read_bundle(bundle(by_number, known("p1", "17"))).facts) == expected


def test_other_things_named_by_an_identifier_stay_unlinked() -> None:
    entry = observation(encounter={"reference": "Encounter?identifier=http://h.example/Encounter/e|1"})
    extract = read_bundle(bundle(patient(), entry))
    assert extract.rejects == []
    assert not any("in Encounter" in row for row in rows(extract.facts))
