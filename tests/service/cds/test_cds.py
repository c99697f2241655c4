"""One card about a patient, whose missing data are unknown; what becomes of it is kept."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from api.service.cds.cards import plain
from api.store.results import findings_of
from api.store.tables import AuditEntry, StoredVerdict
from fixtures.synthetic_fhir.patients import patients
from tests.service.cds.calls import VIEW, accepted, called
from tests.service.conftest import CALL, DEMO, ROOT, Client, code_of

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Nothing here hangs on which database it is."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def ready(client: Client) -> Client:
    client.add(CALL)
    client.store.clock = lambda: NOW
    return client


def card_of(client: Client, call: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(VIEW, json=call)
    assert answer.status_code == 200, answer.text
    (card,) = answer.json()["cards"]
    UUID(card["uuid"])
    assert 0 < len(card["summary"]) < 140
    assert card["indicator"] in ("info", "warning", "critical")
    assert card["source"]["label"]
    assert set(card) <= {
        "uuid",
        "summary",
        "detail",
        "indicator",
        "source",
        "suggestions",
        "selectionBehavior",
        "overrideReasons",
        "links",
    }
    for link in card.get("links", ()):
        assert set(link) == {"label", "url", "type"}
        assert link["type"] == "absolute"
    return dict(card)


def outcomes(client: Client) -> dict[str, tuple[str, str]]:
    """Outcome and reason by criterion of the newest verdict there is."""
    with client.store.read() as session:
        newest = select(StoredVerdict).order_by(StoredVerdict.judged_at.desc(), StoredVerdict.key.desc())
        key = session.scalars(newest.limit(1)).one().key
        return {one.criterion: (one.outcome, one.reason) for one in findings_of(session, key)}


def test_discovery_asks_for_what_the_protocols_read(ready: Client) -> None:
    (service,) = ready.get("/cds-services").json()["services"]
    assert (service["hook"], f"/cds-services/{service['id']}") == ("patient-view", VIEW)
    assert service["prefetch"]["patient"] == "Patient/{{context.patientId}}"
    assert service["prefetch"]["observation"] == "Observation?patient={{context.patientId}}"
    assert {"condition", "medicationRequest"} <= set(service["prefetch"])
    assert "immunization" not in service["prefetch"]
    assert "E11" not in json.dumps(service)


def test_one_card_says_what_is_open_and_names_nobody(ready: Client) -> None:
    card = card_of(ready, called())
    assert card["summary"] == "Studies for this patient: 1 may fit"
    assert "Can you come to the clinic every four weeks?" in card["detail"]
    person = next(
        e["resource"] for e in json.loads(DEMO)["entry"] if e["resource"]["resourceType"] == "Patient"
    )
    said = json.dumps(card)
    for name in (person["id"], person["birthDate"], *(n["family"] for n in person.get("name", ()))):
        assert name not in said


def test_the_card_is_the_screenings(ready: Client) -> None:
    told = ready.screen()
    card_of(ready, called())
    engine = {one["id"]: (one["outcome"], one["reason"]) for one in told["results"][0]["criteria"]}
    assert outcomes(ready) == engine


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (None, "Observation"),
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}, ""),
        (
            {
                "resourceType": "Bundle",
                "type": "searchset",
                "link": [{"relation": "next", "url": "https://ehr.example/more"}],
            },
            "",
        ),
    ],
)
def test_what_did_not_come_whole_is_unknown(ready: Client, sent: Any, word: str) -> None:
    call = called()
    whole = call["prefetch"]["observation"]["entry"]
    call["prefetch"]["observation"] = sent
    if sent and sent["resourceType"] == "Bundle":
        sent["entry"] = whole
    card = card_of(ready, call)
    assert outcomes(ready)["I3"] == ("unknown", "SOURCE_NOT_DELIVERED")
    assert "unknown and not taken for absent" in card["detail"]
    assert "Observation" in card["detail"]


def test_what_came_empty_is_absent(ready: Client) -> None:
    call = called()
    call["prefetch"]["observation"]["entry"] = []
    card_of(ready, call)
    assert outcomes(ready)["I3"] == ("unknown", "DATA_NOT_FOUND")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"hook": "order-sign"}, 422, "CALL_INVALID"),
        ({"context": {}}, 422, "CALL_INVALID"),
        ({"prefetch": None}, 422, "CALL_INVALID"),
        ({"prefetch": {}}, 412, "PREFETCH_MISSING"),
        ({"prefetch": {"patient": None}}, 412, "PREFETCH_MISSING"),
        ({"prefetch": {"patient": {"resourceType": "Patient", "id": "x"}}}, 422, "PATIENT_DIFFERS"),
        ({"prefetch": {"patient": {"resourceType": "Group", "id": "x"}}}, 422, "PATIENT_DIFFERS"),
        ({"prefetch": {"patient": 3}}, 422, "ANSWER_UNREADABLE"),
    ],
)
def test_a_call_that_is_none_is_refused(
    ready: Client, changed: dict[str, Any], status: int, code: str
) -> None:
    answer = ready.post(VIEW, json=called(**changed))
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_without_a_study_there_is_still_one_card(client: Client) -> None:
    assert card_of(client, called())["summary"] == "No study is in force"


def test_links_lead_to_the_findings(make: Any) -> None:
    client = make(public_address="https://trials.example/")
    client.add(CALL)
    client.store.clock = lambda: NOW
    (link,) = card_of(client, called())["links"]
    assert client.get(link["url"].removeprefix("https://trials.example")).status_code == 200


def test_feedback_is_kept_and_words_are_not(ready: Client) -> None:
    card = card_of(ready, called())["uuid"]
    overridden = {
        "reason": {"code": "later", "system": "urn:eligibility:override"},
        "userComment": "Jane Doe is away",
    }
    assert ready.post(f"{VIEW}/feedback", json=accepted(card)).status_code == 200
    second = accepted(card, outcome="overridden", overrideReason=overridden)
    assert ready.post(f"{VIEW}/feedback", json=second).status_code == 200
    with ready.store.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "cds.feedback")).all()
    assert [row.details.get("reason") for row in rows] == [None, "later"]
    assert [row.details["outcome"] for row in rows] == ["accepted", "overridden"]
    assert all("Jane" not in json.dumps(row.details) for row in rows)
    strange = accepted("00000000-0000-7000-8000-000000000000")
    assert ready.post(f"{VIEW}/feedback", json=strange).status_code == 404
    for wrong in ({}, {"feedback": []}, accepted(card, outcome="ignored"), accepted("no uuid")):
        assert ready.post(f"{VIEW}/feedback", json=wrong).status_code == 400


def test_a_label_cannot_write_markup() -> None:
    assert plain("<b>[x](http://e.example)</b> *y*") == (
        "&lt;b&gt;\\[x\\](http://e.example)&lt;/b&gt; \\*y\\*"
    )


def test_many_patients_get_one_card_each(ready: Client) -> None:
    ready.add((ROOT / "protocols" / "demo.elig").read_text())
    summaries = set()
    for one in patients(20, 5, date(2026, 6, 1)):
        entries = [{"resource": json.loads(resource.line)} for resource in one.resources]
        record = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
        summaries.add(card_of(ready, called(record))["summary"])
    assert len(summaries) > 1
