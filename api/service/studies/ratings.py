"""What the engine and each reviewer said of one criterion of one case, side by side.

Only signatures that hold take part: one that a newer verdict overtook is of another case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.double_review import ADJUDICATION, REVIEW
from api.store.tables import (
    Decision,
    ProtocolVersion,
    Signature,
    StoredFinding,
    StoredVerdict,
    Task,
    Void,
)


class Basis(StrEnum):
    """On whose word the truth of a criterion rests."""

    ADJUDICATED = "a third decided"
    TWO_AGREE = "two agree"
    ONE = "one reviewer"
    OPEN = "not settled yet"


@dataclass(slots=True)
class Rating:
    """One criterion of one case. `reviews` are the reviewers' outcomes by slot, `third` the adjudicator's.

    `engine` is met, not met or unknown, `reason` the engine's code; outcomes of people are met, not met or
    cannot tell, each with its reason code in `reasons`.
    """

    verdict_key: str
    patient_key: str
    site: str
    version: str
    criterion: str
    polarity: str
    engine: str
    reason: str
    slots: int
    reviews: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    third: str | None = None
    third_reason: str = ""
    signed_at: datetime | None = None

    @property
    def basis(self) -> Basis:
        if self.third is not None:
            return Basis.ADJUDICATED
        if len(self.reviews) < self.slots:
            return Basis.OPEN
        if self.slots == 1:
            return Basis.ONE
        return Basis.TWO_AGREE if len(set(self.reviews.values())) == 1 else Basis.OPEN

    @property
    def truth(self) -> str | None:
        """What holds, None while it is not settled."""
        if self.basis is Basis.OPEN:
            return None
        return self.third if self.third is not None else next(iter(self.reviews.values()))

    @property
    def pair(self) -> tuple[str, str] | None:
        """What the first and the second reviewer said, None where not both did."""
        if 1 in self.reviews and 2 in self.reviews:
            return self.reviews[1], self.reviews[2]
        return None


def ratings_of(session: Session, protocol_id: str, sites: frozenset[str]) -> list[Rating]:
    """All ratings of a study at some sites, in the order in which cases were judged and criteria stand."""
    query = (
        select(Decision, Signature.signed_at, Task, ProtocolVersion.version, StoredFinding)
        .join(Signature, Signature.key == Decision.signature_key)
        .join(Task, Task.key == Signature.task_key)
        .join(ProtocolVersion, ProtocolVersion.key == Task.version_key)
        .join(StoredVerdict, StoredVerdict.key == Task.verdict_key)
        .join(
            StoredFinding,
            (StoredFinding.verdict_key == Task.verdict_key) & (StoredFinding.criterion == Decision.criterion),
        )
        .outerjoin(Void, Void.signature_key == Signature.key)
        .where(
            ProtocolVersion.protocol_id == protocol_id,
            Task.site_id.in_(sites),
            Task.kind.in_((REVIEW, ADJUDICATION)),
            Void.signature_key.is_(None),
        )
        .order_by(StoredVerdict.judged_at, StoredVerdict.key, StoredFinding.place, Task.slot)
    )
    slots = _slots(session, protocol_id, sites)
    found: dict[tuple[str, str], Rating] = {}
    for decision, signed_at, task, version, finding in session.execute(query):
        rating = found.get((task.verdict_key, decision.criterion))
        if rating is None:
            rating = found[task.verdict_key, decision.criterion] = Rating(
                task.verdict_key,
                task.patient_key,
                task.site_id,
                version,
                decision.criterion,
                finding.polarity,
                finding.outcome,
                finding.reason,
                slots[task.verdict_key],
            )
        if task.kind == ADJUDICATION:
            rating.third, rating.third_reason = decision.outcome, decision.reason
        else:
            rating.reviews[task.slot] = decision.outcome
            rating.reasons[task.slot] = decision.reason
        rating.signed_at = max(rating.signed_at or signed_at, signed_at)
    return list(found.values())


def _slots(session: Session, protocol_id: str, sites: frozenset[str]) -> dict[str, int]:
    """How many reviewers a case has, by verdict."""
    query = (
        select(Task.verdict_key, Task.slot)
        .join(ProtocolVersion, ProtocolVersion.key == Task.version_key)
        .where(ProtocolVersion.protocol_id == protocol_id, Task.site_id.in_(sites), Task.kind == REVIEW)
        .order_by(Task.slot)
    )
    return dict(session.execute(query).all())
