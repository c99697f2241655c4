"""A service over a store of its own, spoken to as over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from api.service.app import create_app
from api.service.settings import ServiceSettings
from api.store import Store, StoreSettings, open_store
from tests.store.conftest import address, postgresql_of_worker, server, sqlite_template  # noqa: F401

# What judges and services of tests are copies of has loaded everything once.
multiprocessing.set_forkserver_preload(["api.service.judging.warmed", "api.service.serving"])

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "fixtures" / "demo-patient.json").read_bytes()
CALL = (ROOT / "protocols" / "demo-call.elig").read_text()
FHIR = {"Content-Type": "application/fhir+json"}


class Client:
    """Requests to an application, one after the other."""

    def __init__(self, app: Any, store: Store, log: io.StringIO) -> None:
        self.app, self.store, self.log = app, store, log

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return asyncio.run(once())

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.send("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.send("POST", path, **given)

    def add(self, text: str) -> str:
        """Keep and activate a protocol; its version's key."""
        kept = self.post("/protocols", content=text)
        assert kept.status_code == 201, kept.text
        body = kept.json()
        put = self.send("PUT", f"/protocols/{body['protocol']}/active", json={"version_key": body["key"]})
        assert put.status_code == 200, put.text
        return str(body["key"])

    def screen(self, bundle: bytes = DEMO, as_of: str = "2026-06-01", **query: Any) -> dict[str, Any]:
        answer = self.post("/screenings", params={"as_of": as_of, **query}, content=bundle, headers=FHIR)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def answer(self, screening: str, **values: Any) -> httpx.Response:
        """Answer questions by key (with `-` as `_`), at noon of 1 June 2026."""
        told = [{"question": key.replace("_", "-"), "value": value} for key, value in values.items()]
        body = {"answered_by": "patient", "answered_at": "2026-06-01T12:00:00Z", "answers": told}
        return self.post(f"/screenings/{screening}/answers", json=body)


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal, whose shape FHIR's models confirm."""
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    assert answer.headers["content-type"] == "application/fhir+json"
    OperationOutcome.model_validate_json(answer.content)
    return str(answer.json()["issue"][0]["details"]["coding"][0]["code"])


def patient(**more: Any) -> bytes:
    """A bundle of somebody of whom only the birth date is known."""
    person = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01", **more}
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": person}]}
    ).encode()


@contextmanager
def services(address: str) -> Iterator[Callable[..., Client]]:  # noqa: F811 - as the fixture says it
    """Makes clients of services with settings of their own, all over one store."""
    with open_store(StoreSettings(address, durable=False)) as store:

        def new(**settings: Any) -> Client:
            log = io.StringIO()
            logger = structlog.wrap_logger(
                structlog.WriteLogger(log),
                processors=[structlog.processors.JSONRenderer()],
                wrapper_class=structlog.BoundLogger,
            )
            # No caller is as quick as a test, and no judge as slow as on a machine that runs many.
            chosen = ServiceSettings(**{"rate": 1e5, "burst": 100_000, "judge_seconds": 120, **settings})
            clients.append(Client(create_app(store, chosen, logger), store, log))
            return clients[-1]

        clients: list[Client] = []
        yield new
        for client in clients:
            client.app.state.service.judges.close()


@pytest.fixture
def make(address: str) -> Iterator[Callable[..., Client]]:  # noqa: F811 - the fixture
    """Makes clients of services, on a file and on a real server."""
    with services(address) as new:
        yield new


@pytest.fixture
def client(make: Callable[..., Client]) -> Client:
    return make()
