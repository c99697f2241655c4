"""Verdicts as they are kept: of a run, page by page, and of a patient from the first to the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from api.service.access.ownership import of_site
from api.store.results import findings_of, verdict_history
from api.store.tables import Patient, ProtocolVersion, Run, StoredVerdict

Told = dict[str, Any]


def verdicts_of_runs(
    session: Session, runs: Sequence[str], after: tuple[int, str] | None, limit: int
) -> list[tuple[int, StoredVerdict]]:
    """Verdicts of some runs in their order, by pseudonym; `after` is the last place of the page before."""
    place = case({key: number for number, key in enumerate(runs)}, value=StoredVerdict.run_key)
    query = select(place, StoredVerdict).where(StoredVerdict.run_key.in_(runs))
    if after is not None:
        number, patient = after
        query = query.where(or_(place > number, and_(place == number, StoredVerdict.patient_key > patient)))
    query = query.order_by(place, StoredVerdict.patient_key).limit(limit)
    return [(int(number), verdict) for number, verdict in session.execute(query)]


def history_of(session: Session, patient: str, site: str, after: str | None, limit: int) -> list[Told]:
    """A page of a patient's verdicts, oldest first; NotStoredError where the site has no such patient."""
    of_site(session.get(Patient, patient), site, "patients", patient)
    return [told(session, verdict) for verdict in verdict_history(session, patient, after, limit)]


def told(session: Session, verdict: StoredVerdict) -> Told:
    """A verdict with the outcome and reason of each criterion."""
    version = session.get_one(ProtocolVersion, verdict.version_key)
    return {
        "verdict_key": verdict.key,
        "patient": verdict.patient_key,
        "protocol": version.protocol_id,
        "version": version.version,
        "version_key": version.key,
        "as_of": session.get_one(Run, verdict.run_key).as_of,
        "judged_at": verdict.judged_at.isoformat(),
        "verdict": verdict.verdict,
        **verdict.details,
        "criteria": [
            {"id": one.criterion, "outcome": one.outcome, "reason": one.reason}
            for one in findings_of(session, verdict.key)
        ],
    }
