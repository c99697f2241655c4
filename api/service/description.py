"""The OpenAPI description: what the routes say, with every refusal declared and an example for each answer.

Refusals are the same for all addresses of a kind, so they are declared here once: what the guard in front
may answer to anybody, and what goes with operations that have rights, a body or a place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.service.access.operations import OPERATIONS
from api.service.errors import CODES, MEDIA_TYPE

Schema = dict[str, Any]

# Answers by operation, for those whose schema is FHIR's, or nobody's; the tests hold them to the schema.
_MADE: Mapping[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))

# What each status means, with a code that comes with it.
_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("REQUEST_INVALID", "The request does not have the form that is described here."),
    401: ("TOKEN_MISSING", "A valid bearer token is needed."),
    403: ("FORBIDDEN", "None of the caller's roles may do this, or not at this site."),
    404: ("NOT_FOUND", "There is no such entry, or none that the caller may know of."),
    408: ("BODY_TOO_SLOW", "The body did not arrive in time."),
    409: ("CONFLICT", "Somebody else was faster, or what was seen is no longer so."),
    412: ("PRECONDITION_FAILED", "It is no longer what the caller saw: look again, then decide."),
    413: ("BODY_TOO_LARGE", "The body is longer or deeper than a limit, which is named."),
    415: ("CONTENT_TYPE", "The body is of a type that is not read."),
    421: ("HOST_REFUSED", "The service does not answer to this name."),
    422: ("JSON_INVALID", "The form is right, and what was sent makes no sense here."),
    428: ("PRECONDITION_REQUIRED", "Say with `If-Match` which revision was seen."),
    429: ("RATE_EXCEEDED", "One caller asked too often; `Retry-After` says when to come back."),
    500: ("INTERNAL", "A fault of the service; its log knows the request by `X-Request-Id`."),
    502: ("FHIR_SERVER_FAILED", "The configured FHIR server does not give the record."),
    503: ("STORE_BUSY", "Not now: a limit of what is worked on at once, or something does not answer."),
    504: ("FHIR_SERVER_SLOW", "The configured FHIR server did not give the record in time."),
}
_OF_ALL = (400, 403, 408, 413, 415, 421, 429, 500, 503)
_OF_RIGHTS = (404, 409, 422)
_OF_ONE = {
    "smart_configuration": (404,),
    "cds_patient_view": (412,),
    **dict.fromkeys(("screen_patient", "fhir_screen", "fhir_screen_all"), (502, 504)),
}
_HEADERS: Mapping[int, Schema] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}},
    503: {"Retry-After": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}},
}
_OUTCOME: Schema = {
    "title": "OperationOutcome",
    "description": "A refusal, as FHIR says it: the code, where it is, and what would mend it.",
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "details"],
                "properties": {
                    "severity": {"enum": ["error", "warning"]},
                    "code": {"type": "string"},
                    "details": {
                        "type": "object",
                        "required": ["coding", "text"],
                        "properties": {
                            "text": {"type": "string"},
                            "coding": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["system", "code"],
                                    "properties": {
                                        "system": {"const": CODES},
                                        "code": {"type": "string"},
                                    },
                                },
                            },
                        },
                    },
                    "location": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def described(app: FastAPI, *, with_tokens: bool) -> Schema:
    """The description of an application. `with_tokens`: callers show bearer tokens."""
    told = get_openapi(
        title=app.title,
        version=app.version,
        description="Matches FHIR records against trial protocols, with a reason for every verdict.",
        routes=app.routes,
    )
    parts = told.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["OperationOutcome"] = _OUTCOME
    parts["responses"] = {f"Refused{status}": _refusal(status) for status in _REFUSALS}
    if with_tokens:
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for operation in _operations(told):
        _declare(operation, with_tokens=with_tokens)
        name = operation["operationId"]
        _exemplify(operation.get("requestBody", {}), schemas, _MADE.get(f"{name} request"))
        for status, response in operation["responses"].items():
            made = _MADE.get(name) if status.startswith("2") else None
            _exemplify(response, schemas, made)
    return told


def _operations(told: Schema) -> Iterator[Schema]:
    for path in told["paths"].values():
        yield from path.values()


def _declare(operation: Schema, *, with_tokens: bool) -> None:
    """Every refusal that an operation may answer with; those that a route declares itself stay."""
    responses = operation["responses"]
    own = responses.get("422", {}).get("content", {}).get("application/json", {}).get("schema", {})
    if own.get("$ref", "").endswith("/HTTPValidationError"):
        del responses["422"]
    entry = OPERATIONS.get(operation["operationId"])
    is_open = entry is not None and entry.open
    statuses = {*_OF_ALL, *(() if is_open else _OF_RIGHTS), *_OF_ONE.get(operation["operationId"], ())}
    if any(one["in"] == "path" for one in operation.get("parameters", ())):
        statuses.add(404)
    if any(one["name"].lower() == "if-match" for one in operation.get("parameters", ())):
        statuses |= {412, 428}
    if with_tokens:
        # A wrong token is refused wherever it is shown.
        statuses.add(401)
        operation["security"] = [] if is_open else [{"bearer": []}]
    for status in sorted(statuses):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Refused{status}"})


def _refusal(status: int) -> Schema:
    code, text = _REFUSALS[status]
    example = {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "processing",
                "details": {"coding": [{"system": CODES, "code": code}], "text": text},
            }
        ],
    }
    content = {"schema": {"$ref": "#/components/schemas/OperationOutcome"}, "example": example}
    return {
        "description": text,
        "content": {MEDIA_TYPE: content},
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
    }


def _exemplify(part: Schema, schemas: Schema, made: Any) -> None:
    """Give a request or answer without an example what was `made`, else what its schema's fields make."""
    for content in part.get("content", {}).values():
        schema = content.get("schema", {})
        if "example" in content or "examples" in content or "example" in schema:
            continue
        if made is not None:
            content["example"] = made
        elif "$ref" in schema:
            content["example"] = _example(schema, schemas)


def _example(schema: Schema, schemas: Schema) -> Any:
    """The first example of a schema, or one made of those of its parts."""
    for name in ("examples", "example", "enum", "const"):
        if name in schema:
            held = schema[name]
            return held[0] if name in ("examples", "enum") else held
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if schema.get("type") == "array":
        return [_example(schema["items"], schemas)] if "items" in schema else []
    if schema.get("type") == "object":
        wanted = schema.get("required", ())
        return {
            name: _example(part, schemas)
            for name, part in schema.get("properties", {}).items()
            if name in wanted
        }
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(schema.get("type", ""))
