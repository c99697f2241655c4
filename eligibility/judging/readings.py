"""Rows of a pick, gathered over its selections and grouped by patient.

A reading that *could* be the picked one is a candidate; whatever is said of the pick has to hold
for every candidate. Rows without any result are no readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.absence import absence
from eligibility.judging.context import Context
from eligibility.judging.select import Selected, numbers, select
from eligibility.judging.truth import Flags, Truth, disjunction
from eligibility.program import Leaf, Pick, Rows
from eligibility.reasons import Cause


@dataclass(frozen=True, slots=True)
class Readings:
    """Possible rows of all selections, sorted by patient; one entry per row.

    `starts` are the first entries of each patient's group, `group` that patient. `certain` and
    `doubts` (uint32 causes) speak of the row being there; `low`/`high`/`known`/`unresolved` of its
    number; `by_lo`/`by_hi` of the time that orders the pick.
    """

    patient: NDArray[np.int32]
    starts: NDArray[np.int64]
    group: NDArray[np.int32]
    certain: Flags | None
    doubts: NDArray[np.uint32] | None
    by_lo: NDArray[np.int64]
    by_hi: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    known: Flags | None
    unresolved: Flags | None
    state: NDArray[np.uint8]
    coded: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.patient)

    def take(self, mask: Flags) -> Readings:
        """The readings in a mask, regrouped."""

        def of(column: NDArray[Any] | None) -> Any:
            return None if column is None else column[mask]

        patient = self.patient[mask]
        starts = group_starts(patient)
        return Readings(
            patient,
            starts,
            patient[starts],
            *(of(c) for c in (self.certain, self.doubts, self.by_lo, self.by_hi, self.low, self.high)),
            *(of(c) for c in (self.known, self.unresolved, self.state, self.coded)),
        )


def group_starts(patient: NDArray[np.int32]) -> NDArray[np.int64]:
    """Indices at which a new patient begins in a sorted array."""
    if not len(patient):
        return np.empty(0, dtype=np.int64)
    changes = np.flatnonzero(patient[1:] != patient[:-1]) + 1
    starts = np.empty(len(changes) + 1, dtype=np.int64)
    starts[0] = 0
    starts[1:] = changes
    return starts


def gather(context: Context, leaf: Leaf | None, rows: Rows, pick: Pick, unit: str | None) -> Readings:
    """All possible readings of a union of selections. `unit` None: only coded values matter."""
    parts: list[list[NDArray[Any]]] = []
    all_certain = all_known = none_unresolved = no_doubts = True
    for selection in rows.selections:
        block = context.block(selection.kind)
        found = select(context, selection)
        if block is None or not len(found.patient):
            continue
        state = block.column("value_state")[found.rows]
        if unit is None:
            low = high = np.empty(len(state))
            known = unresolved = np.zeros(len(state), dtype=np.bool_)
        else:
            low, high, known, unresolved = numbers(block, found.rows, unit)
        keep = state != ValueState.NONE
        if found.possible is not None:
            keep &= found.possible
        if leaf is not None:
            _note(context, leaf, found, keep)
        by_end = pick is not Pick.FIRST
        by_lo = found.column(block, "end_lo" if by_end else "start_lo")
        by_hi = found.column(block, "end_hi" if by_end else "start_hi")
        certain = np.ones(len(state), np.bool_) if found.certain is None else found.certain
        doubts = np.zeros(len(state), dtype=np.uint32)
        if found.certain is not found.possible:
            for mask, cause in found.doubts:
                doubts[mask] |= np.uint32(cause)
        coded = block.column("value_concept")[found.rows]
        whole = bool(keep.all())
        columns = [found.patient, certain, doubts, by_lo, by_hi, low, high, known, unresolved, state, coded]
        parts.append(columns if whole else [c[keep] for c in columns])
        kept = parts[-1]
        all_certain &= found.certain is None or bool(kept[1].all())
        no_doubts &= found.certain is found.possible
        all_known &= bool(kept[7].all())
        none_unresolved &= not kept[8].any()
    if not parts:
        return _nothing()
    merged = parts[0] if len(parts) == 1 else [np.concatenate(c) for c in zip(*parts, strict=True)]
    patient = merged[0]
    if (patient[1:] < patient[:-1]).any():
        order = np.argsort(patient, kind="stable")
        merged = [c[order] for c in merged]
        patient = merged[0]
    starts = group_starts(patient)
    return Readings(
        patient,
        starts,
        patient[starts],
        None if all_certain else merged[1],
        None if no_doubts else merged[2],
        merged[3],
        merged[4],
        merged[5],
        merged[6],
        None if all_known else merged[7],
        None if none_unresolved else merged[8],
        merged[9],
        merged[10],
    )


def _nothing() -> Readings:
    ints, floats = np.empty(0, np.int64), np.empty(0, np.float64)
    none = np.empty(0, np.int32)
    return Readings(
        none, ints, none, None, None, ints, ints, floats, floats, None, None, np.empty(0, np.uint8), none
    )


def candidates(readings: Readings, pick: Pick) -> Readings:
    """Readings that could be the first or the most recent one."""
    if not len(readings) or len(readings.starts) == len(readings):
        return readings
    sizes = np.diff(np.append(readings.starts, len(readings)))
    certain = readings.certain
    if pick is Pick.FIRST:
        by = readings.by_hi
        if certain is not None:
            by = np.where(certain, by, END_OF_TIME)
        best = np.minimum.reduceat(by, readings.starts)
        could_be = readings.by_lo <= np.repeat(best, sizes)
    else:
        by = readings.by_lo
        if certain is not None:
            by = np.where(certain, by, BEGINNING)
        best = np.maximum.reduceat(by, readings.starts)
        could_be = readings.by_hi >= np.repeat(best, sizes)
    return readings.take(could_be)


def surely_there(readings: Readings, n: int) -> Flags:
    """Who surely has a reading, bool[n_patients]."""
    there = np.zeros(n, dtype=np.bool_)
    there[readings.patient if readings.certain is None else readings.patient[readings.certain]] = True
    return there


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


def _note(context: Context, leaf: Leaf, found: Selected, keep: Flags) -> None:
    if context.notes is None:
        return
    context.note(leaf, found.kind, found.rows, found.patient, keep, "for")
    if found.outside is not None:
        context.note(leaf, found.kind, found.rows, found.patient, found.outside, "outside")
