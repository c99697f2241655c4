"""One patient: a posted bundle judged, and questions answered."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response
from starlette.responses import JSONResponse

from api.loading import check_zone, given_parameters, parse_day
from api.service.access.who import SiteAsked, Who
from api.service.answering import GivenAnswer
from api.service.bodies import Amount, AnswersBody
from api.service.held import Asked
from api.service.records.asking import named_patient, screen_named
from api.service.routes.inputs import BUNDLE_BODY, AsOf, Bundle, Complete, Key, Names, Parameters, Zone
from api.service.routes.once import Once
from api.service.service import Service
from api.service.told import Screening

_LINKS: dict[str, Any] = {
    "answer": {
        "operationId": "answer_questions",
        "parameters": {"screening": "$response.body#/screening"},
        "description": "Answers to the questions of this screening.",
    },
    "reveal": {
        "operationId": "reveal_identifiers",
        "parameters": {"patient": "$response.body#/patient"},
        "description": "Who the patient is, for those who have to know.",
    },
}

_NAMED: dict[str, Any] = {
    "type": "object",
    "description": "A patient of the configured FHIR server, by the id there.",
    "required": ["patient"],
    "additionalProperties": False,
    "properties": {"patient": {"type": "string", "pattern": r"^[A-Za-z0-9.\-]{1,64}$"}},
}
RECORD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"anyOf": [one["schema"], _NAMED]}, "example": one["schema"]["example"]}
            for kind, one in BUNDLE_BODY["requestBody"]["content"].items()
        },
    }
}


def add(app: FastAPI, service: Service) -> None:
    screenings = service.screenings

    @app.post(
        "/screenings",
        operation_id="screen_patient",
        summary="Judge one patient, sent along or named",
        status_code=201,
        openapi_extra=RECORD_BODY,
        response_model=None,
        responses={201: {"model": Screening, "links": _LINKS}},
    )
    def screen(
        who: Who,
        bundle: Bundle,
        as_of: AsOf,
        once: Once,
        zone: Zone = "UTC",
        complete: Complete = False,
        protocol: Names = None,
        param: Parameters = None,
        site: SiteAsked = None,
    ) -> Response:
        actor = who.actor("screen_patient", site)
        asked = Asked(
            as_of=parse_day(as_of, "as_of"),
            zone=check_zone(zone, "zone"),
            complete=complete,
            given=given_parameters(param or [], "param"),
            versions=screenings.wanted(protocol or []),
        )
        named = named_patient(bundle)
        if named is not None:
            return JSONResponse(screen_named(service, actor, who.site(site), named, asked, once), 201)
        # Of the program's own making: nothing has to look at it again on its way.
        return JSONResponse(screenings.screen(actor, who.site(site), bundle, asked, once), 201)

    @app.post(
        "/screenings/{screening}/answers",
        operation_id="answer_questions",
        summary="Answer questions; judged again at once",
        response_model=None,
        responses={200: {"model": Screening}},
    )
    def answer(who: Who, screening: Key, body: AnswersBody, once: Once, site: SiteAsked = None) -> Response:
        at = body.answered_at or service.store.clock()
        given = [
            GivenAnswer(
                one.question,
                one.value.model_dump() if isinstance(one.value, Amount) else one.value,
                body.answered_by,
                at,
            )
            for one in body.answers
        ]
        actor = who.actor("answer_questions", site)
        return JSONResponse(screenings.answer(actor, who.site(site), screening, given, once))
