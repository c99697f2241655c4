"""The audit trail as AuditEvent: who did what, when, in which role and at which site, to which row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, or_, select

from api.errors import UserError
from api.service.fhir.elements import SYSTEM, Element, coding, concept, instant, person
from api.service.fhir.exchange import Resource
from api.store.hashing import canonical
from api.store.tables import AuditEntry

# What was done, as FHIR sorts it, by the last word of the store's action; else something was changed.
_ACTIONS = {
    **dict.fromkeys(("added", "asked", "opened", "stored", "known", "signed", "decided", "recorded"), "C"),
    **dict.fromkeys(("revealed", "repeated", "shown"), "R"),
    **dict.fromkeys(("forgotten", "dropped"), "D"),
}
_DATE = re.compile(r"(eq|ge|gt|le|lt)?(\d{4}-\d\d-\d\d(?:T.+)?)")
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the trail is searched for; None leaves a thing open. `dates` with FHIR's prefixes."""

    agent: str | None = None
    subtype: str | None = None
    entity: str | None = None
    dates: tuple[str, ...] = ()


def entries(wanted: Wanted, site: str, after: int, limit: int) -> Select[AuditEntry]:
    """Entries of a site and of what all share, oldest first, from a number on. Raises UserError."""
    query = select(AuditEntry).where(
        AuditEntry.number > after, or_(AuditEntry.site_id == site, AuditEntry.site_id.is_(None))
    )
    if wanted.agent is not None:
        query = query.where(AuditEntry.actor == wanted.agent)
    if wanted.subtype is not None:
        query = query.where(AuditEntry.action == wanted.subtype)
    if wanted.entity is not None:
        query = query.where(AuditEntry.subject == wanted.entity)
    for text in wanted.dates:
        earliest, latest = _span(text)
        if earliest is not None:
            query = query.where(AuditEntry.at >= earliest)
        if latest is not None:
            query = query.where(AuditEntry.at < latest)
    return query.order_by(AuditEntry.number).limit(limit)


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """From when on, and before when, a date of a search reaches; a day is that day in UTC."""
    found = _DATE.fullmatch(text)
    try:
        moment = datetime.fromisoformat(found[2]) if found else None
        if moment is not None:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if found is None or moment is None:
        raise UserError("DATE_INVALID", "date", "expected a day or a moment, after eq, ge, gt, le or lt")
    length = timedelta(days=1) if len(found[2]) == 10 else timedelta(microseconds=1)
    end = moment + min(length, _LAST - moment)
    match found[1]:
        case "ge":
            return moment, None
        case "gt":
            return end, None
        case "le":
            return None, end
        case "lt":
            return None, moment
    return moment, end


def audit_event(entry: AuditEntry) -> Resource:
    """An entry. Its details, and its hash in the chain, are details of the entity."""
    table, _, key = entry.subject.partition("/")
    told: dict[str, object] = {**entry.details, "entry-sha256": entry.sha256}
    if entry.subject_sha256 is not None:
        told["row-sha256"] = entry.subject_sha256
    details = [{"type": name, "valueString": said} for name, value in told.items() if (said := _said(value))]
    what: Element = {"system": f"{SYSTEM}:{table}", "value": key} if key else {"value": table}
    family, _, word = entry.action.partition(".")
    source: Element = {"observer": {"display": "eligibility"}}
    return {
        "resourceType": "AuditEvent",
        "id": str(entry.number),
        "type": coding("audit", family),
        "subtype": [coding("action", entry.action)],
        "action": _ACTIONS.get(word, "U"),
        "recorded": instant(entry.at),
        "outcome": "0",
        "agent": [{"role": [concept("role", entry.role)], "who": person(entry.actor), "requestor": True}],
        "source": source if entry.site_id is None else {"site": entry.site_id, **source},
        "entity": [{"what": {"identifier": what}, "detail": details}],
    }


def _said(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else canonical(value)
    return text.strip()
