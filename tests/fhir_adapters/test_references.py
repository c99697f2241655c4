"""Every form of reference finds its record; who is the same person; which delivery counts."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

import pytest

from eligibility.facts import Kind
from fhir_adapters import Vocabulary, read, read_bundle
from tests.fhir_adapters.records import as_json, bundle, coded, condition, lines, observation, order, patient
from tests.fhir_adapters.showing import rows

BASE = "http://example.org/fhir"


@pytest.mark.parametrize(
    "reference",
    ["Patient/p1", f"{BASE}/Patient/p1", "Patient/p1/_history/3", f"{BASE}/Patient/p1/_history/3",
     "urn:uuid:0c3f", f"{BASE}/people/7"],
)  # fmt: skip
def test_a_subject_is_found_by_every_form(reference: str) -> None:
    entries = [
        {"fullUrl": "urn:uuid:0c3f", "resource": patient("p1")},
        {"fullUrl": f"{BASE}/people/7", "resource": patient("p1")},
        {"resource": condition(subject={"reference": reference, "display": "Ms. A"})},
    ]
    facts = read_bundle(as_json({"resourceType": "Bundle", "type": "transaction", "entry": entries})).facts
    assert list(facts.patients) == ["p1"]
    assert len(facts.blocks[Kind.CONDITION]) == 1


@pytest.mark.parametrize("kind", ["Patient", "Encounter"])
def test_an_address_that_looks_like_a_plain_reference_means_what_its_bundle_says(kind: str) -> None:
    """Many records, so that they are also read together."""
    visits = [
        {"resourceType": "Encounter", "id": f"real-{i}", "subject": {"reference": "Patient/p1"}}
        for i in range(30)
    ]
    entries = [
        {"fullUrl": "Patient/alias" if kind == "Patient" else "", "resource": patient("p1")},
        *({"fullUrl": f"Encounter/alias-{i}", "resource": visit} for i, visit in enumerate(visits)),
        *(
            {
                "resource": observation(
                    f"o{i}",
                    "alias" if kind == "Patient" else "p1",
                    encounter={"reference": f"Encounter/alias-{i}"},
                )
            }
            for i in range(30)
        ),
    ]
    facts = read_bundle(as_json({"resourceType": "Bundle", "entry": entries})).facts
    assert list(facts.patients) == ["p1"]
    block = facts.blocks[Kind.OBSERVATION]
    named = {
        facts.resources.name(row): facts.resources.name(encounter)
        for row, encounter in zip(block.columns["resource"], block.column("encounter"), strict=True)
    }
    assert named == {f"Observation/o{i}": f"Encounter/real-{i}" for i in range(30)}


def test_a_urn_means_what_its_own_bundle_says(tmp_path: Path) -> None:
    for name in ("a", "b"):
        entries = [
            {"fullUrl": "urn:uuid:1", "resource": patient(name)},
            {"resource": condition(f"c-{name}", subject={"reference": "urn:uuid:1"})},
        ]
        content = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        (tmp_path / f"{name}.json").write_bytes(as_json(content))
    found = rows(read(tmp_path).facts)
    assert [row.split(" | ")[:2] for row in found if row.startswith("condition")] == [
        ["condition a", "Condition/c-a"],
        ["condition b", "Condition/c-b"],
    ]


def test_records_without_ids_take_their_address() -> None:
    nameless = {key: value for key, value in condition().items() if key != "id"}
    person = {key: value for key, value in patient().items() if key != "id"}
    entries = [
        {"fullUrl": "urn:uuid:aa", "resource": person},
        {"fullUrl": "urn:uuid:bb", "resource": {**nameless, "subject": {"reference": "urn:uuid:aa"}}},
        {"resource": {**nameless, "subject": {"reference": "urn:uuid:aa"}}},
    ]
    found = rows(read_bundle(as_json({"resourceType": "Bundle", "entry": entries})).facts)
    assert sorted(row.split(" | ")[1] for row in found) == [
        "Condition/bb", "Condition/bundle#2", "Patient/aa",
    ]  # fmt: skip
    assert {row.split(" | ")[0].split()[1] for row in found} == {"aa"}


def test_encounters_are_found_wherever_they_stand() -> None:
    visit = {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "subject": {"reference": "Patient/p1"},
    }
    lab = observation(encounter={"reference": f"{BASE}/Encounter/e1"})
    older = observation("o2", context={"reference": "Encounter/e1"})
    found = rows(read_bundle(bundle(lab, older, visit, patient())).facts)
    assert sum(row.endswith("in Encounter/e1") for row in found) == 2


def test_drugs_by_reference(tmp_path: Path) -> None:
    drug = {"resourceType": "Medication", "id": "d1", "code": coded("860975", "http://rx")}
    forms = {
        "relative": {"reference": "Medication/d1"},
        "absolute": {"reference": f"{BASE}/Medication/d1"},
        "urn": {"reference": "urn:uuid:77"},
        "contained": {"reference": "#inside"},
        "lost": {"reference": "Medication/none"},
        "lost-inside": {"reference": "#none"},
    }
    records = []
    for name, reference in forms.items():
        given = order(name, medicationReference=reference, contained=[{**drug, "id": "inside"}])
        del given["medicationCodeableConcept"]
        records.append(given)
    entries = [{"resource": record} for record in [patient(), *records]]
    entries.append({"fullUrl": "urn:uuid:77", "resource": drug})  # after those who refer to it
    extract = read_bundle(as_json({"resourceType": "Bundle", "entry": entries}))
    drugs = {
        row.split(" | ")[1]: row.split(" | ")[2]
        for row in rows(extract.facts)
        if row.startswith("medication")
    }
    assert drugs == {
        "MedicationRequest/relative": "860975",
        "MedicationRequest/absolute": "860975",
        "MedicationRequest/urn": "860975",
        "MedicationRequest/contained": "860975",
        "MedicationRequest/lost": "unresolved reference",
        "MedicationRequest/lost-inside": "unresolved reference",
    }
    assert extract.unresolved_medications == 2
    (tmp_path / "1.ndjson").write_bytes(lines(records[:2]))
    (tmp_path / "2.ndjson").write_bytes(lines([drug]))
    assert read(tmp_path).unresolved_medications == 0


def test_the_latest_delivery_of_a_record_counts(tmp_path: Path) -> None:
    def version(day: str, number: str, code: str) -> dict[str, object]:
        meta = {"lastUpdated": day, "versionId": number}
        return condition("c1", meta=meta, code=coded(code, "http://snomed.info/sct"))

    records = [
        version("2026-01-02T00:00:00Z", "2", "2"),
        version("2026-01-02T18:00:00+09:00", "9", "1"),
        version("2026-01-02T10:00:00Z", "10", "newest"),
        version("2026-01-02T10:00:00Z", "9", "4"),
    ]
    (tmp_path / "a.ndjson").write_bytes(lines(records))
    extract = read(tmp_path)
    [row] = rows(extract.facts)
    assert "| newest |" in row
    assert extract.facts.manifest.duplicates == 3
    assert extract.lines.accepted == 4


@pytest.mark.parametrize(
    ("kind", "stays"), [("replaced-by", "new"), ("replaces", "old"), ("refer", "new"), ("seealso", "both")]
)
def test_merged_records_are_one_patient(kind: str, stays: str) -> None:
    old = patient("old", link=[{"other": {"reference": "Patient/new"}, "type": kind}])
    facts = read_bundle(bundle(old, condition(of="old"), patient("new"), observation(of="new"))).facts
    assert list(facts.patients) == (["old", "new"] if stays == "both" else [stays])
    owners = {facts.patients[int(b.columns["patient"][0])] for b in facts.blocks.values() if len(b)}
    assert owners == ({"old", "new"} if stays == "both" else {stays})


def test_a_merged_patient_has_one_demographic_row_and_its_death_is_not_lost() -> None:
    link = [{"other": {"reference": "Patient/new"}, "type": "replaced-by"}]
    old = patient("old", link=link, birthDate="1950", deceasedDateTime="2020-01-01")
    for records in ((old, patient("new")), (patient("new"), old)):
        facts = read_bundle(bundle(*records, condition(of="old"))).facts
        [row] = [row for row in rows(facts) if row.startswith("demographic")]
        assert (
            row
            == "demographic new | Patient/new | born 1960-05-17 | died 2020-01-01 | deceased 1 | sex female"
        )


def test_files_are_named_by_the_hash_of_their_bytes(tmp_path: Path) -> None:
    small, large = lines([patient()]), lines([condition(f"c{i}") for i in range(20_000)])
    assert len(large) > 5_000_000
    (tmp_path / "a.ndjson").write_bytes(small)
    (tmp_path / "b.ndjson").write_bytes(large)
    (tmp_path / "c.gz").write_bytes(gzip.compress(small))
    for file in read(tmp_path).files:
        data = (tmp_path / file.path).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_file_named_after_another_type_is_read_and_noted(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(lines([observation()]))
    (tmp_path / "Condition.ndjson").write_bytes(lines([observation("o2")]))
    (tmp_path / "immunization.ndjson").write_bytes(b"\n")
    extract = read(tmp_path)
    assert (extract.lines.accepted, extract.lines.blank) == (2, 1)
    assert extract.notes == {"WRONG_FILE_TYPE": 1, "PATIENT_MISSING": 1}
    assert extract.facts.manifest.delivered == {"observation", "immunization"}


def test_chosen_patients_and_those_without_a_patient_record(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(lines([patient("p1"), condition("a", "p1"), condition("b", "p2"), condition("c", "p3")]))
    chosen = read(path, patients=["p1", "p3"])
    assert (list(chosen.facts.patients), chosen.lines.accepted, chosen.not_asked_for) == (["p1", "p3"], 3, 1)
    assert chosen.lines.total == 4
    assert chosen.patients_without_record == 1


def test_what_was_delivered(tmp_path: Path) -> None:
    (tmp_path / "AllergyIntolerance.000.ndjson").write_bytes(b"")
    (tmp_path / "rest.ndjson").write_bytes(lines([patient(), condition()]))
    assert read(tmp_path).facts.manifest.delivered == {"allergy", "demographic", "condition"}
    assert read(tmp_path, delivered=None).facts.manifest.delivered is None
    assert read(tmp_path, delivered=["order"]).facts.manifest.delivered == {"order"}
    assert read(tmp_path).facts.manifest.systems == {"condition": frozenset({"http://snomed.info/sct"})}


@pytest.mark.parametrize("data", [bundle(patient(), condition()), lines([patient(), condition()])])
def test_standard_input_and_compressed_files(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        buffer = io.BytesIO(data)

    monkeypatch.setattr("sys.stdin", Input)
    expected = rows(read("-").facts)
    assert len(expected) == 2
    (tmp_path / "x.gz").write_bytes(gzip.compress(data[:40]) + gzip.compress(data[40:]))
    assert rows(read(tmp_path / "x.gz").facts) == expected


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_any_layout_of_a_document_and_any_kind_of_bundle(indent: int | None, tmp_path: Path) -> None:
    import json

    records = [patient(), condition(), observation()]
    inner = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in records]}
    shapes = {
        "plain": inner,
        "answers": {"resourceType": "Bundle", "type": "batch-response", "entry": [
            {"response": {"status": "200"}, "resource": inner}, {"response": {"status": "204"}},
        ]},
        "list": records,
    }  # fmt: skip
    found = []
    for name, content in shapes.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content, indent=indent))
        extract = read(path)
        found.append(rows(extract.facts))
        assert extract.lines.accepted == 3
        assert extract.lines.blank == (name == "answers")
    assert found[0] == found[1] == found[2]
    single = tmp_path / "single.json"
    single.write_text(json.dumps(patient(), indent=indent))
    assert read(single).lines.accepted == 1


def test_a_kept_vocabulary_changes_nothing() -> None:
    vocabulary = Vocabulary()
    first = bundle(patient("x"), observation("o9", "x", code=coded("1", "http://loinc.org")))
    second = bundle(patient(), condition(), observation())
    read_bundle(first, vocabulary=vocabulary)
    assert rows(read_bundle(second, vocabulary=vocabulary).facts) == rows(read_bundle(second).facts)
