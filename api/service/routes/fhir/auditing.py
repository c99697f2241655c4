"""The audit trail as AuditEvent, for those who audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query

from api.service.access.who import SiteAsked, Who
from api.service.fhir.auditing import Wanted, audit_event, entries
from api.service.fhir.exchange import FhirResponse, page
from api.service.routes.fhir.inputs import Count, Text, code_of
from api.service.service import Service

After = Annotated[int, Query(alias="_after", ge=0, le=2**62, description="Number of the last entry read.")]
Dates = Annotated[
    list[Text] | None, Query(max_length=4, description="Days or moments after eq, ge, gt, le or lt.")
]


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/AuditEvent",
        operation_id="fhir_search_audit",
        summary="Entries about one site and about what all share, oldest first",
        response_class=FhirResponse,
    )
    def search(
        who: Who,
        date: Dates = None,
        agent: Annotated[Text | None, Query(alias="agent:identifier")] = None,
        subtype: Annotated[Text | None, Query(description="What was done, such as task.claimed")] = None,
        entity: Annotated[Text | None, Query(alias="entity:identifier", description="TABLE/KEY")] = None,
        count: Count = None,
        after: After = 0,
        site: SiteAsked = None,
    ) -> FhirResponse:
        most = min(count or service.settings.page, service.settings.page)
        wanted = Wanted(code_of(agent), code_of(subtype), code_of(entity), tuple(date or ()))
        with service.store.read() as session:
            rows = session.scalars(entries(wanted, who.site(site), after, most + 1)).all()
        asked = {
            "agent:identifier": agent,
            "subtype": subtype,
            "entity:identifier": entity,
            "site": site,
        }
        links = {"self": _address(asked, date or (), most, after)}
        if len(rows) > most:
            links["next"] = _address(asked, date or (), most, rows[most - 1].number)
        return FhirResponse(page("AuditEvent", [audit_event(one) for one in rows[:most]], links))


def _address(asked: Mapping[str, str | None], dates: Iterable[str], most: int, after: int) -> str:
    """The address of the page that begins after an entry."""
    query = [(name, value) for name, value in asked.items() if value is not None]
    query += [("date", one) for one in dates]
    return f"AuditEvent?{urlencode([*query, ('_count', str(most)), ('_after', str(after))])}"
