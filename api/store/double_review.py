"""Two reviewers of one case, who do not see each other's decisions, and a third where they differ."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.tables import Decision, Signature, StoredFinding, Task
from api.store.tasks import criteria_of, open_tasks

REVIEW, ADJUDICATION, QUESTION = "review", "adjudication", "question"


def siblings(session: Session, task: Task) -> list[Task]:
    """All reviews of a task's verdict, by slot, then its adjudication."""
    rows = session.scalars(
        select(Task).where(
            Task.verdict_key == task.verdict_key,
            Task.kind.in_((REVIEW, ADJUDICATION)),
            Task.state != "closed",
        )
    )
    return sorted(rows, key=lambda one: (one.kind == ADJUDICATION, one.slot))


def is_blind(session: Session, task: Task) -> bool:
    """Whether what was decided in a task is hidden yet: another review of the same case is still open."""
    return task.kind == REVIEW and any(
        one.state == "open" and one.kind == REVIEW and one.key != task.key for one in siblings(session, task)
    )


def peers_of(session: Session, task: Task) -> list[list[Decision]]:
    """What the reviewers of a case decided, by slot, for the one who settles where they differ."""
    if task.kind != ADJUDICATION:
        return []
    return list(_decided(session, task).values())


def questions_of(session: Session, task: Task, may_review: bool) -> list[Decision]:
    """What reviewers could not tell and signed, for whoever answers a question; by slot.

    Nothing for somebody who may yet be the other reviewer of the case.
    """
    if task.kind != QUESTION:
        return []
    if may_review and any(one.state == "open" for one in siblings(session, task)):
        return []
    signed = _decided(session, task).values()
    return [one for review in signed for one in review if one.outcome == "cannot tell"]


def call_third(unit: Writing, task: Task) -> Task | None:
    """Open an adjudication where this signature was the last of two reviews and they differ; else None.

    It asks about the criteria that they decided differently, and about no other. Called in the unit that
    signs, which has locked the tasks of the verdict.
    """
    if task.kind != REVIEW:
        return None
    session = unit.session
    reviews = [one for one in siblings(session, task) if one.kind == REVIEW]
    if len(reviews) < 2 or any(one.state != "signed" for one in reviews):
        return None
    apart = differing(list(_decided(session, task).values()))
    if not apart:
        return None
    criteria = {name: reason for name, reason in criteria_of(session, task.key).items() if name in apart}
    return open_tasks(unit, task.verdict_key, criteria, ADJUDICATION)[0]


def differing(reviews: Sequence[Sequence[Decision]]) -> set[str]:
    """Criteria that reviews decided differently."""
    said: dict[str, set[str]] = {}
    for review in reviews:
        for one in review:
            said.setdefault(one.criterion, set()).add(one.outcome)
    return {criterion for criterion, outcomes in said.items() if len(outcomes) > 1}


def final_decisions(session: Session, task: Task) -> dict[str, str] | None:
    """The outcome by criterion that holds for a case, None while a review or its adjudication is open."""
    tasks = siblings(session, task)
    if any(one.state != "signed" for one in tasks):
        return None
    decided = _decided(session, task, ADJUDICATION)
    return {one.criterion: one.outcome for review in decided.values() for one in review}


def _decided(session: Session, task: Task, *more: str) -> dict[str, list[Decision]]:
    """Signed decisions by task, reviews by slot and then, where asked for, the adjudication."""
    found: dict[str, list[Decision]] = {}
    for one in siblings(session, task):
        if one.kind == REVIEW or one.kind in more:
            rows = session.scalars(
                select(Decision)
                .join(Signature, Signature.key == Decision.signature_key)
                .where(Signature.task_key == one.key)
                .order_by(Decision.criterion)
            )
            found[one.key] = list(rows)
    return found


def asked_criteria(session: Session, verdict_key: str) -> dict[str, str]:
    """All criteria of a verdict that have a part in it at pre-screen, with the reason of each."""
    rows = session.scalars(
        select(StoredFinding)
        .where(
            StoredFinding.verdict_key == verdict_key,
            StoredFinding.stage == "pre-screen",
            StoredFinding.polarity != "population",
        )
        .order_by(StoredFinding.place)
    )
    return {one.criterion: one.reason for one in rows}
