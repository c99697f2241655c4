"""How resources travel: media type, version as ETag, and the version a caller has seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import Header
from starlette.responses import JSONResponse

from api.errors import UserError
from api.service.errors import MEDIA_TYPE

Resource = dict[str, Any]
_VERSION = re.compile(r'(?:W/)?"([^"]{1,64})"')

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description='The version seen, as its ETag: W/"3".'),
]


class FhirResponse(JSONResponse):
    """A resource."""

    media_type = MEDIA_TYPE


def versioned(resource: Resource, version: object, status: int = 200, **headers: str) -> FhirResponse:
    """A resource with its version as `meta.versionId` and ETag; header names are given with `_` for `-`."""
    told = {**resource, "meta": {**resource.get("meta", {}), "versionId": str(version)}}
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    return FhirResponse(told, status_code=status, headers={"ETag": f'W/"{version}"', **own})


def seen_version(header: str | None) -> str:
    """The version of If-Match. Raises UserError: without one nothing is changed, nor with a list of them."""
    if header is None:
        message = "say which version you have seen: send its ETag as If-Match"
        raise UserError("PRECONDITION_REQUIRED", "If-Match", message)
    found = _VERSION.fullmatch(header.strip())
    if found is None:
        raise UserError("PRECONDITION_FAILED", "If-Match", 'expected one ETag, such as W/"3"')
    return found[1]


def require_seen(header: str | None, version: object) -> None:
    """Raises UserError unless the caller has seen this very version."""
    if seen_version(header) != str(version):
        raise UserError("PRECONDITION_FAILED", "If-Match", "it has changed since you saw it: read it again")


def page(kind: str, resources: Iterable[Resource], links: Mapping[str, str]) -> Resource:
    """A searchset of resources of one type. `links` by relation; a search that has an end has no `next`."""
    entries = [
        {"fullUrl": f"urn:eligibility:{kind}:{one['id']}", "resource": one, "search": {"mode": "match"}}
        for one in resources
    ]
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": name, "url": url} for name, url in links.items()],
    }
    return {**bundle, "entry": entries} if entries else bundle
