"""Readings with their times: what is said of how readings of one patient follow each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.elapsed import on_one_line
from eligibility.judging.context import Context
from eligibility.judging.intervals import Floats
from eligibility.judging.numbers import numbers_of
from eligibility.judging.pool import Pool, pool
from eligibility.judging.readings import Readings, readings_wanted, row_causes
from eligibility.judging.truth import Flags
from eligibility.program import Leaf, Reference, Rows

Instants = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timed:
    """Possible readings, one entry each, in order of patient and of the earliest start.

    `early`/`late`: when it starts; `low`/`high`: its number, anything where it cannot be compared.
    `causes`: doubts of its being there, and why its number cannot be compared; `numbers` has these apart.
    """

    found: Pool
    patient: NDArray[np.int32]
    certain: Flags
    causes: NDArray[np.uint32]
    early: Instants
    late: Instants
    low: Floats
    high: Floats
    numbers: Readings

    def __len__(self) -> int:
        return len(self.patient)


def timed(
    context: Context,
    leaf: Leaf,
    rows: Rows,
    unit: str,
    reference: Reference | None = None,
    zone: str = "UTC",
) -> Timed | None:
    """All possible readings of a union of selections, their numbers in a canonical unit.

    With a reference, numbers are multiples of it. With the zone of the wall clock, times are those of UTC,
    so that hours between them are hours that went by.
    """
    found = pool(context, rows, readings_wanted(context, leaf, rows, None))
    if found is None:
        return None
    early, late = on_one_line(zone, *found.starts())
    order = np.lexsort((late, early, found.patient))
    found, early, late = found.take(order), early[order], late[order]
    low, high, known, unresolved = numbers_of(unit, found.column, reference)
    numbers = Readings(
        patient=found.patient,
        certain=found.certain,
        doubts=found.doubts(),
        dated=early == late,
        low=low,
        high=high,
        known=None if known.all() else known,
        unresolved=unresolved if unresolved.any() else None,
        state=np.empty(0, np.uint8),
        coded=np.empty(0, np.int32),
        policies=found.by_policy(),
    )
    certain = np.ones(len(found), np.bool_) if found.certain is None else found.certain
    low, high = np.where(known, low, -np.inf), np.where(known, high, np.inf)
    return Timed(found, found.patient, certain, row_causes(numbers), early, late, low, high, numbers)
