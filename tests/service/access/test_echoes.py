"""A refusal is told without the words of its request: who reads it may be who must not know of whom it is."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.service.log import logger
from api.service.runs.worker import Worker
from tests.service.access.canaries import Canaries, Request, bundle, damaged, misplaced
from tests.service.cds.calls import VIEW, called
from tests.service.conftest import CALL, FHIR, Client, services

DAY = "2026-06-01"
AGED = """protocol AGED version 1 "Age"

parameter max-age is a number in years default 75
parameter first-day is a date

include A "Age"
  age at index is 18 to max-age

include V "Visit"
  age on first-day is >= 18 years
"""


LATER = {"Prefer": "respond-async"}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Client]:
    with services(f"sqlite:///{tmp_path / 'store.db'}") as new:
        client = new()
        client.add(CALL)
        client.add(AGED)
        yield client


def asked_wrongly(canaries: Canaries) -> Iterator[Request]:
    """Questions, answers and bodies with a word of a patient where something else belongs."""
    record = json.dumps(bundle(canaries)).encode()
    sent: dict[str, Any] = {"content": record, "headers": FHIR}

    def word() -> str:
        return canaries.new("wrong")

    for query in (
        {"as_of": word()},
        {"as_of": DAY, "zone": word()},
        {"as_of": DAY, "param": word()},
        {"as_of": DAY, "param": f"{word()}=75"},
        {"as_of": DAY, "param": f"max-age={word()}"},
        {"as_of": DAY, "param": [f"first-day={DAY}..2026-1-{word()}", "max-age=70"]},
        {"as_of": DAY, "param": [f"{word()}={DAY}"] * 2},
        {"as_of": DAY, "protocol": word()},
        {"as_of": DAY, "site": word()},
        {"as_of": DAY, "complete": word()},
    ):
        yield "POST", "/screenings", {"params": query, **sent}
        yield "POST", "/uploads", {"params": query, "content": record, "headers": {**FHIR, **LATER}}
        yield "POST", "/fhir/ResearchStudy/$screen", {"params": {**query, "asOf": query["as_of"]}, **sent}
        body = {"extract": word(), **{name: one for name, one in query.items() if name in ("as_of", "zone")}}
        yield "POST", "/runs", {"json": body, "headers": LATER}
    for name, value in (
        ("param", word()),
        ("param", f"max-age={word()}"),
        ("asOf", word()),
        (word(), word()),
    ):
        parameters = [{"name": "record", "resource": bundle(canaries)}, {"name": name, "valueString": value}]
        asked = {"resourceType": "Parameters", "parameter": parameters}
        yield "POST", f"/fhir/ResearchStudy/$screen?asOf={DAY}", {"json": asked, "headers": FHIR}
    yield "POST", "/runs", {"json": {word(): word(), "as_of": {word(): word()}}, "headers": LATER}
    yield "POST", f"/screenings/{'0' * 32}/answers", {"json": {"answered_by": word(), word(): [word()]}}
    yield "POST", f"/patients/{'0' * 32}/identifiers", {"json": {"purpose": word(), word(): word()}}
    yield "POST", "/audit/verify", {"json": {"chain": word(), "number": word(), "sha256": word()}}
    for path in ("/fhir/Task", "/fhir/ResearchSubject", "/fhir/MeasureReport", "/fhir/AuditEvent"):
        for name in ("status", "code", "study", "date", "subtype", "patient:identifier", "_count", "page"):
            yield "GET", path, {"params": {name: word()}}
    for kind in ("ResearchSubject", "Parameters", word()):
        told = {"resourceType": kind, "id": word(), "status": word(), "individual": {"display": word()}}
        yield "POST", "/fhir/ResearchSubject", {"json": told, "headers": FHIR}


def test_refusals_repeat_nothing(serving: Client) -> None:
    canaries = Canaries()
    refused = 0
    for method, path, given in (*asked_wrongly(canaries), *misplaced(canaries)):
        with contextlib.suppress(httpx.InvalidURL, httpx.LocalProtocolError):
            answer = serving.send(method, path, **given)
            if answer.status_code >= 400:
                refused += 1
                _says_nothing(answer.text + str(answer.headers), canaries, f"{method} {path.split('?')[0]}")
    assert refused > 100


def test_damaged_records_are_told_of_without_their_words(serving: Client) -> None:
    canaries = Canaries()
    whole = bundle(canaries)
    for content in (*damaged(whole), *_requests(whole)):
        query = {"as_of": DAY, "protocol": "DEMO-CALL"}
        answer = serving.post("/screenings", params=query, content=content, headers=FHIR)
        told = answer.json()
        # What was found of a patient who can be judged is evidence, and for those who ask.
        text = json.dumps(told["record"]) if answer.status_code == 201 else answer.text
        _says_nothing(text, canaries, "/screenings")
        answer = serving.post(
            "/fhir/ResearchStudy/DEMO-CALL/$screen", params={"asOf": DAY}, content=content, headers=FHIR
        )
        contained = [one for one in answer.json().get("contained", ()) if one["resourceType"] != "Parameters"]
        _says_nothing(json.dumps(contained) if answer.is_success else answer.text, canaries, "$screen")
        resources = [entry["resource"] for entry in _entries(content)]
        if any(one["resourceType"] == "Patient" for one in resources):
            card = serving.post(VIEW, json=called(content))
            _says_nothing(card.text, canaries, "card")


def test_what_a_run_rejects_is_told_without_its_words(serving: Client) -> None:
    canaries = Canaries()
    whole = bundle(canaries)
    lines = [
        json.dumps(entry["resource"])
        for content in (*damaged(whole), *_requests(whole))
        for entry in _entries(content)
    ]
    begun = serving.post(
        f"/uploads?as_of={DAY}&protocol=DEMO-CALL",
        content="\n".join([*lines, '{"' + canaries.new("damage")]).encode(),
        headers={**LATER, "Content-Type": "application/fhir+ndjson"},
    )
    assert begun.status_code == 202
    room = serving.app.state.service.runs
    Worker(serving.store, room.settings, room.files, logger()).once()
    (errors,) = serving.get(f"/runs/{begun.json()['run']}").json()["error"]
    found = serving.get(errors["url"].removeprefix("http://127.0.0.1")).text
    assert found.count("\n") >= 5
    _says_nothing(found, canaries, "errors.ndjson")


def _requests(whole: dict[str, Any]) -> Iterator[bytes]:
    """A transaction that deletes a record, by what names a person."""
    number = whole["entry"][0]["resource"]["identifier"][0]["value"]
    asks: dict[str, Any] = {"request": {"method": "DELETE", "url": f"Patient?identifier={number}"}}
    asks["resource"] = whole["entry"][1]["resource"]
    yield json.dumps({**whole, "type": "transaction", "entry": [*whole["entry"], asks]}).encode()


def _entries(content: bytes) -> list[dict[str, Any]]:
    try:
        told = json.loads(content)
    except ValueError:
        return []
    return [one for one in told["entry"] if "resource" in one] if isinstance(told, dict) else []


def _says_nothing(text: str, canaries: Canaries, where: str) -> None:
    assert [word for word in canaries.all() if word in text] == [], (where, text[:600])
