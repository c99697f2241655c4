"""A candidate's next step, taken by somebody: what may be said of it, and when it may have been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from api.errors import UserError
from api.service.access.ownership import of_site
from api.store import Writing
from api.store.candidates import OUT, STEPS, NewStep, standing, take_step
from api.store.tables import Patient, StatusStep

# What follows when all goes well. A review is settled by signing it, not on the board.
USUAL_NEXT = {
    "pre-screened": "passed",
    "passed": "cleared",
    "cleared": "referred",
    "referred": "contacted",
    "contacted": "consented",
    "consented": "screened",
    "screened": "randomised",
}
_SIGNED_ONLY = "in review"


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody says on the board. `seen` is the number of the step that they saw, `day` when it was."""

    patient_key: str
    protocol_id: str
    seen: int
    step: str
    day: date
    reason: str = ""
    criterion: str = ""
    form_version: str = ""
    channel: str = ""


def next_steps(step: str) -> tuple[str, ...]:
    """Steps that may be taken on the board after one, `out` apart."""
    if step in (OUT, STEPS[-1], _SIGNED_ONLY):
        return ()
    return tuple(one for one in STEPS[STEPS.index(step) + 1 :] if one != _SIGNED_ONLY)


def require_signed(now: StatusStep | None, step: str) -> None:
    """Raises UserError for whoever would move a case past its review without a signature."""
    if now is not None and now.step == _SIGNED_ONLY and step not in (OUT, STEPS[0]):
        raise UserError(
            "REVIEW_OPEN", "step", "this case is in review: it moves on when the review is signed"
        )


def move(unit: Writing, site: str, wanted: Move) -> StatusStep:
    """Take a step of a candidate of a site; raises UserError for what cannot be, and as `take_step` does."""
    of_site(unit.session.get(Patient, wanted.patient_key), site, "patients", wanted.patient_key)
    now = standing(unit.session, wanted.patient_key, wanted.protocol_id)
    require_signed(now, wanted.step)
    happened_at = _moment(wanted.day, unit.now, None if now is None else now.happened_at)
    if wanted.step == "consented" and not wanted.form_version:
        raise UserError("FORM_VERSION_MISSING", "form_version", "say which version of the form was signed")
    told: dict[str, object] = {}
    if wanted.step == "consented":
        told = {"form_version": wanted.form_version, "form_date": wanted.day.isoformat()}
    if wanted.step == OUT and wanted.criterion:
        told["criteria"] = [wanted.criterion]
    if wanted.channel:
        told["channel"] = wanted.channel
    reason = wanted.reason or None if wanted.step == OUT else None
    new = NewStep(wanted.patient_key, wanted.protocol_id, wanted.step, wanted.seen, happened_at, reason, told)
    return take_step(unit, new)


def _moment(day: date, now: datetime, before: datetime | None) -> datetime:
    """A day as a moment: now for today, else noon, and never before the step that came before it."""
    today = now.astimezone(UTC).date()
    if day > today:
        raise UserError("STEP_IN_FUTURE", "day", "this day has not come yet")
    moment = now if day == today else datetime.combine(day, time(12), UTC)
    if before is None or moment >= before:
        return moment
    if day == before.astimezone(UTC).date():
        return before
    raise UserError("STEP_TOO_EARLY", "day", "the step before this one was taken later than that")
