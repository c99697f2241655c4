"""What is too much, from elsewhere, or wrong is refused in one shape, and the limit is named."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest

from api.service.arriving import depth_of
from api.store import StoreError
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of

Make = Callable[..., Client]


def test_a_body_is_read_up_to_its_limit(make: Make) -> None:
    client = make(body_bytes=1000)

    def told(content: object) -> tuple[int, str, str]:
        answer = client.post("/screenings", params={"as_of": "2026-06-01"}, content=content, headers=FHIR)
        return answer.status_code, code_of(answer), answer.text

    async def endless() -> object:
        while True:
            yield b" " * 400

    for content in (DEMO, endless()):
        status, code, text = told(content)
        assert (status, code) == (413, "BODY_TOO_LARGE")
        assert "ELIGIBILITY_SERVICE_BODY_BYTES" in text


def test_a_body_has_to_arrive(make: Make) -> None:
    import asyncio

    async def slow() -> object:
        yield b"{"
        await asyncio.sleep(30)

    answer = make(body_seconds=0.1).post("/screenings?as_of=2026-06-01", content=slow(), headers=FHIR)
    assert (answer.status_code, code_of(answer)) == (408, "BODY_TOO_SLOW")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_depth_bomb_is_not_opened(client: Client, opening: str) -> None:
    answer = client.post("/screenings?as_of=2026-06-01", content=opening * 100_000, headers=FHIR)
    assert (answer.status_code, code_of(answer)) == (413, "BODY_TOO_DEEP")
    assert "ELIGIBILITY_SERVICE_DEPTH" in answer.text


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("1", 0),
        ("[]", 1),
        ('{"a":[{}]}', 3),
        ('["[[[["]', 1),
        ('["\\"[[[["]', 1),
        ('["]]]]",[[]]]', 3),
        ('["a\\\\",[]]', 2),
        ('["\\\\\\"[[",[]]', 2),
        ('{"\\"":"\\\\","b":[{}]}', 3),
    ],
)
def test_depth_is_that_of_brackets_outside_of_strings(text: str, depth: int) -> None:
    json.loads(text)
    assert depth_of(text.encode()) == depth


def test_a_protocol_has_a_limit_of_its_own(make: Make) -> None:
    answer = make(protocol_bytes=100).post("/protocols", content=CALL)
    assert (answer.status_code, code_of(answer)) == (413, "PROTOCOL_TOO_LARGE")
    assert "ELIGIBILITY_SERVICE_PROTOCOL_BYTES" in answer.text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "records.example"}, "HOST_REFUSED"),
        ({"Host": "127.0.0.1.example"}, "HOST_REFUSED"),
        ({"Origin": "https://page.example"}, "ORIGIN_REFUSED"),
        ({"Origin": "null"}, "ORIGIN_REFUSED"),
        ({"Content-Encoding": "gzip"}, "BODY_ENCODING"),
    ],
)
def test_what_comes_from_elsewhere_is_refused(client: Client, headers: dict[str, str], code: str) -> None:
    answer = client.get("/health", headers=headers)
    assert code_of(answer) == code
    assert answer.headers["x-eligibility-mode"].startswith("developer")


def test_every_refusal_has_one_shape(client: Client) -> None:
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("DELETE", "/health", 405),
        ("POST", "/screenings", 400),
        ("PUT", "/protocols/X/active", 400),
        ("GET", "/protocols/X/versions/y", 400),
        ("GET", f"/protocols/X/versions/{'0' * 32}", 404),
        ("POST", "/screenings/x/answers", 400),
    ):
        answer = client.send(method, path, content=b"{}", headers=FHIR)
        assert answer.status_code == status, (path, answer.text)
        assert code_of(answer)


def test_a_name_that_nobody_knows_is_not_passed_over(client: Client) -> None:
    """Whoever misspells `complete` or a filter would be answered another question."""
    client.add(CALL)
    for method, path in (
        ("POST", "/screenings?as_of=2026-06-01&complet=true"),
        ("GET", "/runs?befor=x"),
        ("GET", "/fhir/Task?owner=me"),
        ("GET", "/protocols?access_token=x"),
    ):
        refused = client.send(method, path, content=DEMO, headers=FHIR)
        assert (refused.status_code, code_of(refused)) == (400, "REQUEST_INVALID"), path
        assert refused.json()["issue"][0]["location"] == ["query"]
    # Of two days that are named, nobody knows which is meant.
    for method, path in (
        ("POST", "/screenings?as_of=2026-06-01&as_of=2026-06-02"),
        ("GET", "/runs?site=local&site=south"),
        ("GET", "/fhir/Task?status=ready&status=completed"),
    ):
        refused = client.send(method, path, content=DEMO, headers=FHIR)
        assert (refused.status_code, code_of(refused)) == (400, "REQUEST_INVALID"), path
    both = "/screenings?as_of=2026-06-01&protocol=DEMO-CALL&protocol=DEMO-CALL"
    assert client.post(both, content=DEMO, headers=FHIR).status_code == 201
    assert client.get("/fhir/Task?_format=json").status_code == 200
    # Whoever watches, or opens a page, may hang on what they like.
    assert client.get("/health?now=1").status_code == 200
    assert client.get("/?from=mail").is_redirect


@pytest.mark.parametrize("code", ["STORE_REFUSED", "UNAUDITED"])
def test_what_the_store_refuses_of_the_service_is_a_fault(
    client: Client, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    client.add(CALL)

    def refuse(*_: object) -> list[object]:
        raise StoreError(code, "store", "not so")

    monkeypatch.setattr("api.service.screenings.keep", refuse)
    answer = client.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    assert (answer.status_code, code_of(answer)) == (500, code)
    assert f'"code": "{code}"' in client.log.getvalue()
    assert "eligibility_faults_total 1.0" in client.get("/metrics").text


def test_nothing_of_a_patient_is_logged(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.add(CALL)
    told = client.screen()
    client.answer(told["screening"], q_b80933108dcd1190="canary-in-an-answer")
    client.post("/screenings/canary-in-a-path/answers", json={"canary": "canary"})
    client.post("/screenings?as_of=canary-day", content=DEMO, headers=FHIR)

    def fail(*_: object) -> Iterator[object]:
        raise ValueError("canary Samplea Hazel")

    monkeypatch.setattr("api.service.screenings.keep", fail)
    fault = client.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    assert (fault.status_code, code_of(fault)) == (500, "INTERNAL")
    assert "canary" not in fault.text
    log = client.log.getvalue()
    assert '"error": "ValueError"' in log
    assert isinstance(client.log, io.StringIO)
    for word in ("canary", "Hazel", "0618f3af", "SYN00000032", "1990-12-25", told["patient"]):
        assert word not in log, word
