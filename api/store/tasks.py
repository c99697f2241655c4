"""Review tasks: opened for a verdict, found in a queue, held by one person at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from api.store.database import Writing
from api.store.errors import ConflictError, LeaseLostError, NotStoredError
from api.store.hashing import content_hash
from api.store.keys import new_key
from api.store.tables import Patient, ProtocolVersion, Signature, StoredVerdict, Task, TaskCriterion

LEASE = timedelta(minutes=15)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the queue is wanted; None leaves a thing open. `sites` is what the caller may see.

    `held` is whether somebody holds it at `now`; an `assignee` of "" is nobody; `added_before` is for
    what has waited longer. With a `reviewer`, a case of two reviews is there for them once, and not at all
    where they have signed the other review; `now` is needed for that, too.
    """

    sites: frozenset[str] | None = None
    protocol_id: str | None = None
    criterion: str | None = None
    reason: str | None = None
    kind: str | None = None
    assignee: str | None = None
    state: str | frozenset[str] = "open"
    patient_key: str | None = None
    held: bool | None = None
    now: datetime | None = None
    added_before: datetime | None = None
    reviewer: str | None = None


def seen_hash(session: Session, verdict: StoredVerdict) -> str:
    """Over everything that a reviewer of a verdict is shown: findings, facts, protocol, terminology."""
    return _seen(verdict, session.get_one(ProtocolVersion, verdict.version_key))


def _seen(verdict: StoredVerdict, version: ProtocolVersion) -> str:
    return content_hash(
        [verdict.findings_sha256, verdict.facts_sha256, version.program_sha256, version.lock_sha256]
    )


def open_tasks(
    unit: Writing, verdict_key: str, criteria: dict[str, str], kind: str = "review", slots: int = 1
) -> list[Task]:
    """Tasks for the open criteria (id to reason) of a verdict; two slots are two reviewers.

    ConflictError where the verdict already has tasks of this kind.
    """
    return open_many(unit, {verdict_key: criteria}, kind, slots)


def open_many(
    unit: Writing, cases: dict[str, dict[str, str]], kind: str = "review", slots: int = 1
) -> list[Task]:
    """The same for many verdicts at once: open criteria with their reasons by verdict key."""
    session = unit.session
    shown = _shown(session, list(cases))
    tasks = []
    for verdict_key, criteria in cases.items():
        if verdict_key not in shown:
            raise NotStoredError("verdicts", verdict_key)
        verdict, version, site = shown[verdict_key]
        tasks += [
            Task(
                key=new_key(),
                verdict_key=verdict_key,
                version_key=verdict.version_key,
                patient_key=verdict.patient_key,
                site_id=site,
                kind=kind,
                slot=slot,
                open_criteria=len(criteria),
                seen_sha256=_seen(verdict, version),
                added_at=unit.now,
                state="open",
                revision=1,
            )
            for slot in range(1, slots + 1)
        ]
    session.add_all(tasks)
    session.flush()
    for task in tasks:
        criteria = cases[task.verdict_key]
        session.add_all(
            TaskCriterion(task_key=task.key, criterion=criterion, reason=reason)
            for criterion, reason in criteria.items()
        )
        told: dict[str, object] = {"kind": kind, "criteria": sorted(criteria)}
        unit.note("task.opened", f"tasks/{task.key}", told, task.site_id)
    session.flush()
    return tasks


def _shown(session: Session, keys: list[str]) -> dict[str, tuple[StoredVerdict, ProtocolVersion, str]]:
    """Verdicts by key, with their version and site."""
    found = {}
    for start in range(0, len(keys), _AT_ONCE):
        query = (
            select(StoredVerdict, ProtocolVersion, Patient.site_id)
            .join(ProtocolVersion, ProtocolVersion.key == StoredVerdict.version_key)
            .join(Patient, Patient.key == StoredVerdict.patient_key)
            .where(StoredVerdict.key.in_(keys[start : start + _AT_ONCE]))
        )
        for verdict, version, site in session.execute(query):
            found[verdict.key] = (verdict, version, site)
    return found


