"""How many tasks wait, bin by bin: what a queue's filters say beside each choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CompoundSelect, func, select, union
from sqlalchemy.orm import Session

from api.store.queues import Filter, matching
from api.store.tables import ProtocolVersion, Signature, Site, Task
from api.store.tasks import criteria_of_many


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
    versions: frozenset[str]  # of protocols, of the tasks that have a bin by criterion


def bins(session: Session, wanted: Filter, everywhere: frozenset[str] | None = None) -> Bins:
    """Counts of tasks under a filter. Sites are counted over `everywhere`, so that another can be chosen.

    Tasks are counted once, by all that the filters look at; what a filter leaves out is added up from that.
    """
    protocols, sites, assignees = Counter[str](), Counter[str](), Counter[str]()
    criteria, reasons = Counter[str](), Counter[str]()
    versions, total = set[str](), 0
    for version, protocol, site, assignee, asked, count in _tasks(session, wanted, everywhere):
        fits_protocol = wanted.protocol_id in (None, protocol)
        fits_assignee = wanted.assignee in (None, assignee)
        fits_site = wanted.sites is None or site in wanted.sites
        of_reason = {criterion for criterion, reason in asked.items() if wanted.reason in (None, reason)}
        of_criterion = {
            reason for criterion, reason in asked.items() if wanted.criterion in (None, criterion)
        }
        if _fits(asked, wanted):
            protocols[protocol] += count * (fits_site and fits_assignee)
            sites[site] += count * (fits_protocol and fits_assignee)
            assignees[assignee] += count * (fits_protocol and fits_site)
        if fits_protocol and fits_site and fits_assignee:
            total += count * _fits(asked, wanted)
            versions.add(version)
            criteria.update(dict.fromkeys(of_reason, count))
            reasons.update(dict.fromkeys(of_criterion, count))
    return Bins(
        total=total,
        protocols=_told(protocols),
        criteria=_told(criteria),
        reasons=_told(reasons),
        sites=_told(sites),
        assignees=_told(assignees),
        versions=frozenset(versions),
    )


def _fits(asked: dict[str, str], wanted: Filter) -> bool:
    """Whether a task that asks this has what is wanted in one criterion of it."""
    if wanted.criterion is None and wanted.reason is None:
        return True
    return any(
        wanted.criterion in (None, criterion) and wanted.reason in (None, reason)
        for criterion, reason in asked.items()
    )


def _told(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def _tasks(
    session: Session, wanted: Filter, everywhere: frozenset[str] | None
) -> list[tuple[str, str, str, str, dict[str, str], int]]:
    """Tasks by version, protocol, site, assignee ("" is nobody) and what they ask, of any choice."""
    free = replace(
        wanted, protocol_id=None, assignee=None, criterion=None, reason=None, sites=everywhere or wanted.sites
    )
    columns: tuple[Any, ...] = (Task.site_id, Task.version_key, Task.assignee, Task.asks)
    query = select(*columns, func.min(Task.key), func.count())
    rows = session.execute(matching(query, free).group_by(*columns)).all()
    versions = select(ProtocolVersion.key, ProtocolVersion.protocol_id).where(
        ProtocolVersion.key.in_({version for _, version, *_ in rows})
    )
    names = {row.key: row.protocol_id for row in session.execute(versions)}
    # Tasks of one mark ask the same: one of them tells what it is.
    one_of_each = {mark: key for *_, mark, key, _ in rows}
    asked = criteria_of_many(session, list(one_of_each.values()))

    def told(version: str, mark: str) -> dict[str, str]:
        found = asked[one_of_each[mark]]
        return dict.fromkeys(found, "") if names[version] in wanted.untold else found

    return [
        (version, names[version], site, assignee or "", told(version, mark), count)
        for site, version, assignee, mark, _, count in rows
    ]


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
