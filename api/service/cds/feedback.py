"""What became of a card, kept in the trail: taken or set aside, with a reason of the card's own list.

Free words of the user are not kept: the trail names no patient, and nobody could vouch for what they say.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.service.cds.cards import OVERRIDES
from api.service.service import Service
from api.store import Actor
from api.store.errors import NotStoredError
from api.store.tables import AuditEntry


class _Told(BaseModel):
    """Clients may send more than what is read here."""

    model_config = ConfigDict(extra="ignore")


class ReasonBody(_Told):
    """A reason of the card."""

    code: Annotated[str, Field(max_length=200)]
    system: Annotated[str, Field(max_length=1000)] | None = None


class OverrideBody(_Told):
    """Why a card was set aside."""

    reason: ReasonBody | None = None


class CardFeedback(_Told):
    """What became of one card."""

    card: UUID
    outcome: Literal["accepted", "overridden"]
    outcomeTimestamp: AwareDatetime  # noqa: N815 - names of CDS Hooks
    overrideReason: OverrideBody | None = None  # noqa: N815


class FeedbackBody(_Told):
    """What became of some cards."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "example": {
                "feedback": [
                    {
                        "card": "01a204e2-7dce-7000-aadf-63855e13768a",
                        "outcome": "accepted",
                        "outcomeTimestamp": "2026-06-01T09:30:00Z",
                    }
                ]
            }
        },
    )

    feedback: Annotated[list[CardFeedback], Field(min_length=1, max_length=100)]


def keep_feedback(service: Service, actor: Actor, site: str, body: FeedbackBody) -> None:
    """Keep all of it or nothing; raises NotStoredError for a card that the site was never shown."""
    with service.store.write(actor) as unit:
        for one in body.feedback:
            _require_shown(unit.session, one.card.hex, site)
            told: dict[str, object] = {"outcome": one.outcome, "at": one.outcomeTimestamp.isoformat()}
            if one.overrideReason is not None and one.overrideReason.reason is not None:
                code = one.overrideReason.reason.code
                told["reason"] = code if code in OVERRIDES else "other"
            unit.note("cds.feedback", f"cards/{one.card.hex}", told, site)


def _require_shown(session: Session, card: str, site: str) -> None:
    shown = select(AuditEntry.number).where(
        AuditEntry.subject == f"cards/{card}",
        AuditEntry.action == "cds.shown",
        AuditEntry.site_id == site,
    )
    if session.scalar(shown.limit(1)) is None:
        raise NotStoredError("cards", card)
