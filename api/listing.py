"""All facts of one patient, kind by kind, as the engine sees them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from eligibility.facts import ATTRIBUTES, Facts, Kind
from eligibility.showing import Shown, show_row
from fhir_adapters.elements import element_path

# Columns that the general description of a row already shows.
_SHOWN = frozenset({"value_state", "value_lo", "value_hi", "value_flags", "unit", "unit_as_written"})


_FIELDS = tuple(field.name for field in fields(Shown))


def list_facts(facts: Facts, patient: int) -> dict[str, Any]:
    """Facts of a patient (its dense index), in order of kind and start, as plain data."""
    rows: list[dict[str, Any]] = []
    contact_days = 0
    for kind, block in sorted(facts.blocks.items()):
        mine = np.flatnonzero(block.columns["patient"] == patient)
        if kind is Kind.CONTACT:
            contact_days = len(mine)
            continue
        order = np.argsort(block.columns["start_lo"][mine], kind="stable")
        rows.extend(_row(facts, kind, int(row)) for row in mine[order])
    damaged = [kind.name.lower() for kind, flags in sorted(facts.corrupt.items()) if flags[patient]]
    return {
        "patient": facts.patients[patient],
        "contact_days": contact_days,
        "damaged_records_of_kind": damaged,
        "facts": rows,
    }


def _row(facts: Facts, kind: Kind, row: int) -> dict[str, Any]:
    told = show_row(facts, kind, row)
    shown: dict[str, Any] = {name: getattr(told, name) for name in _FIELDS}
    shown["path"] = element_path(shown["resource"], shown["path"])
    if shown["span"] is None:
        for name in ("said", "quote", "span"):
            del shown[name]
    block = facts.blocks[kind]
    attributes = {}
    for name, (dtype, _) in ATTRIBUTES[kind].items():
        if name in _SHOWN or name not in block.columns:
            continue
        cell = block.columns[name][row]
        text = _attribute(facts, name, dtype, cell)
        if text:
            attributes[name] = text
    return {**shown, "attributes": attributes}


def _attribute(facts: Facts, name: str, dtype: str, cell: Any) -> str:
    if name == "postal_code" or (dtype == "int16" and name not in ("dose_unit",)):
        return facts.words.texts[int(cell)]
    if dtype == "int32":
        return facts.concepts.show(int(cell)) if int(cell) else ""
    if dtype == "float64":
        return "" if np.isnan(cell) else f"{float(cell):.12g}"
    return ""
