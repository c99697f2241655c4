"""What reviewers do to a task: claim it, give it back, decide and sign.

Nothing happens to a version that they have not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from api.errors import UserError
from api.service.access.ownership import of_site
from api.service.fhir.exchange import Resource, require_seen, seen_version
from api.service.fhir.parameters import Parameters, read_parameters
from api.service.fhir.tasks import outcome_named, task_resource
from api.service.service import Service
from api.service.studies.following import follow_review
from api.store import Actor, Writing
from api.store.signing import save_draft, sign
from api.store.tables import Task
from api.store.tasks import claim, locked, release

_REASON = re.compile(r"[!-~]{1,100}")
Told = tuple[Resource, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided for one criterion."""

    criterion: str
    outcome: str
    reason: str
    comment: str


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer signs. `seen` is the hash of what was shown, as the task's input told it."""

    choices: tuple[Choice, ...]
    seen: str
    name: str
    meaning: str


def read_review(body: bytes) -> Review:
    """The review of a Parameters resource; raises UserError for anything that is left out or unheard of."""
    sent = read_parameters(body)
    if sent is None:
        raise UserError("PARAMETER_INVALID", "Parameters", "expected a Parameters resource")
    sent.known("decision", "seen", "name", "meaning")
    choices = tuple(_choice(part, number) for number, part in enumerate(sent.parts("decision")))
    return Review(choices, _said(sent, "seen"), _said(sent, "name"), _said(sent, "meaning"))


def _choice(part: Parameters, number: int) -> Choice:
    part.known("criterion", "outcome", "reason", "comment")
    place = f"Parameters.parameter.where(name='decision')[{number}]"
    reason, comment = part.text("reason") or "", part.text("comment") or ""
    if reason and not _REASON.fullmatch(reason):
        raise UserError("PARAMETER_INVALID", place, "a reason is a code without spaces")
    if len(comment) > 10_000:
        raise UserError("PARAMETER_INVALID", place, "a comment has up to 10,000 characters")
    return Choice(
        _said(part, "criterion"), outcome_named(part.text("outcome"), place), reason, comment.strip()
    )


def _said(parameters: Parameters, name: str) -> str:
    found = (parameters.text(name) or "").strip()
    if not found or len(found) > 1000:
        raise UserError("PARAMETER_MISSING", f"Parameters.parameter.where(name='{name}')", "has to be said")
    return found


def claim_task(service: Service, actor: Actor, site: str, key: str, seen: str | None) -> Told:
    """Hold a task; of two who saw the same version, the second is refused."""
    seen_version(seen)
    with service.store.write(actor) as unit:
        _seen(unit, key, site, seen)
        return _told(unit, claim(unit, key))


def release_task(service: Service, actor: Actor, site: str, key: str, seen: str | None) -> Told:
    """Give a task back to the queue."""
    seen_version(seen)
    with service.store.write(actor) as unit:
        _seen(unit, key, site, seen)
        return _told(unit, release(unit, key))


def complete_task(
    service: Service, actor: Actor, site: str, key: str, seen: str | None, review: Review
) -> Told:
    """Sign a decision for each criterion of a task that is held; all of them, or nothing happens."""
    seen_version(seen)
    named = [one.criterion for one in review.choices]
    if len(set(named)) != len(named):
        raise UserError("DECISION_TWICE", "Parameters", "a criterion is decided more than once")
    with service.store.write(actor) as unit:
        _seen(unit, key, site, seen)
        for one in review.choices:
            save_draft(unit, key, one.criterion, one.outcome, one.reason, one.comment)
        sign(unit, key, review.seen, review.name, review.meaning)
        follow_review(unit, locked(unit, key))
        return _told(unit, locked(unit, key))


def _seen(unit: Writing, key: str, site: str, seen: str | None) -> None:
    """The task is the site's and is as it was seen, and stays so until the unit ends."""
    of_site(unit.session.get(Task, key), site, "tasks", key)
    require_seen(seen, locked(unit, key).revision)


def _told(unit: Writing, task: Task) -> Told:
    return task_resource(unit.session, task, unit.now), task.revision
