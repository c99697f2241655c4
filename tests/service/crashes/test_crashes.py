"""The service killed at any moment, or its database: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from api.store import Store, StoreSettings
from api.store.audit import Head, head_of, verify
from api.store.migrating import upgrade
from api.store.sealing import verify_rows
from api.store.tables import Answer, IdempotencyKey, Run, StoredVerdict
from tests.service.conftest import ROOT
from tests.service.crashes.clients import Acknowledged, Caller
from tests.service.crashes.process import Service
from tests.store.postgres import Server, private

CALL = ROOT / "protocols" / "demo-call.elig"
CALLERS = 4
_RECOVERED = 300.0


@pytest.fixture(scope="module")
def durable_server() -> Iterator[Server]:
    """A server as in production: what it acknowledges is on the disk."""
    with private(durable=True) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return _fresh(request.getfixturevalue("durable_server"), f"killed_{tmp_path.name.lower()[-40:]}")


def _fresh(server: Server, name: str) -> str:
    name = "".join(letter if letter.isalnum() else "_" for letter in name)
    with psycopg.connect(server.database("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    address = server.database(name)
    with Store(StoreSettings(address)) as store:
        upgrade(store.engine)
    return address


@contextmanager
def calling(service: Service, told: Acknowledged) -> Iterator[list[Caller]]:
    """Callers at work until the end of the block; what went wrong with one of them is raised there."""
    stop = threading.Event()
    callers = [Caller(service.url, lane, told, stop) for lane in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield callers
    finally:
        stop.set()
        for caller in callers:
            caller.join()
    for caller in callers:
        if caller.failure is not None:
            raise caller.failure


def _goes_on(told: Acknowledged, before: int, callers: list[Caller]) -> None:
    """Wait until callers are served again."""
    ends = time.monotonic() + _RECOVERED
    while len(told) <= before + CALLERS:
        assert all(caller.is_alive() for caller in callers), [caller.failure for caller in callers]
        assert time.monotonic() < ends, f"nobody was served: {told.refused}"
        time.sleep(0.01)


def _kill_service(address: str, folder: Path, kills: int) -> None:
    chance = random.Random(20260601)
    told = Acknowledged()
    service = Service(address, folder, CALL)
    heads = []
    try:
        with calling(service, told) as callers:
            for _ in range(kills):
                _goes_on(told, len(told), callers)
                time.sleep(chance.uniform(0.0, 0.3))
                service.kill()
                heads.append(_head(address))
                service.begin()
            _goes_on(told, len(told), callers)
    finally:
        service.close()
    _check(address, told, heads)


def _kill_server(server: Server, address: str, folder: Path, kills: int) -> None:
    chance = random.Random(7)
    told = Acknowledged()
    service = Service(address, folder, CALL)
    heads = []
    try:
        with calling(service, told) as callers:
            for _ in range(kills):
                time.sleep(chance.uniform(0.2, 0.8))
                before = len(told)
                server.stop("immediate")
                server.start()
                _goes_on(told, before, callers)
                heads.append(_head(address))
    finally:
        service.close()
    assert told.refused["STORE_UNAVAILABLE"], f"no caller was ever hit: {told.refused}"
    _check(address, told, heads)


def _head(address: str) -> Head:
    with Store(StoreSettings(address)) as store, store.read() as session:
        return head_of(session)


def _check(address: str, told: Acknowledged, heads: list[Head]) -> None:
    """What was acknowledged is there as it was told, nothing is there twice, and the trail knows of it."""
    with Store(StoreSettings(address)) as store, store.read() as session:
        keys = session.scalars(select(IdempotencyKey)).all()
        done = {row.key: row.response for row in keys}
        for key, answer in {**told.screened, **told.answered}.items():
            assert done[key] == answer, key
        runs = session.scalars(select(Run)).all()
        assert {run.state for run in runs} == {"complete"}
        verdicts = Counter(session.scalars(select(StoredVerdict.run_key)))
        # One protocol is in force: each request that was carried out left one run with one verdict.
        assert verdicts == Counter(run.key for run in runs)
        assert sorted(verdicts) == sorted(one["results"][0]["run"] for one in done.values())
        answers = session.scalars(select(Answer)).all()
        sent = {key: value for key, value in told.values.items() if key in done}
        assert Counter(answer.value for answer in answers) == Counter(sent.values())
        assert len(answers) == len([key for key in done if key.startswith("answer-")])
        given = Counter((answer.patient_key, answer.question, answer.number) for answer in answers)
        assert max(given.values()) == 1
    with Store(StoreSettings(address)) as store, store.read() as session:
        for exported in (heads[0], heads[len(heads) // 2], heads[-1]):
            assert verify(session, exported).faults == []
        assert list(verify_rows(session)) == []


def test_the_service_killed_a_few_times(address: str, tmp_path: Path) -> None:
    _kill_service(address, tmp_path, 2)


@pytest.mark.slow
def test_the_service_killed_at_a_hundred_moments(address: str, tmp_path: Path) -> None:
    _kill_service(address, tmp_path, 100)


def test_the_database_server_killed_a_few_times(durable_server: Server, tmp_path: Path) -> None:
    _kill_server(durable_server, _fresh(durable_server, "few"), tmp_path, 2)


@pytest.mark.slow
def test_the_database_server_killed_twenty_times(durable_server: Server, tmp_path: Path) -> None:
    _kill_server(durable_server, _fresh(durable_server, "twenty"), tmp_path, 20)
