"""Review tasks: opened for a verdict, held by one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.errors import ConflictError, LeaseLostError, NotStoredError
from api.store.hashing import asked_mark, content_hash
from api.store.keys import new_key
from api.store.tables import Patient, ProtocolVersion, Signature, StoredVerdict, Task, TaskCriterion

LEASE = timedelta(minutes=15)
_AT_ONCE = 500


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
                asks=asked_mark(criteria),
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


def criteria_of_many(session: Session, task_keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """The same of several tasks, by the key of each."""
    found: dict[str, dict[str, str]] = {key: {} for key in task_keys}
    for start in range(0, len(task_keys), _AT_ONCE):
        query = select(TaskCriterion.task_key, TaskCriterion.criterion, TaskCriterion.reason).where(
            TaskCriterion.task_key.in_(task_keys[start : start + _AT_ONCE])
        )
        for key, criterion, reason in session.execute(query.order_by(TaskCriterion.criterion)):
            found[key][criterion] = reason
    return found


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
