"""Runs that are begun: over an extract that is named, or over one that comes along with the request."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Request, Response
from starlette.responses import JSONResponse

from api.errors import UserError
from api.loading import check_zone, given_parameters, parse_day
from api.service.access.who import SiteAsked, Who
from api.service.bodies import RunBody
from api.service.routes.addresses import address_of, query_of
from api.service.routes.inputs import BUNDLE_BODY, AsOf, Complete, Names, Parameters, Zone
from api.service.routes.once import Once
from api.service.runs.described import RunStarted
from api.service.runs.room import Wanted
from api.service.sent import decode
from api.service.service import Service

# Looked at by the handler, so that whoever leaves it out is told why it is wanted.
_PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": True,
    "description": "`respond-async`: runs are never waited for.",
    "schema": {"type": "string", "pattern": "^respond-async$"},
    "example": "respond-async",
}
_OF_RUN = {
    name: {"operationId": name, "parameters": {"run": "$response.body#/run"}}
    for name in ("read_run", "list_run_verdicts", "cancel_run")
}
_JSON = "application/fhir+json"
_LINE = '{"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}\n'
# Bytes, of which no schema can say what they have to be; the run says what is wrong with them.
_PACKED: dict[str, Any] = {"schema": {}, "example": "…"}
_BUNDLE: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": {"type": "string"}},
        "example": BUNDLE_BODY["requestBody"]["content"]["application/fhir+json"]["schema"]["example"],
    }
}
_BODY: dict[str, Any] = {
    "required": True,
    "description": "What `INPUT` is on the command line; each may be packed with gzip.",
    "content": {
        "application/fhir+ndjson": {"schema": {}, "example": _LINE},
        _JSON: _BUNDLE,
        "application/zip": _PACKED,
        "application/gzip": _PACKED,
    },
}


class _Typed(msgspec.Struct):
    """What any resource says of itself."""

    resourceType: str  # noqa: N815 - FHIR's name


async def _content(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _BODY["content"]:
        message = f"send a bundle, NDJSON, an archive or what is packed: {', '.join(_BODY['content'])}"
        raise UserError("CONTENT_TYPE", "Content-Type", message)
    body = await request.body()
    if not body:
        raise UserError("EMPTY_INPUT", "body", "send the extract as the body")
    if kind == _JSON:
        # What is in it is the run's to say; that it is none at all is said at once.
        request.state.sent = body
        try:
            decode(body, _Typed)
        except msgspec.ValidationError:
            message = "send one JSON object: a Bundle, or a resource"
            raise UserError("REQUEST_INVALID", "body", message) from None
    return body


Content = Annotated[bytes, Depends(_content)]


def add(app: FastAPI, service: Service) -> None:
    @app.post(
        "/runs",
        operation_id="start_run",
        summary="Judge all patients of an extract",
        status_code=202,
        response_model=None,
        responses={202: {"model": RunStarted, "links": _OF_RUN}},
        openapi_extra={"parameters": [_PREFER]},
    )
    def start(who: Who, request: Request, body: RunBody, once: Once, site: SiteAsked = None) -> Response:
        _require_asynchronous(request)
        address = address_of(service, request)
        wanted = Wanted(
            extract=body.extract,
            as_of=parse_day(body.as_of, "as_of"),
            zone=check_zone(body.zone, "zone"),
            complete=body.complete,
            given=given_parameters(body.parameters, "parameters"),
            versions=service.screenings.wanted(body.protocols),
            request=f"{address}/runs",
        )
        told = service.runs.start(who.actor("start_run", site), who.site(site), wanted, once)
        return _begun(told, address, site)

    @app.post(
        "/uploads",
        operation_id="upload_run",
        summary="Judge all patients of an extract that is sent along",
        status_code=202,
        response_model=None,
        responses={202: {"model": RunStarted, "links": _OF_RUN}},
        openapi_extra={"parameters": [_PREFER], "requestBody": _BODY},
    )
    def upload(
        who: Who,
        request: Request,
        content: Content,
        as_of: AsOf,
        once: Once,
        zone: Zone = "UTC",
        complete: Complete = False,
        protocol: Names = None,
        param: Parameters = None,
        site: SiteAsked = None,
    ) -> Response:
        _require_asynchronous(request)
        address = address_of(service, request)
        wanted = Wanted(
            extract=content,
            as_of=parse_day(as_of, "as_of"),
            zone=check_zone(zone, "zone"),
            complete=complete,
            given=given_parameters(param or [], "param"),
            versions=service.screenings.wanted(protocol or []),
            request=f"{address}/uploads",
        )
        told = service.runs.start(who.actor("upload_run", site), who.site(site), wanted, once)
        return _begun(told, address, site)


def _require_asynchronous(request: Request) -> None:
    """Raise UserError unless one of the preferences (RFC 7240) is an answer that is not waited for."""
    given = ",".join(request.headers.getlist("prefer")).split(",")
    if "respond-async" not in (part.partition(";")[0].strip().lower() for part in given):
        message = "a run is never waited for: send `Prefer: respond-async`"
        raise UserError("PREFER_ASYNC_WANTED", "Prefer", message)


def _begun(told: dict[str, Any], address: str, site: str | None) -> Response:
    """The answer to whoever began a run: where it is. `address` is the service's own."""
    status = f"{address}/runs/{told['run']}{query_of(site)}"
    return JSONResponse({**told, "status": status}, 202, {"Content-Location": status})
