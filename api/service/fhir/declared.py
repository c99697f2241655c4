"""What the faces can do, told from the routes themselves: CapabilityStatement and OperationDefinition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.errors import UserError
from api.service.errors import MEDIA_TYPE
from api.service.fhir.elements import SYSTEM, Element
from api.service.fhir.exchange import Resource

# When the faces were last changed; the wall clock says nothing of that.
DATE = "2026-11-22"
BASE = "/fhir/"
_PATH = re.compile(r"/fhir/(?P<type>[A-Z][A-Za-z]+)?(/\{\w+\})?(/?\$(?P<operation>[a-z-]+))?(metadata)?")
# An In or Out of an operation: name, type, least, most.
In = tuple[str, str, int, str]


@dataclass(frozen=True, slots=True)
class OperationTold:
    """One operation by what goes in and comes out."""

    title: str
    changes: bool
    takes: tuple[In, ...]
    gives: tuple[str, str]


OPERATIONS_TOLD: dict[tuple[str, str], OperationTold] = {
    ("ResearchStudy", "screen"): OperationTold(
        "Judge the record of one patient",
        True,
        (
            ("record", "Bundle", 0, "1"),
            ("patient", "id", 0, "1"),
            ("asOf", "date", 1, "1"),
            ("zone", "string", 0, "1"),
            ("complete", "boolean", 0, "1"),
            ("param", "string", 0, "*"),
        ),
        ("return", "Resource"),
    ),
    ("Task", "claim"): OperationTold("Hold a review for a quarter of an hour", True, (), ("return", "Task")),
    ("Task", "release"): OperationTold("Give a review back", True, (), ("return", "Task")),
    ("Task", "complete"): OperationTold(
        "Sign a decision for each criterion of a review that is held",
        True,
        (
            ("decision", "", 1, "*"),
            ("seen", "string", 1, "1"),
            ("name", "string", 1, "1"),
            ("meaning", "string", 1, "1"),
        ),
        ("return", "Task"),
    ),
}
_INTERACTIONS = {("GET", False): "search-type", ("GET", True): "read", ("POST", False): "create"}
_SEARCH_TYPES = {
    "date": "date",
    **dict.fromkeys(("owner", "patient", "based-on", "study", "individual", "agent", "entity"), "reference"),
    "measure": "reference",
}
_CONTROL = frozenset({"site", "_count", "_offset", "_after"})


@dataclass(frozen=True, slots=True)
class Face:
    """A route in FHIR's terms. `interaction` is "" for operations."""

    type: str
    interaction: str
    operation: str
    route: APIRoute
    method: str


def faces(app: FastAPI) -> Iterator[Face]:
    """Every route under `/fhir` that is about a type of resources; raises for one FHIR has no word for."""
    for route in app.routes:
        if not isinstance(route, APIRoute) or not route.path.startswith(BASE):
            continue
        found = _PATH.fullmatch(route.path)
        if found is None:
            raise RuntimeError(f"{route.path} is no address of FHIR")
        for method in sorted(route.methods or ()):
            if found["operation"] is None and found["type"] is None:
                continue  # metadata
            one = found[2] is not None
            word = "update" if method == "PUT" else _INTERACTIONS.get((method, one), "")
            if found["operation"] is None and not word:
                raise RuntimeError(f"{method} {route.path} is no interaction of FHIR")
            yield Face(
                found["type"] or "",
                "" if found["operation"] else word,
                found["operation"] or "",
                route,
                method,
            )


def capability_statement(app: FastAPI) -> Resource:
    """What is served, type by type."""
    by_type: dict[str, Element] = {}
    for face in faces(app):
        told = by_type.setdefault(face.type, {"type": face.type})
        if face.operation:
            entry = {"name": face.operation, "definition": definition_url(face.type, face.operation)}
            listed = told.setdefault("operation", [])
            if entry not in listed:
                listed.append(entry)
            continue
        told.setdefault("interaction", []).append({"code": face.interaction})
        if face.interaction == "search-type":
            told["searchParam"] = [
                {"name": name, "type": _SEARCH_TYPES.get(name, "token")} for name in searched(face.route)
            ]
        if face.interaction in ("update", "read") and face.type in _VERSIONED:
            told["versioning"] = "versioned-update" if _is_updated(app, face.type) else "versioned"
    for told in by_type.values():
        for name in ("searchParam", "interaction"):
            if name in told and not told[name]:
                del told[name]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "eligibility"},
        "implementation": {"description": "Eligibility of patients for trials"},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE, "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "service": [
                        {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                                    "code": "SMART-on-FHIR",
                                }
                            ]
                        }
                    ]
                },
                "resource": [by_type[name] for name in sorted(by_type)],
            }
        ],
    }


# The parts of a parameter that has no type of its own.
_PARTS: Mapping[str, tuple[In, ...]] = {
    "decision": (
        ("criterion", "string", 1, "1"),
        ("outcome", "code", 1, "1"),
        ("reason", "code", 0, "1"),
        ("comment", "string", 0, "1"),
    )
}


def _taken(one: In) -> Element:
    name, kind, least, most = one
    told: Element = {"name": name, "use": "in", "min": least, "max": most}
    return {**told, "type": kind} if kind else {**told, "part": [_taken(part) for part in _PARTS[name]]}


_VERSIONED = frozenset({"Task", "ResearchSubject", "ResearchStudy"})


def _is_updated(app: FastAPI, type_name: str) -> bool:
    return any(one.type == type_name and one.interaction == "update" for one in faces(app))


def searched(route: APIRoute) -> list[str]:
    """Names of the search parameters that a route takes."""
    names = [field.alias for field in route.dependant.query_params]
    for part in route.dependant.dependencies:
        names += [field.alias for field in part.query_params]
    return sorted({name.partition(":")[0] for name in names} - _CONTROL)


def definition_url(type_name: str, operation: str) -> str:
    """The canonical name of an operation."""
    return f"{SYSTEM}:operation:{definition_id(type_name, operation)}"


def definition_id(type_name: str, operation: str) -> str:
    return f"{type_name}-{operation}"


def operation_definition(app: FastAPI, name: str) -> Resource:
    """An operation by its id; raises UserError where there is none."""
    served: dict[str, list[Face]] = {}
    for face in faces(app):
        if face.operation:
            served.setdefault(definition_id(face.type, face.operation), []).append(face)
    if name not in served:
        raise UserError("NOT_FOUND", "OperationDefinition", "there is no such operation")
    found = served[name]
    told = OPERATIONS_TOLD[found[0].type, found[0].operation]
    inputs = [_taken(one) for one in told.takes]
    given, kind = told.gives
    return {
        "resourceType": "OperationDefinition",
        "id": name,
        "url": definition_url(found[0].type, found[0].operation),
        "name": "".join(part.capitalize() for part in found[0].operation.split("-")),
        "title": told.title,
        "status": "active",
        "kind": "operation",
        "affectsState": told.changes,
        "code": found[0].operation,
        "resource": [found[0].type],
        "system": False,
        "type": any("{" not in one.route.path for one in found),
        "instance": any("{" in one.route.path for one in found),
        "parameter": [*inputs, {"name": given, "use": "out", "min": 1, "max": "1", "type": kind}],
    }
