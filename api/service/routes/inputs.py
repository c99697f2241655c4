"""What several addresses take from a request."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from api.errors import UserError


async def _json(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/fhir+json"):
        message = "send a FHIR bundle as application/json or application/fhir+json"
        raise UserError("CONTENT_TYPE", "Content-Type", message)
    return await request.body()


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise UserError("PROTOCOL_UNREADABLE", "body", "the text is not UTF-8") from None


Text = Annotated[str, Depends(_text)]
Bundle = Annotated[bytes, Depends(_json)]
AsOf = Annotated[
    str, Query(description="Day the question is asked for, YYYY-MM-DD.", examples=["2026-06-01"])
]
Zone = Annotated[str, Query(description="Time zone whose calendar days count.")]
Complete = Annotated[bool, Query(description="The bundle holds every kind of data its source has.")]
Names = Annotated[
    list[str] | None, Query(description="Protocol to ask; all active ones where none is named.")
]
Parameters = Annotated[list[str] | None, Query(description="NAME=DAY, NAME=FIRST..LAST, NAME=75 …")]

TEXT_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}
}
BUNDLE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/fhir+json": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}
