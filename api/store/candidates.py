"""Where candidates stand in a study: a way of steps, each with who and when.

Steps go forward, some may be left out, and `out` may follow any but the last. Who is out comes back only
by being screened again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api.store.database import BESIDE_KEYS, Writing
from api.store.errors import ConflictError, NotStoredError, StoreError
from api.store.keys import new_key
from api.store.tables import Patient, StatusStep

STEPS = (
    "pre-screened",
    "passed",
    "in review",
    "cleared",
    "referred",
    "contacted",
    "consented",
    "screened",
    "randomised",
)
OUT = "out"
OUT_REASONS = (
    "not met",
    "patient declined",
    "physician declined",
    "not approached",
    "lost",
    "screen failure",
    "deceased",
    "other",
)


@dataclass(frozen=True, slots=True)
class NewStep:
    """`expected` is the number of the step that the caller saw last; 0 for somebody new."""

    patient_key: str
    protocol_id: str
    step: str
    expected: int
    happened_at: datetime
    reason: str | None = None
    details: dict[str, object] = field(default_factory=dict)


def may_follow(before: str | None, step: str) -> bool:
    """Whether a step may come after another, None being the beginning."""
    if before is None or before == OUT:
        return step == STEPS[0]
    if step == OUT:
        return before != STEPS[-1]
    # A re-screen of somebody on the way puts them back to the beginning, up to the point of consent.
    if step == STEPS[0]:
        return STEPS.index(before) < STEPS.index("consented")
    return STEPS.index(step) > STEPS.index(before)


def take_step(unit: Writing, new: NewStep) -> StatusStep:
    """Add a step. ConflictError where somebody else took one meanwhile, or it does not follow."""
    if new.step != OUT and new.step not in STEPS:
        raise StoreError("STEP_UNKNOWN", "status_steps", f"no step is called {new.step!r}")
    if (new.reason not in OUT_REASONS) if new.step == OUT else (new.reason is not None):
        raise StoreError("REASON_NEEDED", "status_steps", "who is out is out for one of the listed reasons")
    patient = unit.session.get(Patient, new.patient_key, with_for_update=BESIDE_KEYS)
    if patient is None:
        raise NotStoredError("patients", new.patient_key)
    before = standing(unit.session, new.patient_key, new.protocol_id)
    if (0 if before is None else before.number) != new.expected:
        raise ConflictError("STEP_TAKEN", "status_steps", "somebody else has moved this candidate meanwhile")
    if not may_follow(None if before is None else before.step, new.step):
        came = "nothing" if before is None else before.step
        raise ConflictError("STEP_ORDER", "status_steps", f"{new.step} does not follow {came}")
    step = StatusStep(
        key=new_key(),
        patient_key=new.patient_key,
        protocol_id=new.protocol_id,
        number=new.expected + 1,
        step=new.step,
        reason=new.reason,
        details=new.details,
        happened_at=new.happened_at,
        recorded_at=unit.now,
        recorded_by=unit.actor.name,
    )
    unit.keep(
        step,
        "candidate.moved",
        {"patient": new.patient_key, "protocol": new.protocol_id, "step": new.step, "reason": new.reason},
        patient.site_id,
    )
    return step


def standing(session: Session, patient_key: str, protocol_id: str) -> StatusStep | None:
    """The step where a candidate is now, None for who never entered."""
    return session.scalar(
        select(StatusStep)
        .where(StatusStep.patient_key == patient_key, StatusStep.protocol_id == protocol_id)
        .order_by(StatusStep.number.desc())
        .limit(1)
    )


def way(session: Session, patient_key: str, protocol_id: str) -> list[StatusStep]:
    """All steps of a candidate, first to last."""
    return list(
        session.scalars(
            select(StatusStep)
            .where(StatusStep.patient_key == patient_key, StatusStep.protocol_id == protocol_id)
            .order_by(StatusStep.number)
        )
    )


def ways(session: Session, last: Sequence[StatusStep]) -> list[list[StatusStep]]:
    """The same of several candidates, by the last step of each."""
    keys = {one.patient_key for one in last}
    query = select(StatusStep).where(StatusStep.patient_key.in_(keys)).order_by(StatusStep.number)
    found: dict[tuple[str, str], list[StatusStep]] = {}
    for step in session.scalars(query):
        found.setdefault((step.patient_key, step.protocol_id), []).append(step)
    return [found[one.patient_key, one.protocol_id] for one in last]


def board(session: Session, protocol_id: str, sites: frozenset[str] | None = None) -> list[StatusStep]:
    """The last step of every candidate of a protocol, the longest waiting first."""
    other = aliased(StatusStep)
    last = (
        select(func.max(other.number))
        .where(other.patient_key == StatusStep.patient_key, other.protocol_id == protocol_id)
        .scalar_subquery()
    )
    query = (
        select(StatusStep)
        .where(StatusStep.protocol_id == protocol_id, StatusStep.number == last)
        .order_by(StatusStep.happened_at, StatusStep.key)
    )
    if sites is not None:
        query = query.join(Patient, Patient.key == StatusStep.patient_key).where(Patient.site_id.in_(sites))
    return list(session.scalars(query))
