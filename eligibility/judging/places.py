"""The second, third … of a patient's readings, from the last or from the first.

A reading can be the n-th where fewer than n others surely come before it, and at least n - 1 may.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING
from eligibility.judging.groups import group_starts
from eligibility.judging.pool import Pool
from eligibility.judging.truth import Flags

Instants = NDArray[np.int64]


def nth(found: Pool, low: Instants, high: Instants, place: int) -> tuple[Pool, NDArray[np.uint32] | None]:
    """The entries that can be the n-th from the last, and the doubts of each one's whole group.

    `low` and `high` are each entry's earliest and latest time; to count from the first, they are those
    times with the sign turned. An entry of the result is sure where its patient surely has n entries.
    """
    starts = group_starts(found.patient)
    if not len(starts):
        return found, None
    sizes = np.diff(np.append(starts, len(found)))
    certain = np.ones(len(found), np.bool_) if found.certain is None else found.certain
    surely = _nth_largest(found, np.where(certain, low, BEGINNING), starts, sizes, place)
    perhaps = _nth_largest(found, high, starts, sizes, place)
    enough = np.add.reduceat(certain.astype(np.int64), starts) >= place
    could_be: Flags = (high >= np.repeat(surely, sizes)) & (low <= np.repeat(perhaps, sizes))
    could_be &= np.repeat(sizes >= place, sizes)
    doubts = found.doubts()
    if doubts is not None:
        doubts = np.repeat(np.bitwise_or.reduceat(doubts, starts), sizes)[could_be]
    chosen = replace(found, certain=None if enough.all() else np.repeat(enough, sizes))
    return chosen.take(np.flatnonzero(could_be)), doubts


def _nth_largest(found: Pool, values: Instants, starts: Instants, sizes: Instants, place: int) -> Instants:
    """The n-th largest value of each group; of smaller groups the smallest."""
    ordered = values[np.lexsort((values, found.patient))]
    result: Instants = ordered[starts + sizes - np.minimum(place, sizes)]
    return result
