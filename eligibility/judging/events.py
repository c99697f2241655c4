"""Facts of the patient as moments: the first or most recent of some rows, or each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.context import Context
from eligibility.judging.moments import Bound, shifted
from eligibility.judging.truth import UNKNOWN, Flags
from eligibility.program import AnyEvent, Edge, Event, Exists, Pick, Relation


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that may be the event: one entry each; `unknown` is bool[n_patients]."""

    patient: NDArray[np.int32]
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    certain: Flags
    order_lo: NDArray[np.int64]  # the time by which first and most recent are chosen
    order_hi: NDArray[np.int64]
    unknown: Flags


def all_of(context: Context, event: AnyEvent | Event) -> Found:
    """All rows that may be the event, with the time of the edge asked for."""
    # Selections hang on windows, windows on events, events on selections: the language's recursion.
    from eligibility.judging.presence import exists
    from eligibility.judging.select import select, times_of

    pick = event.pick if isinstance(event, Event) else Pick.FIRST
    parts: list[tuple[NDArray[np.generic], ...]] = []
    for selection in event.rows.selections:
        block = context.block(selection.kind)
        if block is None:
            continue
        found = select(context, selection)
        keep = slice(None) if found.possible is None else found.possible
        certain = found.certain
        sure = np.ones(len(found.patient), np.bool_) if certain is None else certain
        when = times_of(context, block, found.rows, selection.kind)
        start = (when.start_lo[keep], when.start_hi[keep])
        end = (when.end_lo[keep], when.end_hi[keep])
        edge = start if event.edge is Edge.START else end
        if event.edge is Edge.RECORDED:
            written = times_of(context, block, found.rows, selection.kind, Relation.RECORDED)
            edge = (written.start_lo[keep], written.start_hi[keep])
        by = start if pick is Pick.FIRST else end
        parts.append((found.patient[keep], *edge, sure[keep], *by))
    unknown = np.zeros(context.n, dtype=np.bool_)
    truth = exists(context, Exists(event.rows), noting=False)
    unknown |= truth.state == UNKNOWN
    if not parts:
        times = np.empty(0, dtype=np.int64)
        return Found(np.empty(0, np.int32), times, times, np.empty(0, np.bool_), times, times, unknown)
    patient, lo, hi, sure, by_lo, by_hi = (
        column[0] if len(column) == 1 else np.concatenate(column) for column in zip(*parts, strict=True)
    )
    seen = np.zeros(context.n, dtype=np.bool_)
    seen[patient] = True
    # Where rows are there the pairs speak for themselves; unknown is about events not seen at all.
    return Found(patient, lo, hi, sure, by_lo, by_hi, unknown & ~seen)


def bound(context: Context, event: Event) -> tuple[Bound, Flags]:
    """The interval in which the event's edge lies, per patient, and who may have an unseen one.

    Where several rows could be the first (or most recent), the hull of their edges.
    """
    found = all_of(context, event)
    lo = np.full(context.n, END_OF_TIME, dtype=np.int64)
    hi = np.full(context.n, BEGINNING, dtype=np.int64)
    sure = np.zeros(context.n, dtype=np.bool_)
    there = np.zeros(context.n, dtype=np.bool_)
    if len(found.patient):
        sure[found.patient[found.certain]] = True
        could_be = _candidates(context.n, found, event.pick)
        patient = found.patient[could_be]
        there[patient] = True
        np.minimum.at(lo, patient, found.lo[could_be])
        np.maximum.at(hi, patient, found.hi[could_be])
    return shifted(Bound(lo, hi, sure, there), event.shifts), found.unknown


def _candidates(n: int, found: Found, pick: Pick) -> Flags:
    """Rows that could be the picked one: not surely beaten by a row that surely counts."""
    if pick is Pick.FIRST:
        best = np.full(n, END_OF_TIME, dtype=np.int64)
        np.minimum.at(best, found.patient[found.certain], found.order_hi[found.certain])
        return found.order_lo <= best[found.patient]
    best = np.full(n, BEGINNING, dtype=np.int64)
    np.maximum.at(best, found.patient[found.certain], found.order_lo[found.certain])
    return found.order_hi >= best[found.patient]
