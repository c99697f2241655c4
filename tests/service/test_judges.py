"""Judges are processes: one that hangs, dies or fails costs its own request and no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.service.judging.pool import JudgeFaultError, Judges
from api.service.settings import ServiceSettings
from tests.service.conftest import CALL, DEMO, FHIR, ROOT, Client, code_of, services

Make = Callable[..., Client]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """One judge, and a store in a file: what judges do is the same over every store."""
    with services(f"sqlite:///{tmp_path / 'store.db'}") as new:
        client = new(judges=1)
        client.add(CALL)
        client.screen()
        yield client


@pytest.fixture
def judges() -> Iterator[Judges]:
    judges = Judges(ServiceSettings(judges=1))
    yield judges
    judges.close()


def _pid(judges: Judges) -> int:
    (held,) = judges._free.queue
    assert held is not None
    pid = held._process.pid
    assert pid is not None
    return pid


@contextmanager
def _hanging(judges: Judges) -> Iterator[None]:
    """The judge says nothing any more, and is not waited for as long as one that may be busy."""
    patient = judges._settings
    os.kill(_pid(judges), signal.SIGSTOP)
    judges._settings = patient.model_copy(update={"judge_seconds": 0.3})
    try:
        yield
    finally:
        judges._settings = patient


def test_a_judge_that_hangs_is_stopped_and_the_limit_is_named(client: Client) -> None:
    judges = client.app.state.service.judges
    hanging = _pid(judges)
    with _hanging(judges):
        answer = client.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    assert (answer.status_code, code_of(answer)) == (422, "JUDGING_TOO_LONG")
    assert "ELIGIBILITY_SERVICE_JUDGE_SECONDS" in answer.text
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    assert client.screen()["results"][0]["verdict"] == "needs-clinician-review"


def test_a_protocol_that_takes_too_long_to_check_is_refused(client: Client) -> None:
    for path in ("/protocols/check", "/protocols"):
        with _hanging(client.app.state.service.judges):
            answer = client.post(path, content=CALL.replace("DEMO-CALL", "SLOW"))
        assert (answer.status_code, code_of(answer)) == (422, "JUDGING_TOO_LONG")
        assert client.post("/protocols/check", content=CALL).status_code == 200


def test_a_judge_that_died_is_replaced(client: Client) -> None:
    judges = client.app.state.service.judges
    pid = _pid(judges)
    os.kill(pid, signal.SIGKILL)
    while judges._free.queue[0]._process.is_alive():
        pass
    assert client.screen()["results"][0]["verdict"] == "needs-clinician-review"
    assert _pid(judges) != pid
    assert judges.alive()


def test_who_finds_no_judge_free_is_told_so(make: Make) -> None:
    client = make(judges=1, judge_wait_seconds=0.1)
    client.add(CALL)
    judges = client.app.state.service.judges
    with judges._taken():
        assert judges.alive()
        answer = client.post("/screenings?as_of=2026-06-01", content=DEMO, headers=FHIR)
    assert (answer.status_code, code_of(answer)) == (503, "JUDGES_BUSY")
    assert "ELIGIBILITY_SERVICE_JUDGE_WAIT_SECONDS" in answer.text


def test_a_fault_comes_without_its_text(judges: Judges) -> None:
    with pytest.raises(JudgeFaultError) as raised:
        judges._ask("judge", "canary")
    assert "canary" not in repr((raised.value.fault, raised.value))
    assert raised.value.fault["error"] == "AttributeError"
    assert raised.value.fault["at"]
    assert judges.check(CALL)["problems"] == []


def test_a_judge_ends_with_its_service(judges: Judges) -> None:
    judges.check(CALL)
    pid = _pid(judges)
    judges._free.queue[0].pipe.close()
    _gone(pid)
    judges._free.queue.clear()


def _gone(pid: int) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("the judge is still there")


def test_judges_are_begun_with_all_that_notes_need() -> None:
    """Made anew by each judge, it could outlast JUDGE_SECONDS on a busy machine, and so for every judge."""
    looked = (
        "from api.service.judging import warmed; from nlp.assertion import finding, table; "
        "assert finding._phrases.cache_info().currsize == table.tables.cache_info().currsize == 1"
    )
    subprocess.run([sys.executable, "-c", looked], cwd=ROOT, check=True)
