"""Candidates over FHIR: each step with who and when, none taken on top of one that was not seen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.service.fhir.subjects import _OUT, _OUT_OTHERWISE, _STATUS
from api.store.candidates import OUT, OUT_REASONS, STEPS
from tests.service.conftest import CALL, FHIR, Client, code_of
from tests.service.fhir.checking import checked


def sent(patient: str, status: str = "potential-candidate", **more: Any) -> dict[str, Any]:
    told = {name.replace("_", "-"): value for name, value in more.items() if name not in ("id", "study")}
    extension = [
        {
            "url": f"urn:eligibility:{name}",
            ("valueDateTime" if name == "happened-at" else "valueCode"): value,
        }
        for name, value in told.items()
    ]
    return {
        "resourceType": "ResearchSubject",
        **({"id": more["id"]} if "id" in more else {}),
        **({"extension": extension} if extension else {}),
        "status": status,
        "study": {"reference": more.get("study", "ResearchStudy/DEMO-CALL")},
        "individual": {"identifier": {"system": "urn:eligibility:patient", "value": patient}},
    }


@pytest.fixture
def who(client: Client) -> str:
    client.add(CALL)
    return str(client.screen()["patient"])


def put(client: Client, resource: dict[str, Any], etag: str | None) -> Any:
    headers = {**FHIR, **({} if etag is None else {"If-Match": etag})}
    return client.send("PUT", f"/fhir/ResearchSubject/{resource['id']}", json=resource, headers=headers)


def step_of(resource: dict[str, Any]) -> str:
    return next(str(one["valueCode"]) for one in resource["extension"] if one["url"].endswith(":step"))


def test_every_step_has_a_status_and_comes_back_as_it_was(client: Client, who: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    told, etag = checked(made, 201), made.headers["etag"]
    assert made.headers["location"] == f"/fhir/ResearchSubject/{told['id']}"
    for step in [one for one in STEPS[1:] if one != "in review"]:
        code = step.replace(" ", "-")
        moved = put(client, sent(who, _STATUS[step], step=code, id=told["id"]), etag)
        resource, etag = checked(moved), moved.headers["etag"]
        assert (resource["status"], step_of(resource)) == (_STATUS[step], code)
        read = client.get(f"/fhir/ResearchSubject/{told['id']}")
        assert (checked(read), read.headers["etag"]) == (resource, etag)
    assert etag == f'W/"{len(STEPS) - 1}"'


def test_a_case_in_review_moves_on_when_it_is_signed_and_not_before(client: Client, who: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    name = made.json()["id"]
    waits = put(client, sent(who, step="in-review", id=name), made.headers["etag"])
    assert step_of(checked(waits)) == "in-review"
    for status, step in (("candidate", "cleared"), ("screening", "consented")):
        refused = put(client, sent(who, status, step=step, id=name), waits.headers["etag"])
        assert (refused.status_code, code_of(refused)) == (422, "REVIEW_OPEN")
    assert step_of(checked(put(client, sent(who, id=name), waits.headers["etag"]))) == "pre-screened"


@pytest.mark.parametrize("reason", OUT_REASONS)
def test_every_reason_to_be_out_has_a_status(client: Client, who: str, reason: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    resource = sent(
        who,
        _OUT.get(reason, _OUT_OTHERWISE),
        step=OUT,
        out_reason=reason.replace(" ", "-"),
        happened_at="2026-05-01T10:00:00+02:00",
        id=made.json()["id"],
    )
    told = checked(put(client, resource, made.headers["etag"]))
    assert told["period"]["end"] == "2026-05-01T08:00:00.000Z" or told["period"]["end"] >= "2026"
    said = {one["url"].rpartition(":")[2]: one for one in told["extension"]}
    assert said["out-reason"]["valueCode"] == reason.replace(" ", "-")
    assert said["happened-at"]["valueDateTime"] == "2026-05-01T08:00:00.000Z"


def test_a_status_alone_is_taken_where_it_is_clear(client: Client, who: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    etag, name = made.headers["etag"], made.json()["id"]
    for status, step in (
        ("candidate", "passed"),
        ("screening", "consented"),
        ("eligible", "screened"),
        ("ineligible", "out"),
    ):
        moved = put(client, sent(who, status, id=name), etag)
        assert step_of(checked(moved)) == step
        etag = moved.headers["etag"]
    again = put(client, sent(who, id=name), etag)
    assert step_of(checked(again)) == "pre-screened"


def test_what_was_not_seen_is_not_changed(client: Client, who: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    twice = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    assert (twice.status_code, code_of(twice)) == (409, "STEP_TAKEN")
    resource = sent(who, "candidate", id=made.json()["id"])
    assert put(client, resource, None).status_code == 428
    assert put(client, resource, 'W/"9"').status_code == 412
    with ThreadPoolExecutor(6) as many:
        answers = [many.submit(put, client, resource, made.headers["etag"]) for _ in range(6)]
        assert sorted(one.result().status_code for one in answers) == [200] + [412] * 5


def test_what_makes_no_sense_is_refused(client: Client, who: str) -> None:
    made = client.post("/fhir/ResearchSubject", json=sent(who), headers=FHIR)
    name, etag = made.json()["id"], made.headers["etag"]
    for resource, status, code in (
        (sent(who, "follow-up", id=name), 422, "STATUS_UNCLEAR"),
        (sent(who, "candidate", step="consented", id=name), 422, "STATUS_UNCLEAR"),
        (sent(who, "candidate", step="hired", id=name), 422, "STEP_UNKNOWN"),
        (sent(who, "not-registered", step="out", id=name), 422, "REASON_NEEDED"),
        (sent(who, "ineligible", out_reason="bored", id=name), 422, "REASON_UNKNOWN"),
        (sent(who, "candidate", happened_at="2999-01-01T00:00:00Z", id=name), 422, "STEP_IN_FUTURE"),
        (sent(who, "candidate", happened_at="2026-01-01", id=name), 422, "DATE_INVALID"),
        (sent("0" * 32, "candidate", id=name), 422, "RESOURCE_INVALID"),
        (sent(who, "potential-candidate", step="pre-screened", id=name), 200, ""),
    ):
        answer = put(client, resource, etag)
        assert answer.status_code == status, answer.text
        if code:
            assert code_of(answer) == code
    for resource, status in (
        (sent("0" * 32), 404),
        (sent(who, study="ResearchStudy/none"), 404),
        (sent(who, study="Group/x"), 422),
        ({"resourceType": "Patient"}, 422),
        ({"resourceType": "ResearchSubject", "study": 3}, 422),
    ):
        assert client.post("/fhir/ResearchSubject", json=resource, headers=FHIR).status_code == status
    for absent in ("none", "0" * 32, name.replace(who, "0" * 32)):
        assert client.get(f"/fhir/ResearchSubject/{absent}").status_code == 404
        assert put(client, {**sent(who), "id": absent}, etag).status_code == 404


def test_candidates_are_searched(client: Client, who: str) -> None:
    client.add(CALL.replace("DEMO-CALL", "OTHER"))
    for study in ("DEMO-CALL", "OTHER"):
        resource = sent(who, study=f"ResearchStudy/{study}")
        checked(client.post("/fhir/ResearchSubject", json=resource, headers=FHIR), 201)

    def found(**query: str) -> int:
        params = {name.replace("__", ":"): value for name, value in query.items()}
        return len(checked(client.get("/fhir/ResearchSubject", params=params)).get("entry", ()))

    assert found() == 2
    assert found(study="ResearchStudy/OTHER") == 1
    assert found(status="potential-candidate") == 2
    assert found(status="eligible") == 0
    for kind in ("ResearchSubject", "ResearchStudy"):
        refused = client.get(f"/fhir/{kind}?status=elegible")
        assert (refused.status_code, code_of(refused)) == (422, "SEARCH_INVALID")
    assert found(individual__identifier=f"urn:eligibility:patient|{who}") == 2
    assert found(individual__identifier="0" * 32) == 0
