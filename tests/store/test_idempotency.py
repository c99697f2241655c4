"""A request takes effect once, however often and however fast it is sent."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.store import ConflictError, Store
from api.store.answers import NewAnswer, record_answer
from api.store.idempotency import KEPT, answer, sweep, take
from api.store.tables import IdempotencyKey
from tests.store.scene import SCREENER, Clock, Study, answers_given, study

REQUEST = "d" * 64


def send(store: Store, of: Study, key: str = "k1", request: str = REQUEST) -> object:
    """Record an answer once; what the sender is told."""
    patient = of.patients["p1"]
    with store.write(SCREENER) as unit:
        before = take(unit, "sam answers", key, request)
        if before is not None:
            return before.response
        kept = record_answer(unit, NewAnswer(patient, "q", "Do you smoke?", "no", "patient", unit.now))
        answer(unit, "sam answers", key, {"answer": kept.key})
        return {"answer": kept.key}


def answers(store: Store, of: Study) -> int:
    with store.read() as session:
        return len(answers_given(session, of.patients["p1"], "q"))


def test_sent_twice_is_done_once_and_told_twice(store: Store) -> None:
    of = study(store)
    assert send(store, of) == send(store, of)
    assert answers(store, of) == 1
    send(store, of, "k2")
    assert answers(store, of) == 2


def test_a_key_is_for_one_request(store: Store) -> None:
    of = study(store)
    send(store, of)
    with pytest.raises(ConflictError) as caught:
        send(store, of, request="e" * 64)
    assert caught.value.code == "KEY_REUSED"


def test_sent_at_the_same_time_by_many(store: Store) -> None:
    of = study(store)
    told: list[object] = []
    threads = [threading.Thread(target=lambda: told.append(send(store, of))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert all(response == told[0] and response is not None for response in told)
    assert answers(store, of) == 1


def test_a_request_that_failed_may_be_sent_again(store: Store) -> None:
    of = study(store)

    def fail() -> None:
        with store.write(SCREENER) as unit:
            take(unit, "sam answers", "k1", REQUEST)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    send(store, of)
    assert answers(store, of) == 1


def test_keys_expire(store: Store, clock: Clock) -> None:
    of = study(store)
    send(store, of)
    for later, left in ((KEPT - timedelta(seconds=1), 1), (timedelta(seconds=1), 0)):
        clock.now += later
        with store.upkeep() as session:
            sweep(session, store.clock())
        with store.read() as session:
            assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == left
