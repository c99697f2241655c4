"""All bodies together have a limit: whoever would go beyond it is refused, and nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.types import Message

from api.errors import UserError
from api.service.settings import ServiceSettings
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of

Make = Callable[..., Client]
LIMIT = 2 * len(DEMO)
ASKED = "/screenings?as_of=2026-06-01"


def test_bodies_that_are_held_at_once_have_a_limit_together(make: Make) -> None:
    client = make(body_bytes=LIMIT, bodies_bytes=LIMIT)
    client.add(CALL)
    bodies = client.app.middleware_stack
    while not hasattr(bodies, "bodies"):
        bodies = bodies.app

    async def both() -> tuple[httpx.Response, httpx.Response]:
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield DEMO
            arrived.set()
            await go_on.wait()
            yield b" "

        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=120) as web:
            first = asyncio.create_task(web.post(ASKED, content=slow(), headers=FHIR))
            await arrived.wait()
            refused = await web.post(ASKED, content=DEMO + b" " * len(DEMO), headers=FHIR)
            assert bodies.bodies.held == len(DEMO)
            go_on.set()
            return await first, refused

    first, refused = asyncio.run(both())
    assert first.status_code == 201, first.text
    assert (refused.status_code, code_of(refused)) == (503, "TOO_MANY_BYTES")
    assert "ELIGIBILITY_SERVICE_BODIES_BYTES" in refused.text
    assert refused.headers["retry-after"] == "1"
    # What was held is given back, of whoever was refused as well.
    assert bodies.bodies.held == 0
    assert client.post(ASKED, content=DEMO, headers=FHIR).status_code == 201
    assert 'limits_hit_total{code="TOO_MANY_BYTES"} 1.0' in client.get("/metrics").text


def test_a_body_that_ends_too_early_is_none(make: Make) -> None:
    """What has come of a protocol, or of an extract, may look like a whole one."""
    client = make()
    first, _, rest = CALL.rpartition("\n\n")
    sent: list[Message] = []
    coming: list[Message] = [
        {"type": "http.request", "body": f"{first}\n".encode(), "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/protocols",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"text/plain"),
            (b"content-length", str(len(CALL)).encode()),
        ],
    }
    assert rest
    asyncio.run(client.app(scope, receive, send))
    assert (sent[0]["status"], json.loads(sent[1]["body"])["issue"][0]["details"]["coding"][0]["code"]) == (
        400,
        "BODY_CUT_OFF",
    )
    assert client.get("/protocols").json()["protocols"] == []
    assert client.post("/protocols", content=f"{first}\n").status_code == 201


def test_room_for_all_is_room_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.service.settings import service_settings

    monkeypatch.setenv("ELIGIBILITY_SERVICE_BODY_BYTES", str(1 << 30))
    with pytest.raises(UserError, match="BODIES_BYTES"):
        service_settings()
    assert ServiceSettings(body_bytes=10, bodies_bytes=10).bodies_bytes == 10
