"""Protocols as ResearchStudy, asked about a patient with `$screen`; what was found as GuidanceResponse."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query

from api.service.access.who import SiteAsked, Who
from api.service.fhir.asking import read_question, screen
from api.service.fhir.cases import stored_case
from api.service.fhir.elements import fhir_id
from api.service.fhir.exchange import FhirResponse, page, versioned
from api.service.fhir.guidance import guidance
from api.service.fhir.paging import Paging
from api.service.fhir.studies import STATUSES, find_study, research_study, status_of, study_rows, version_of
from api.service.routes.fhir.inputs import RESOURCE_BODY, Count, Id, Offset, Text, code_of, status_asked
from api.service.routes.inputs import Bundle
from api.service.service import Service

Day = Annotated[str | None, Query(alias="asOf", description="The day that is asked for; else in the body.")]
ZoneAsked = Annotated[str, Query(max_length=100, description="Time zone whose calendar days count.")]


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/ResearchStudy",
        operation_id="fhir_search_studies",
        summary="Protocols as studies",
        response_class=FhirResponse,
    )
    def search(
        name: Annotated[Text | None, Query(alias="_id")] = None,
        identifier: Annotated[Text | None, Query()] = None,
        status: Annotated[Text | None, Query()] = None,
        count: Count = None,
        offset: Offset = 0,
    ) -> FhirResponse:
        paging = Paging("ResearchStudy", service.settings.page, count, offset)
        paging.asked(_id=name, identifier=identifier, status=status)
        wanted = status_asked(status, STATUSES)
        with service.store.read() as session:
            found = [
                research_study(protocol, version)
                for protocol, version in study_rows(session)
                if name in (None, fhir_id(protocol.id))
                and code_of(identifier) in (None, protocol.id)
                and wanted in (None, status_of(version))
            ]
        return FhirResponse(page("ResearchStudy", *paging.cut(found)))

    @app.get(
        "/fhir/ResearchStudy/{study}",
        operation_id="fhir_read_study",
        summary="A protocol as a study",
        response_class=FhirResponse,
    )
    def read(study: Id) -> FhirResponse:
        with service.store.read() as session:
            protocol, version = find_study(session, study)
        return versioned(research_study(protocol, version), version_of(version))

    @app.post(
        "/fhir/ResearchStudy/$screen",
        operation_id="fhir_screen_all",
        summary="Judge a record against all studies: a Bundle of GuidanceResponse",
        openapi_extra=RESOURCE_BODY,
        response_class=FhirResponse,
    )
    def screen_all(
        who: Who, body: Bundle, as_of: Day = None, zone: ZoneAsked = "UTC", site: SiteAsked = None
    ) -> FhirResponse:
        actor = who.actor("fhir_screen_all", site)
        record, asked = read_question(body, as_of, zone, service.screenings.wanted([]))
        found = screen(service, actor, who.site(site), record, asked)
        entries = [{"resource": one} for one in found]
        return FhirResponse({"resourceType": "Bundle", "type": "collection", "entry": entries})

    @app.post(
        "/fhir/ResearchStudy/{study}/$screen",
        operation_id="fhir_screen",
        summary="Judge a record against a study: GuidanceResponse",
        openapi_extra=RESOURCE_BODY,
        response_class=FhirResponse,
    )
    def screen_one(
        who: Who, study: Id, body: Bundle, as_of: Day = None, zone: ZoneAsked = "UTC", site: SiteAsked = None
    ) -> FhirResponse:
        actor = who.actor("fhir_screen", site)
        with service.store.read() as session:
            protocol, _ = find_study(session, study)
        record, asked = read_question(body, as_of, zone, service.screenings.wanted([protocol.id]))
        (found,) = screen(service, actor, who.site(site), record, asked)
        return FhirResponse(found)

    @app.get(
        "/fhir/GuidanceResponse/{guidance_id}",
        operation_id="fhir_read_guidance",
        summary="What was found of a patient, as it was kept",
        response_class=FhirResponse,
    )
    def read_guidance(who: Who, guidance_id: Id, site: SiteAsked = None) -> FhirResponse:
        own = who.site(site)
        with service.store.read() as session:
            case = stored_case(session, guidance_id, own)
        return FhirResponse(guidance(case, service.protocols.program(case.version)))
