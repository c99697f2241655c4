"""A candidate who is handed over is announced, signed, until the receiver says yes."""

from __future__ import annotations

import base64
import hmac
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import structlog
from pydantic import ValidationError

from api.service.settings import ServiceSettings
from api.service.studies.announcing import Announcer
from api.service.studies.handing_over import KIND, hand_over
from api.store import ConflictError, Store
from api.store.candidates import NewStep, take_step, way
from api.store.jobs import claim, job_of
from api.store.tables import Job
from tests.store.scene import SCREENER, Clock, Study, study

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Receiver:
    """Answers with the statuses it is told to, the last one for ever, and keeps what it got."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(200)
    yield made
    made.close()


def settings(port: int, **more: Any) -> ServiceSettings:
    return ServiceSettings(hand_off=f"http://127.0.0.1:{port}/in", hand_off_secret=SECRET, **more)


def announcer(store: Store, chosen: ServiceSettings) -> Announcer:
    log = structlog.wrap_logger(
        structlog.WriteLogger(io.StringIO()), processors=[structlog.processors.JSONRenderer()]
    )
    return Announcer(store, chosen, log)


def cleared(store: Store) -> tuple[Study, str]:
    of = study(store)
    patient = of.patients["p1"]
    for number, step in enumerate(("pre-screened", "passed", "cleared")):
        with store.write(SCREENER) as unit:
            take_step(unit, NewStep(patient, "DEMO-1", step, number, unit.now))
    return of, patient


def handed_over(store: Store, chosen: ServiceSettings) -> str:
    _, patient = cleared(store)
    with store.write(SCREENER) as unit:
        hand_over(unit, chosen, "north", patient, "DEMO-1", 3, unit.now.date())
    return patient


def test_it_is_announced_signed(store: Store, receiver: Receiver) -> None:
    chosen = settings(receiver.server.server_port)
    patient = handed_over(store, chosen)
    assert receiver.got == []
    sender = announcer(store, chosen)
    assert (sender.once(), sender.once()) == (True, False)
    ((headers, body),) = receiver.got
    signing = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(KEY, signing, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert int(headers["webhook-timestamp"]) == int(store.clock().timestamp())
    told = json.loads(body)
    assert (told["type"], told["data"]["protocol"], told["data"]["site"]) == (
        "candidate.referred",
        "DEMO-1",
        "north",
    )
    subject = told["data"]["subject"]
    assert subject["individual"]["identifier"]["value"] == patient
    assert b"p1" not in body
    with store.read() as session:
        assert job_of(session, headers["webhook-id"]).state == "done"
        assert way(session, patient, "DEMO-1")[-1].step == "referred"


def test_what_is_not_taken_is_sent_again_later_under_the_same_id(store: Store, clock: Clock) -> None:
    receiver = Receiver(500, 302, 404, 204)
    try:
        chosen = settings(receiver.server.server_port)
        handed_over(store, chosen)
        sender = announcer(store, chosen)
        for sent, pause in ((1, 5), (2, 10), (3, 20)):
            assert sender.once()
            assert len(receiver.got) == sent
            # Not before its time.
            clock.forward(seconds=pause - 1)
            assert not sender.once()
            clock.forward(seconds=1)
        assert sender.once()
        assert not sender.once()
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert len({body for _, body in receiver.got}) == 1
        assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 4
    finally:
        receiver.close()


def test_it_is_given_up_in_the_end_and_the_step_stays(store: Store, clock: Clock) -> None:
    chosen = settings(1, hand_off_attempts=2, hand_off_seconds=1)
    patient = handed_over(store, chosen)
    sender = announcer(store, chosen)
    assert sender.once()
    clock.forward(hours=1)
    assert sender.once()
    clock.forward(hours=1)
    assert not sender.once()
    with store.read() as session:
        (job,) = session.query(Job).all()
        assert (job.kind, job.state, job.outcome) == (KIND, "failed", {"code": "NOT_TAKEN", "status": 0})
        assert way(session, patient, "DEMO-1")[-1].step == "referred"


def test_a_step_that_did_not_happen_is_not_announced(store: Store, receiver: Receiver) -> None:
    chosen = settings(receiver.server.server_port)
    patient = handed_over(store, chosen)
    with pytest.raises(ConflictError), store.write(SCREENER) as unit:
        hand_over(unit, chosen, "north", patient, "DEMO-1", 3, unit.now.date())
    with store.read() as session:
        assert session.query(Job).count() == 1


def test_workers_take_their_own_kind_of_work_only(store: Store, receiver: Receiver) -> None:
    chosen = settings(receiver.server.server_port)
    handed_over(store, chosen)
    assert claim(store, "worker", kind="screen an extract") is None
    assert claim(store, "messenger", kind=KIND) is not None


def test_without_an_address_candidates_are_handed_over_by_hand(store: Store) -> None:
    patient = handed_over(store, ServiceSettings())
    with store.read() as session:
        assert session.query(Job).count() == 0
        assert way(session, patient, "DEMO-1")[-1].step == "referred"


@pytest.mark.parametrize(
    "given",
    [
        {"hand_off": "http://elsewhere.example/in", "hand_off_secret": SECRET},
        {"hand_off": "https://user@elsewhere.example/in", "hand_off_secret": SECRET},
        {"hand_off": "file:///etc/passwd", "hand_off_secret": SECRET},
        {"hand_off": "https://elsewhere.example/in"},
        {"hand_off_secret": SECRET},
        {"hand_off": "https://elsewhere.example/in", "hand_off_secret": "secret"},
        {"hand_off": "https://elsewhere.example/in", "hand_off_secret": "whsec_c2hvcnQ="},
    ],
)
def test_settings_that_are_not_safe_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(**given)  # type: ignore[arg-type]
