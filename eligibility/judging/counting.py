"""How many rows are there: at least, at most, exactly so many, spaced where asked.

Worst case against best case: the rows that surely count, at dates that lie closest, against all that
may count, at dates that lie farthest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY, floor_day, shift
from eligibility.judging.absence import SILENCE_MEANS_NO, absence
from eligibility.judging.context import Context
from eligibility.judging.groups import group_starts
from eligibility.judging.pool import Pool, pool, single
from eligibility.judging.presence import add_doubts, note_presence
from eligibility.judging.select import Selected, select
from eligibility.judging.truth import (
    FALSE,
    TRUE,
    UNKNOWN,
    Causes,
    Flags,
    States,
    Truth,
    conjunction,
    negate,
)
from eligibility.program import Answer, Counted, Duration, Selection
from eligibility.reasons import Cause

Days = NDArray[np.int64]

_IN_DAYS = {"day": 1, "week": 7}


def counted(context: Context, leaf: Counted) -> Truth:
    """At least and at most so many rows."""
    parts = []
    if leaf.least is not None:
        parts.append(_at_least(context, leaf, leaf.least))
    if leaf.most is not None:
        parts.append(negate(_at_least(context, leaf, leaf.most + 1)))
    for selection in leaf.rows.selections:
        note_presence(context, leaf, select(context, selection))
    return conjunction(parts)


def _at_least(context: Context, leaf: Counted, least: int) -> Truth:
    n = context.n
    if least <= 0:
        return context.constant(TRUE, Cause.COUNT)
    entries = pool(context, leaf.rows, lambda _block, _found: None)
    if entries is None:
        enough = possible = np.zeros(n, dtype=np.bool_)
    else:
        enough, possible = _reached(entries, leaf.apart, least, n)
    state = enough.astype(np.uint8) + (enough | possible)
    causes = np.full(n, np.uint32(Cause.COUNT), dtype=np.uint32)
    unknown = state == UNKNOWN
    found = [select(context, s) for s in leaf.rows.selections]
    if unknown.any():
        causes[unknown] = 0
        for f in found:
            if f.certain is not f.possible:
                add_doubts(causes, f, f.possible, unknown)
        causes[unknown & (causes == 0)] = np.uint32(Cause.PARTIAL_DATE)
    few = state == FALSE
    if few.any():
        too_few(context, leaf, least, few, state, causes)
    for kind in {f.kind for f in found}:
        damaged = context.facts.corrupt.get(kind)
        if damaged is not None:
            causes[damaged & unknown] |= np.uint32(Cause.DATA_CORRUPT)
    return Truth(state, causes)


def too_few(context: Context, leaf: Counted, least: int, few: Flags, state: States, causes: Causes) -> None:
    """Too few are there: is that known, or might more be unseen? Changes `state` and `causes`."""
    n = context.n
    unseen = np.zeros(n, dtype=np.bool_)
    why, owed = np.zeros(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)
    for selection in leaf.rows.selections:
        found = select(context, selection)
        silent = absence(context, selection, found)
        left = few
        if selection.kind not in SILENCE_MEANS_NO:
            # Results: known to be too few once that many readings lie in the window at all.
            left = few & ~_readings_reach(context, selection, found, leaf.apart, least)
        open_ = left & (silent.state != FALSE)
        unseen |= open_
        closed = left & ~open_
        owed[closed] |= silent.causes[closed] & np.uint32(Cause.ABSENCE_ASSUMED)
        whom = np.flatnonzero(open_)
        yes = silent.state[whom] == TRUE
        why[whom] |= np.where(yes, np.uint32(Cause.DATA_NOT_FOUND), silent.causes[whom])
    causes[few] |= owed[few]
    state[unseen] = UNKNOWN
    np.copyto(causes, why, where=unseen)
    _taken_for_granted(context, leaf, few, state, causes)


def _taken_for_granted(context: Context, leaf: Counted, few: Flags, state: States, causes: Causes) -> None:
    """What policy takes for granted where nothing is recorded; it says nothing of too little."""
    if not any(Answer.YES in (s.policy.missing, s.policy.outdated) for s in leaf.rows.selections):
        return
    n = context.n
    assumed = np.zeros(n, dtype=np.bool_)
    taken = np.zeros(n, dtype=np.uint32)
    nothing = few.copy()
    for selection in leaf.rows.selections:
        found = select(context, selection)
        nothing[found.patient if found.base_possible is None else found.patient[found.base_possible]] = False
        if Answer.YES in (selection.policy.missing, selection.policy.outdated):
            silent = absence(context, selection, found)
            yes = silent.state == TRUE
            assumed |= yes
            taken[yes] |= silent.causes[yes]
    assumed &= nothing
    state[assumed], causes[assumed] = TRUE, taken[assumed]


def _readings_reach(
    context: Context, selection: Selection, found: Selected, apart: Duration | None, least: int
) -> Flags:
    """Who surely has that many readings in the window, whatever they say, bool[n_patients]."""
    block = context.block(found.kind)
    if block is None:
        return np.zeros(context.n, dtype=np.bool_)
    sure = replace(found, certain=found.base_certain, possible=found.base_certain)
    entries = single(context, block, sure)
    enough, _ = _reached(entries, apart, least, context.n)
    damaged = context.facts.corrupt.get(selection.kind)
    return enough if damaged is None else enough & ~damaged


def _reached(entries: Pool, apart: Duration | None, least: int, n: int) -> tuple[Flags, Flags]:
    """Who surely and who possibly has at least `least` rows, bool[n_patients] each."""
    patient, certain = entries.patient, entries.certain
    sure = patient if certain is None else patient[certain]
    if apart is None:
        enough = np.bincount(sure, minlength=n) >= least
        return enough, enough if certain is None else np.bincount(patient, minlength=n) >= least
    low, high = entries.starts()
    unsure = _on_unsure_day(low, high)
    if certain is not None:
        unsure |= ~certain
    if not unsure.any():
        enough = _spaced(patient, low, None, apart, least, n) >= least
        return enough, enough
    # Few patients have a row in doubt; best and worst case differ for them alone.
    doubtful = np.zeros(n, dtype=np.bool_)
    doubtful[patient[unsure]] = True
    enough = _spaced(patient, low, None, apart, least, n) >= least
    worst, best = _bounded(entries.take(np.flatnonzero(doubtful[patient])), apart, least, n)
    return np.where(doubtful, worst, enough), np.where(doubtful, best, enough)


def _on_unsure_day(low: Days, high: Days) -> Flags:
    """Whether a row's start may lie on more than one day."""
    unsure: Flags = low != high
    inexact = np.flatnonzero(unsure)
    unsure[inexact] = floor_day(low[inexact]) != floor_day(high[inexact])
    return unsure


