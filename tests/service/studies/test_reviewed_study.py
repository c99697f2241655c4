"""A study under double review, from the engine's verdicts to the board and the figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api.service.studies.failures import NOT_SAID, PERSON, candidate_failures, engine_failures, groups_of
from api.service.studies.following import follow_review, not_yet_candidates, take_in
from api.service.studies.ratings import Basis, ratings_of
from api.service.studies.reviewers import (
    accuracies,
    agreements,
    engine_accuracy,
    overall,
    overrides,
    unclear_wordings,
)
from api.service.studies.ways import ways_of
from api.service.told_studies import StudyFiguresTold
from api.store import Actor, Store
from api.store.candidates import NewStep, standing, take_step, way
from api.store.plans import ALL_CRITERIA, Plan, change_plan
from api.store.queues import Filter, queue
from api.store.results import NewFinding, NewVerdict
from api.store.reviewing import renew_reviews
from api.store.signing import save_draft, sign
from api.store.tasks import claim, criteria_of, locked
from criteria_dsl import compile_text
from tests.service.conftest import CALL, Client
from tests.store.scene import ANNA, BEN, CARA, MACHINE, SCREENER, Clock, Study, screened, study, verdict

NORTH = frozenset({"north"})
PEOPLE = tuple(f"p{number}" for number in range(8))


def alive(key: str, facts: str = "f") -> NewVerdict:
    """Two criteria, the first of them open."""
    return replace(verdict(key, facts), details={"deceased": "false"})


def judged(store: Store, of: Study, plan: Plan) -> None:
    """Every patient under review: I1 is open, I2 is met, as the engine has it."""
    with store.write(MACHINE) as unit:
        change_plan(unit, "DEMO-1", plan)
    run = screened(store, of, *(alive(key) for key in of.patients.values()))
    with store.write(MACHINE) as unit:
        renew_reviews(unit, run, {key: {"I1": "DATA_STALE"} for key in of.patients.values()})
        unit.note("reviews.renewed", f"runs/{run}")


def reviewed(store: Store, patient: str, actor: Actor, kind: str, **outcomes: str) -> None:
    """The next open task of a patient, decided and signed."""
    with store.read() as session:
        tasks = queue(session, Filter(patient_key=patient, kind=kind))
    task = min(tasks, key=lambda one: one.slot)
    with store.write(actor) as unit:
        claim(unit, task.key)
        for criterion in criteria_of(unit.session, task.key):
            save_draft(unit, task.key, criterion, outcomes[criterion], "chart")
        sign(unit, task.key, task.seen_sha256, actor.name, "reviewed")
        follow_review(unit, locked(unit, task.key))


@pytest.fixture
def of(store: Store) -> Study:
    made = study(store, PEOPLE)
    judged(store, made, Plan(2, ALL_CRITERIA))
    return made


def taken_in(store: Store) -> int:
    with store.write(SCREENER) as unit:
        return take_in(unit, "DEMO-1", "north", "clinic")


def steps(store: Store, patient: str) -> list[str]:
    with store.read() as session:
        return [one.step for one in way(session, patient, "DEMO-1")]


def test_the_board_follows_screenings_and_settled_reviews(store: Store, of: Study, clock: Clock) -> None:
    one, two = of.patients["p0"], of.patients["p1"]
    with store.read() as session:
        assert len(not_yet_candidates(session, "DEMO-1", "north", 100)) == len(PEOPLE)
        assert not_yet_candidates(session, "DEMO-1", "south", 100) == []
    assert taken_in(store) == len(PEOPLE)
    assert taken_in(store) == 0
    assert steps(store, one) == ["pre-screened", "in review"]
    clock.forward(hours=5)
    reviewed(store, one, ANNA, "review", I1="met", I2="met")
    assert steps(store, one)[-1] == "in review"
    clock.forward(hours=1)
    reviewed(store, one, BEN, "review", I1="met", I2="met")
    assert steps(store, one)[-1] == "cleared"
    reviewed(store, two, ANNA, "review", I1="met", I2="met")
    reviewed(store, two, BEN, "review", I1="not met", I2="met")
    # They differ: nothing moves before a third has decided.
    assert steps(store, two)[-1] == "in review"
    reviewed(store, two, CARA, "adjudication", I1="not met")
    with store.read() as session:
        last = standing(session, two, "DEMO-1")
        assert last is not None
        assert (last.step, last.reason, last.details) == ("out", "not met", {"criteria": ["I1"]})
        found = {one.patient_key: one for one in ways_of(session, "DEMO-1", NORTH)}
        assert {one.channel for one in found.values()} == {"clinic"}
        cleared, judged_at = found[one].at("cleared"), found[one].at("in review")
        assert cleared is not None
        assert judged_at is not None
        assert cleared - judged_at == timedelta(hours=6)
        assert candidate_failures(list(found.values()), {"I1": "diagnoses"}) == [("diagnoses", 1)]
        assert ways_of(session, "DEMO-1", frozenset({"south"})) == []


def test_who_was_reviewed_before_is_taken_in_where_the_review_left_them(store: Store, of: Study) -> None:
    patient = of.patients["p0"]
    for reviewer in (ANNA, BEN):
        reviewed(store, patient, reviewer, "review", I1="cannot tell", I2="met")
    other = of.patients["p1"]
    for reviewer in (ANNA, BEN):
        reviewed(store, other, reviewer, "review", I1="met", I2="met")
    taken_in(store)
    # What nobody can tell stays open.
    assert (steps(store, patient)[-1], steps(store, other)[-1]) == ("in review", "cleared")


def test_ratings_agreement_overrides_and_accuracy(store: Store, of: Study) -> None:
    said = [
        # First and second reviewer on I1 and I2; what a third says where they differ.
        (("met", "met"), ("met", "met"), {}),
        (("met", "not met"), ("met", "met"), {"I1": "not met"}),
        (("not met", "not met"), ("met", "not met"), {"I2": "not met"}),
        (("cannot tell", "cannot tell"), ("met", "met"), {}),
        (("met", "cannot tell"), ("not met", "not met"), {"I1": "cannot tell"}),
    ]
    for (first, second, third), patient in zip(said, of.patients.values(), strict=False):
        reviewed(store, patient, ANNA, "review", I1=first[0], I2=second[0])
        reviewed(store, patient, BEN, "review", I1=first[1], I2=second[1])
        if third:
            reviewed(store, patient, CARA, "adjudication", **third)
    reviewed(store, of.patients["p5"], ANNA, "review", I1="met", I2="met")
    with store.read() as session:
        ratings = ratings_of(session, "DEMO-1", NORTH)
        assert ratings_of(session, "DEMO-1", frozenset({"south"})) == []
    assert len(ratings) == 12
    assert [one.basis for one in ratings if one.patient_key == of.patients["p5"]] == [Basis.OPEN] * 2
    assert [one.basis for one in ratings[2:4]] == [Basis.ADJUDICATED, Basis.TWO_AGREE]
    assert [one.truth for one in ratings[2:4]] == ["not met", "met"]
    told = agreements(ratings)
    assert {name: (one.pairs, one.agreed) for name, one in told.items()} == {"I1": (5, 3), "I2": (5, 4)}
    assert (overall(ratings).pairs, overall(ratings).agreed) == (10, 7)
    assert [name for name, _ in unclear_wordings(told)] == ["I1", "I2"]
    by_criterion = {one.name: one for one in overrides(ratings, lambda one: one.criterion)}
    # The engine left I1 open and called I2 met for everybody.
    first, second = by_criterion["I1"], by_criterion["I2"]
    assert (first.engine_decided, first.rate.value, first.left_open) == (0, None, 5)
    assert first.settled == (("met", 1), ("not met", 2), ("cannot tell", 2))
    assert (second.engine_decided, second.overruled, second.rate.value) == (5, 2, 0.4)
    assert [one.name for one in overrides(ratings, lambda one: one.reason)] == ["DATA_STALE", "MET_EVIDENCE"]
    found = engine_accuracy(ratings)
    assert (found.table.true_positive, found.table.false_positive, found.table.cases) == (3, 2, 5)
    assert (found.shares.positive_predictive_value.value, found.left_open, found.undecidable) == (0.6, 3, 2)
    assert list(accuracies(ratings)) == ["I1", "I2"]


def test_a_signature_that_was_overtaken_takes_no_part(store: Store) -> None:
    made = study(store, ("p0",))
    judged(store, made, Plan())
    patient = made.patients["p0"]
    reviewed(store, patient, ANNA, "review", I1="met")
    with store.read() as session:
        (rating,) = ratings_of(session, "DEMO-1", NORTH)
    assert (rating.basis, rating.truth, rating.pair) == (Basis.ONE, "met", None)
    # What one person said is no truth to hold the engine to.
    assert engine_accuracy([rating]).table.cases == 0
    run = screened(store, made, alive(patient, "e"))
    with store.write(MACHINE) as unit:
        renew_reviews(unit, run, {patient: {"I1": "DATA_STALE"}})
    with store.read() as session:
        assert ratings_of(session, "DEMO-1", NORTH) == []


def test_groups_are_those_of_the_program() -> None:
    program = compile_text(CALL).program
    assert program is not None
    groups = groups_of(program)
    assert groups["I1"] == PERSON
    assert set(groups) == {one.id for one in program.criteria}


def test_who_failed_the_engine_is_counted_by_the_newest_verdict(store: Store) -> None:
    made = study(store, ("p0", "p1", "p2"))

    def failing(patient: str, *criteria: str) -> NewVerdict:
        findings = [
            NewFinding(
                name, "include", "pre-screen", "not met" if name in criteria else "met", "VALUE_LOW", {}, []
            )
            for name in ("I1", "I2", "I3")
        ]
        return NewVerdict(patient, "fail" if criteria else "pass", "f" * 64, {}, findings)

    keys = list(made.patients.values())
    screened(store, made, *(failing(key, "I1") for key in keys))
    screened(store, made, failing(keys[0]), failing(keys[1], "I1", "I2", "I3"))
    groups = {"I1": "diagnoses", "I2": "diagnoses", "I3": "medicines"}
    with store.read() as session:
        told = engine_failures(session, "DEMO-1", groups, NORTH)
        assert (told.judged, told.failed) == (3, 2)
        assert told.by_group == (("diagnoses", 2), ("medicines", 1))
        assert told.by_criterion == (("I1", 2), ("I2", 1), ("I3", 1))
        assert engine_failures(session, "DEMO-1", groups, frozenset({"south"})).judged == 0


def test_a_failure_for_which_nobody_named_a_criterion_is_not_guessed(store: Store, of: Study) -> None:
    taken_in(store)
    patient = of.patients["p0"]
    with store.write(SCREENER) as unit:
        take_step(unit, NewStep(patient, "DEMO-1", "out", 2, unit.now, "screen failure"))
    with store.read() as session:
        assert candidate_failures(ways_of(session, "DEMO-1"), {}) == [(NOT_SAID, 1)]


def test_programs_read_the_figures(client: Client) -> None:
    client.add(CALL)
    key = str(client.screen()["patient"])
    with client.store.write(Actor("sam", "screener", "local")) as unit:
        for number, step in enumerate(("pre-screened", "passed", "cleared")):
            at = unit.now - timedelta(days=10 - number)
            take_step(unit, NewStep(key, "DEMO-CALL", step, number, at))
    told = client.get("/studies/DEMO-CALL/figures")
    StudyFiguresTold.model_validate(told.json())
    figures = told.json()
    assert (told.status_code, figures["candidates"], figures["late"]) == (200, 1, 1)
    assert [one["reached"] for one in figures["steps"]] == [1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert figures["times"][1]["median_days"] == pytest.approx(1)
    assert (figures["out"], figures["agreement"]) == ([], [])
    assert key not in told.text
    assert client.get("/studies/OTHER/figures").status_code == 404
