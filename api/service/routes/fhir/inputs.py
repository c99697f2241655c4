"""What addresses of the FHIR faces take from a request."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import StringConstraints

from api.errors import UserError

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9.\-]{1,64}$", description="The resource's id.")]
Count = Annotated[int | None, Query(alias="_count", ge=1, le=10_000, description="Resources on one page.")]
Offset = Annotated[int, Query(alias="_offset", ge=0, le=1_000_000, description="Resources to leave out.")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

RESOURCE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/fhir+json": {"schema": {"type": "object"}}},
    }
}


def code_of(token: str | None) -> str | None:
    """The code of a token search, `system|code` or `code`."""
    return None if token is None else token.rpartition("|")[2]


def status_asked(token: str | None, known: Collection[str]) -> str | None:
    """The status that is searched for. Raises UserError for one that nothing has: it would find nothing."""
    asked = code_of(token)
    if asked is not None and asked not in known:
        raise UserError("SEARCH_INVALID", "status", f"expected one of {', '.join(sorted(known))}")
    return asked
