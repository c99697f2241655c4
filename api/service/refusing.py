"""How the application answers what its rooms, its addresses and its models refuse."""

from __future__ import annotations

from http.client import METHOD_NOT_ALLOWED
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from api.errors import UserError
from api.pages.refusing import page_refusal
from api.service.compiling import InvalidProtocolError
from api.service.errors import issue, note_refusal, outcome, refusal
from api.service.positions import position

# What the router refuses, said so that whoever mistyped finds the way.
_ADDRESSES = {
    "NOT_FOUND": "there is no such address; /openapi.json describes all that there are",
    "METHOD_NOT_ALLOWED": "the address does not know this method; `Allow` names those that it knows",
}


def add_refusals(app: FastAPI) -> None:
    """One shape for all of them."""

    @app.exception_handler(InvalidProtocolError)
    def _invalid(request: Request, error: InvalidProtocolError) -> JSONResponse:
        note_refusal(request.scope, error.code)
        issues = [
            issue(p["code"], f"line {p['line']}, column {p['column']}", _mend(p), 422, p["severity"])
            for p in error.problems
        ]
        return outcome(issues, 422)

    @app.exception_handler(UserError)
    def _refused(request: Request, error: UserError) -> Response:
        note_refusal(request.scope, error.code)
        page = page_refusal(request, error)
        if page is not None:
            return page
        if error.code == "JSON_INVALID" and error.place == "body":
            place = position(getattr(request.state, "sent", b""))
            return refusal(UserError(error.code, place or error.place, error.message))
        return refusal(error)

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "REQUEST_INVALID")
        note_refusal(request.scope, code)
        message = _ADDRESSES.get(code, str(error.detail))
        page = page_refusal(request, UserError(code, "", message), error.status_code)
        if page is not None:
            return page
        answer = outcome([issue(code, "", message, error.status_code)], error.status_code)
        answer.headers.update(error.headers or {})
        if error.status_code == METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(_methods(app, request))
        return answer

    @app.exception_handler(RequestValidationError)
    def _unfit(request: Request, error: RequestValidationError) -> Response:
        note_refusal(request.scope, "REQUEST_INVALID")
        page = page_refusal(request, UserError("REQUEST_INVALID", "", "This address is not complete."), 400)
        if page is not None:
            return page
        # What was sent stands beside each message; it is left out.
        issues = [issue("REQUEST_INVALID", _place(one), str(one["msg"]), 400) for one in error.errors()]
        return outcome(issues, 400)


def _place(problem: dict[str, Any]) -> str:
    """Where in a request, by names of the program's own: that of a field nobody knows is left out."""
    known = problem["loc"][:-1] if problem["type"] == "extra_forbidden" else problem["loc"]
    return ".".join(map(str, known))


def _methods(app: FastAPI, request: Request) -> list[str]:
    """All that an address knows; the router names those of its first route only."""
    found: set[str] = set()
    for route in app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)


def _mend(problem: dict[str, Any]) -> str:
    return str(problem["message"]) + (f" ({problem['suggestion']})" if problem["suggestion"] else "")
