"""Counts as MeasureReport: how many were judged, passed, are open, failed; of a run, or a version by site.

Of a version the newest verdict of each patient counts. A count says nothing of who is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.service.fhir.elements import SYSTEM, Element, concept, instant
from api.service.fhir.exchange import Resource
from api.store.errors import NotStoredError
from api.store.tables import Patient, ProtocolVersion, Run, StoredVerdict

_POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
_VERDICTS = ("pass", "needs-clinician-review", "fail")
_RUN_STATES = {"queued": "pending", "running": "pending", "failed": "error", "cancelled": "error"}
Counts = Mapping[str, int]


def measure_report(session: Session, key: str, sites: frozenset[str], now: datetime) -> Resource:
    """The report of a run, or of a version, by its key. Only what belongs to `sites` is counted.

    Raises NotStoredError for a run of another site as for one that is not.
    """
    run = session.get(Run, key)
    if run is not None and run.site_id in sites:
        return _of_run(session, run, now)
    version = session.get(ProtocolVersion, key)
    if version is None:
        raise NotStoredError("runs", key)
    return _of_version(session, version, sites, now)


def _of_run(session: Session, run: Run, now: datetime) -> Resource:
    rows = session.execute(
        select(StoredVerdict.verdict, func.count())
        .where(StoredVerdict.run_key == run.key)
        .group_by(StoredVerdict.verdict)
    )
    counts = {run.site_id: {str(verdict): n for verdict, n in rows}}
    period = {"start": run.as_of, "end": run.as_of}
    return _report(run.key, run.version_key, _RUN_STATES.get(run.state, "complete"), period, counts, now)


def _of_version(session: Session, version: ProtocolVersion, sites: frozenset[str], now: datetime) -> Resource:
    """The newest verdict of each patient of the sites under one version."""
    newest = (
        func.row_number()
        .over(
            partition_by=StoredVerdict.patient_key,
            order_by=(StoredVerdict.judged_at.desc(), StoredVerdict.key.desc()),
        )
        .label("newest")
    )
    ranked = (
        select(Patient.site_id, StoredVerdict.verdict, Run.as_of, newest)
        .join(Patient, Patient.key == StoredVerdict.patient_key)
        .join(Run, Run.key == StoredVerdict.run_key)
        .where(StoredVerdict.version_key == version.key, Patient.site_id.in_(sites))
        .subquery()
    )
    rows = session.execute(
        select(
            ranked.c.site_id,
            ranked.c.verdict,
            func.count(),
            func.min(ranked.c.as_of),
            func.max(ranked.c.as_of),
        )
        .where(ranked.c.newest == 1)
        .group_by(ranked.c.site_id, ranked.c.verdict)
    ).all()
    counts: dict[str, dict[str, int]] = {site: {} for site in sites}
    for site, verdict, number, _, _ in rows:
        counts[site][str(verdict)] = number
    days = [day for *_, first, last in rows for day in (first, last)]
    added = version.added_at.date().isoformat()
    period = {"start": min(days, default=added), "end": max(days, default=added)}
    return _report(version.key, version.key, "complete", period, counts, now)


def _report(
    key: str, version_key: str, status: str, period: Element, counts: Mapping[str, Counts], now: datetime
) -> Resource:
    total = Counter[str]()
    for own in counts.values():
        total.update(own)
    strata = [
        {"value": {"text": site}, "population": _populations(own)} for site, own in sorted(counts.items())
    ]
    return {
        "resourceType": "MeasureReport",
        "id": key,
        "status": status,
        "type": "summary",
        "measure": measure_url(version_key),
        "date": instant(now),
        "period": period,
        "group": [
            {
                "population": _populations(total),
                "stratifier": [{"code": [concept("stratifier", "site")], "stratum": strata}],
            }
        ],
    }


def _populations(counts: Counts) -> list[Element]:
    everybody = {"coding": [{"system": _POPULATION, "code": "initial-population"}]}
    told: list[Element] = [{"code": everybody, "count": sum(counts.values())}]
    return told + [{"code": concept("verdict", name), "count": counts.get(name, 0)} for name in _VERDICTS]


def measure_url(version_key: str) -> str:
    """The canonical name of what is counted: a version of a protocol."""
    return f"{SYSTEM}:protocol-version:{version_key}"
