"""What waits for whom: counts beside filters equal what the filters find; of two reviews one is offered."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from api.store import Store
from api.store.counting import bins, colleagues
from api.store.database import Writing
from api.store.plans import Plan
from api.store.queues import Filter, queue
from api.store.reviewing import renew_reviews
from api.store.tasks import assign, claim, open_tasks
from tests.store.scene import ANNA, BEN, MACHINE, Clock, screened, study, verdict
from tests.store.test_double_review import decided, planned

CRITERIA, REASONS = ("I1", "I2", "I3"), ("DATA_STALE", "NOTE_ONLY")
WHO = (None, "anna", "ben")


def test_counts_are_what_choosing_would_find(store: Store) -> None:
    chance = random.Random(5)
    of = study(store, tuple(f"p{n}" for n in range(40)))
    run = screened(store, of, *(verdict(key, criteria=4) for key in of.patients.values()))
    with store.write(MACHINE) as unit:
        open_ = {
            key: {name: chance.choice(REASONS) for name in chance.sample(CRITERIA, chance.randint(1, 3))}
            for key in of.patients.values()
        }
        renew_reviews(unit, run, open_)
        for task in queue(unit.session, Filter(), 100):
            _assign(unit, task.key, chance.choice(WHO))
    here = frozenset({"north"})
    for protocol in (None, "DEMO-1", "OTHER"):
        for criterion in (None, "I1"):
            for reason in (None, "NOTE_ONLY"):
                for assignee in (None, "", "anna"):
                    wanted = Filter(here, protocol, criterion, reason, assignee=assignee)
                    _hold_against_the_queue(store, wanted)


def _assign(unit: Writing, key: str, name: str | None) -> None:
    if name is not None:
        assign(unit, key, name)


def _hold_against_the_queue(store: Store, wanted: Filter) -> None:
    with store.read() as session:

        def found(**choice: str) -> int:
            return len(queue(session, replace(wanted, **choice), 100))

        told = bins(session, wanted)
        assert told.total == found()
        assert told.protocols == _some({"DEMO-1": found(protocol_id="DEMO-1")})
        assert told.criteria == _some({one: found(criterion=one) for one in CRITERIA})
        assert told.reasons == _some({one: found(reason=one) for one in REASONS})
        assert told.assignees == _some({one or "": found(assignee=one or "") for one in WHO})
        assert told.sites == _some({"north": found()})
        elsewhere = replace(wanted, sites=frozenset({"south"}))
        assert bins(session, elsewhere).total == 0
        assert bins(session, elsewhere, everywhere=frozenset({"north", "south"})).sites == told.sites


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def test_of_two_reviews_of_a_case_one_is_offered(store: Store, clock: Clock) -> None:
    _, (one, two) = planned(store, Plan(2))

    def offered(name: str, **more: object) -> list[int]:
        with store.read() as session:
            wanted = replace(Filter(now=clock(), reviewer=name), **more)  # type: ignore[arg-type]
            assert bins(session, wanted).total == len(queue(session, wanted))
            return [task.slot for task in queue(session, wanted)]

    assert offered("anna") == [1]
    with store.write(ANNA) as unit:
        claim(unit, one.key)
    assert (offered("anna"), offered("ben")) == ([1], [1, 2]), "of what Anna holds Ben sees that she does"
    assert offered("ben", held=False) == [2]
    clock.forward(minutes=16)
    assert offered("ben") == [1], "her time is over"
    with store.write(ANNA) as unit:
        claim(unit, two.key)
    assert offered("anna") == [2]
    clock.forward(minutes=16)
    with store.write(MACHINE) as unit:
        assign(unit, two.key, "ben")
    assert offered("ben", assignee="ben") == [2], "what is for somebody is offered to them"
    decided(store, one, ANNA)
    assert (offered("anna"), offered("ben")) == ([], [2])
    decided(store, two, BEN, I1="not met")
    # They differ: a third one is wanted, who is neither of them.
    assert (offered("anna"), offered("ben"), offered("cara")) == ([], [], [1])
    with store.read() as session:
        assert colleagues(session, "north") == ["anna", "ben"]
        assert colleagues(session, "south") == []


def test_questions_are_offered_to_whoever_signed(store: Store, clock: Clock) -> None:
    of = study(store)
    run = screened(store, of, verdict(of.patients["p1"]))
    with store.write(MACHINE) as unit:
        renew_reviews(unit, run, {of.patients["p1"]: {"I1": "DATA_STALE"}})
    with store.read() as session:
        (task,) = queue(session, Filter())
    decided(store, task, ANNA, I1="cannot tell")
    with store.write(MACHINE) as unit:
        open_tasks(unit, task.verdict_key, {"I1": "DATA_STALE"}, kind="question")
    clock.forward(minutes=1)
    with store.read() as session:
        wanted = Filter(kind="question", reviewer="anna", now=clock(), added_before=clock() + timedelta(1))
        assert len(queue(session, wanted)) == 1
