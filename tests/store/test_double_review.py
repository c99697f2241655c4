"""Two reviewers who do not see each other, a third where they differ, and plans that say so."""

from __future__ import annotations

import pytest

from api.store import Actor, ConflictError, NotStoredError, Store, StoreError
from api.store.double_review import final_decisions, is_blind, peers_of, siblings
from api.store.plans import ALL_CRITERIA, USUAL_DAYS, Plan, change_plan, plan_of, plans_of
from api.store.queues import Filter, queue
from api.store.reviewing import renew_reviews
from api.store.signing import save_draft, sign
from api.store.tables import Task
from api.store.tasks import claim, criteria_of
from tests.store.scene import ANNA, BEN, CARA, MACHINE, Study, screened, study, verdict


def planned(store: Store, plan: Plan) -> tuple[Study, list[Task]]:
    """A study with a plan, and the tasks of one case of it."""
    of = study(store)
    with store.write(MACHINE) as unit:
        change_plan(unit, "DEMO-1", plan)
    run = screened(store, of, verdict(of.patients["p1"], criteria=3))
    with store.write(MACHINE) as unit:
        first = renew_reviews(unit, run, {of.patients["p1"]: {"I1": "DATA_STALE", "I2": "DATA_STALE"}})
        unit.note("reviews.renewed", f"runs/{run}")
    with store.read() as session:
        tasks = sorted(queue(session, Filter()), key=lambda task: task.slot)
    assert first == {of.patients["p1"]: tasks[0].key}
    return of, tasks


def decided(store: Store, task: Task, actor: Actor, **outcomes: str) -> None:
    with store.write(actor) as unit:
        claim(unit, task.key)
        for criterion in criteria_of(unit.session, task.key):
            save_draft(unit, task.key, criterion, outcomes.get(criterion, "met"))
        sign(unit, task.key, task.seen_sha256, actor.name, "reviewed")


def test_without_a_plan_there_is_one_reviewer(store: Store) -> None:
    of = study(store)
    with store.read() as session:
        assert (plan_of(session, "DEMO-1"), plans_of(session)) == (Plan(), {})
    assert Plan().target_days == USUAL_DAYS
    del of


@pytest.mark.parametrize(
    ("plan", "refusal"),
    [
        (Plan(3), "PLAN_INVALID"),
        (Plan(scope="some"), "PLAN_INVALID"),
        (Plan(target_days={"randomised": 3}), "PLAN_INVALID"),
        (Plan(target_days={"cleared": 0}), "PLAN_INVALID"),
        (Plan(sample_percent=101), "PLAN_INVALID"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(store: Store, plan: Plan, refusal: str) -> None:
    study(store)
    with pytest.raises(StoreError) as caught, store.write(MACHINE) as unit:
        change_plan(unit, "DEMO-1", plan)
    assert caught.value.code == refusal
    with pytest.raises(NotStoredError), store.write(MACHINE) as unit:
        change_plan(unit, "OTHER", Plan())


def test_a_plan_is_kept_and_targets_that_it_leaves_out_are_the_usual_ones(store: Store) -> None:
    study(store)
    with store.write(MACHINE) as unit:
        change_plan(unit, "DEMO-1", Plan(2, ALL_CRITERIA, True, {"cleared": 9}, 20))
    with store.read() as session:
        expected = Plan(2, ALL_CRITERIA, True, {**USUAL_DAYS, "cleared": 9}, 20)
        assert plans_of(session) == {"DEMO-1": expected}


def test_two_who_agree_need_no_third(store: Store) -> None:
    _, (one, two) = planned(store, Plan(2))
    with store.read() as session:
        assert is_blind(session, one)
    decided(store, one, ANNA, I2="not met")
    with store.read() as session:
        # What Anna decided stays hidden until the other one has signed.
        assert is_blind(session, session.get_one(Task, one.key))
        assert final_decisions(session, one) is None
    decided(store, two, BEN, I2="not met")
    with store.read() as session:
        assert not is_blind(session, session.get_one(Task, one.key))
        assert final_decisions(session, one) == {"I1": "met", "I2": "not met"}
        assert queue(session, Filter()) == []


def test_where_two_differ_a_third_decides_that_and_nothing_else(store: Store) -> None:
    _, (one, two) = planned(store, Plan(2))
    decided(store, one, ANNA)
    decided(store, two, BEN, I2="cannot tell")
    with store.read() as session:
        (third,) = queue(session, Filter())
        assert (third.kind, criteria_of(session, third.key)) == ("adjudication", {"I2": "DATA_STALE"})
        told = [{d.criterion: d.outcome for d in review} for review in peers_of(session, third)]
        assert told == [{"I1": "met", "I2": "met"}, {"I1": "met", "I2": "cannot tell"}]
        assert peers_of(session, session.get_one(Task, one.key)) == []
        assert [task.kind for task in siblings(session, third)] == ["review", "review", "adjudication"]
        assert final_decisions(session, one) is None
    for again in (ANNA, BEN):
        with pytest.raises(ConflictError) as caught, store.write(again) as unit:
            claim(unit, third.key)
        assert caught.value.code == "SAME_REVIEWER"
    decided(store, third, CARA, I2="not met")
    with store.read() as session:
        assert final_decisions(session, one) == {"I1": "met", "I2": "not met"}
        assert queue(session, Filter()) == []


def test_a_study_may_ask_about_every_criterion(store: Store) -> None:
    _, tasks = planned(store, Plan(2, ALL_CRITERIA))
    assert len(tasks) == 2
    with store.read() as session:
        asked = criteria_of(session, tasks[1].key)
    assert asked == {"I1": "DATA_STALE", "I2": "MET_EVIDENCE", "I3": "MET_EVIDENCE"}


def test_a_share_of_what_the_engine_settled_is_reviewed_too(store: Store) -> None:
    of = study(store, tuple(f"p{number}" for number in range(40)))
    with store.write(MACHINE) as unit:
        change_plan(unit, "DEMO-1", Plan(sample_percent=30))
    run = screened(store, of, *(verdict(key) for key in of.patients.values()))
    with store.write(MACHINE) as unit:
        opened = renew_reviews(unit, run, dict.fromkeys(of.patients.values()))
        unit.note("reviews.renewed", f"runs/{run}")
    drawn = {key for key in of.patients.values() if Plan(sample_percent=30).draws(key)}
    assert set(opened) == drawn
    with store.read() as session:
        # All criteria are asked, those that are met as well.
        assert all(len(criteria_of(session, task)) == 2 for task in opened.values())


def test_the_sample_is_as_large_as_planned() -> None:
    keys = [f"{number:032x}" for number in range(20_000)]
    for percent in (0, 1, 30, 100):
        drawn = sum(Plan(sample_percent=percent).draws(key) for key in keys)
        assert abs(drawn - len(keys) * percent / 100) < 300
    assert not any(Plan().draws(key) for key in keys)
    # Who is drawn at a smaller share is drawn at a larger one.
    assert all(Plan(sample_percent=30).draws(key) for key in keys if Plan(sample_percent=10).draws(key))
