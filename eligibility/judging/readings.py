"""Readings of a pick: rows that carry a result, grouped by patient, with their numbers.

A reading that *could* be the picked one is a candidate; whatever is said of the pick has to hold
for every candidate. Rows without any result are no readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.absence import absence
from eligibility.judging.context import Context
from eligibility.judging.groups import group_starts
from eligibility.judging.numbers import numbers_of
from eligibility.judging.places import nth
from eligibility.judging.pool import Pool, pool
from eligibility.judging.select import Selected, select
from eligibility.judging.truth import Flags, Truth, disjunction
from eligibility.program import Leaf, Pick, Reference, Rows
from eligibility.reasons import Cause


@dataclass(frozen=True, slots=True)
class Readings:
    """Possible readings, sorted by patient; one entry per row.

    `starts` are the first entries of each patient's group, `group` that patient. `certain` and
    `doubts` (uint32 causes) speak of the row being there, `dated` of its time being one instant;
    `low`/`high`/`known`/`unresolved` of its number. None: all are sure, known, resolved.
    """

    patient: NDArray[np.int32]
    starts: NDArray[np.int64]
    group: NDArray[np.int32]
    certain: Flags | None
    doubts: NDArray[np.uint32] | None
    dated: Flags
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    known: Flags | None
    unresolved: Flags | None
    state: NDArray[np.uint8]
    coded: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.patient)

    def take(self, index: NDArray[np.int64]) -> Readings:
        """Some readings, regrouped."""

        def of(column: NDArray[Any] | None) -> Any:
            return column[index] if column is not None and len(column) else column

        patient = self.patient[index]
        starts = group_starts(patient)
        columns = (self.certain, self.doubts, self.dated, self.low, self.high)
        rest = (self.known, self.unresolved, self.state, self.coded)
        return Readings(patient, starts, patient[starts], *map(of, columns), *map(of, rest))


def gather(
    context: Context,
    leaf: Leaf | None,
    rows: Rows,
    pick: Pick,
    unit: str | None,
    reference: Reference | None = None,
    place: int = 1,
) -> Readings:
    """Readings that matter for a pick: its candidates for most recent and first, else all.

    `unit` (canonical) None: only coded values matter. With a reference, numbers are multiples of it.
    `place` 2 is the second most recent, or the second: `certain` and `doubts` are then those of its
    being there at all.
    """
    found = pool(context, rows, partial(_is_reading, context, leaf, pick if place == 1 else None))
    if found is None:
        return _nothing()
    doubts = None
    if place > 1:
        ends = _order(found, pick)
        found, doubts = nth(found, *((-ends[1], -ends[0]) if pick is Pick.FIRST else ends), place)
        if not len(found):
            return _nothing()
    elif pick in (Pick.MOST_RECENT, Pick.FIRST):
        found = _candidates(found, pick)
    if leaf is not None:
        found.note(context, leaf)
    by_lo, by_hi = _order(found, pick)
    starts = group_starts(found.patient)
    state = found.column("value_state")
    low = high = np.empty(0)
    known = unresolved = None
    if unit is not None:
        low, high, is_known, is_unresolved = numbers_of(unit, found.column, reference)
        known = None if is_known.all() else is_known
        unresolved = is_unresolved if is_unresolved.any() else None
    coded = found.column("value_concept") if unit is None else np.empty(0, np.int32)
    return Readings(
        found.patient,
        starts,
        found.patient[starts],
        found.certain,
        found.doubts() if place == 1 else doubts,
        by_lo == by_hi,
        low,
        high,
        known,
        unresolved,
        state,
        coded,
    )


def _is_reading(
    context: Context, leaf: Leaf | None, pick: Pick | None, block: Block, found: Selected
) -> Flags | None:
    """Rows that carry a result and are not plainly beaten by their neighbour; None: all."""
    state = block.rows_of_column("value_state", found.rows)
    reading: Flags = state != ValueState.NONE
    if leaf is not None and found.outside is not None:
        context.note(leaf, found.kind, found.rows, found.patient, found.outside, "outside")
    if pick in (Pick.MOST_RECENT, Pick.FIRST):
        reading = _unbeaten(block, found, reading, pick)
    return None if reading.all() else reading


def _unbeaten(block: Block, found: Selected, reading: Flags, pick: Pick) -> Flags:
    """Readings without a sure neighbour of the same patient that comes surely later (or earlier).

    Rows stand in order of patient and start within a concept, so this leaves about one a patient;
    it never takes a candidate away, and what it leaves is looked at properly.
    """
    prefix = "start" if pick is Pick.FIRST else "end"
    low, high = found.column(block, f"{prefix}_lo"), found.column(block, f"{prefix}_hi")
    beats = found.patient[1:] == found.patient[:-1]
    beats &= low[1:] > high[:-1]
    sure = reading if found.certain is None else reading & found.certain
    kept = reading.copy()
    if pick is Pick.FIRST:
        kept[1:] &= ~(beats & sure[:-1])
    else:
        kept[:-1] &= ~(beats & sure[1:])
    return kept


def _nothing() -> Readings:
    floats, none = np.empty(0, np.float64), np.empty(0, np.int32)
    return Readings(
        patient=none,
        starts=np.empty(0, np.int64),
        group=none,
        certain=None,
        doubts=None,
        dated=np.empty(0, np.bool_),
        low=floats,
        high=floats,
        known=None,
        unresolved=None,
        state=np.empty(0, np.uint8),
        coded=none,
    )


def _candidates(found: Pool, pick: Pick) -> Pool:
    """Entries that could be the first or the most recent: not surely beaten by a sure one."""
    shared = sharing(found.patient)
    if not len(shared):
        return found
    several = found.take(shared)
    stays = np.ones(len(found), dtype=np.bool_)
    stays[shared] = _could_be(several, pick)
    return found.take(np.flatnonzero(stays))


def sharing(patient: NDArray[np.int32]) -> NDArray[np.int64]:
    """Entries of a sorted array whose patient has other entries too."""
    same = patient[1:] == patient[:-1]
    shares = np.zeros(len(patient), dtype=np.bool_)
    shares[1:] = same
    shares[:-1] |= same
    return np.flatnonzero(shares)


def _could_be(found: Pool, pick: Pick) -> Flags:
    """Which entries are not surely beaten, where every patient has several."""
    starts = group_starts(found.patient)
    first = pick is Pick.FIRST
    low, high = _order(found, pick)
    sizes = np.diff(np.append(starts, len(found)))
    decisive = high if first else low
    if found.certain is not None:
        decisive = np.where(found.certain, decisive, END_OF_TIME if first else BEGINNING)
    best = (np.minimum if first else np.maximum).reduceat(decisive, starts)
    spread = np.repeat(best, sizes)
    could_be: Flags = low <= spread if first else high >= spread
    return could_be


def _order(found: Pool, pick: Pick) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The times that order a pick: the first goes by start, all others by end."""
    if pick is Pick.FIRST:
        return found.starts()
    return found.column("end_lo"), found.column("end_hi")