def queue(session: Session, wanted: Filter, limit: int = 50, offset: int = 0) -> list[Task]:
    """Tasks with the fewest open criteria first, the oldest first among equals."""
    query = matching(select(Task), wanted).order_by(Task.open_criteria, Task.added_at, Task.key)
    return list(session.scalars(query.limit(limit).offset(offset)))


def matching(query: Select[Any], wanted: Filter) -> Select[Any]:
    """A query over tasks, held to those that are wanted."""
    states = {wanted.state} if isinstance(wanted.state, str) else wanted.state
    query = query.where(Task.state.in_(states))
    if wanted.held is not None:
        live = and_(Task.held_until.is_not(None), Task.held_until > wanted.now)
        query = query.where(live if wanted.held else ~live)
    if wanted.patient_key is not None:
        query = query.where(Task.patient_key == wanted.patient_key)
    if wanted.sites is not None:
        query = query.where(Task.site_id.in_(wanted.sites))
    if wanted.protocol_id is not None:
        query = query.join(ProtocolVersion, ProtocolVersion.key == Task.version_key).where(
            ProtocolVersion.protocol_id == wanted.protocol_id
        )
    if wanted.kind is not None:
        query = query.where(Task.kind == wanted.kind)
    if wanted.assignee is not None:
        query = query.where(Task.assignee == wanted.assignee if wanted.assignee else Task.assignee.is_(None))
    if wanted.added_before is not None:
        query = query.where(Task.added_at < wanted.added_before)
    if wanted.criterion is not None or wanted.reason is not None:
        asked = exists().where(TaskCriterion.task_key == Task.key)
        if wanted.criterion is not None:
            asked = asked.where(TaskCriterion.criterion == wanted.criterion)
        if wanted.reason is not None:
            asked = asked.where(TaskCriterion.reason == wanted.reason)
        # Also where the query itself is about criteria.
        query = query.where(asked.correlate(Task))
    if wanted.reviewer is not None:
        query = query.where(or_(Task.kind == "question", _is_offered(wanted.reviewer, wanted.now)))
    return query


