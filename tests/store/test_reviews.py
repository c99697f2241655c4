"""Tasks held by one at a time, drafts until they are signed, signatures until what was seen changes."""

from __future__ import annotations

import pytest

from api.store import Actor, ConflictError, NotStoredError, Store, StoreError
from api.store.errors import LeaseLostError
from api.store.protocols import NewVersion, add_version
from api.store.queues import Filter, queue
from api.store.signing import decisions_of, drafts_of, drop_draft, save_draft, sign
from api.store.tables import Signature, Task
from api.store.tasks import (
    assign,
    claim,
    close,
    criteria_of,
    open_many,
    open_tasks,
    release,
    seen_hash,
    task_of,
)
from api.store.voiding import Voided, void_overtaken
from tests.store.scene import (
    ANNA,
    BEN,
    CARA,
    MACHINE,
    Clock,
    Study,
    newest,
    screened,
    signatures_of,
    study,
    verdict,
)


@pytest.fixture
def of(store: Store) -> Study:
    made = study(store)
    screened(store, made, *(verdict(key) for key in made.patients.values()))
    return made


def opened(store: Store, of: Study, number: str = "p1", criteria: int = 1, slots: int = 1) -> list[Task]:
    row = newest(store, of, number)
    with store.write(MACHINE) as unit:
        return open_tasks(unit, row.key, {f"I{n}": "DATA_STALE" for n in range(1, criteria + 1)}, slots=slots)


def signed(store: Store, task: Task, actor: Actor = ANNA, outcome: str = "met") -> str:
    with store.write(actor) as unit:
        claim(unit, task.key)
        for criterion in criteria_of(unit.session, task.key):
            save_draft(unit, task.key, criterion, outcome, "chart", "seen in letter")
        return sign(unit, task.key, task.seen_sha256, "Dr. A", "I reviewed this case").key


def test_fewest_open_criteria_first_then_the_oldest(store: Store, of: Study, clock: Clock) -> None:
    (many,) = opened(store, of, "p1", criteria=3)
    (old,) = opened(store, of, "p2")
    clock.forward(hours=1)
    (young,) = opened(store, of, "p3")
    with store.read() as session:
        assert [t.key for t in queue(session, Filter())] == [old.key, young.key, many.key]
        assert [t.key for t in queue(session, Filter(criterion="I2"))] == [many.key]
        assert [t.key for t in queue(session, Filter(reason="DATA_STALE"), limit=2, offset=1)] == [
            young.key,
            many.key,
        ]
        assert queue(session, Filter(criterion="I2", reason="NOTE_ONLY")) == []
        assert len(queue(session, Filter(protocol_id="DEMO-1", kind="review"))) == 3
        assert queue(session, Filter(protocol_id="OTHER")) == []
        assert queue(session, Filter(sites=frozenset({"south"}))) == []
        assert queue(session, Filter(sites=frozenset())) == []
    with store.write(MACHINE) as unit:
        assign(unit, young.key, "anna")
    with store.read() as session:
        assert [t.key for t in queue(session, Filter(assignee="anna"))] == [young.key]


def test_a_task_is_held_by_one_until_the_lease_ends(store: Store, of: Study, clock: Clock) -> None:
    (task,) = opened(store, of)
    with store.write(ANNA) as unit:
        held = claim(unit, task.key)
    assert (held.holder, held.revision) == ("anna", 2)
    with pytest.raises(ConflictError) as caught, store.write(BEN) as unit:
        claim(unit, task.key)
    assert caught.value.code == "TASK_HELD"
    clock.forward(minutes=14)
    with store.write(ANNA) as unit:
        claim(unit, task.key)
    clock.forward(minutes=14, seconds=59)
    with pytest.raises(ConflictError), store.write(BEN) as unit:
        claim(unit, task.key)
    clock.forward(seconds=1)
    with store.write(BEN) as unit:
        claim(unit, task.key)
    with pytest.raises(LeaseLostError), store.write(ANNA) as unit:
        save_draft(unit, task.key, "I1", "met")
    with store.write(BEN) as unit:
        release(unit, task.key)
    with store.write(ANNA) as unit:
        claim(unit, task.key)


