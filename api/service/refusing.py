"""How the application answers what its rooms, its addresses and its models refuse."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.errors import UserError
from api.service.compiling import InvalidProtocolError
from api.service.errors import issue, note_refusal, outcome, refusal


def add_refusals(app: FastAPI) -> None:
    """One shape for all of them."""

    @app.exception_handler(InvalidProtocolError)
    def _invalid(_: Request, error: InvalidProtocolError) -> JSONResponse:
        issues = [
            issue(p["code"], f"line {p['line']}, column {p['column']}", _mend(p), 422, p["severity"])
            for p in error.problems
        ]
        return outcome(issues, 422)

    @app.exception_handler(UserError)
    def _refused(request: Request, error: UserError) -> JSONResponse:
        note_refusal(request.scope, error.code)
        return refusal(error)

    @app.exception_handler(HTTPException)
    def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "REQUEST_INVALID")
        answer = outcome([issue(code, "", str(error.detail), error.status_code)], error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    def _unfit(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent stands beside each message; it is left out.
        issues = [
            issue("REQUEST_INVALID", ".".join(map(str, one["loc"])), str(one["msg"]), 422)
            for one in error.errors()
        ]
        return outcome(issues, 422)


def _mend(problem: dict[str, Any]) -> str:
    return str(problem["message"]) + (f" ({problem['suggestion']})" if problem["suggestion"] else "")
