"""One shape for all that the service refuses: an OperationOutcome with code, place and message.

Nothing of what was sent is repeated in an answer of the service's own making.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Scope

from api.errors import UserError
from api.store.errors import ConflictError, NotStoredError

CODES = "urn:eligibility:error"
MEDIA_TYPE = "application/fhir+json"

# What the store refuses of the service itself: no request can bring it about, so it is a fault.
FAULTS = frozenset(
    {"STORE_REFUSED", "UNAUDITED", "NESTED_WRITING", "CHAIN_WITHOUT_HEAD", "TIME_WITHOUT_ZONE"}
)
# HTTP status by code; what is not named here is the content's fault.
_STATUS = {
    "BODY_TOO_LARGE": 413,
    "BODY_TOO_DEEP": 413,
    "PROTOCOL_TOO_LARGE": 413,
    "BODY_TOO_SLOW": 408,
    "BODY_ENCODING": 415,
    "CONTENT_TYPE": 415,
    "HOST_REFUSED": 421,
    "ORIGIN_REFUSED": 403,
    "TOKEN_MISSING": 401,
    "TOKEN_INVALID": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "SCREENING_NOT_HELD": 404,
    "PROTOCOL_NOT_ACTIVE": 404,
    "QUESTION_UNKNOWN": 404,
    "METHOD_NOT_ALLOWED": 405,
    "PRECONDITION_FAILED": 412,
    "PREFETCH_MISSING": 412,
    "PRECONDITION_REQUIRED": 428,
    "REQUEST_INVALID": 400,
    "BODY_MISSING": 400,
    "BODY_CUT_OFF": 400,
    "PATIENT_UNKNOWN": 404,
    "FHIR_SERVER_FAILED": 502,
    "FHIR_SERVER_SLOW": 504,
    "RECORD_TOO_LARGE": 413,
    "INTERNAL": 500,
    "STORE_BUSY": 503,
    "JUDGES_BUSY": 503,
    "JUDGE_LOST": 503,
    "TOO_MANY_REQUESTS": 503,
    "TOO_MANY_BYTES": 503,
    "RATE_EXCEEDED": 429,
    "STORE_UNAVAILABLE": 503,
    "STORE_REVISION": 503,
    "JUDGES_DOWN": 503,
    "ISSUER_UNAVAILABLE": 503,
    "TOO_MANY_RUNS": 503,
    "PREFER_ASYNC_WANTED": 400,
    "ATTEMPTS_EXHAUSTED": 500,
    **dict.fromkeys(FAULTS, 500),
}
_WITHOUT_PLACE = {"STORE_UNAVAILABLE": "the store's database does not answer now"}
# What goes with a refusal of access (RFC 6750); of a token that was sent it says no more than this.
_CHALLENGES = {
    "TOKEN_MISSING": 'Bearer realm="eligibility"',
    "TOKEN_INVALID": 'Bearer realm="eligibility", error="invalid_token"',
    "FORBIDDEN": 'Bearer realm="eligibility", error="insufficient_scope"',
}
# Codes of limits: their messages name the setting.
LIMITS = frozenset(
    {
        "BODY_TOO_LARGE",
        "BODY_TOO_DEEP",
        "BODY_TOO_SLOW",
        "PROTOCOL_TOO_LARGE",
        "JUDGING_TOO_LONG",
        "JUDGES_BUSY",
        "TOO_MANY_REQUESTS",
        "TOO_MANY_BYTES",
        "RATE_EXCEEDED",
        "EXTRACT_TOO_LARGE",
        "TOO_MANY_RUNS",
        "RUN_TOO_LONG",
        "RECORD_TOO_LARGE",
        "FHIR_SERVER_SLOW",
    }
)
# The word of FHIR (IssueType) by status.
_ISSUE = {
    400: "structure",
    202: "informational",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    408: "timeout",
    409: "conflict",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    421: "forbidden",
    422: "invalid",
    428: "required",
    429: "throttled",
    500: "exception",
    502: "exception",
    503: "transient",
    504: "timeout",
}


# An element of a resource that was sent.
_FHIRPATH = re.compile(r"(Bundle|Parameters)$|[A-Z][A-Za-z]+\.[a-z]")
_PLACE = "eligibility.refused"


def note_refusal(scope: Scope, code: str) -> None:
    """Note with which code a request is refused."""
    scope[_PLACE] = code


def refused_with(scope: Scope) -> str:
    """The code with which a request was refused, "" where it was not."""
    return str(scope.get(_PLACE, ""))


def status_of(error: UserError) -> int:
    """The HTTP status of a refusal."""
    if isinstance(error, NotStoredError):
        return 404
    if isinstance(error, ConflictError):
        return 409
    return _STATUS.get(error.code, 422)


def issue(code: str, place: str, message: str, status: int, severity: str = "error") -> dict[str, Any]:
    """One issue of an OperationOutcome."""
    told: dict[str, Any] = {
        "severity": severity,
        "code": _ISSUE.get(status, "processing"),
        "details": {"coding": [{"system": CODES, "code": code}], "text": message},
    }
    if place:
        told["location"] = [place]
    if _FHIRPATH.match(place):
        told["expression"] = [place]
    return told


def outcome(issues: Sequence[dict[str, Any]], status: int) -> JSONResponse:
    """An answer that says what is wrong: a resource, wherever it is given."""
    told = {"resourceType": "OperationOutcome", "issue": list(issues)}
    return JSONResponse(told, status_code=status, media_type=MEDIA_TYPE)


def refusal(error: UserError) -> JSONResponse:
    """The answer to a request that was refused."""
    status = status_of(error)
    # The store names the key, which was sent; where its database is, is nobody's business.
    message = "there is no such entry" if isinstance(error, NotStoredError) else error.message
    message = _WITHOUT_PLACE.get(error.code, message)
    answer = outcome([issue(error.code, error.place, message, status)], status)
    if error.code in _CHALLENGES:
        answer.headers["WWW-Authenticate"] = _CHALLENGES[error.code]
    if status in (429, 503):
        # Whole seconds, as the header wants them.
        answer.headers["Retry-After"] = str(math.ceil(getattr(error, "retry_after", 1.0)))
    return answer


def rejected(code: str, message: str, line: int | None, entry: int | None, path: str) -> dict[str, Any]:
    """An outcome of a line or entry that was refused; it names neither patient nor file."""
    told = issue(code, "", message, 422)
    if line is not None or entry is not None:
        told["location"] = [f"line {line}" if line is not None else f"entry {entry}"]
    if path:
        told["expression"] = [path]
    return {"resourceType": "OperationOutcome", "issue": [told]}
