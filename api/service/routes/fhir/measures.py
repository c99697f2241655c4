"""Counts as MeasureReport, for the caller's own sites."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query

from api.service.access.who import SiteAsked, Who
from api.service.fhir.exchange import FhirResponse, page
from api.service.fhir.measures import measure_report
from api.service.fhir.paging import Paging
from api.service.routes.fhir.inputs import Count, Id, Offset, Text
from api.service.service import Service
from api.store.protocols import active_keys


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/MeasureReport",
        operation_id="fhir_search_reports",
        summary="Counts of the versions in force, by site",
        response_class=FhirResponse,
    )
    def search(
        who: Who,
        measure: Annotated[Text | None, Query(description="urn:eligibility:protocol-version:KEY")] = None,
        count: Count = None,
        offset: Offset = 0,
        site: SiteAsked = None,
    ) -> FhirResponse:
        paging = Paging("MeasureReport", service.settings.page, count, offset)
        paging.asked(measure=measure, site=site)
        own, now = who.sites_of(site), service.store.clock()
        with service.store.read() as session:
            keys = list(active_keys(session).values())
            chosen = [one for one in keys if measure is None or measure.rpartition(":")[2] == one]
            rows, links = paging.cut(chosen)
            found = [measure_report(session, one, own, now) for one in rows]
        return FhirResponse(page("MeasureReport", found, links))

    @app.get(
        "/fhir/MeasureReport/{report}",
        operation_id="fhir_read_report",
        summary="Counts of a run, or of a protocol's version, by its key",
        response_class=FhirResponse,
    )
    def read(who: Who, report: Id, site: SiteAsked = None) -> FhirResponse:
        own, now = who.sites_of(site), service.store.clock()
        with service.store.read() as session:
            return FhirResponse(measure_report(session, report, own, now))
