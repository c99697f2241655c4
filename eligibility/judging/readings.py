"""Readings of a pick: rows that carry a result, grouped by patient, with their numbers.

A reading that *could* be the picked one is a candidate; whatever is said of the pick has to hold
for every candidate. Rows without any result are no readings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import NO_VALUE
from eligibility.facts import Block
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.absence import absence
from eligibility.judging.context import Context
from eligibility.judging.groups import group_starts
from eligibility.judging.kernels.compiling import rows_or_all
from eligibility.judging.kernels.picking import surely_by, unbeaten
from eligibility.judging.numbers import numbers_of
from eligibility.judging.one_event import enough_events
from eligibility.judging.places import nth
from eligibility.judging.pool import Pool, pool, positions
from eligibility.judging.select import Selected, select, times_of
from eligibility.judging.truth import Flags, Truth, disjunction
from eligibility.program import Leaf, Pick, Policy, Reference, Relation, Rows
from eligibility.reasons import Cause

Policies = Sequence[tuple[Policy, Flags | None]]


@dataclass(frozen=True, slots=True)
class Readings:
    """Possible readings, sorted by patient; one entry per row.

    `certain` and `doubts` (uint32 causes) speak of the row being there, `dated` of its time being
    one instant; `low`/`high`/`known`/`unresolved` of its number. None: all are sure, known, resolved.
    `policies`: those of their selections, each with its readings (None: all). `found`: their rows.
    """

    patient: NDArray[np.int32]
    certain: Flags | None
    doubts: NDArray[np.uint32] | None
    dated: Flags
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    known: Flags | None
    unresolved: Flags | None
    state: NDArray[np.uint8]
    coded: NDArray[np.int32]
    policies: Policies = ()
    found: Pool | None = None

    def __len__(self) -> int:
        return len(self.patient)

    @property
    def starts(self) -> NDArray[np.int64]:
        """The first entry of each patient's group."""
        return group_starts(self.patient)


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
    by_time = pick in (Pick.MOST_RECENT, Pick.FIRST) and place == 1
    found = pool(context, rows, readings_wanted(context, leaf, rows, pick if by_time else None))
    if found is None:
        return _nothing()
    doubts = None
    if place > 1:
        ends, starts = _order(found, pick), found.starts()
        if pick is Pick.FIRST:
            found, doubts = nth(found, -ends[1], -ends[1], -ends[0], place)
        else:
            found, doubts = nth(found, np.minimum(starts[0], ends[0]), *ends, place)
        if not len(found):
            return _nothing()
    if leaf is not None:
        found.note(context, leaf)
    earliest, latest = _order(found, pick)
    dated: Flags = earliest == latest
    state = found.column("value_state")
    low = high = np.empty(0)
    known = unresolved = None
    if unit is not None:
        low, high, is_known, is_unresolved = numbers_of(unit, found.column, reference, found.written)
        known = None if is_known.all() else is_known
        unresolved = is_unresolved if is_unresolved.any() else None
    coded = found.column("value_concept") if unit is None else np.empty(0, np.int32)
    return Readings(
        found.patient,
        found.certain,
        found.doubts() if place == 1 else doubts,
        dated,
        low,
        high,
        known,
        unresolved,
        state,
        coded,
        found.by_policy(),
        found,
    )


def readings_wanted(
    context: Context, leaf: Leaf | None, rows: Rows, pick: Pick | None
) -> Callable[[Block, Selected], Flags]:
    """Which rows of a selection carry a result, and could be the one a pick by time picks (None: any)."""
    first = pick is Pick.FIRST
    best: NDArray[np.int64] | None = None
    if pick is not None:
        best = np.full(context.n, END_OF_TIME if first else BEGINNING, dtype=np.int64)
        for selection in rows.selections:
            block, found = context.block(selection.kind), select(context, selection)
            if block is not None:
                certain = rows_or_all(found.certain)
                time = _pick_times(context, block, found, pick)[first]
                surely_by(found.patient, _results(block, found), certain, time, first, best)

    def wanted(block: Block, found: Selected) -> Flags:
        if leaf is not None and found.outside is not None:
            context.note(leaf, found.kind, found.rows, found.patient, found.outside, "outside")
        kept = _results(block, found)
        if best is not None:
            unbeaten(found.patient, _pick_times(context, block, found, pick)[not first], first, best, kept)
        return kept

    return wanted


def _results(block: Block, found: Selected) -> Flags:
    """Rows that carry a result."""
    state = block.rows_of_column("value_state", found.rows)
    result: Flags = state != NO_VALUE
    return result


def _pick_times(
    context: Context, block: Block, found: Selected, pick: Pick | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Between which instants each row is in order of a pick: the first goes by start, others by end."""
    if pick is not Pick.FIRST:
        return found.column(block, "end_lo"), found.column(block, "end_hi")
    times = times_of(context, block, found.rows, found.kind, Relation.STARTING)
    return times.start_lo, times.start_hi


def _nothing() -> Readings:
    floats, none = np.empty(0, np.float64), np.empty(0, np.int32)
    return Readings(
        patient=none,
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


def _order(found: Pool, pick: Pick) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The times that order a pick: the first goes by start, all others by end."""
    if pick is Pick.FIRST:
        return found.starts()
    return found.column("end_lo"), found.column("end_hi")


def readings_reach(context: Context, rows: Rows, count: int) -> tuple[Flags, Flags, Flags]:
    """Who surely, and who possibly, has that many readings; who surely would if none was sent twice.

    bool[n_patients] each.
    """
    n = context.n
    found = pool(context, rows, readings_wanted(context, None, rows, None))
    if found is None:
        sure = recorded = perhaps = np.zeros(n, dtype=np.bool_)
    else:
        certain = found if found.certain is None else found.take(positions(found.certain))
        recorded = np.bincount(certain.patient, minlength=n) >= count
        sure = enough_events(context, certain, count, recorded)
        perhaps = np.bincount(found.patient, minlength=n) >= count
    twice = recorded & ~sure
    for selection in rows.selections:
        damaged = context.facts.corrupt.get(selection.kind)
        if damaged is not None:
            sure, perhaps = sure & ~damaged, perhaps | damaged
    return sure, perhaps, twice


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
