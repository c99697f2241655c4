"""Candidates as ResearchSubject: found, read, entered and moved on."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from sqlalchemy import select

from api.errors import UserError
from api.service.access.ownership import of_site
from api.service.access.who import SiteAsked, Who
from api.service.fhir.elements import fhir_id
from api.service.fhir.exchange import (
    FhirResponse,
    IfMatch,
    Resource,
    page,
    require_seen,
    seen_version,
    versioned,
)
from api.service.fhir.paging import Paging
from api.service.fhir.subjects import (
    STATUSES,
    Moved,
    find_candidacy,
    read_subject,
    research_subject,
    status_of,
    study_of,
)
from api.service.routes.fhir.inputs import RESOURCE_BODY, Count, Id, Offset, Text, code_of, status_asked
from api.service.routes.inputs import Bundle
from api.service.service import Service
from api.service.studies.moving import require_signed
from api.store import Actor
from api.store.candidates import NewStep, board, standing, take_step, way, ways
from api.store.tables import Patient, Protocol


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/ResearchSubject",
        operation_id="fhir_search_subjects",
        summary="Candidates and where they stand, the longest waiting first",
        response_class=FhirResponse,
    )
    def search(
        who: Who,
        study: Annotated[Text | None, Query(description="ResearchStudy/ID")] = None,
        status: Annotated[Text | None, Query()] = None,
        individual: Annotated[Text | None, Query(alias="individual:identifier")] = None,
        count: Count = None,
        offset: Offset = 0,
        site: SiteAsked = None,
    ) -> FhirResponse:
        paging = Paging("ResearchSubject", service.settings.page, count, offset)
        paging.asked(study=study, status=status, site=site, **{"individual:identifier": individual})
        own, asked = frozenset({who.site(site)}), (study or "").rpartition("/")[2]
        wanted = status_asked(status, STATUSES)
        with service.store.read() as session:
            names = [one for one in session.scalars(select(Protocol.id)) if asked in ("", fhir_id(one))]
            last = [
                step
                for name in sorted(names)
                for step in board(session, name, own)
                if wanted in (None, status_of(step)) and code_of(individual) in (None, step.patient_key)
            ]
            rows, links = paging.cut(last)
            found = [research_subject(steps) for steps in ways(session, rows)]
        return FhirResponse(page("ResearchSubject", found, links))

    @app.get(
        "/fhir/ResearchSubject/{subject}",
        operation_id="fhir_read_subject",
        summary="A candidate, with the version as ETag",
        response_class=FhirResponse,
    )
    def read(who: Who, subject: Id, site: SiteAsked = None) -> FhirResponse:
        own = who.site(site)
        with service.store.read() as session:
            patient_key, protocol = find_candidacy(session, subject)
            patient = session.get(Patient, patient_key)
            steps = way(session, patient_key, protocol) if patient and patient.site_id == own else []
        if not steps:
            raise _absent()
        return versioned(research_subject(steps), steps[-1].number)

    @app.post(
        "/fhir/ResearchSubject",
        operation_id="fhir_create_subject",
        summary="Enter a patient as a candidate",
        status_code=201,
        openapi_extra=RESOURCE_BODY,
        response_class=FhirResponse,
    )
    def create(who: Who, body: Bundle, site: SiteAsked = None) -> FhirResponse:
        actor = who.actor("fhir_create_subject", site)
        moved = read_subject(body, service.store.clock())
        told, number = _move(actor, who.site(site), moved, 0)
        return versioned(told, number, 201, Location=f"/fhir/ResearchSubject/{told['id']}")

    @app.put(
        "/fhir/ResearchSubject/{subject}",
        operation_id="fhir_update_subject",
        summary="Say where a candidate stands now",
        openapi_extra=RESOURCE_BODY,
        response_class=FhirResponse,
    )
    def update(
        who: Who, subject: Id, body: Bundle, seen: IfMatch = None, site: SiteAsked = None
    ) -> FhirResponse:
        actor = who.actor("fhir_update_subject", site)
        seen_version(seen)
        own, moved = who.site(site), read_subject(body, service.store.clock())
        with service.store.read() as session:
            patient_key, protocol = find_candidacy(session, subject)
            patient, last = session.get(Patient, patient_key), standing(session, patient_key, protocol)
        if patient is None or patient.site_id != own or last is None:
            raise _absent()
        if moved.id != subject or (moved.patient_key, moved.study) != (patient_key, fhir_id(protocol)):
            message = "id, study and individual are those of the candidate, and stay so"
            raise UserError("RESOURCE_INVALID", "ResearchSubject.id", message)
        require_seen(seen, last.number)
        return versioned(*_move(actor, own, moved, last.number))

    def _move(actor: Actor, site: str, moved: Moved, expected: int) -> tuple[Resource, int]:
        """Take a step. Raises UserError (412) where somebody moved a known candidate meanwhile."""
        with service.store.write(actor) as unit:
            session = unit.session
            protocol = study_of(moved, session.scalars(select(Protocol.id)).all())
            patient = session.get(Patient, moved.patient_key)
            of_site(patient, site, "patients", moved.patient_key)
            last = standing(session, moved.patient_key, protocol)
            if expected and (last is None or last.number != expected):
                raise _moved_on()
            require_signed(last, moved.step)
            new = NewStep(
                moved.patient_key,
                protocol,
                moved.step,
                expected,
                moved.happened_at or unit.now,
                moved.reason,
            )
            try:
                number = take_step(unit, new).number
            except UserError as error:
                raise _moved_on() if expected and error.code == "STEP_TAKEN" else error from None
            told = research_subject(way(session, moved.patient_key, protocol))
        return told, number


def _absent() -> UserError:
    return UserError("NOT_FOUND", "ResearchSubject", "there is no such candidate")


def _moved_on() -> UserError:
    return UserError("PRECONDITION_FAILED", "If-Match", "it has changed since you saw it: read it again")
