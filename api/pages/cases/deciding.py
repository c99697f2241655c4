"""What a reviewer does to a case: hold it, choose, take back, sign. All or nothing, by the store's rules."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from api.errors import UserError
from api.pages.cases.words import REASONS
from api.service.access.ownership import of_site
from api.service.fhir.tasks import is_held
from api.service.studies.following import follow_review
from api.store import Actor, Store, Writing
from api.store.errors import ConflictError
from api.store.signing import drafts_of, drop_draft, save_draft, sign
from api.store.tables import Task
from api.store.tasks import assign, claim, close, locked, open_tasks, release


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form says of one criterion. `seen` is the hash of what the page showed."""

    criterion: str
    outcome: str
    reason: str
    comment: str
    seen: str


def hold(store: Store, actor: Actor, key: str) -> None:
    """Hold a case for a quarter of an hour."""
    with store.write(actor) as unit:
        _own(unit, key)
        claim(unit, key)


def give_back(store: Store, actor: Actor, key: str) -> None:
    with store.write(actor) as unit:
        _own(unit, key)
        release(unit, key)


def assign_to(store: Store, actor: Actor, key: str, assignee: str) -> None:
    """Say whose case it is, "" is nobody's. Whoever gives away what they hold, holds it no longer."""
    if not assignee.isprintable():
        raise UserError("FIELD_INVALID", "assignee", "The name: letters, please.")
    with store.write(actor) as unit:
        _own(unit, key)
        task = assign(unit, key, assignee or None)
        if assignee != actor.name and is_held(task, unit.now) and task.holder == actor.name:
            release(unit, key)


def choose(store: Store, actor: Actor, key: str, chosen: Chosen) -> None:
    """Choose for one criterion; the case is held by that. Raises ConflictError for whoever was not first."""
    if chosen.outcome not in REASONS:
        raise UserError("FIELD_MISSING", "outcome", "Choose one of the answers.")
    if chosen.reason not in REASONS[chosen.outcome]:
        raise UserError("FIELD_MISSING", "reason", "Choose a reason.")
    with store.write(actor) as unit:
        _seen(_to_decide(unit, key), chosen.seen)
        claim(unit, key)
        save_draft(unit, key, chosen.criterion, chosen.outcome, chosen.reason, chosen.comment)


def take_back(store: Store, actor: Actor, key: str, criterion: str) -> None:
    """Take a choice back; "" is the last one that was made."""
    with store.write(actor) as unit:
        _own(unit, key)
        own = [one for one in drafts_of(unit.session, key) if one.reviewer == actor.name]
        named = [one for one in own if criterion in ("", one.criterion)]
        if not named:
            raise UserError("NOTHING_CHOSEN", "", "There is nothing of yours to take back.")
        claim(unit, key)
        drop_draft(unit, key, max(named, key=lambda one: (one.changed_at, one.criterion)).criterion)


def sign_case(store: Store, actor: Actor, key: str, seen: str, name: str, meaning: str) -> None:
    """Sign all that was chosen. What cannot be told becomes a question for the screener."""
    with store.write(actor) as unit:
        task = _to_decide(unit, key)
        _seen(task, seen)
        claim(unit, key)
        asked = {
            one.criterion: one.reason for one in drafts_of(unit.session, key) if one.outcome == "cannot tell"
        }
        sign(unit, key, seen, name, meaning)
        follow_review(unit, locked(unit, key))
        if asked and not _is_asked(unit, task.verdict_key):
            open_tasks(unit, task.verdict_key, asked, kind="question")


# What became of a question; the trail keeps this word, and nothing that was found out.
ENDINGS = {
    "answered": "It is answered",
    "measured": "It is measured or fetched",
    "not possible": "It cannot be found out",
}


def close_question(store: Store, actor: Actor, key: str, ending: str) -> None:
    """End a question to the screener; what was found out comes with the next record or as an answer."""
    if ending not in ENDINGS:
        raise UserError("FIELD_MISSING", "ending", "Say what became of it.")
    with store.write(actor) as unit:
        if _own(unit, key).kind != "question":
            raise UserError("NOT_A_QUESTION", "", "This is a case to review, not a question.")
        close(unit, key, ending)


def _is_asked(unit: Writing, verdict_key: str) -> bool:
    """Whether the other review of the case asked already: its question is one to the same people."""
    found = select(Task.key).where(Task.verdict_key == verdict_key, Task.kind == "question")
    return unit.session.scalar(found.limit(1)) is not None


def _own(unit: Writing, key: str) -> Task:
    """A task of the actor's site; raises NotStoredError."""
    return of_site(unit.session.get(Task, key), unit.actor.site or "", "tasks", key)


def _to_decide(unit: Writing, key: str) -> Task:
    """The same of what is decided and signed: a question is answered, and closed."""
    task = _own(unit, key)
    if task.kind == "question":
        raise UserError(
            "QUESTION_DECIDED", "", "This is a question for the screener: there is nothing to decide."
        )
    return task


def _seen(task: Task, seen: str) -> None:
    if seen != task.seen_sha256:
        raise ConflictError("SEEN_CHANGED", f"tasks/{task.key}", "The case is not the one that was shown.")
