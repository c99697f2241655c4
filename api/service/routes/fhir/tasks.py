"""Reviews as Task: found, read, claimed, given back, decided and signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query

from api.service.access.ownership import of_site
from api.service.access.who import SiteAsked, Who
from api.service.fhir.exchange import FhirResponse, IfMatch, page, versioned
from api.service.fhir.paging import Paging
from api.service.fhir.reviewing import claim_task, complete_task, read_review, release_task
from api.service.fhir.studies import find_study
from api.service.fhir.tasks import STATES, task_resource, task_resources
from api.service.routes.fhir.inputs import RESOURCE_BODY, Count, Id, Offset, Text, code_of, status_asked
from api.service.routes.inputs import Bundle
from api.service.service import Service
from api.store.queues import Filter, queue
from api.store.tables import Task


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/Task",
        operation_id="fhir_search_tasks",
        summary="Reviews, those with the fewest open criteria first",
        response_class=FhirResponse,
    )
    def search(
        who: Who,
        status: Annotated[Text | None, Query(description="ready, in-progress, completed, cancelled")] = None,
        code: Annotated[Text | None, Query(description="review, question, adjudication")] = None,
        owner: Annotated[Text | None, Query(alias="owner:identifier")] = None,
        patient: Annotated[Text | None, Query(alias="patient:identifier")] = None,
        based_on: Annotated[Text | None, Query(alias="based-on", description="ResearchStudy/ID")] = None,
        count: Count = None,
        offset: Offset = 0,
        site: SiteAsked = None,
    ) -> FhirResponse:
        paging = Paging("Task", service.settings.page, count, offset)
        asked = {"owner:identifier": owner, "patient:identifier": patient, "based-on": based_on}
        paging.asked(status=status, code=code, site=site, **asked)
        wanted = status_asked(status, STATES)
        now = service.store.clock()
        with service.store.read() as session:
            protocol = None
            if based_on is not None:
                protocol = find_study(session, based_on.rpartition("/")[2])[0].id
            chosen = Filter(
                sites=frozenset({who.site(site)}),
                protocol_id=protocol,
                kind=code_of(code),
                assignee=code_of(owner),
                patient_key=code_of(patient),
                state=frozenset().union(*STATES.values()) if wanted is None else STATES[wanted],
                held={"ready": False, "in-progress": True}.get(wanted or ""),
                now=now,
            )
            rows, links = paging.links(queue(session, chosen, paging.wanted, paging.offset))
            found = task_resources(session, rows, now)
        return FhirResponse(page("Task", found, links))

    @app.get(
        "/fhir/Task/{task}",
        operation_id="fhir_read_task",
        summary="A review, with its version as ETag",
        response_class=FhirResponse,
    )
    def read(who: Who, task: Id, site: SiteAsked = None) -> FhirResponse:
        own = who.site(site)
        with service.store.read() as session:
            row = of_site(session.get(Task, task), own, "tasks", task)
            told = task_resource(session, row, service.store.clock())
        return versioned(told, row.revision)

    @app.post(
        "/fhir/Task/{task}/$claim",
        operation_id="fhir_claim_task",
        summary="Hold a review for a quarter of an hour; once more to hold it longer",
        response_class=FhirResponse,
    )
    def claim(who: Who, task: Id, seen: IfMatch = None, site: SiteAsked = None) -> FhirResponse:
        actor = who.actor("fhir_claim_task", site)
        return versioned(*claim_task(service, actor, who.site(site), task, seen))

    @app.post(
        "/fhir/Task/{task}/$release",
        operation_id="fhir_release_task",
        summary="Give a review back to the queue",
        response_class=FhirResponse,
    )
    def release(who: Who, task: Id, seen: IfMatch = None, site: SiteAsked = None) -> FhirResponse:
        actor = who.actor("fhir_release_task", site)
        return versioned(*release_task(service, actor, who.site(site), task, seen))

    @app.post(
        "/fhir/Task/{task}/$complete",
        operation_id="fhir_complete_task",
        summary="Sign a decision for each criterion; the verdict follows from them",
        openapi_extra=RESOURCE_BODY,
        response_class=FhirResponse,
    )
    def complete(
        who: Who, task: Id, body: Bundle, seen: IfMatch = None, site: SiteAsked = None
    ) -> FhirResponse:
        actor = who.actor("fhir_complete_task", site)
        review = read_review(body)
        return versioned(*complete_task(service, actor, who.site(site), task, seen, review))
