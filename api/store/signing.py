"""From drafts to a signature: what was chosen can be taken back until it is signed, and never after."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.double_review import call_third
from api.store.errors import ConflictError, StoreError
from api.store.hashing import content_hash
from api.store.keys import new_key
from api.store.tables import Decision, Draft, Signature
from api.store.tasks import criteria_of, locked, require_held

OUTCOMES = ("met", "not met", "cannot tell")


def save_draft(
    unit: Writing, task_key: str, criterion: str, outcome: str, reason: str = "", comment: str = ""
) -> Draft:
    """Choose for one criterion, in place of what was chosen before. The task must be held."""
    task = locked(unit, task_key)
    require_held(unit, task)
    if outcome not in OUTCOMES:
        raise StoreError("OUTCOME_UNKNOWN", "drafts", f"expected one of {', '.join(OUTCOMES)}")
    if criterion not in criteria_of(unit.session, task_key):
        raise StoreError("CRITERION_UNKNOWN", f"tasks/{task_key}", f"the task does not ask about {criterion}")
    draft = unit.session.merge(
        Draft(
            task_key=task_key,
            criterion=criterion,
            reviewer=unit.actor.name,
            outcome=outcome,
            reason=reason,
            comment=comment,
            changed_at=unit.now,
        )
    )
    unit.note("draft.saved", f"tasks/{task_key}", {"criterion": criterion}, task.site_id)
    unit.session.flush()
    return draft


def drop_draft(unit: Writing, task_key: str, criterion: str) -> None:
    """Take a choice back. The task must be held."""
    task = locked(unit, task_key)
    require_held(unit, task)
    unit.session.execute(delete(Draft).where(Draft.task_key == task_key, Draft.criterion == criterion))
    unit.note("draft.dropped", f"tasks/{task_key}", {"criterion": criterion}, task.site_id)


def drafts_of(session: Session, task_key: str) -> list[Draft]:
    """What is chosen and not signed, by criterion."""
    return list(session.scalars(select(Draft).where(Draft.task_key == task_key).order_by(Draft.criterion)))


def sign(unit: Writing, task_key: str, seen_sha256: str, signed_name: str, meaning: str) -> Signature:
    """Sign what is chosen for every criterion of a task, over the hash of what was shown.

    Raises LeaseLostError where the task is not held, ConflictError where the case is no longer the one
    that was shown, StoreError where a criterion is left open.
    """
    task = locked(unit, task_key)
    require_held(unit, task)
    if seen_sha256 != task.seen_sha256:
        raise ConflictError("SEEN_CHANGED", f"tasks/{task_key}", "the case is not the one that was shown")
    drafts = [draft for draft in drafts_of(unit.session, task_key) if draft.reviewer == unit.actor.name]
    missing = set(criteria_of(unit.session, task_key)) - {draft.criterion for draft in drafts}
    if missing:
        raise StoreError(
            "DECISION_MISSING", f"tasks/{task_key}", f"not decided: {', '.join(sorted(missing))}"
        )
    signature = Signature(
        key=new_key(),
        task_key=task_key,
        verdict_key=task.verdict_key,
        reviewer=unit.actor.name,
        signed_name=signed_name,
        meaning=meaning,
        seen_sha256=seen_sha256,
        signed_at=unit.now,
    )
    signature.signed_sha256 = _signed_hash(signature, drafts)
    unit.keep(signature, "review.signed", {"task": task_key, "meaning": meaning}, task.site_id)
    for draft in drafts:
        decision = Decision(
            signature_key=signature.key,
            criterion=draft.criterion,
            reviewer=draft.reviewer,
            outcome=draft.outcome,
            reason=draft.reason,
            comment=draft.comment,
        )
        unit.keep(decision, "criterion.decided", {"criterion": draft.criterion}, task.site_id)
    unit.session.execute(delete(Draft).where(Draft.task_key == task_key))
    task.state, task.holder, task.held_until = "signed", None, None
    task.revision += 1
    unit.session.flush()
    call_third(unit, task)
    return signature


def _signed_hash(signature: Signature, drafts: list[Draft]) -> str:
    """Over who signed what, when and with which meaning, and over what they had seen."""
    return content_hash(
        [
            signature.task_key,
            signature.verdict_key,
            signature.reviewer,
            signature.signed_name,
            signature.meaning,
            signature.seen_sha256,
            signature.signed_at,
            [[draft.criterion, draft.outcome, draft.reason, draft.comment] for draft in drafts],
        ]
    )


def decisions_of(session: Session, signature_key: str) -> list[Decision]:
    """What a signature decided, by criterion."""
    return list(
        session.scalars(
            select(Decision).where(Decision.signature_key == signature_key).order_by(Decision.criterion)
        )
    )
