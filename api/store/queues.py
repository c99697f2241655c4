"""The tasks that wait: found by filters, in the order in which they should be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from api.store.tables import ProtocolVersion, Signature, Task, TaskCriterion


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the queue is wanted; None leaves a thing open. `sites` is what the caller may see.

    `held` is whether somebody holds it at `now`; an `assignee` of "" is nobody; `not_for_others` leaves out
    what is assigned to others than this one; `added_before` is for what has waited longer. With a `reviewer`,
    a case of two reviews is there for them once, and not at all where they have signed the other review;
    `now` is needed for that, too. Of protocols that are `untold` nobody learns why a criterion is open: no
    reason finds them.
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
    not_for_others: str | None = None
    added_before: datetime | None = None
    reviewer: str | None = None
    untold: frozenset[str] = frozenset()


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
    if wanted.not_for_others is not None:
        query = query.where(or_(Task.assignee.is_(None), Task.assignee == wanted.not_for_others))
    if wanted.added_before is not None:
        query = query.where(Task.added_at < wanted.added_before)
    if wanted.criterion is not None or wanted.reason is not None:
        asked = exists().where(TaskCriterion.task_key == Task.key)
        if wanted.criterion is not None:
            asked = asked.where(TaskCriterion.criterion == wanted.criterion)
        if wanted.reason is not None:
            asked = asked.where(TaskCriterion.reason == wanted.reason)
        query = query.where(asked.correlate(Task))
    if wanted.reason is not None and wanted.untold:
        versions = select(ProtocolVersion.key).where(ProtocolVersion.protocol_id.in_(wanted.untold))
        query = query.where(Task.version_key.not_in(versions))
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
