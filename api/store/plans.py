"""How a study's cases are reviewed: by one or two, over which criteria, with or without the engine's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.candidates import STEPS
from api.store.database import Writing
from api.store.errors import NotStoredError, StoreError
from api.store.tables import Protocol, StudyPlan

OPEN_CRITERIA, ALL_CRITERIA = "open criteria", "all criteria"
# Days that a candidate may stand at a step before it counts as a stall. None is known of the last one.
USUAL_DAYS: Mapping[str, int] = {
    "pre-screened": 2,
    "passed": 7,
    "in review": 7,
    "cleared": 3,
    "referred": 7,
    "contacted": 14,
    "consented": 28,
    "screened": 14,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for a study. Two reviewers never see each other's decisions before both have signed.

    `sample_percent`: how many of a hundred cases that passed or failed are reviewed, on all criteria.
    """

    reviewers: int = 1
    scope: str = OPEN_CRITERIA
    engine_hidden: bool = False
    target_days: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_DAYS))
    sample_percent: int = 0

    @property
    def may_ask_all(self) -> bool:
        """Whether all criteria of some patient are reviewed, whatever the engine found."""
        return self.scope == ALL_CRITERIA or self.sample_percent > 0

    def asks_all(self, patient_key: str) -> bool:
        """Whether all criteria of a patient may be reviewed, whatever the engine found."""
        return self.scope == ALL_CRITERIA or self.draws(patient_key)

    def draws(self, patient_key: str) -> bool:
        """Whether a case that the engine settled is reviewed all the same: always or never of one patient.

        Without such cases nobody knows how right the engine is where it says no.
        """
        place = int.from_bytes(sha256(patient_key.encode()).digest()[:8]) / 2**64
        return place * 100 < self.sample_percent


def plan_of(session: Session, protocol_id: str) -> Plan:
    """A study's plan: what was set for it, else one reviewer for what the engine left open."""
    row = session.get(StudyPlan, protocol_id)
    if row is None:
        return Plan()
    return Plan(
        row.reviewers, row.scope, row.engine_hidden, {**USUAL_DAYS, **row.target_days}, row.sample_percent
    )


def plans_of(session: Session) -> dict[str, Plan]:
    """The plans that were set, by protocol."""
    return {key: plan_of(session, key) for key in session.scalars(select(StudyPlan.protocol_id))}


def asks_for_two(session: Session) -> bool:
    """Whether any study has its cases reviewed by two: else nobody can be the other reviewer of a case."""
    return session.scalar(select(StudyPlan.protocol_id).where(StudyPlan.reviewers > 1).limit(1)) is not None


def change_plan(unit: Writing, protocol_id: str, plan: Plan) -> None:
    """Set a study's plan; it holds for cases that are opened from now on. Raises StoreError."""
    if unit.session.get(Protocol, protocol_id) is None:
        raise NotStoredError("protocols", protocol_id)
    if plan.reviewers not in (1, 2) or plan.scope not in (OPEN_CRITERIA, ALL_CRITERIA):
        raise StoreError(
            "PLAN_INVALID", "study_plans", "one or two reviewers, over open or over all criteria"
        )
    if not 0 <= plan.sample_percent <= 100:
        raise StoreError("PLAN_INVALID", "study_plans", "0 to 100 of a hundred cases that the engine settled")
    if not plan.target_days.keys() <= set(STEPS[:-1]) or any(
        not 1 <= days <= 3650 for days in plan.target_days.values()
    ):
        raise StoreError("PLAN_INVALID", "study_plans", "1 to 3650 days, at any step but the last")
    told = {
        "reviewers": plan.reviewers,
        "scope": plan.scope,
        "engine_hidden": plan.engine_hidden,
        "target_days": dict(plan.target_days),
        "sample_percent": plan.sample_percent,
    }
    unit.session.merge(
        StudyPlan(protocol_id=protocol_id, **told, changed_by=unit.actor.name, changed_at=unit.now)
    )
    unit.session.flush()
    unit.note("study.planned", f"study_plans/{protocol_id}", told)