def _bounded(entries: Pool, apart: Duration, least: int, n: int) -> tuple[Flags, Flags]:
    """`_reached` for rows of which some are in doubt."""
    patient = entries.patient
    low, high = (floor_day(start) for start in entries.starts())
    keep = slice(None) if entries.certain is None else entries.certain
    worst = _spaced(patient[keep], low[keep], high[keep], apart, least, n) >= least
    # At most as many as the dated rows give, and each row of uncertain date one more.
    dated = low == high
    most = _spaced(patient[dated], low[dated], None, apart, least, n)
    most += np.bincount(patient[~dated], minlength=n)
    return worst, most >= least


def _spaced(
    patient: NDArray[np.int32], low: Days, high: Days | None, apart: Duration, least: int, n: int
) -> NDArray[np.int64]:
    """How many rows (up to `least`) surely lie pairwise at least `apart` days; int64[n_patients].

    `low` and `high` are the earliest and latest start of each row (any time of the day; `high` None:
    the same); rows are sorted by patient. Greedy: the row that is surely over first comes first, and
    the next is the one soonest over among those surely far enough.
    """
    count = np.zeros(n, dtype=np.int64)
    if not len(patient):
        return count
    starts = group_starts(patient)
    stops = np.append(starts[1:], len(patient))
    if least == 2 and high is None:
        first = _extreme(low, starts, stops, np.minimum)
        last = _extreme(low, starts, stops, np.maximum)
        count[patient[starts]] = 1 + _far_enough(first, last, apart)
        return count
    high = low if high is None else high
    order = np.lexsort((high, patient))
    patient, low, high = patient[order], floor_day(low[order]), floor_day(high[order])
    at = starts.copy()
    alive = np.ones(len(starts), dtype=np.bool_)
    for _ in range(least):
        count[patient[starts[alive]]] += 1
        needed = shift(high[np.minimum(at, len(high) - 1)], apart.count, apart.unit)
        at = _next(low, at + 1, stops, needed, alive)
        alive &= at < stops
        if not alive.any():
            break
    return count


def _far_enough(first: Days, last: Days, apart: Duration) -> Flags:
    """Whether the day of `last` lies at least `apart` after the day of `first`."""
    if apart.unit in _IN_DAYS:
        days: Flags = last // DAY - first // DAY >= apart.count * _IN_DAYS[apart.unit]
        return days
    reached: Flags = floor_day(last) >= shift(floor_day(first), apart.count, apart.unit)
    return reached


def _extreme(values: Days, starts: NDArray[np.int64], stops: NDArray[np.int64], of: np.ufunc) -> Days:
    """The least or greatest value of each group, without a search where groups are in order."""
    falls = values[1:] < values[:-1]
    falls[starts[1:] - 1] = False
    if falls.any():
        result: Days = of.reduceat(values, starts)
        return result
    return values[starts] if of is np.minimum else values[stops - 1]


def _next(low: Days, at: NDArray[np.int64], stops: NDArray[np.int64], needed: Days, alive: Flags) -> Days:
    """For each group the first row from `at` on whose `low` reaches `needed`; `stops` where none."""
    at = at.copy()
    moving = alive & (at < stops)
    while True:
        index = np.flatnonzero(moving)
        if not len(index):
            return at
        short = low[at[index]] < needed[index]
        moving[index[~short]] = False
        at[index[short]] += 1
        moving &= at < stops
