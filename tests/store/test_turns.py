"""Whoever asked first is served first, and who gave up loses nobody's turn."""

from __future__ import annotations

import threading
import time

from api.store.turns import Turns


def _waiting(turns: Turns, number: int) -> None:
    while len(turns._waiting) < number:
        time.sleep(0.001)


def test_in_the_order_of_asking_and_before_who_asks_again() -> None:
    turns, served = Turns(), []

    def come(name: int) -> None:
        assert turns.acquire(60)
        served.append(name)
        turns.release()

    assert turns.acquire(60)
    threads = []
    for name in range(5):
        threads.append(threading.Thread(target=come, args=(name,)))
        threads[-1].start()
        _waiting(turns, name + 1)
    turns.release()
    come(5)
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, 3, 4, 5]


def test_who_gives_up_leaves_the_line() -> None:
    turns = Turns()
    assert turns.acquire(0)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(0)
    turns.release()


def test_many_who_come_and_give_up_never_share_a_turn() -> None:
    turns, inside, most, done = Turns(), [], [], []

    def come() -> None:
        for _ in range(200):
            if turns.acquire(0.0005):
                inside.append(1)
                most.append(len(inside))
                inside.pop()
                turns.release()
        done.append(1)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 8
    assert max(most) == 1
    assert turns.acquire(0)