def surely_there(readings: Readings, n: int) -> Flags:
    """Who surely has a reading, bool[n_patients]."""
    there = np.zeros(n, dtype=np.bool_)
    if readings.certain is None:
        there[readings.group] = True
    else:
        there[readings.patient[readings.certain]] = True
    return there


def readings_reach(context: Context, rows: Rows, count: int) -> tuple[Flags, Flags]:
    """Who surely, and who possibly, has that many readings, bool[n_patients] each."""
    n = context.n
    found = pool(context, rows, partial(_is_reading, context, None, None))
    if found is None:
        sure = perhaps = np.zeros(n, dtype=np.bool_)
    else:
        certain = found.patient if found.certain is None else found.patient[found.certain]
        sure = np.bincount(certain, minlength=n) >= count
        perhaps = np.bincount(found.patient, minlength=n) >= count
    for selection in rows.selections:
        damaged = context.facts.corrupt.get(selection.kind)
        if damaged is not None:
            sure, perhaps = sure & ~damaged, perhaps | damaged
    return sure, perhaps


def nothing_there(context: Context, rows: Rows) -> Truth:
    """What it says that no reading is there: for every selection of the union, one truth."""
    return disjunction([absence(context, s, select(context, s)) for s in rows.selections])


def row_causes(readings: Readings) -> NDArray[np.uint32]:
    """Doubts of each reading itself: its being there, and its number's unit."""
    causes = np.zeros(len(readings), dtype=np.uint32)
    if readings.doubts is not None:
        causes |= readings.doubts
    if readings.unresolved is not None:
        causes[readings.unresolved] |= np.uint32(Cause.UNIT_UNRESOLVED)
    if readings.known is not None:
        other = ~readings.known
        if readings.unresolved is not None:
            other &= ~readings.unresolved
        causes[other] |= np.uint32(Cause.NOT_COMPUTABLE)
    return causes


def per_group(values: NDArray[Any], starts: NDArray[np.int64], reduce: np.ufunc) -> NDArray[Any]:
    """Reduce values group by group; the values themselves where every group has one entry."""
    result: NDArray[Any] = values if len(starts) == len(values) else reduce.reduceat(values, starts)
    return result
