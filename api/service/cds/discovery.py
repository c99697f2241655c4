"""What the service offers to clinical systems, and the data it asks them to send along.

Which types are asked for follows from the protocols in force; nothing else of these is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.errors import UserError
from api.service.fhir.requirements import TYPES, needed_types
from api.service.service import Service
from api.store.protocols import active_versions

NAME = "eligibility-patient-view"
PATIENT = "patient"
_ID = "{{context.patientId}}"
# What an order names by reference only.
_WITH = {
    name: f"&_include={name}:medication"
    for name in ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
}


def types_needed(service: Service) -> set[str]:
    """The types that the protocols in force read; all of them where one cannot be compiled now."""
    with service.store.read() as session:
        rows = active_versions(session)
    needed = {"Patient"}
    for row in rows:
        try:
            needed |= needed_types(service.protocols.ready(row, {}).program)
        except UserError:
            needed |= {name for names in TYPES.values() for name in names}
    return needed


def prefetch(types: Iterable[str]) -> Mapping[str, str]:
    """The template of each type by its key; the patient is read, all others are searched for."""
    templates = {PATIENT: f"Patient/{_ID}"}
    for name in sorted(set(types) - {"Patient"}):
        templates[key_of(name)] = f"{name}?patient={_ID}{_WITH.get(name, '')}"
    return templates


def key_of(type_name: str) -> str:
    """The key of a type among the prefetched data."""
    return type_name[0].lower() + type_name[1:]


def discovered(service: Service) -> dict[str, Any]:
    """The answer of the discovery address."""
    return {
        "services": [
            {
                "id": NAME,
                "hook": "patient-view",
                "title": "Studies for this patient",
                "description": "Judges the chart against the studies in force: one card with verdict, "
                "reasons and what is still to find out.",
                "prefetch": prefetch(types_needed(service)),
                "usageRequirements": "What is not sent along counts as unknown, never as absent.",
            }
        ]
    }
