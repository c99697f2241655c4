"""Which study a page is about, and which of the visitor's sites."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.store.protocols import active_version, active_versions, versions
from api.store.tables import Patient, Protocol, ProtocolVersion, Site, StatusStep


@dataclass(frozen=True, slots=True)
class Chosen:
    """The study of a page, None where there is no study at all, and those that may be chosen."""

    study: Protocol | None
    studies: tuple[Protocol, ...]


def choose(session: Session, wanted: str) -> Chosen:
    """The study that is asked for, else one with candidates: one in force first, then the one of the most.

    Raises UserError where there is none such.
    """
    studies = tuple(session.scalars(select(Protocol).order_by(Protocol.id)))
    if wanted:
        found = next((one for one in studies if one.id == wanted), None)
        if found is None:
            raise UserError("NOT_FOUND", "study", "there is no such study")
        return Chosen(found, studies)
    active = {one.protocol_id for one in active_versions(session)}
    counted = select(StatusStep.protocol_id, func.count()).group_by(StatusStep.protocol_id)
    steps = {protocol: int(count) for protocol, count in session.execute(counted)}
    first = max(
        studies, key=lambda one: (one.id in steps, one.id in active, steps.get(one.id, 0)), default=None
    )
    return Chosen(first, studies)


def newest_text(session: Session, protocol_id: str) -> ProtocolVersion:
    """The version in force, else the one that was added last."""
    if any(one.protocol_id == protocol_id for one in active_versions(session)):
        return active_version(session, protocol_id)
    return versions(session, protocol_id)[-1]


def site_names(session: Session, sites: frozenset[str]) -> dict[str, str]:
    """Names by id of a visitor's sites."""
    rows = session.scalars(select(Site).where(Site.id.in_(sites)).order_by(Site.name))
    return {one.id: one.name for one in rows}


def site_of(session: Session, patient_key: str, sites: frozenset[str]) -> str:
    """The site of a patient, where it is one of the visitor's; raises UserError for all others alike."""
    patient = session.get(Patient, patient_key)
    if patient is None or patient.site_id not in sites:
        raise UserError("NOT_FOUND", "patient", "there is no such candidate")
    return patient.site_id
