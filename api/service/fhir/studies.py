"""Protocols as ResearchStudy: one for each protocol, its version in force as the resource's version."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.service.fhir.elements import fhir_id, identifier
from api.service.fhir.exchange import Resource
from api.store.protocols import active_versions
from api.store.tables import Protocol, ProtocolVersion

STATUSES = ("active", "in-review")


def study_rows(session: Session) -> list[tuple[Protocol, ProtocolVersion | None]]:
    """Every protocol with its version in force, by id."""
    active = {row.protocol_id: row for row in active_versions(session)}
    return [(row, active.get(row.id)) for row in session.scalars(select(Protocol).order_by(Protocol.id))]


def find_study(session: Session, study: str) -> tuple[Protocol, ProtocolVersion | None]:
    """The protocol that a FHIR id names; raises UserError where there is none."""
    for protocol, version in study_rows(session):
        if fhir_id(protocol.id) == study:
            return protocol, version
    raise UserError("NOT_FOUND", "ResearchStudy", "there is no such study")


def research_study(protocol: Protocol, version: ProtocolVersion | None) -> Resource:
    """A study; `in-review` until a version of it is in force."""
    told: Resource = {
        "resourceType": "ResearchStudy",
        "id": fhir_id(protocol.id),
        "identifier": [identifier("protocol", protocol.id)],
        "title": protocol.title or protocol.id,
        "status": status_of(version),
    }
    if version is not None:
        told["identifier"].append(identifier("protocol-version", version.key))
        told["note"] = [{"text": f"Version {version.version} is in force"}]
    return told


def status_of(version: ProtocolVersion | None) -> str:
    """`active` where a version is in force."""
    return STATUSES[0] if version is not None else STATUSES[1]


def version_of(version: ProtocolVersion | None) -> str:
    """What changes when another version is put in force."""
    return "none" if version is None else version.key
