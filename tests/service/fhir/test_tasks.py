"""Reviews over FHIR: held by one, changed by whoever has seen what is, signed whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from api.service.fhir.settled import settled
from api.store import Actor
from api.store.audit import verify
from api.store.plans import Plan, change_plan
from api.store.queues import Filter, queue
from api.store.results import findings_of, verdict_history
from api.store.signing import save_draft, sign
from api.store.tables import StoredFinding, Task
from api.store.tasks import claim
from api.store.tasks import criteria_of as asked
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of, patient
from tests.service.fhir.checking import checked
from tests.service.fhir.reviews import criteria_of, review_of, signed


@pytest.fixture
def task(client: Client) -> str:
    client.add(CALL)
    return review_of(client, client.screen(patient()))


def act(client: Client, task: str, what: str, etag: str | None, **given: Any) -> Any:
    headers = {**FHIR, **({} if etag is None else {"If-Match": etag})}
    return client.post(f"/fhir/Task/{task}/${what}", headers=headers, **given)


def test_a_review_is_claimed_and_signed(client: Client, task: str) -> None:
    read = client.get(f"/fhir/Task/{task}")
    told = checked(read)
    assert (told["status"], told["intent"], read.headers["etag"]) == ("ready", "order", 'W/"1"')
    assert set(criteria_of(told)) == {"I2", "I3", "E1", "Q1"} & set(criteria_of(told))
    case = checked(client.get(f"/fhir/{told['focus']['reference']}"))
    assert (case["status"], case["subject"]) == ("data-required", told["for"])
    claimed = act(client, task, "claim", read.headers["etag"])
    assert checked(claimed)["status"] == "in-progress"
    assert checked(claimed)["owner"]["identifier"]["value"] == "developer"
    done = act(client, task, "complete", claimed.headers["etag"], json=signed(told))
    resource = checked(done)
    assert resource["status"] == "completed"
    output = {one["type"]["coding"][0]["code"]: one for one in resource["output"]}
    assert output["verdict"]["valueCode"] == "pass"
    decision = output[criteria_of(told)[0]]["valueCodeableConcept"]
    assert [one["code"] for one in decision["coding"]] == ["met", "chart"]
    assert decision["text"] == "seen in the letter of May"
    assert checked(client.get(f"/fhir/Task/{task}"))["output"] == resource["output"]
    late = act(client, task, "claim", done.headers["etag"])
    assert (late.status_code, code_of(late)) == (409, "TASK_CLOSED")
    with client.store.read() as session:
        assert verify(session).holds


@pytest.mark.parametrize(
    ("outcome", "verdict"), [("not-met", "fail"), ("cannot-tell", "needs-clinician-review")]
)
def test_decisions_settle_the_verdict(client: Client, task: str, outcome: str, verdict: str) -> None:
    claimed = act(client, task, "claim", 'W/"1"')
    done = act(client, task, "complete", claimed.headers["etag"], json=signed(claimed.json(), outcome))
    output = {one["type"]["coding"][0]["code"]: one for one in checked(done)["output"]}
    assert output["verdict"]["valueCode"] == verdict


def test_nothing_is_changed_unseen(client: Client, task: str) -> None:
    for what in ("claim", "release", "complete"):
        body = {"json": signed(client.get(f"/fhir/Task/{task}").json())} if what == "complete" else {}
        for etag, status, code in (
            (None, 428, "PRECONDITION_REQUIRED"),
            ('W/"7"', 412, "PRECONDITION_FAILED"),
            ("*", 412, "PRECONDITION_FAILED"),
            ('W/"1", W/"2"', 412, "PRECONDITION_FAILED"),
        ):
            answer = act(client, task, what, etag, **body)
            assert (answer.status_code, code_of(answer)) == (status, code), (what, etag)
        absent = act(client, "0" * 32, what, 'W/"1"', **body)
        assert absent.status_code == 404
    assert client.get(f"/fhir/Task/{task}").headers["etag"] == 'W/"1"'


def test_of_many_who_claim_one_wins(client: Client, task: str) -> None:
    with ThreadPoolExecutor(8) as many:
        answers = [many.submit(act, client, task, "claim", 'W/"1"') for _ in range(8)]
        statuses = sorted(one.result().status_code for one in answers)
    assert statuses == [200] + [412] * 7


def test_who_does_not_hold_a_review_cannot_sign_it(client: Client, task: str) -> None:
    told = client.get(f"/fhir/Task/{task}").json()
    free = act(client, task, "complete", 'W/"1"', json=signed(told))
    assert (free.status_code, code_of(free)) == (409, "LEASE_LOST")
    claimed = act(client, task, "claim", 'W/"1"')
    now = client.store.clock
    client.store.clock = lambda: now() + timedelta(minutes=16)
    late = act(client, task, "complete", claimed.headers["etag"], json=signed(told))
    assert (late.status_code, code_of(late)) == (409, "LEASE_LOST")
    assert checked(client.get(f"/fhir/Task/{task}"))["status"] == "ready"


def test_a_review_is_given_back(client: Client, task: str) -> None:
    claimed = act(client, task, "claim", 'W/"1"')
    back = act(client, task, "release", claimed.headers["etag"])
    assert checked(back)["status"] == "ready"
    assert "owner" not in back.json()
    assert checked(act(client, task, "claim", back.headers["etag"]))["status"] == "in-progress"


def test_a_signature_is_whole_or_not_at_all(client: Client, task: str) -> None:
    claimed = act(client, task, "claim", 'W/"1"')
    told = claimed.json()
    some = criteria_of(told)
    assert len(some) > 1
    for body, status, code in (
        (signed(told, criteria=some[:1]), 422, "DECISION_MISSING"),
        (signed(told, criteria=[*some, some[0]]), 422, "DECISION_TWICE"),
        (signed(told, criteria=[*some, "X9"]), 422, "CRITERION_UNKNOWN"),
        (signed(told, outcome="maybe"), 422, "OUTCOME_UNKNOWN"),
        (signed(told, seen="0" * 64), 409, "SEEN_CHANGED"),
        (signed(told, name=" "), 422, "PARAMETER_MISSING"),
        ({"resourceType": "Bundle"}, 422, "PARAMETER_INVALID"),
    ):
        answer = act(client, task, "complete", claimed.headers["etag"], json=body)
        assert (answer.status_code, code_of(answer)) == (status, code)
    after = client.get(f"/fhir/Task/{task}")
    assert after.headers["etag"] == claimed.headers["etag"]


def test_what_a_newer_verdict_overtook_settles_nothing(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    task = review_of(client, told)
    claimed = act(client, task, "claim", 'W/"1"')
    act(client, task, "complete", claimed.headers["etag"], json=signed(claimed.json()))
    assert client.answer(told["screening"], q_b80933108dcd1190=False).status_code == 200
    after = checked(client.get(f"/fhir/Task/{task}"))
    assert after["status"] == "cancelled"
    assert "verdict" not in {one["type"]["coding"][0]["code"] for one in after["output"]}


def test_the_queue_is_searched(client: Client) -> None:
    client.add(CALL)
    many = [review_of(client, client.screen(patient(birthDate=f"1980-01-0{day}"))) for day in range(1, 6)]
    few = review_of(client, client.screen(DEMO))

    def found(**query: Any) -> list[str]:
        params = {name.replace("__", ":"): value for name, value in query.items()}
        told = checked(client.get("/fhir/Task", params=params))
        return [one["resource"]["id"] for one in told.get("entry", ())]

    assert found() == [few, *many]
    claimed = act(client, many[2], "claim", 'W/"1"')
    assert found(status="in-progress") == [many[2]]
    assert many[2] not in found(status="ready")
    assert len(found(status="ready")) == 5
    assert found(status="completed") == found(code="question") == []
    assert found(code="urn:eligibility:task-kind|review") == [few, *many]
    assert found(**{"based-on": "ResearchStudy/DEMO-CALL"}) == [few, *many]
    assert found(patient__identifier=claimed.json()["for"]["identifier"]["value"]) == [many[2]]
    first = checked(client.get("/fhir/Task", params={"_count": 4}))
    following = next(one["url"] for one in first["link"] if one["relation"] == "next")
    rest = checked(client.get(f"/fhir/{following}"))
    both = [one["resource"]["id"] for part in (first, rest) for one in part["entry"]]
    assert both == [few, *many]
    wrong = client.get("/fhir/Task", params={"status": "lost"})
    assert (wrong.status_code, code_of(wrong)) == (422, "SEARCH_INVALID")
    assert client.get("/fhir/Task", params={"based-on": "ResearchStudy/none"}).status_code == 404


def test_without_decisions_the_verdict_is_the_engines(client: Client) -> None:
    cohorts = CALL.replace("DEMO-CALL", "COHORTS") + (
        '\ncohort A "Adults"\n  age at index is >= 18 years\n\n'
        'cohort B "Children"\n  age at index is < 18 years\n'
    )
    client.add(CALL)
    client.add(cohorts)
    for record in (DEMO, patient(), patient(birthDate="2020-01-01"), patient(deceasedBoolean=True)):
        told = client.screen(record)
        with client.store.read() as session:
            for verdict in verdict_history(session, told["patient"]):
                findings = findings_of(session, verdict.key)
                assert settled(findings, {}, verdict.details["deceased"]) == verdict.verdict


def test_the_rules_of_settling() -> None:
    def finding(name: str, outcome: str, polarity: str = "include", cohorts: Any = ()) -> StoredFinding:
        return StoredFinding(
            criterion=name,
            outcome=outcome,
            polarity=polarity,
            stage="pre-screen",
            details={"cohorts": list(cohorts)},
        )

    case = [finding("I1", "met"), finding("I2", "unknown")]
    assert settled(case, {"I2": "met"}, "false") == "pass"
    assert settled(case, {"I2": "met"}, "unknown") == "needs-clinician-review"
    assert settled(case, {"I2": "met"}, "true") == "fail"
    assert settled(case, {"I1": "not met"}, "false") == "fail"
    assert settled(case, {"I2": "cannot tell"}, "false") == "needs-clinician-review"
    two = [
        finding("A", "not met", "cohort"),
        finding("B", "met", "cohort"),
        finding("I1", "unknown", cohorts="B"),
    ]
    assert settled(two, {}, "false") == "needs-clinician-review"
    assert settled(two, {"I1": "met"}, "false") == "pass"
    assert settled(two, {"I1": "not met"}, "false") == "fail"
    later = [finding("I1", "met"), finding("C1", "not met")]
    later[1].stage = "consent"
    assert settled(later, {}, "false") == "pass"


def test_of_two_reviews_the_first_is_hidden_until_both_are_signed(client: Client) -> None:
    client.add(CALL)
    with client.store.write(Actor("dora", "data-manager")) as unit:
        change_plan(unit, "DEMO-CALL", Plan(reviewers=2))
    told = client.screen(patient())
    with client.store.read() as session:
        one, two = sorted(queue(session, Filter(patient_key=told["patient"])), key=lambda task: task.slot)

    def sign_as(name: str, task: Task, outcome: str) -> None:
        with client.store.write(Actor(name, "reviewer", task.site_id)) as unit:
            claim(unit, task.key)
            for criterion in asked(unit.session, task.key):
                save_draft(unit, task.key, criterion, outcome)
            sign(unit, task.key, task.seen_sha256, name, "reviewed")

    sign_as("anna", one, "met")
    assert "output" not in checked(client.get(f"/fhir/Task/{one.key}"))
    sign_as("ben", two, "not met")
    outputs = [checked(client.get(f"/fhir/Task/{task.key}"))["output"] for task in (one, two)]
    # Both are told now, and neither settles the case on which they differ.
    assert all("verdict" not in {named(part) for part in output} for output in outputs)
    with client.store.read() as session:
        (third,) = queue(session, Filter(patient_key=told["patient"]))
    sign_as("cara", third, "met")
    for task in (one, two, third):
        output = {named(part): part for part in checked(client.get(f"/fhir/Task/{task.key}"))["output"]}
        assert output["verdict"]["valueCode"] == "pass"


def named(part: dict[str, Any]) -> str:
    return str(part["type"]["coding"][0]["code"])