def _is_offered(reviewer: str, now: datetime | None) -> ColumnElement[bool]:
    """Whether somebody may take a review, and no other of the same case is offered to them before it."""
    other = aliased(Task)

    def holds(task: Any, who: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(task.held_until.is_not(None), task.held_until > now, who)

    # Whatever is asked of assignees, both reviews fit or neither does.
    comes_before = and_(
        other.slot < Task.slot,
        other.assignee.is_not_distinct_from(Task.assignee),
        ~holds(other, other.holder != reviewer),
        ~holds(Task, Task.holder == reviewer),
    )
    is_second = exists().where(
        other.verdict_key == Task.verdict_key,
        other.kind == Task.kind,
        other.key != Task.key,
        other.state == "open",
        or_(comes_before, holds(other, other.holder == reviewer)),
    )
    signed = select(Signature.verdict_key).where(Signature.reviewer == reviewer)
    return and_(~is_second.correlate(Task), Task.verdict_key.not_in(signed))


def task_of(session: Session, task_key: str) -> Task:
    task = session.get(Task, task_key)
    if task is None:
        raise NotStoredError("tasks", task_key)
    return task


def criteria_of(session: Session, task_key: str) -> dict[str, str]:
    """Criteria that a task asks about, with the reason of each."""
    rows = session.scalars(
        select(TaskCriterion).where(TaskCriterion.task_key == task_key).order_by(TaskCriterion.criterion)
    )
    return {row.criterion: row.reason for row in rows}


def claim(unit: Writing, task_key: str, expected_revision: int | None = None) -> Task:
    """Hold a task for a quarter of an hour, or longer if it is held already.

    ConflictError where someone else holds it, it is no longer open, its revision moved on, or the same
    person has the other slot of a double review.
    """
    task = locked(unit, task_key)
    if expected_revision is not None and task.revision != expected_revision:
        raise ConflictError("TASK_CHANGED", f"tasks/{task_key}", "the task has changed since you saw it")
    if task.state != "open":
        raise ConflictError("TASK_CLOSED", f"tasks/{task_key}", f"the task is {task.state}")
    if _held_by_other(unit, task):
        raise ConflictError("TASK_HELD", f"tasks/{task_key}", f"{task.holder} is working on it")
    _require_other_reviewer(unit, task)
    task.holder, task.held_until = unit.actor.name, unit.now + LEASE
    task.revision += 1
    unit.note("task.claimed", f"tasks/{task_key}", site=task.site_id)
    unit.session.flush()
    return task


def release(unit: Writing, task_key: str) -> Task:
    """Give a task back to the queue; drafts stay. LeaseLostError where it was not held."""
    task = locked(unit, task_key)
    require_held(unit, task)
    task.holder = task.held_until = None
    task.revision += 1
    unit.note("task.released", f"tasks/{task_key}", site=task.site_id)
    unit.session.flush()
    return task


def assign(unit: Writing, task_key: str, assignee: str | None) -> Task:
    """Say whose open task it is, or nobody's; it can still be claimed by others."""
    task = locked(unit, task_key)
    if task.state != "open":
        raise ConflictError("TASK_CLOSED", f"tasks/{task_key}", f"the task is {task.state}")
    task.assignee = assignee
    task.revision += 1
    unit.note("task.assigned", f"tasks/{task_key}", {"to": assignee}, task.site_id)
    unit.session.flush()
    return task


def close(unit: Writing, task_key: str, why: str) -> Task:
    """End a task without a signature, as when a question was answered."""
    task = locked(unit, task_key)
    if task.state != "open":
        raise ConflictError("TASK_CLOSED", f"tasks/{task_key}", f"the task is {task.state}")
    task.state, task.holder, task.held_until = "closed", None, None
    task.revision += 1
    unit.note("task.closed", f"tasks/{task_key}", {"why": why}, task.site_id)
    unit.session.flush()
    return task


def locked(unit: Writing, task_key: str) -> Task:
    """A task with its siblings of the same verdict, locked in one order, so that no two wait crosswise."""
    verdict_key = task_of(unit.session, task_key).verdict_key
    rows = unit.session.scalars(
        select(Task)
        .where(Task.verdict_key == verdict_key)
        .order_by(Task.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return next(task for task in rows if task.key == task_key)


def require_held(unit: Writing, task: Task) -> None:
    """Raises LeaseLostError unless the actor holds the task now."""
    held = task.state == "open" and task.holder == unit.actor.name
    if not held or task.held_until is None or task.held_until <= unit.now:
        raise LeaseLostError(f"tasks/{task.key}", "the task is not held, or no longer: claim it again")


def _held_by_other(unit: Writing, task: Task) -> bool:
    live = task.held_until is not None and task.held_until > unit.now
    return live and task.holder != unit.actor.name


def _require_other_reviewer(unit: Writing, task: Task) -> None:
    """Slots of one verdict belong to different people, whatever kind they are of."""
    session = unit.session
    signed = session.scalar(
        select(Signature.key).where(
            Signature.verdict_key == task.verdict_key, Signature.reviewer == unit.actor.name
        )
    )
    holds = session.scalar(
        select(Task.key).where(
            Task.verdict_key == task.verdict_key,
            Task.key != task.key,
            Task.state == "open",
            Task.holder == unit.actor.name,
            Task.held_until > unit.now,
        )
    )
    if signed is not None or holds is not None:
        raise ConflictError(
            "SAME_REVIEWER", f"tasks/{task.key}", "the other review of this case is by the same person"
        )
