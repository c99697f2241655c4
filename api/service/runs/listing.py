"""Verdicts as they are kept: of a run, page by page, and of a patient from the first to the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.service.access.ownership import of_site
from api.store.protocols import versions_by_key
from api.store.results import findings_by_verdict, verdict_history
from api.store.tables import Patient, ProtocolVersion, Run, StoredFinding, StoredVerdict

Told = dict[str, Any]


def verdicts_of_runs(
    session: Session, runs: Sequence[str], after: tuple[int, str] | None, limit: int
) -> list[tuple[int, StoredVerdict]]:
    """Verdicts of some runs in their order, by pseudonym; `after` is the last place of the page before.

    Each run is asked alone, by its index: a page of a million verdicts costs what a page of a hundred does.
    """
    found: list[tuple[int, StoredVerdict]] = []
    begin, last = after or (0, "")
    for number, run in list(enumerate(runs))[begin:]:
        query = (
            select(StoredVerdict)
            .where(StoredVerdict.run_key == run, StoredVerdict.patient_key > last)
            .order_by(StoredVerdict.patient_key)
            .limit(limit - len(found))
        )
        found += [(number, verdict) for verdict in session.scalars(query)]
        if len(found) == limit:
            break
        last = ""
    return found


def history_of(session: Session, patient: str, site: str, after: str | None, limit: int) -> list[Told]:
    """A page of a patient's verdicts, oldest first; NotStoredError where the site has no such patient."""
    of_site(session.get(Patient, patient), site, "patients", patient)
    return told(session, verdict_history(session, patient, after, limit))


def told(session: Session, verdicts: Sequence[StoredVerdict]) -> list[Told]:
    """Verdicts with the outcome and reason of each criterion."""
    findings = findings_by_verdict(session, [one.key for one in verdicts])
    query = select(Run.key, Run.as_of).where(Run.key.in_({one.run_key for one in verdicts}))
    days = {row.key: row.as_of for row in session.execute(query)}
    versions = versions_by_key(session, {one.version_key for one in verdicts})
    return [_told(one, versions[one.version_key], days[one.run_key], findings[one.key]) for one in verdicts]


def _told(
    verdict: StoredVerdict, version: ProtocolVersion, as_of: str, findings: Sequence[StoredFinding]
) -> Told:
    return {
        "verdict_key": verdict.key,
        "patient": verdict.patient_key,
        "protocol": version.protocol_id,
        "version": version.version,
        "version_key": version.key,
        "as_of": as_of,
        "judged_at": verdict.judged_at.isoformat(),
        "verdict": verdict.verdict,
        **verdict.details,
        "criteria": [{"id": one.criterion, "outcome": one.outcome, "reason": one.reason} for one in findings],
    }
