"""Reviews as Task: what is asked of a reviewer, who holds it until when, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.service.fhir.cases import StoredCase, stored_case
from api.service.fhir.elements import SYSTEM, Element, concept, instant, person, study, subject
from api.service.fhir.exchange import Resource
from api.service.fhir.settled import settled
from api.store.double_review import final_decisions, is_blind
from api.store.protocols import versions_by_key
from api.store.signing import decisions_of
from api.store.tables import Decision, Signature, Task, Void
from api.store.tasks import criteria_of_many

# What a reviewer may decide of a criterion, as a code.
OUTCOMES = {"met": "met", "not-met": "not met", "cannot-tell": "cannot tell"}
_CODES = {word: code for code, word in OUTCOMES.items()}
# State of the store by status; an open one is in progress while somebody holds it.
STATES = {
    "ready": frozenset({"open"}),
    "in-progress": frozenset({"open"}),
    "completed": frozenset({"signed"}),
    "cancelled": frozenset({"closed", "void"}),
}


def status_of(task: Task, now: datetime) -> str:
    """The word of FHIR for where a task stands."""
    if task.state == "open":
        return "in-progress" if is_held(task, now) else "ready"
    return "completed" if task.state == "signed" else "cancelled"


def is_held(task: Task, now: datetime) -> bool:
    """Whether somebody works on it now."""
    return task.held_until is not None and task.held_until > now


def task_resource(session: Session, task: Task, now: datetime) -> Resource:
    """A task with its criteria and, once signed, its decisions and the verdict they settle."""
    return task_resources(session, [task], now)[0]


def task_resources(session: Session, tasks: Sequence[Task], now: datetime) -> list[Resource]:
    """The same of several. What is still open takes the same few queries however many there are."""
    keys = [task.key for task in tasks]
    versions = versions_by_key(session, {task.version_key for task in tasks})
    criteria = criteria_of_many(session, keys)
    signed = session.scalars(select(Signature).where(Signature.task_key.in_(keys)))
    signatures = {one.task_key: one for one in signed}
    return [
        _told(
            session,
            task,
            versions[task.version_key].protocol_id,
            criteria[task.key],
            signatures.get(task.key),
            now,
        )
        for task in tasks
    ]


def _told(
    session: Session,
    task: Task,
    protocol: str,
    asked: Mapping[str, str],
    signature: Signature | None,
    now: datetime,
) -> Resource:
    held = is_held(task, now)
    criteria = [
        {"type": concept("criterion", criterion), "valueCodeableConcept": concept("reason", reason)}
        for criterion, reason in asked.items()
    ]
    seen = {"type": concept("task", "seen"), "valueString": task.seen_sha256}
    told: Resource = {
        "resourceType": "Task",
        "id": task.key,
        "basedOn": [study(protocol)],
        "status": status_of(task, now),
        "businessStatus": concept("task-state", task.state),
        "intent": "order",
        "code": concept("task-kind", task.kind),
        "focus": {"reference": f"GuidanceResponse/{task.verdict_key}"},
        "for": subject(task.patient_key),
        "authoredOn": instant(task.added_at),
        "input": [seen, *criteria],
    }
    owner = task.holder if held else task.assignee
    if owner is not None:
        told["owner"] = person(owner)
    if held and task.held_until is not None:
        told["restriction"] = {"period": {"end": instant(task.held_until)}}
    if signature is not None:
        told["owner"] = person(signature.reviewer)
        told["executionPeriod"] = {"end": instant(signature.signed_at)}
        # Nobody is told what one of two decided before the other has.
        if not is_blind(session, task):
            told["output"] = _signed(session, task, signature)
    return told


def _signed(session: Session, task: Task, signature: Signature) -> list[Element]:
    decisions = decisions_of(session, signature.key)
    told = [
        {"type": concept("criterion", one.criterion), "valueCodeableConcept": _decision(one)}
        for one in decisions
    ]
    signed = {"type": concept("task", "signature"), "valueString": signature.signed_sha256}
    meaning = {"type": concept("task", "meaning"), "valueString": signature.meaning}
    if session.get(Void, signature.key) is not None:
        # A newer verdict overtook it: it says what was decided then, and settles nothing any more.
        return [*told, signed, meaning]
    final = final_decisions(session, task)
    if final is None:
        # Of two reviews that differ none settles the case: a third one will.
        return [*told, signed, meaning]
    case = stored_case(session, task.verdict_key, task.site_id)
    verdict = {"type": concept("task", "verdict"), "valueCode": settled_verdict(case, final)}
    return [*told, signed, meaning, verdict]


def settled_verdict(case: StoredCase, decided: Mapping[str, str]) -> str:
    """What decisions, the outcome by criterion, make of a case."""
    return settled(case.findings, decided, str(case.verdict.details.get("deceased", "unknown")))


def _decision(decision: Decision) -> Element:
    codings = [{"system": f"{SYSTEM}:decision", "code": _CODES[decision.outcome]}]
    if decision.reason.strip():
        codings.append({"system": f"{SYSTEM}:decision-reason", "code": decision.reason})
    told: Element = {"coding": codings}
    return {**told, "text": decision.comment} if decision.comment.strip() else told


def outcome_named(code: str | None, place: str) -> str:
    """The store's word for a decision's code; raises UserError."""
    found = OUTCOMES.get(code or "")
    if found is None:
        raise UserError("OUTCOME_UNKNOWN", place, f"expected one of {', '.join(OUTCOMES)}")
    return found
