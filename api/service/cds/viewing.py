"""A call of the hook: the chart that came along, judged as of today, answered with one card."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.loading import Given
from api.service.cds.cards import card, card_without_studies
from api.service.cds.discovery import PATIENT, key_of, types_needed
from api.service.fhir.cases import verdict_key
from api.service.held import Asked
from api.service.records.gathering import Gathered, Gathering
from api.service.records.searchsets import read_page
from api.service.sent import decode
from api.service.service import Service
from api.store import Actor
from api.store.protocols import active_keys
from api.store.tables import Protocol

Told = dict[str, Any]


class _Context(msgspec.Struct):
    patientId: str = ""  # noqa: N815 - names of CDS Hooks


class _Call(msgspec.Struct):
    hook: str = ""
    hookInstance: str = ""  # noqa: N815
    context: _Context = msgspec.field(default_factory=_Context)
    prefetch: dict[str, msgspec.Raw] = {}


def view_patient(service: Service, actor: Actor, site: str, body: bytes) -> Told:
    """The one card about a patient. Addresses and credentials within the call are never used."""
    call = _read(body)
    with service.store.read() as session:
        versions = tuple(active_keys(session).values())
    gathered = _gather(call, types_needed(service))
    if not versions:
        return {"cards": [card_without_studies()]}
    asked = Asked(
        as_of=today(service.store.clock(), service.settings.zone),
        zone=service.settings.zone,
        complete=False,
        given=Given({}, {}),
        versions=versions,
        delivered=gathered.delivered,
    )
    told = service.screenings.screen(actor, site, gathered.data, asked)
    with service.store.write(actor) as unit:
        runs = [one["run"] for one in told["results"]]
        unit.note("cds.shown", f"cards/{told['screening']}", {"runs": runs}, site)
    with service.store.read() as session:
        titles = {row.id: row.title for row in session.scalars(select(Protocol))}
        links = _links(session, told, service.settings.public_address)
    return {"cards": [card(told, titles, gathered.absent, links)]}


def today(now: datetime, zone: str) -> date:
    """The calendar day of a moment in a zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def _read(body: bytes) -> _Call:
    try:
        call = decode(body, _Call)
    except msgspec.ValidationError as error:
        raise UserError("CALL_INVALID", "body", str(error)) from None
    if call.hook != "patient-view":
        raise UserError("CALL_INVALID", "hook", "this service answers patient-view")
    if not call.hookInstance or not call.context.patientId:
        raise UserError("CALL_INVALID", "context", "hookInstance and context.patientId have to be given")
    return call


def _gather(call: _Call, types: set[str]) -> Gathered:
    """The chart that came along. What was not sent, or is one page of several, is not there."""
    gathering = Gathering()
    for name in sorted(types):
        key = PATIENT if name == "Patient" else key_of(name)
        sent = call.prefetch.get(key)
        if sent is None or bytes(sent) == b"null":
            if name == "Patient":
                raise UserError("PREFETCH_MISSING", "prefetch.patient", "the patient was not sent along")
            gathering.without(name, "NOT_SENT", "was not sent along")
            continue
        page = read_page(bytes(sent))
        came = sum(one.type == name for one in page.found)
        if page.next is not None or (page.total is not None and came < page.total):
            gathering.miss(name, "PAGE_MISSING", "came as one page of several")
        elif page.refused:
            gathering.miss(name, "REFUSED", "the sender could not read it")
        else:
            gathering.add(name, page.found)
        person = ("Patient", call.context.patientId)
        if name == "Patient" and [(one.type, one.id) for one in page.found] != [person]:
            raise UserError("PATIENT_DIFFERS", "prefetch.patient", "is not the patient of the context")
    return gathering.finish()


def _links(session: Session, told: Told, address: str | None) -> list[Told]:
    """Where the findings with their evidence are; none where the service's own address is not told."""
    if address is None:
        return []
    return [
        {
            "label": f"{one['protocol']}: findings and evidence",
            "url": f"{address}/fhir/GuidanceResponse/{verdict_key(session, one['run'], told['patient'])}",
            "type": "absolute",
        }
        for one in told["results"]
    ]
