"""The one registry object of a process: the shipped table's dimensions in table order, then new ones."""

from __future__ import annotations

from eligibility.units import tables
from eligibility.units.dimensions import Dimensions

DIMENSIONS = Dimensions(row.canonical for row in tables.units().values())


def dimension_name(dimension: int) -> str:
    """The canonical unit of a dimension id. Raises `UnitError` DIMENSION_UNKNOWN."""
    return DIMENSIONS.name(dimension)


def dimension_of(canonical: str) -> int:
    """The id of a canonical unit string in this process, for facts that another process wrote.

    Raises `UnitError` DIMENSIONS_FULL.
    """
    return DIMENSIONS.intern(canonical)
