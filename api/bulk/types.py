"""Which types of resources a protocol wants to be in an extract."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from api.loading import compiled_program
from api.service.fhir.requirements import TYPES, needed_types
from eligibility.facts import Kind
from eligibility.program import Program, listens_to_notes

# Contacts tell for which days silence means no (`eligibility.coverage`).
_ALWAYS = {"Patient", "Encounter", "Observation", "Condition"}


def types_of(protocols: Iterable[Path]) -> set[str]:
    """The types that these protocols read, follow references to, and learn from when a record is silent."""
    return {name for path in protocols for name in _types(compiled_program(path))}


def _types(program: Program) -> set[str]:
    types = _ALWAYS | needed_types(program)
    if listens_to_notes(program):
        types |= {*TYPES[Kind.NOTE], "Binary"}
    if any(name.startswith("Medication") for name in types):
        types.add("Medication")
    return types
