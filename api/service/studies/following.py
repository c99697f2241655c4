"""Brings the board up to where screenings and reviews stand; all further steps are people's.

Whoever passed or has to be reviewed can be taken in; a candidate who is on the board moves on when the review
of their case is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from api.service.fhir.settled import settled
from api.store import Writing
from api.store.candidates import OUT, NewStep, standing, take_step
from api.store.double_review import final_decisions
from api.store.results import findings_of
from api.store.tables import Patient, ProtocolVersion, Signature, StatusStep, StoredVerdict, Task
from eligibility.reasons import Verdict

# Steps from which a settled review moves a candidate on.
_BEFORE_CLEARED = frozenset({"pre-screened", "passed", "in review"})
AT_ONCE = 500


def not_yet_candidates(session: Session, protocol_id: str, site: str, limit: int) -> list[StoredVerdict]:
    """Newest verdicts, pass or review, of patients of a site who never were candidates, oldest first."""
    later = aliased(StoredVerdict)
    version = aliased(ProtocolVersion)
    is_newest = ~(
        select(later.key)
        .join(version, version.key == later.version_key)
        .where(
            later.patient_key == StoredVerdict.patient_key,
            version.protocol_id == protocol_id,
            (later.judged_at > StoredVerdict.judged_at)
            | ((later.judged_at == StoredVerdict.judged_at) & (later.key > StoredVerdict.key)),
        )
        .exists()
    )
    is_candidate = (
        select(StatusStep.key)
        .where(StatusStep.patient_key == StoredVerdict.patient_key, StatusStep.protocol_id == protocol_id)
        .exists()
    )
    query = (
        select(StoredVerdict)
        .join(ProtocolVersion, ProtocolVersion.key == StoredVerdict.version_key)
        .join(Patient, Patient.key == StoredVerdict.patient_key)
        .where(
            ProtocolVersion.protocol_id == protocol_id,
            Patient.site_id == site,
            StoredVerdict.verdict.in_((Verdict.PASS.value, Verdict.REVIEW.value)),
            is_newest,
            ~is_candidate,
        )
        .order_by(StoredVerdict.judged_at, StoredVerdict.key)
        .limit(limit)
    )
    return list(session.scalars(query))


def take_in(unit: Writing, protocol_id: str, site: str, channel: str = "") -> int:
    """Put up to AT_ONCE screened patients of a site on the board; how many it were."""
    details: dict[str, object] = {"channel": channel} if channel else {}
    found = not_yet_candidates(unit.session, protocol_id, site, AT_ONCE)
    for verdict in found:
        key, at = verdict.patient_key, verdict.judged_at
        take_step(unit, NewStep(key, protocol_id, "pre-screened", 0, at, details=details))
        step = "passed" if verdict.verdict == Verdict.PASS.value else "in review"
        take_step(unit, NewStep(key, protocol_id, step, 1, at))
        task = unit.session.scalar(
            select(Task).where(Task.verdict_key == verdict.key).order_by(Task.slot).limit(1)
        )
        if task is not None:
            follow_review(unit, task)
    if not found:
        unit.note("candidates.none", f"protocols/{protocol_id}", site=site)
    return len(found)


def follow_review(unit: Writing, task: Task) -> StatusStep | None:
    """Move a candidate on where the reviews of their case are settled; None where nothing moves.

    Called in the unit that signs. Who is not on the board, or further along already, stays where they are.
    """
    session = unit.session
    final = final_decisions(session, task)
    protocol_id = session.get_one(ProtocolVersion, task.version_key).protocol_id
    now = standing(session, task.patient_key, protocol_id)
    if final is None or now is None or now.step not in _BEFORE_CLEARED:
        return None
    verdict = session.get_one(StoredVerdict, task.verdict_key)
    word = settled(findings_of(session, verdict.key), final, str(verdict.details.get("deceased", "unknown")))
    at = _signed_at(session, verdict.key)
    if word == Verdict.PASS.value:
        new = NewStep(task.patient_key, protocol_id, "cleared", now.number, at)
    elif word == Verdict.FAIL.value:
        details: dict[str, object] = {"criteria": _not_met(session, verdict.key, final)}
        new = NewStep(task.patient_key, protocol_id, OUT, now.number, at, "not met", details)
    else:
        return None
    return take_step(unit, new)


def _not_met(session: Session, verdict_key: str, decided: Mapping[str, str]) -> list[str]:
    """Criteria that failed the patient, those that people decided and those that nobody had to."""
    return [
        one.criterion
        for one in findings_of(session, verdict_key)
        if decided.get(one.criterion, one.outcome) == "not met"
        and one.stage == "pre-screen"
        and one.polarity not in ("population", "cohort")
    ]


def _signed_at(session: Session, verdict_key: str) -> datetime:
    """When the last signature of a case was given."""
    query = select(Signature.signed_at).where(Signature.verdict_key == verdict_key)
    return session.scalars(query.order_by(Signature.signed_at.desc()).limit(1)).one()
