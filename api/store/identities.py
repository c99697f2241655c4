"""From persons to pseudonyms and, where it must be, back.

What names a person lies in a table of its own, which nothing else joins. Whoever is shown it leaves an
entry in the trail that says who, whose and what for, never what was shown. Persons can be forgotten: what
was judged about the pseudonym stays, and nobody can tell any more whose it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.errors import NotStoredError, StoreError
from api.store.keys import new_key
from api.store.tables import Identifier, Patient

_AT_ONCE = 200


def pseudonym(session: Session, site: str, system: str, value: str) -> str | None:
    """The key of the patient whom a source knows by an identifier, None where nobody is."""
    return session.scalar(
        select(Identifier.patient_key).where(
            Identifier.site_id == site, Identifier.system == system, Identifier.value == value
        )
    )


def pseudonyms(unit: Writing, site: str, system: str, values: Iterable[str]) -> dict[str, str]:
    """Keys of many patients of one source by their identifiers; unknown ones are added.

    Raises ConflictError where another process adds one of them at the same moment: try again.
    """
    wanted = sorted(set(values))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(Identifier.value, Identifier.patient_key).where(
            Identifier.site_id == site,
            Identifier.system == system,
            Identifier.value.in_(wanted[start : start + _AT_ONCE]),
        )
        found |= {row.value: row.patient_key for row in unit.session.execute(query)}
    new = [value for value in wanted if value not in found]
    for value in new:
        key = found[value] = new_key()
        unit.session.add(Patient(key=key, site_id=site, added_at=unit.now))
    unit.session.flush()
    for value in new:
        unit.session.add(Identifier(site_id=site, system=system, value=value, patient_key=found[value]))
    unit.session.flush()
    unit.note("patients.known", f"sites/{site}", {"asked": len(wanted), "added": len(new)}, site)
    return found


def reveal(unit: Writing, patient_key: str, purpose: str) -> list[tuple[str, str]]:
    """Who a patient is: system and value of each identifier, in order.

    The trail keeps that it was shown, to whom and for what. Show it after the unit has ended:
    only then is the entry kept.
    """
    if not purpose.strip():
        raise StoreError("PURPOSE_MISSING", "patients", "say what the identity is needed for")
    patient = _patient(unit.session, patient_key)
    rows = unit.session.scalars(
        select(Identifier)
        .where(Identifier.patient_key == patient_key)
        .order_by(Identifier.system, Identifier.value)
    )
    unit.note("identity.revealed", f"patients/{patient_key}", {"purpose": purpose}, patient.site_id)
    return [(row.system, row.value) for row in rows]


def forget(unit: Writing, patient_key: str, reason: str) -> None:
    """Take away all that names a person. Results and decisions stay with the pseudonym."""
    patient = _patient(unit.session, patient_key)
    unit.session.execute(delete(Identifier).where(Identifier.patient_key == patient_key))
    unit.note("identity.forgotten", f"patients/{patient_key}", {"reason": reason}, patient.site_id)


def _patient(session: Session, key: str) -> Patient:
    patient = session.get(Patient, key)
    if patient is None:
        raise NotStoredError("patients", key)
    return patient
