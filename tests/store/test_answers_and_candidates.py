"""Answers that are corrected by another row, and candidates who go one way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.store import ConflictError, Store, StoreError
from api.store.answers import NewAnswer, current_answers, record_answer
from api.store.candidates import OUT, STEPS, NewStep, board, may_follow, standing, take_step, way
from tests.store.scene import SCREENER, Clock, Study, answers_given, study

AT = datetime(2026, 5, 31, 15, 30, tzinfo=UTC)


def answered(store: Store, of: Study, value: object, question: str = "q1") -> None:
    with store.write(SCREENER) as unit:
        record_answer(unit, NewAnswer(of.patients["p1"], question, "Do you smoke?", value, "patient", AT))


def test_the_newest_answer_counts_and_all_are_kept(store: Store, clock: Clock) -> None:
    of = study(store)
    for value in ("yes", "no", {"quantity": 72.5, "unit": "kg"}):
        answered(store, of, value)
        clock.forward(minutes=1)
    answered(store, of, 0, "q2")
    patient = of.patients["p1"]
    with store.read() as session:
        current = current_answers(session, patient)
        assert {q: a.value for q, a in current.items()} == {"q1": {"quantity": 72.5, "unit": "kg"}, "q2": 0}
        history = answers_given(session, patient, "q1")
        assert [(a.number, a.value) for a in history][:2] == [(1, "yes"), (2, "no")]
        assert {(a.recorded_by, a.answered_by, a.answered_at, a.wording) for a in history} == {
            ("sam", "patient", AT, "Do you smoke?")
        }
        assert current_answers(session, of.patients["p2"]) == {}


@pytest.mark.parametrize("falsy", [False, 0, "", []])
def test_an_answer_is_taken_back_by_none_and_nothing_else(store: Store, falsy: object) -> None:
    of = study(store)
    answered(store, of, falsy)
    with store.read() as session:
        assert current_answers(session, of.patients["p1"])["q1"].value == falsy
    answered(store, of, None)
    with store.read() as session:
        assert current_answers(session, of.patients["p1"]) == {}
        assert len(answers_given(session, of.patients["p1"], "q1")) == 2


def moved(store: Store, of: Study, step: str, expected: int, reason: str | None = None) -> None:
    with store.write(SCREENER) as unit:
        take_step(unit, NewStep(of.patients["p1"], "DEMO-1", step, expected, AT, reason))


def test_the_whole_way(store: Store) -> None:
    of = study(store)
    for number, step in enumerate(STEPS):
        moved(store, of, step, number)
    with store.read() as session:
        steps = way(session, of.patients["p1"], "DEMO-1")
        assert [s.step for s in steps] == list(STEPS)
        assert [s.number for s in steps] == list(range(1, len(STEPS) + 1))
        last = standing(session, of.patients["p1"], "DEMO-1")
        assert last is not None
        assert last.step == "randomised"
    with pytest.raises(ConflictError):
        moved(store, of, OUT, len(STEPS), "lost")


def test_out_with_a_reason_and_back_by_screening(store: Store) -> None:
    of = study(store)
    moved(store, of, "pre-screened", 0)
    for reason in (None, "", "because"):
        with pytest.raises(StoreError) as caught:
            moved(store, of, OUT, 1, reason)
        assert caught.value.code == "REASON_NEEDED"
    moved(store, of, OUT, 1, "patient declined")
    with pytest.raises(ConflictError):
        moved(store, of, "referred", 2)
    moved(store, of, "pre-screened", 2)


def test_a_step_on_what_is_no_longer_so_is_refused(store: Store) -> None:
    of = study(store)
    moved(store, of, "pre-screened", 0)
    with pytest.raises(ConflictError) as caught:
        moved(store, of, "passed", 0)
    assert caught.value.code == "STEP_TAKEN"
    with pytest.raises(StoreError) as unknown:
        moved(store, of, "elected", 1)
    assert unknown.value.code == "STEP_UNKNOWN"


def test_steps_go_forward_only() -> None:
    for at, before in enumerate(STEPS):
        allowed = {step for step in STEPS if may_follow(before, step)}
        again = {"pre-screened"} if at < STEPS.index("consented") else set()
        assert allowed == {*STEPS[at + 1 :]} | again
        assert may_follow(before, OUT) is (before != "randomised")
    assert [step for step in (*STEPS, OUT) if may_follow(None, step)] == ["pre-screened"]


def test_the_board_shows_where_everybody_stands(store: Store) -> None:
    of = study(store)
    for number, patient in enumerate(of.patients.values()):
        for at, step in enumerate(STEPS[: number + 1]):
            with store.write(SCREENER) as unit:
                take_step(unit, NewStep(patient, "DEMO-1", step, at, AT))
    with store.read() as session:
        assert {s.patient_key: s.step for s in board(session, "DEMO-1")} == dict(
            zip(of.patients.values(), STEPS, strict=False)
        )
        assert len(board(session, "DEMO-1", frozenset({"north"}))) == 3
        assert board(session, "DEMO-1", frozenset({"south"})) == []
        assert board(session, "OTHER") == []