def test_a_stale_revision_is_refused(store: Store, of: Study) -> None:
    (task,) = opened(store, of)
    with store.write(MACHINE) as unit:
        assign(unit, task.key, "ben")
    with pytest.raises(ConflictError) as caught, store.write(ANNA) as unit:
        claim(unit, task.key, expected_revision=1)
    assert caught.value.code == "TASK_CHANGED"
    with store.write(ANNA) as unit:
        claim(unit, task.key, expected_revision=2)


def test_drafts_can_be_changed_and_taken_back_until_signed(store: Store, of: Study) -> None:
    (task,) = opened(store, of, criteria=2)
    with store.write(ANNA) as unit:
        claim(unit, task.key)
        save_draft(unit, task.key, "I1", "met")
        save_draft(unit, task.key, "I1", "not met", "chart", "letter of May")
        save_draft(unit, task.key, "I2", "met")
        drop_draft(unit, task.key, "I2")
    with store.read() as session:
        assert [(d.criterion, d.outcome) for d in drafts_of(session, task.key)] == [("I1", "not met")]
    with pytest.raises(StoreError) as caught, store.write(ANNA) as unit:
        sign(unit, task.key, task.seen_sha256, "Anna", "reviewed")
    assert caught.value.code == "DECISION_MISSING"
    with store.write(ANNA) as unit:
        save_draft(unit, task.key, "I2", "cannot tell")
        signature = sign(unit, task.key, task.seen_sha256, "Anna", "reviewed")
    with store.read() as session:
        assert drafts_of(session, task.key) == []
        assert [(d.criterion, d.outcome, d.comment) for d in decisions_of(session, signature.key)] == [
            ("I1", "not met", "letter of May"),
            ("I2", "cannot tell", ""),
        ]
        assert task_of(session, task.key).state == "signed"
        assert signatures_of(session, of.patients["p1"]) == [signature.key]
    for late in (lambda u: claim(u, task.key), lambda u: close(u, task.key, "late")):
        with pytest.raises(ConflictError) as closed, store.write(ANNA) as unit:
            late(unit)
        assert closed.value.code == "TASK_CLOSED"


@pytest.mark.parametrize(("criterion", "outcome"), [("I1", "maybe"), ("I9", "met")])
def test_a_draft_is_of_the_task_and_of_the_known_outcomes(
    store: Store, of: Study, criterion: str, outcome: str
) -> None:
    (task,) = opened(store, of)
    with store.write(ANNA) as unit:
        claim(unit, task.key)
    with pytest.raises(StoreError), store.write(ANNA) as unit:
        save_draft(unit, task.key, criterion, outcome)


def test_only_what_was_shown_is_signed(store: Store, of: Study) -> None:
    (task,) = opened(store, of)
    with store.write(ANNA) as unit:
        claim(unit, task.key)
        save_draft(unit, task.key, "I1", "met")
    with pytest.raises(ConflictError) as caught, store.write(ANNA) as unit:
        sign(unit, task.key, "0" * 64, "Anna", "reviewed")
    assert caught.value.code == "SEEN_CHANGED"


def test_two_slots_are_two_people(store: Store, of: Study, clock: Clock) -> None:
    one, two = opened(store, of, slots=2)
    with store.write(ANNA) as unit:
        claim(unit, one.key)
    with pytest.raises(ConflictError) as caught, store.write(ANNA) as unit:
        claim(unit, two.key)
    assert caught.value.code == "SAME_REVIEWER"
    signed(store, one, ANNA, "met")
    clock.forward(hours=1)
    with pytest.raises(ConflictError), store.write(ANNA) as unit:
        claim(unit, two.key)
    signed(store, two, BEN, "not met")
    with store.read() as session:
        (third,) = queue(session, Filter(kind="adjudication"))
    for reviewer in (ANNA, BEN):
        with pytest.raises(ConflictError), store.write(reviewer) as unit:
            claim(unit, third.key)
    signed(store, third, CARA, "met")
    with store.read() as session:
        assert len(signatures_of(session, of.patients["p1"])) == 3


