"""The second, third … of a patient's readings, from the last or from the first.

A reading can be the n-th where fewer than n others surely come before it, and at least n - 1 may. Two
readings whose times may be the same may be one that was sent twice: only those apart surely come one
before the other, as they are counted at `one_event`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING
from eligibility.judging.groups import group_starts
from eligibility.judging.kernels.one_event import last_apart
from eligibility.judging.pool import Pool, positions
from eligibility.judging.truth import Flags
from eligibility.reasons import Cause

Instants = NDArray[np.int64]


def nth(
    found: Pool, since: Instants, low: Instants, high: Instants, place: int
) -> tuple[Pool, NDArray[np.uint32] | None]:
    """The entries that can be the n-th from the last, and the doubts of each one's whole group.

    `low` and `high` are each entry's earliest and latest time, `since` the earliest that it may be told of
    again; to count from the first, they are those times with the sign turned. An entry of the result is
    sure where its patient surely has n entries that are apart.
    """
    starts = group_starts(found.patient)
    if not len(starts):
        return found, None
    sizes = np.diff(np.append(starts, len(found)))
    surely, enough, twice = _surely(found, since, high, sizes, place)
    ordered = high[np.lexsort((high, found.patient))]
    perhaps = ordered[starts + sizes - np.minimum(place, sizes)]
    could_be: Flags = (high >= np.repeat(surely, sizes)) & (low <= np.repeat(perhaps, sizes))
    could_be &= np.repeat(sizes >= place, sizes)
    doubts = found.doubts()
    if twice.any():
        again = np.where(np.repeat(twice, sizes), np.uint32(Cause.RECORDED_TWICE), np.uint32(0))
        doubts = again if doubts is None else doubts | again
    if doubts is not None:
        doubts = np.repeat(np.bitwise_or.reduceat(doubts, starts), sizes)[could_be]
    chosen = replace(found, certain=None if enough.all() else np.repeat(enough, sizes))
    return chosen.take(positions(could_be)), doubts


def _surely(
    found: Pool, since: Instants, high: Instants, sizes: Instants, place: int
) -> tuple[Instants, Flags, Flags]:
    """For each patient since when n sure entries apart lie, whether there are as many, and whether
    others overlap them.
    """
    count = len(sizes)
    group = np.repeat(np.arange(count), sizes)
    if found.certain is not None:
        group, since, high = group[found.certain], since[found.certain], high[found.certain]
    order = np.lexsort((high, -since, group))
    surely = np.full(count, BEGINNING, dtype=np.int64)
    enough, twice = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    last_apart(group[order], since[order], high[order], place, surely, enough, twice)
    return surely, enough, twice
