"""Bundles that answer a search, read as far as it takes to know whether they are whole.

Resources stay as the bytes that came: they are read by the same door as any other record.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from api.errors import UserError

_ERRORS = frozenset({"error", "fatal"})


class _Kind(msgspec.Struct):
    resourceType: str = ""  # noqa: N815 - names of FHIR
    id: str = ""


class _Issue(msgspec.Struct):
    severity: str = ""
    code: str = ""


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = []


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct):
    resourceType: str = ""  # noqa: N815
    total: int | None = None
    link: list[_Link] | None = None
    entry: list[_Entry] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A resource: its type, its id ("" where it has none) and its bytes."""

    type: str
    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `next`: the address of the one after it. `refused`: something was left out on purpose.

    `total`: how many match on all pages, where that is told. A resource that came alone is no bundle.
    """

    found: tuple[Found, ...]
    next: str | None
    refused: bool
    total: int | None = None
    is_bundle: bool = True


def read_page(data: bytes) -> Page:
    """A searchset, or a resource that came alone. Raises UserError for anything else."""
    try:
        kind = msgspec.json.decode(data, type=_Kind)
        if kind.resourceType == "OperationOutcome":
            return Page((), None, _is_error(data), is_bundle=False)
        if kind.resourceType != "Bundle":
            return Page((_found(data),), None, False, is_bundle=False)
        bundle = msgspec.json.decode(data, type=_Bundle)
        entries = [bytes(one.resource) for one in bundle.entry or () if bytes(one.resource)]
        all_found = [_found(one) for one in entries]
        refused = any(one.type == "OperationOutcome" and _is_error(one.data) for one in all_found)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UserError("ANSWER_UNREADABLE", "record", "what came is no FHIR in JSON") from None
    following = [one.url for one in bundle.link or () if one.relation == "next"]
    if len(following) > 1 or "" in following:
        raise UserError("ANSWER_UNREADABLE", "record", "a page names no one next page")
    kept = tuple(one for one in all_found if one.type != "OperationOutcome")
    return Page(kept, following[0] if following else None, refused, bundle.total)


def _found(data: bytes) -> Found:
    kind = msgspec.json.decode(data, type=_Kind)
    if not kind.resourceType:
        raise UserError("ANSWER_UNREADABLE", "record", "an entry has no type")
    return Found(kind.resourceType, kind.id, data)


def is_not_supported(status: int, body: bytes) -> bool:
    """Whether a refusal says that there is no such type, and not that it cannot be had now."""
    if status in (404, 405, 501):
        return True
    try:
        issues = msgspec.json.decode(body, type=_Outcome).issue
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return status == 400 and any(one.code == "not-supported" for one in issues)


def _is_error(data: bytes) -> bool:
    """Whether an OperationOutcome says that something failed; a hint or a warning does not."""
    return any(one.severity in _ERRORS for one in msgspec.json.decode(data, type=_Outcome).issue)