def test_a_verdict_has_its_tasks_once(store: Store, of: Study) -> None:
    opened(store, of)
    with pytest.raises(ConflictError):
        opened(store, of)


def test_many_cases_are_opened_at_once(store: Store, of: Study) -> None:
    rows = [newest(store, of, number) for number in of.patients]
    with store.write(MACHINE) as unit:
        tasks = open_many(unit, {row.key: {"I1": "x", "I2": "y"} for row in rows}, slots=2)
        assert [criteria_of(unit.session, t.key) for t in tasks] == [{"I1": "x", "I2": "y"}] * 6
        assert {(t.verdict_key, t.slot) for t in tasks} == {(r.key, s) for r in rows for s in (1, 2)}
        assert {(t.seen_sha256, t.verdict_key) for t in tasks} == {
            (seen_hash(unit.session, r), r.key) for r in rows
        }
    with pytest.raises(NotStoredError), store.write(MACHINE) as unit:
        open_many(unit, {"0" * 32: {}})


def overtaken(store: Store, of: Study, number: str, version_key: str | None = None) -> list[Voided]:
    row = newest(store, of, number, version_key)
    with store.write(MACHINE) as unit:
        unit.note("verdict.compared", f"verdicts/{row.key}")
        return void_overtaken(unit, row.key)


def test_the_same_again_voids_nothing(store: Store, of: Study, clock: Clock) -> None:
    (task,) = opened(store, of)
    signed(store, task)
    clock.forward(days=1)
    screened(store, of, verdict(of.patients["p1"]))
    assert overtaken(store, of, "p1") == []
    with store.read() as session:
        assert len(signatures_of(session, of.patients["p1"])) == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("facts", ("data",)),
        ("value", ("findings",)),
        ("protocol", ("protocol",)),
        ("lock", ("terminology",)),
        ("all", ("data", "protocol", "terminology")),
    ],
)
def test_what_changed_voids_the_signature_and_says_so(
    store: Store, of: Study, clock: Clock, change: str, told: tuple[str, ...]
) -> None:
    (one,) = opened(store, of, "p1")
    (other,) = opened(store, of, "p2")
    signature = signed(store, one)
    clock.forward(days=1)
    version_key = of.version_key
    if change in ("protocol", "all", "lock"):
        amended = change != "lock"
        with store.write(MACHINE) as unit:
            version_key = add_version(
                unit,
                NewVersion(
                    "DEMO-1",
                    "Demo",
                    "2.0" if amended else "1.0",
                    "amended" if amended else "protocol DEMO-1 …",
                    ("b" if amended else "a") * 64,
                    "" if change == "protocol" else "expanded anew",
                ),
            ).key
    facts, value = ("e" if change in ("facts", "all") else "f"), (9.9 if change == "value" else 7.1)
    screened(store, of, verdict(of.patients["p1"], facts, value), version_key=version_key)
    assert overtaken(store, of, "p1", version_key) == [Voided(one.key, signature, told)]
    assert overtaken(store, of, "p1", version_key) == []
    with store.read() as session:
        assert signatures_of(session, of.patients["p1"]) == []
        assert session.get(Signature, signature) is not None
        assert len(decisions_of(session, signature)) == 1
        assert task_of(session, one.key).state == "void"
        assert task_of(session, other.key).state == "open"


def test_a_case_that_changes_under_a_reviewer_cannot_be_signed(store: Store, of: Study) -> None:
    (task,) = opened(store, of)
    with store.write(ANNA) as unit:
        claim(unit, task.key)
        save_draft(unit, task.key, "I1", "met")
    screened(store, of, verdict(of.patients["p1"], "e"))
    assert overtaken(store, of, "p1") == [Voided(task.key, None, ("data",))]
    with pytest.raises(LeaseLostError), store.write(ANNA) as unit:
        sign(unit, task.key, task.seen_sha256, "Anna", "reviewed")
