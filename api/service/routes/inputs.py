"""What several addresses take from a request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from api.errors import UserError

_OPENS = 4096  # as many bytes may stand before the first brace


async def _json(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/fhir+json"):
        message = "send a FHIR bundle as application/json or application/fhir+json"
        raise UserError("CONTENT_TYPE", "Content-Type", message)
    body = request.state.sent = await request.body()
    if body[:_OPENS].removeprefix(b"\xef\xbb\xbf").strip()[:1] not in (b"{", b""):
        raise UserError("REQUEST_INVALID", "body", "send one JSON object: a Bundle, or a resource")
    return body


async def _text(request: Request) -> str:
    body = await request.body()
    if not body:
        raise UserError("BODY_MISSING", "body", "send the text as the body")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError("PROTOCOL_UNREADABLE", "body", "the text is not UTF-8") from None


Text = Annotated[str, Depends(_text)]
Bundle = Annotated[bytes, Depends(_json)]
AsOf = Annotated[
    str,
    Query(
        description="Day the question is asked for, YYYY-MM-DD.",
        examples=["2026-06-01"],
        json_schema_extra={"format": "date"},
    ),
]
KEY = "^[0-9a-f]{32}$"  # as `api.store.keys` makes them
Key = Annotated[str, Path(pattern=KEY, description="A key that the service gave.")]
Zone = Annotated[str, Query(description="Time zone whose calendar days count.")]
Complete = Annotated[bool, Query(description="The bundle holds every kind of data its source has.")]
Names = Annotated[
    list[str] | None, Query(description="Protocol to ask; all active ones where none is named.")
]
Parameters = Annotated[list[str] | None, Query(description="NAME=DAY, NAME=FIRST..LAST, NAME=75 …")]

_TEXT = """protocol DEMO-CALL version 1.0 "Add-on treatment in type 2 diabetes, on the telephone"

include I1 "Age"
  age at index is 18 to 75 years

include Q1 "Visits"
  patient answers "Can you come to the clinic every four weeks?" with yes or no is yes
"""
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string"}, "id": {"type": "string"}},
}
_BUNDLE: dict[str, Any] = {
    "type": "object",
    "description": "A FHIR Bundle, or a single resource, of one patient with an id.",
    "required": ["resourceType"],
    "properties": {
        "resourceType": {"type": "string"},
        "entry": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"fullUrl": {"type": "string"}, "resource": _RESOURCE},
            },
        },
    },
    "example": {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}}],
    },
}
TEXT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"text/plain": {"schema": {"type": "string", "minLength": 1}, "example": _TEXT}},
    }
}
BUNDLE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/fhir+json": {"schema": _BUNDLE},
            "application/json": {"schema": _BUNDLE},
        },
    }
}
