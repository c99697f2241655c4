"""Writers at the same time, in threads and in processes: one chain, no fork, nothing lost."""

from __future__ import annotations

import multiprocessing
import threading

import pytest
from sqlalchemy import func, select

from api.store import Actor, ConflictError, Store, StoreError, StoreSettings
from api.store.audit import Verification, head_of, verify
from api.store.candidates import NewStep, take_step, way
from api.store.tables import AuditEntry
from tests.store.scene import SCREENER, study

WRITERS, EACH = 8, 12


def _write(store: Store, writer: int) -> None:
    for number in range(EACH):
        with store.write(Actor(f"writer {writer}", "system")) as unit:
            for part in range(1 + number % 3):
                unit.note("write", f"x/{writer}.{number}.{part}")


def _process(address: str, writer: int) -> None:
    with Store(StoreSettings(address, durable=False)) as store:
        _write(store, writer)


def _check(store: Store) -> None:
    expected = {f"x/{w}.{n}.{p}" for w in range(WRITERS) for n in range(EACH) for p in range(1 + n % 3)}
    with store.read() as session:
        result = verify(session)
        subjects = session.scalars(select(AuditEntry.subject)).all()
        previous = session.execute(select(func.count(AuditEntry.previous_sha256.distinct()))).scalar()
    assert result.faults == []
    assert sorted(subjects) == sorted(expected)
    assert previous == len(expected)  # no two entries join the same one


def test_eight_threads(store: Store) -> None:
    threads = [threading.Thread(target=_write, args=(store, n)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _check(store)


def test_eight_processes(store: Store, address: str) -> None:
    # Forked from a process that has opened nothing; judges of other tests are, too, so that what it loads
    # beforehand is not for us to say.
    server = multiprocessing.get_context("forkserver")
    processes = [server.Process(target=_process, args=(address, n)) for n in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * WRITERS
    _check(store)


def test_of_many_who_move_a_candidate_one_does(store: Store) -> None:
    of = study(store)
    outcomes: list[str] = []

    def move() -> None:
        try:
            with store.write(SCREENER) as unit:
                take_step(unit, NewStep(of.patients["p1"], "DEMO-1", "pre-screened", 0, unit.now))
            outcomes.append("moved")
        except ConflictError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=move) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["STEP_TAKEN"] * (WRITERS - 1) + ["moved"]
    with store.read() as session:
        assert len(way(session, of.patients["p1"], "DEMO-1")) == 1


def test_the_trail_is_verified_while_others_write(store: Store) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with store.write(SCREENER) as unit:
                unit.note("write", "x/1")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        found: list[Verification] = []
        # Not a fixed number of looks: a fast reader would be done before the first write.
        while len(found) < 15 or (found[-1].entries == found[0].entries and thread.is_alive()):
            with store.read() as session:
                found.append(verify(session, head_of(session)))
    finally:
        stop.set()
        thread.join()
    assert [result.faults for result in found] == [[]] * len(found)
    assert found[-1].entries > found[0].entries


def test_a_unit_inside_of_a_unit_is_refused(store: Store) -> None:
    def nest() -> None:
        with store.write(SCREENER) as unit:
            unit.note("outer", "x/1")
            with store.upkeep():
                pass

    with pytest.raises(StoreError) as caught:
        nest()
    assert caught.value.code == "NESTED_WRITING"
    with store.write(SCREENER) as unit:
        unit.note("after", "x/1")


def test_a_writer_that_waits_too_long_gives_up(address: str) -> None:
    settings = StoreSettings(address, busy_seconds=0.2, durable=False)
    with Store(settings) as one, Store(settings) as other:
        of = study(one)

        def step(number: int) -> NewStep:
            return NewStep(of.patients["p1"], "DEMO-1", "pre-screened", number, one.clock())

        def wait() -> None:
            with other.write(SCREENER) as late:
                take_step(late, step(1))

        with one.write(SCREENER) as unit:
            take_step(unit, step(0))
            with pytest.raises(StoreError) as caught:
                wait()
        assert caught.value.code == "STORE_BUSY"
