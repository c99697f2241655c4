"""How many tasks wait, bin by bin: what a queue's filters say beside each choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CompoundSelect, func, select, union
from sqlalchemy.orm import Session

from api.store.tables import ProtocolVersion, Signature, Site, StoredFinding, Task, TaskCriterion
from api.store.tasks import Filter, matching


@dataclass(frozen=True, slots=True)
class Bins:
    """Tasks by what a filter can choose: how many there are with that and all the other filters on.

    A task that asks about several criteria is in the bin of each.
    """

    total: int
    protocols: dict[str, int]
    criteria: dict[str, int]
    reasons: dict[str, int]
    sites: dict[str, int]
    assignees: dict[str, int]


def bins(session: Session, wanted: Filter, everywhere: frozenset[str] | None = None) -> Bins:
    """Counts of tasks under a filter. Sites are counted over `everywhere`, so that another can be chosen.

    Tasks are counted once, by all that they have one of each; what a filter leaves out is added up from that.
    """
    protocols, sites, assignees = Counter[str](), Counter[str](), Counter[str]()
    total = 0
    open_to = replace(wanted, protocol_id=None, assignee=None, sites=everywhere or wanted.sites)
    for protocol, site, assignee, count in _tasks(session, open_to):
        fits_protocol = wanted.protocol_id in (None, protocol)
        fits_assignee = wanted.assignee in (None, assignee)
        fits_site = wanted.sites is None or site in wanted.sites
        protocols[protocol] += count * (fits_site and fits_assignee)
        sites[site] += count * (fits_protocol and fits_assignee)
        assignees[assignee] += count * (fits_protocol and fits_site)
        total += count * (fits_protocol and fits_site and fits_assignee)
    criteria, reasons = _asked(session, wanted)
    return Bins(total, _told(protocols), criteria, reasons, _told(sites), _told(assignees))


def _told(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def _tasks(session: Session, wanted: Filter) -> list[tuple[str, str, str, int]]:
    """Tasks by protocol, site and assignee ("" is nobody)."""
    columns: tuple[Any, ...] = (Task.version_key, Task.site_id, func.coalesce(Task.assignee, ""))
    query = matching(select(*columns, func.count()).select_from(Task), wanted).group_by(*columns)
    rows = session.execute(query).all()
    versions = select(ProtocolVersion.key, ProtocolVersion.protocol_id).where(
        ProtocolVersion.key.in_({version for version, *_ in rows})
    )
    names = {row.key: row.protocol_id for row in session.execute(versions)}
    return [(names[version], site, assignee, count) for version, site, assignee, count in rows]


def _asked(session: Session, wanted: Filter) -> tuple[dict[str, int], dict[str, int]]:
    """Tasks by criterion and by reason."""
    columns: tuple[Any, ...] = (TaskCriterion.criterion, TaskCriterion.reason)
    free = replace(wanted, criterion=None, reason=None)
    counted = select(*columns, func.count()).select_from(Task)
    # A filter joins the version where it names a protocol; the criteria come on top.
    asked_about = TaskCriterion.task_key == Task.key
    query = matching(counted, free).join(TaskCriterion, asked_about).group_by(*columns)
    criteria, reasons = Counter[str](), Counter[str]()
    several: set[str] = set()
    for criterion, reason, count in session.execute(query):
        if wanted.reason in (None, reason):
            criteria[criterion] += count
        if wanted.criterion in (None, criterion):
            several |= {reason} & reasons.keys()
            reasons[reason] += count
    if several:
        # A task may ask about several criteria for one reason.
        times: Any = func.count(Task.key.distinct())
        distinct = matching(select(columns[1], times).select_from(Task), free)
        distinct = distinct.join(TaskCriterion, asked_about).group_by(columns[1])
        for reason, count in session.execute(distinct):
            reasons[reason] = count
    return _told(criteria), _told(reasons)


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


def colleagues(session: Session, site: str) -> list[str]:
    """Names of those who have signed at a site, or were assigned something there."""
    signed = select(Signature.reviewer).join(Task, Task.key == Signature.task_key)
    assigned = select(Task.assignee).where(Task.assignee.is_not(None))
    found: CompoundSelect[Any] = union(
        signed.where(Task.site_id == site), assigned.where(Task.site_id == site)
    )
    return sorted(str(name) for name in session.scalars(found))
