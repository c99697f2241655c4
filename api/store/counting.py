"""How many tasks wait, bin by bin: what a queue's filters say beside each choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.tables import ProtocolVersion, Site, StoredFinding, Task, TaskCriterion
from api.store.tasks import Filter, matching


@dataclass(frozen=True, slots=True)
class Bins:
    """Tasks by what a filter can choose, each bin counted with all the other filters on.

    A task that asks about
    several criteria is in the bin of each.
    """

    total: int
    protocols: dict[str, int]
    criteria: dict[str, int]
    reasons: dict[str, int]
    sites: dict[str, int]
    assignees: dict[str, int]


def bins(session: Session, wanted: Filter) -> Bins:
    """Counts of tasks under a filter."""
    total = session.scalar(matching(select(func.count()).select_from(Task), wanted)) or 0
    return Bins(
        total=total,
        protocols=_protocols(session, replace(wanted, protocol_id=None)),
        criteria=_asked(session, replace(wanted, criterion=None), TaskCriterion.criterion),
        reasons=_asked(session, replace(wanted, reason=None), TaskCriterion.reason),
        sites=_by(session, wanted, Task.site_id),
        assignees=_by(session, replace(wanted, assignee=None), func.coalesce(Task.assignee, "")),
    )


def _by(session: Session, wanted: Filter, column: Any) -> dict[str, int]:
    query = matching(select(column, func.count()).select_from(Task), wanted)
    return {str(name): int(count) for name, count in session.execute(query.group_by(column).order_by(column))}


def _protocols(session: Session, wanted: Filter) -> dict[str, int]:
    counts = _by(session, wanted, Task.version_key)
    versions = select(ProtocolVersion.key, ProtocolVersion.protocol_id)
    found: dict[str, int] = {}
    for key, protocol in session.execute(versions.where(ProtocolVersion.key.in_(list(counts)))):
        found[protocol] = found.get(protocol, 0) + counts[key]
    return dict(sorted(found.items()))


def _asked(session: Session, wanted: Filter, column: Any) -> dict[str, int]:
    query = matching(select(column, func.count(Task.key.distinct())).select_from(Task), wanted)
    # A filter joins the version where it names a protocol; the criteria come on top.
    query = query.join(TaskCriterion, TaskCriterion.task_key == Task.key)
    return {str(name): int(count) for name, count in session.execute(query.group_by(column).order_by(column))}


def asked_of(session: Session, tasks: list[Task]) -> dict[str, list[tuple[str, str, str]]]:
    """Criterion, label and reason of what each of some tasks asks about, by the key of the task."""
    query = (
        select(TaskCriterion.task_key, TaskCriterion.criterion, StoredFinding.details, TaskCriterion.reason)
        .join(Task, Task.key == TaskCriterion.task_key)
        .join(
            StoredFinding,
            (StoredFinding.verdict_key == Task.verdict_key)
            & (StoredFinding.criterion == TaskCriterion.criterion),
        )
        .where(TaskCriterion.task_key.in_([task.key for task in tasks]))
        .order_by(StoredFinding.place)
    )
    found: dict[str, list[tuple[str, str, str]]] = {task.key: [] for task in tasks}
    for key, criterion, details, reason in session.execute(query):
        found[key].append((criterion, str(details.get("label") or ""), reason))
    return found


def site_names(session: Session) -> dict[str, str]:
    return {one.id: one.name for one in session.scalars(select(Site))}
