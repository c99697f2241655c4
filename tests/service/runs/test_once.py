"""A request that is sent again under its key is done once, and answered as the first time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from api.store.results import verdict_history
from api.store.tables import Answer, Job, StoredVerdict
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of
from tests.service.runs.conftest import Runner

KEY = {"Idempotency-Key": "2f1c"}
QUESTION = "q-b80933108dcd1190"


def screen(client: Client, bundle: bytes = DEMO, **query: Any) -> httpx.Response:
    asked = {"as_of": "2026-06-01", **query}
    return client.post("/screenings", params=asked, content=bundle, headers={**FHIR, **KEY})


def answer(client: Client, screening: str, value: bool) -> httpx.Response:
    answers = [{"question": QUESTION, "value": value}]
    body = {"answered_by": "patient", "answered_at": "2026-06-01T12:00:00Z", "answers": answers}
    return client.post(f"/screenings/{screening}/answers", json=body, headers=KEY)


def count(client: Client, table: type[Any]) -> int:
    with client.store.read() as session:
        return session.query(table).count()


def test_a_screening_is_kept_once(client: Client) -> None:
    client.add(CALL)
    first, second = screen(client), screen(client)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert count(client, StoredVerdict) == 1
    assert (screen(client, as_of="2026-06-02").status_code, count(client, StoredVerdict)) == (409, 1)
    other = screen(client, DEMO + b" ")
    assert (other.status_code, code_of(other)) == (409, "KEY_REUSED")


def test_at_another_site_nothing_is_told_of_the_one_before(
    make: Callable[..., Client], tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    plain = make(**issuer.settings())
    Caller(plain, issuer, ["data-manager"], []).add(CALL)
    before, since = (Caller(plain, issuer, ["screener"], [site], sub="sam") for site in ("north", "south"))
    assert screen(before).status_code == 201
    refused = screen(since)
    assert (refused.status_code, code_of(refused)) == (409, "KEY_REUSED")


def test_answers_are_kept_once_and_told_again_when_the_record_is_gone(
    make: Callable[..., Client],
) -> None:
    client = make()
    client.add(CALL)
    screening = screen(client).json()["screening"]
    first = answer(client, screening, True)
    assert first.json()["results"][0]["verdict"] == "pass"
    again = answer(make(), screening, True)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (count(client, Answer), count(client, StoredVerdict)) == (1, 2)
    assert answer(client, screening, False).status_code == 409


def test_whoever_repeats_a_screening_may_answer(make: Callable[..., Client]) -> None:
    client = make()
    client.add(CALL)
    told = screen(client).json()
    anew = make()
    assert answer(anew, told["screening"], True).status_code == 404
    assert screen(anew).json() == told
    assert answer(anew, told["screening"], True).status_code == 200
    with client.store.read() as session:
        assert [one.verdict for one in verdict_history(session, told["patient"])] == [
            "needs-clinician-review",
            "pass",
        ]


def test_a_protocol_is_kept_once(client: Client) -> None:
    first = client.post("/protocols", content=CALL, headers=KEY)
    second = client.post("/protocols", content=CALL, headers=KEY)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert client.post("/protocols", content=CALL + "\n", headers=KEY).status_code == 409


def test_a_run_is_started_once_however_often_and_at_once(runner: Runner) -> None:
    with ThreadPoolExecutor(4) as many:
        found = [one.result() for one in [many.submit(runner.start, headers=KEY) for _ in range(8)]]
    assert {one.status_code for one in found} == {202}
    assert len({one.headers["Content-Location"] for one in found}) == 1
    assert count(runner, Job) == 1
    other = runner.start(as_of="2026-06-02", headers=KEY)
    assert (other.status_code, count(runner, Job)) == (409, 1)
    assert runner.start(headers={"Idempotency-Key": "another"}).status_code == 202


def test_what_was_refused_may_be_sent_again(client: Client) -> None:
    assert screen(client).status_code == 422  # no protocol yet
    client.add(CALL)
    assert screen(client).status_code == 201


def test_a_key_is_a_short_word(client: Client) -> None:
    client.add(CALL)
    for key in ("", "two words", "x" * 201):
        headers = {**FHIR, "Idempotency-Key": key}
        sent = client.post("/screenings", params={"as_of": "2026-06-01"}, content=DEMO, headers=headers)
        assert (sent.status_code, code_of(sent)) == (400, "REQUEST_INVALID")
