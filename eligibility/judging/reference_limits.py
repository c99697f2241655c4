"""The end of the reference range that a multiple (`3 x ULN`) was taken of, as evidence shows it.

Read from the very columns and the program's own node that the judge divides by (`numbers.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache

import numpy as np

from eligibility.cells import NUMBER
from eligibility.facts import Facts, Kind
from eligibility.judging.numbers import rounded
from eligibility.program import Leaf, Picked, Range, Reference, ReferenceEnd
from eligibility.units import Unit, dimension_name, dimension_of, from_canonical, resolve


def limits_shown(leaf: Leaf, facts: Facts, kind: Kind, row: int) -> str:
    """The reference limits behind one row of a leaf's evidence, in words; "" where none is asked for."""
    if kind is not Kind.OBSERVATION:
        return ""
    if int(facts.blocks[kind].column("value_state")[row]) != NUMBER:
        return ""
    return "; ".join(_shown(reference, unit, facts, row) for reference, unit in _references(leaf))


@lru_cache(maxsize=4_096)
def _references(leaf: Leaf) -> tuple[tuple[Reference, str], ...]:
    """The references in a leaf, each with the canonical unit of its fallback."""
    return tuple(dict.fromkeys(_found(leaf)))


def _found(node: object) -> Iterator[tuple[Reference, str]]:
    if isinstance(node, tuple):
        for part in node:
            yield from _found(part)
    elif is_dataclass(node):
        if isinstance(node, Picked | Range) and node.multiple_of is not None:
            yield node.multiple_of, node.unit
        for field in fields(node):
            yield from _found(getattr(node, field.name))


def _shown(reference: Reference, unit: str, facts: Facts, row: int) -> str:
    block = facts.blocks[Kind.OBSERVATION]

    def cell(name: str) -> float:
        return float(block.column(name)[row])

    name = reference.end.value
    own = int(block.column("unit")[row])
    resolved = resolve(facts.words.texts[int(block.column("unit_as_written")[row])])
    written = resolved if resolved is not None and resolved.dimension == own else None
    least, most = cell("range_lo"), cell("range_hi")
    limit = most if reference.end is ReferenceEnd.UPPER else least
    if np.isnan(least) and np.isnan(most):
        if reference.fallback is None:
            return f"no {name}: neither the result nor the protocol states a range"
        same = own == dimension_of(unit)
        shown = _amount(reference.fallback, written if same else None, unit)
        return f"{name} {shown}, the protocol's, as the result states no range" + (
            _times(reference.fallback, name, cell("value_lo"), cell("value_hi")) if same else ""
        )
    if np.isnan(limit):
        return f"no {name}: the range stated with the result lacks this end"
    if not np.isfinite(limit):
        return f"no {name}: the range stated with the result cannot be read"
    shown = _amount(limit, written, dimension_name(own))
    if limit <= 0 or least > most:
        why = "is not above zero" if limit <= 0 else "is of a reversed range"
        return f"no {name}: {shown}, stated with the result, {why}"
    return f"{name} {shown}, stated with the result" + _times(limit, name, cell("value_lo"), cell("value_hi"))


def _amount(number: float, written: Unit | None, canonical: str) -> str:
    """A limit in the unit of its result where that is told, else in the canonical one."""
    if written is None:
        return f"{number:.12g} {canonical}"
    return f"{from_canonical(number, written):.12g} {written.ucum}"


def _times(limit: float, name: str, low: float, high: float) -> str:
    """The multiple that a result is of a limit, where it is one number."""
    if low != high:
        return ""
    return f": {float(rounded(np.array([low / limit]))[0]):.6g} x {name}"
