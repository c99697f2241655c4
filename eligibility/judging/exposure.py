"""Days that rows cover, in a row or in total: the days that are sure beside all that may be.

More days never make fewer in a row, and closing gaps keeps that so: what the sure days reach holds in
every case, and what the possible days do not reach holds in none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY, shift
from eligibility.judging.context import Context
from eligibility.judging.counting import too_few
from eligibility.judging.moments import fixed
from eligibility.judging.pool import Pool, pool
from eligibility.judging.presence import add_doubts, note_presence
from eligibility.judging.select import select
from eligibility.judging.truth import FALSE, UNKNOWN, Flags, Truth
from eligibility.program import Answer, Counted, Exposed, Given, Literal, Moment
from eligibility.reasons import Cause

Days = NDArray[np.int64]  # numbers of days since 1970-01-01

_FAR = 1 << 35  # days; beyond any instant
_IN_DAYS = {"day": 1, "week": 7}


def exposed(context: Context, leaf: Exposed) -> Truth:
    """Enough days, in a row or in total."""
    n = context.n
    entries = pool(context, leaf.rows, lambda _block, _found: None)
    enough = possible = vague = np.zeros(n, dtype=np.bool_)
    if entries is not None:
        sure, maybe = _covered(context, leaf, entries)
        certain = slice(None) if entries.certain is None else entries.certain
        enough = _reached(context, leaf, entries.patient[certain], *(day[certain] for day in sure))
        possible = enough | _reached(context, leaf, entries.patient, *maybe)
        vague = np.zeros(n, dtype=np.bool_)
        vague[entries.patient[(sure[0] != maybe[0]) | (sure[1] != maybe[1])]] = True
    state = enough.astype(np.uint8) + possible
    causes = np.full(n, np.uint32(Cause.COUNT), dtype=np.uint32)
    unknown = state == UNKNOWN
    found = [select(context, selection) for selection in leaf.rows.selections]
    if unknown.any():
        causes[unknown] = 0
        for part in found:
            if part.certain is not part.possible:
                add_doubts(causes, part, part.possible, state)
        causes[unknown & vague] |= np.uint32(Cause.PARTIAL_DATE)
    few = state == FALSE
    if few.any():
        too_few(context, Counted(leaf.rows, 1), 1, few, state, causes)
    for part in found:
        note_presence(context, leaf, part)
        damaged = context.facts.corrupt.get(part.kind)
        if damaged is not None:
            causes[damaged & unknown] |= np.uint32(Cause.DATA_CORRUPT)
    return Truth(state, causes)


def _covered(context: Context, leaf: Exposed, entries: Pool) -> tuple[tuple[Days, Days], tuple[Days, Days]]:
    """First and last day that each row surely covers, and that it may cover."""
    later = leaf.window is not None and leaf.window.asks_later
    last = (context.as_of_day if later else context.cutoff_day) // DAY
    start_lo, start_hi = (start // DAY for start in entries.starts())
    end_lo, end_hi = (np.minimum(entries.column(name) // DAY, last) for name in ("end_lo", "end_hi"))
    sure, maybe = (start_hi, end_lo), (start_lo, end_hi)
    answers = [selection.policy.undated for selection in leaf.rows.selections]
    if all(answer is Answer.UNKNOWN for answer in answers):
        return sure, maybe
    kept = [select(context, selection) for selection in leaf.rows.selections]
    of_part = [answers[next(i for i, one in enumerate(kept) if one is found)] for _, found in entries.parts]
    part = np.zeros(len(entries), np.uint8) if entries.part is None else entries.part
    yes = np.isin(part, [i for i, answer in enumerate(of_part) if answer is Answer.YES])
    no = np.isin(part, [i for i, answer in enumerate(of_part) if answer is Answer.NO])
    settled_sure = tuple(np.where(yes, b, a) for a, b in zip(sure, maybe, strict=True))
    settled_maybe = tuple(np.where(no, a, b) for a, b in zip(sure, maybe, strict=True))
    return (settled_sure[0], settled_sure[1]), (settled_maybe[0], settled_maybe[1])


def _reached(context: Context, leaf: Exposed, patient: NDArray[np.int32], first: Days, last: Days) -> Flags:
    """Whose days are enough, bool[n_patients]; rows are sorted by patient."""
    lower, upper = _bounds(context, leaf)
    if not leaf.whole:
        first, last = np.maximum(first, lower), np.minimum(last, upper)
    there = first <= last
    patient, first, last = patient[there], first[there], last[there]
    order = np.lexsort((first, patient))
    patient, first, last = _joined(patient[order], first[order], last[order], 0 if leaf.total else leaf.gap)
    if leaf.whole:
        # A window whose bounds are turned round holds no day that a run could touch.
        touches = (first <= upper) & (last >= lower) & (lower <= upper)
        patient, first, last = patient[touches], first[touches], last[touches]
    if leaf.total:
        days = np.zeros(context.n, dtype=np.int64)
        np.add.at(days, patient, last - first + 1)
        least = leaf.length.count * _IN_DAYS[leaf.length.unit] + leaf.strictly
        return days >= least
    needed = shift(first * DAY, leaf.length.count, leaf.length.unit)
    end = (last + 1) * DAY
    long = end > needed if leaf.strictly else end >= needed
    if leaf.through and upper < _FAR:
        long &= last >= upper
    enough = np.zeros(context.n, dtype=np.bool_)
    enough[patient[long]] = True
    return enough


def _joined(
    patient: NDArray[np.int32], first: Days, last: Days, gap: int
) -> tuple[NDArray[np.int32], Days, Days]:
    """Days in a row: (patient, first, last) of each run; rows are sorted by patient and first day."""
    if not len(patient):
        return patient, first, last
    begins = np.append(True, patient[1:] != patient[:-1])
    apart = np.cumsum(begins) * (4 * _FAR)
    reach = np.maximum.accumulate(last + apart) - apart
    begins[1:] |= first[1:] > reach[:-1] + 1 + gap
    starts = np.flatnonzero(begins)
    return patient[starts], first[starts], reach[np.append(starts[1:], len(patient)) - 1]


def _bounds(context: Context, leaf: Exposed) -> tuple[int, int]:
    """First and last day of the window, both included."""
    if leaf.window is None:
        return -_FAR, _FAR
    lower, upper = leaf.window.lower, leaf.window.upper
    return (
        -_FAR if lower is None else _day(context, lower),
        _FAR if upper is None else _day(context, upper),
    )


def _day(context: Context, moment: Moment) -> int:
    if not isinstance(moment, Given | Literal):
        raise TypeError(f"days are counted in a window that is fixed for the run: {moment}")
    at = fixed(context, moment).lo
    if not isinstance(at, int):
        raise TypeError("a fixed moment is one day for everybody")
    return at // DAY
