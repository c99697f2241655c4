"""Dense ids for dimensions, each named by its canonical unit.

The ids of the shipped table follow the table's order and are the same in every process. Ids given
later are not: what is written to disk or sent to another process is the canonical unit's string.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from eligibility.units.errors import UnitError

# Ids live in int16 columns.
MAX_DIMENSIONS = 32_767


class Dimensions:
    """Interns canonical unit strings to ids 0, 1, 2 …; safe to share between threads."""

    def __init__(self, fixed: Iterable[str] = ()) -> None:
        self._names: list[str] = []
        self._ids: dict[str, int] = {}
        self._lock = Lock()
        for canonical in fixed:
            self.intern(canonical)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, canonical: object) -> bool:
        return canonical in self._ids

    def intern(self, canonical: str) -> int:
        """The id of a canonical unit, a new one when it was never seen.

        Raises `UnitError` DIMENSIONS_FULL when an int16 column could not hold another id.
        """
        known = self._ids.get(canonical)
        if known is not None:
            return known
        with self._lock:
            known = self._ids.get(canonical)
            if known is not None:
                return known
            if len(self._names) >= MAX_DIMENSIONS:
                raise UnitError("DIMENSIONS_FULL", canonical, "no id is left for another dimension")
            self._names.append(canonical)
            self._ids[canonical] = len(self._names) - 1
            return len(self._names) - 1

    def name(self, dimension: int) -> str:
        """The canonical unit of an id. Raises `UnitError` DIMENSION_UNKNOWN."""
        if not 0 <= dimension < len(self._names):
            raise UnitError("DIMENSION_UNKNOWN", dimension, "no dimension has this id")
        return self._names[dimension]

    def find(self, canonical: str) -> int | None:
        """The id of a canonical unit that was interned before, else None."""
        return self._ids.get(canonical)
