"""A study asked about a record: decided, in want of data, or not to be judged; valid in every case."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fixtures.synthetic_fhir.patients import patients
from tests.service.conftest import CALL, DEMO, FHIR, ROOT, Client, code_of, patient
from tests.service.fhir.checking import check, checked, parts

SCREEN = "/fhir/ResearchStudy/DEMO-CALL/$screen"
DAY = {"name": "asOf", "valueDate": "2026-06-01"}


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Nothing here hangs on which database it is."""
    return f"sqlite:///{tmp_path / 'store.db'}"


def asked(record: bytes = DEMO, *more: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the operation."""
    given = more or (DAY,)
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "record", "resource": json.loads(record)}, *given],
    }


def result(guidance: dict[str, Any]) -> dict[str, Any]:
    """The contained Parameters."""
    return next(one for one in guidance["contained"] if one["id"] == "result")


def test_protocols_are_studies(client: Client) -> None:
    client.add(CALL)
    client.add(CALL.replace("DEMO-CALL", "OTHER_STUDY"))
    kept = client.post("/protocols", content=CALL.replace("DEMO-CALL", "NOT-YET"))
    assert kept.status_code == 201
    found = checked(client.get("/fhir/ResearchStudy"))
    studies = {one["resource"]["identifier"][0]["value"]: one["resource"] for one in found["entry"]}
    assert {name: one["status"] for name, one in studies.items()} == {
        "DEMO-CALL": "active",
        "NOT-YET": "in-review",
        "OTHER_STUDY": "active",
    }
    for one in studies.values():
        read = client.get(f"/fhir/ResearchStudy/{one['id']}")
        told = checked(read)
        assert read.headers["etag"] == f'W/"{told["meta"]["versionId"]}"'
        assert {name: told[name] for name in one} == one
    only = checked(client.get("/fhir/ResearchStudy", params={"status": "in-review"}))
    assert [one["resource"]["id"] for one in only["entry"]] == ["NOT-YET"]
    first = checked(client.get("/fhir/ResearchStudy", params={"_count": 2}))
    assert len(first["entry"]) == 2
    following = next(one["url"] for one in first["link"] if one["relation"] == "next")
    rest = checked(client.get(f"/fhir/{following}"))
    assert [one["resource"]["id"] for one in rest["entry"]] == [studies["OTHER_STUDY"]["id"]]
    assert not [one for one in rest["link"] if one["relation"] == "next"]
    assert "entry" not in checked(client.get("/fhir/ResearchStudy", params={"_id": "none"}))
    assert client.get("/fhir/ResearchStudy/none").status_code == 404


def test_an_open_case_says_what_is_missing_and_a_settled_one_does_not(client: Client) -> None:
    client.add(CALL)
    told = checked(client.post(SCREEN, json=asked(), headers=FHIR))
    assert told["status"] == "data-required"
    (missing,) = told["dataRequirement"]
    assert missing["type"] == "QuestionnaireResponse"
    said = {one["url"].rpartition(":")[2]: one["valueString"] for one in missing["extension"]}
    assert said == {
        "asks": "Can you come to the clinic every four weeks?",
        "question": "q-b80933108dcd1190",
    }
    found = result(told)
    assert parts(found, "verdict") == ["needs-clinician-review"]
    criteria = {parts(one, "id")[0]: one for one in parts(found, "criterion")}
    assert {name: parts(one, "outcome")[0] for name, one in criteria.items()} == {
        "I1": "met",
        "I2": "met",
        "I3": "met",
        "E1": "met",
        "Q1": "unknown",
        "C1": "unknown",
    }
    (evidence,) = parts(criteria["I3"], "evidence")
    (source,) = parts(evidence, "source")
    records = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in json.loads(DEMO)["entry"]}
    assert source["reference"] in records
    assert (parts(evidence, "path"), parts(evidence, "value")) == (["Observation.value"], ["8.6 %"])
    screening = parts(found, "screening")[0]
    assert client.answer(screening, q_b80933108dcd1190=True).status_code == 200
    again = checked(client.post(SCREEN, json=asked(), headers=FHIR))
    assert (again["status"], parts(result(again), "verdict")) == ("success", ["pass"])
    assert "dataRequirement" not in again
    kept = checked(client.get(f"/fhir/GuidanceResponse/{again['id']}"))
    assert parts(result(kept), "criterion") == parts(result(again), "criterion")
    assert kept["subject"] == again["subject"]
    assert client.get("/fhir/GuidanceResponse/none").status_code == 404


def test_what_the_record_lacks_is_required_by_type_and_code(client: Client) -> None:
    client.add(CALL)
    told = checked(client.post(SCREEN, json=asked(patient()), headers=FHIR))
    assert told["status"] == "data-required"
    types = {one["type"] for one in told["dataRequirement"]}
    assert {"Observation", "Condition", "MedicationRequest", "QuestionnaireResponse"} <= types
    (a1c,) = (one for one in told["dataRequirement"] if one["type"] == "Observation")
    assert a1c["codeFilter"] == [{"path": "code", "code": [{"system": "http://loinc.org", "code": "4548-4"}]}]
    # E11 means all below it, which a filter by codes could not say.
    assert all("codeFilter" not in one for one in told["dataRequirement"] if one["type"] == "Condition")


def test_a_bundle_may_come_alone(client: Client) -> None:
    client.add(CALL)
    told = checked(client.post(SCREEN, params={"asOf": "2026-06-01"}, content=DEMO, headers=FHIR))
    assert told["status"] == "data-required"
    both = client.post("/fhir/ResearchStudy/$screen", json=asked(), headers=FHIR)
    entries = checked(both)["entry"]
    assert [one["resource"]["status"] for one in entries] == ["data-required"]


def test_a_record_that_cannot_be_judged_is_a_failure_that_says_why(client: Client) -> None:
    client.add(CALL)
    two = json.loads(patient())
    two["entry"].append({"resource": {"resourceType": "Patient", "id": "p2"}})
    for record, code in ((patient(id=None), "PATIENT_WITHOUT_ID"), (two, "ONE_PATIENT_WANTED")):
        content = json.dumps(record).encode() if isinstance(record, dict) else record
        told = checked(client.post(SCREEN, json=asked(content), headers=FHIR))
        assert told["status"] == "failure"
        (outcome,) = told["contained"]
        (issue,) = outcome["issue"]
        assert issue["details"]["coding"][0]["code"] == code
        assert issue["expression"] == ["Bundle"]


def test_an_element_at_fault_is_named_by_fhirpath(client: Client) -> None:
    client.add(CALL)
    record = json.loads(DEMO)
    at = next(n for n, e in enumerate(record["entry"]) if e["resource"]["resourceType"] == "Condition")
    record["entry"][at]["resource"]["onsetDateTime"] = "20-20"
    told = checked(client.post(SCREEN, json=asked(json.dumps(record).encode()), headers=FHIR))
    assert told["evaluationMessage"] == [{"reference": "#record"}]
    (outcome,) = (one for one in told["contained"] if one["id"] == "record")
    (issue,) = outcome["issue"]
    assert issue["severity"] == "warning"
    assert issue["expression"] == [f"Bundle.entry[{at}].resource.onsetDateTime"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "JSON_INVALID"),
        (b'{"resourceType": "Parameters", "parameter": 3}', 422, "PARAMETER_INVALID"),
        (b'{"resourceType": "Parameters"}', 422, "RECORD_MISSING"),
        (asked(patient(), {"name": "zone", "valueString": "UTC"}), 422, "DATE_MISSING"),
        (asked(patient(), DAY, DAY), 422, "PARAMETER_INVALID"),
        (asked(patient(), DAY, {"name": "complete", "valueString": "yes"}), 422, "PARAMETER_INVALID"),
        (asked(patient(), DAY, {"name": "server", "valueUrl": "http://x"}), 422, "PARAMETER_UNKNOWN"),
        (asked(patient(), {"name": "asOf", "valueDate": "June"}), 422, "DATE_INVALID"),
        (asked(patient(), DAY, {"name": "param", "valueString": "x=1"}), 422, "PARAMETER_UNKNOWN"),
    ],
)
def test_a_question_that_is_none_is_refused(client: Client, body: Any, status: int, code: str) -> None:
    client.add(CALL)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(SCREEN, content=content, headers=FHIR)
    if answer.status_code == 200:
        (outcome,) = checked(answer)["contained"]
        assert outcome["issue"][0]["details"]["coding"][0]["code"] == code
        return
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize("count", [25, pytest.param(300, marks=pytest.mark.slow)])
def test_what_is_told_of_many_patients_is_valid(client: Client, count: int) -> None:
    client.add((ROOT / "protocols" / "demo.elig").read_text())
    client.add(CALL)
    statuses = set()
    for number, one in enumerate(patients(count, 11, date(2026, 6, 1))):
        entries = [{"resource": json.loads(resource.line)} for resource in one.resources]
        if number % 3 == 0:
            del entries[len(entries) // 2 :]
        record = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
        answer = client.post("/fhir/ResearchStudy/$screen", json=asked(record), headers=FHIR)
        for entry in checked(answer)["entry"]:
            statuses.add(entry["resource"]["status"])
            if "id" in entry["resource"]:
                checked(client.get(f"/fhir/GuidanceResponse/{entry['resource']['id']}"))
    assert statuses >= {"success", "data-required"}


def test_the_checker_finds_what_is_wrong() -> None:
    for wrong in (
        {"resourceType": "ResearchStudy", "status": "open"},
        {"resourceType": "ResearchStudy", "status": "active", "note": []},
        {"resourceType": "ResearchStudy", "status": "active", "title": ""},
        {"resourceType": "ResearchStudy", "status": "active", "id": "a b"},
        {"resourceType": "ResearchStudy", "status": "active", "enrollment": [{"reference": "#g"}]},
    ):
        with pytest.raises((AssertionError, ValueError)):
            check(wrong)
