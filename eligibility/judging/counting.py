"""How many events are there: at least, at most, exactly so many, spaced where asked.

Worst case against best case: the rows that surely count and tell of different events, at dates that lie
closest, against all that may count, at dates that lie farthest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY, Instants, floor_day, shift
from eligibility.judging.absence import SILENCE_MEANS_NO, absence
from eligibility.judging.context import Context
from eligibility.judging.kernels.compiling import rows_or_all
from eligibility.judging.kernels.counting import may_be_more
from eligibility.judging.kernels.spacing import spaced
from eligibility.judging.one_event import enough_events
from eligibility.judging.pool import Pool, pool, positions, single
from eligibility.judging.presence import add_doubts, note_presence
from eligibility.judging.relatives import relatives
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
from eligibility.program import Answer, Counted, Counting, Duration, Selection
from eligibility.reasons import Cause

_IN_DAYS = {"day": 1, "week": 7}
_TWICE = np.uint32(Cause.RECORDED_TWICE)


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
        enough, possible = _reached(context, entries, leaf, least)
    state = enough.astype(np.uint8) + (enough | possible)
    causes = np.full(n, np.uint32(Cause.COUNT), dtype=np.uint32)
    unknown = state == UNKNOWN
    found = [select(context, s) for s in leaf.rows.selections]
    if unknown.any():
        causes[unknown] = 0
        for f in found:
            if f.certain is not f.possible:
                add_doubts(causes, f, f.possible, state)
        if entries is not None and leaf.apart is None:
            causes[unknown & _may_be_fewer(context, entries, leaf, least, unknown)] |= _TWICE
        causes[unknown & (causes == 0)] = np.uint32(Cause.PARTIAL_DATE)
    few = state == FALSE
    if few.any():
        too_few(context, leaf, least, few, state, causes)
        if leaf.apart is not None and entries is not None:
            _say_too_close(causes, few & (state == UNKNOWN) & (_records(context, entries) >= least))
    for kind in {f.kind for f in found}:
        damaged = context.facts.corrupt.get(kind)
        if damaged is not None:
            causes[damaged & unknown] |= np.uint32(Cause.DATA_CORRUPT)
    return Truth(state, causes)


def _say_too_close(causes: Causes, enough: Flags) -> None:
    """Of the undecided with `enough` records, which lie too close: that is why, not that none was found."""
    close = enough & ((causes & np.uint32(Cause.DATA_NOT_FOUND)) > 0)
    causes[close] = (causes[close] & ~np.uint32(Cause.DATA_NOT_FOUND)) | np.uint32(Cause.COUNT)


def too_few(context: Context, leaf: Counted, least: int, few: Flags, state: States, causes: Causes) -> None:
    """Too few are there: is that known, or might more be unseen? Changes `state` and `causes`."""
    n = context.n
    unseen = np.zeros(n, dtype=np.bool_)
    why, owed = np.zeros(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)
    for selection in leaf.rows.selections:
        found = select(context, selection)
        silent = absence(context, selection, found)
        known = np.zeros(n, dtype=np.bool_)
        if selection.kind not in SILENCE_MEANS_NO:
            # Results: known to be too few once that many readings lie in the window at all.
            known = _readings_reach(context, selection, found, leaf, least)
        assumed, not_found = int(Cause.ABSENCE_ASSUMED), int(Cause.DATA_NOT_FOUND)
        may_be_more(few, known, silent.state, silent.causes, assumed, not_found, unseen, why, owed)
    causes |= owed
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
    context: Context, selection: Selection, found: Selected, leaf: Counted, least: int
) -> Flags:
    """Who surely has that many readings in the window, whatever they say, bool[n_patients]."""
    block = context.block(found.kind)
    if block is None:
        return np.zeros(context.n, dtype=np.bool_)
    sure = replace(found, certain=found.base_certain, possible=found.base_certain)
    entries = single(context, block, sure)
    enough, _ = _reached(context, entries, leaf, least)
    damaged = context.facts.corrupt.get(selection.kind)
    return enough if damaged is None else enough & ~damaged


def _reached(context: Context, entries: Pool, leaf: Counted, least: int) -> tuple[Flags, Flags]:
    """Who surely and who possibly has at least `least`, bool[n_patients] each."""
    n, certain = context.n, entries.certain
    if leaf.apart is None:
        number = relatives if leaf.counting is Counting.RELATIVES else _records
        sure = entries if certain is None else entries.take(positions(certain))
        enough = number(context, sure) >= least
        possible = enough if certain is None else number(context, entries) >= least
        if leaf.counting is not Counting.RECORDS and least > 1:
            enough = enough_events(context, sure, least, enough)
        return enough, possible
    low, high = entries.starts()
    gap, due = _next_day(high, leaf.apart)
    surely, possibly = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    spaced(entries.patient, rows_or_all(certain), low, high, DAY, due, gap, least, surely, possibly)
    return surely, possibly


def _records(context: Context, entries: Pool) -> NDArray[np.int64]:
    return np.bincount(entries.patient, minlength=context.n)


def _may_be_fewer(context: Context, entries: Pool, leaf: Counted, least: int, unknown: Flags) -> Flags:
    """Of the undecided, for whom it matters whether records are of one event, bool[n_patients].

    The sure records would be enough, or even all possible ones may be of too few events.
    """
    if leaf.counting is Counting.RECORDS:
        return np.zeros(context.n, dtype=np.bool_)
    number = relatives if leaf.counting is Counting.RELATIVES else _records
    certain = entries.certain
    sure = entries if certain is None else entries.take(positions(certain))
    return (number(context, sure) >= least) | ~enough_events(context, entries, least, unknown)


def _next_day(starts: Instants, apart: Duration) -> tuple[int, Instants]:
    """How long after each start's day the next row may start, where that is one number; else when."""
    if apart.unit in _IN_DAYS:
        return apart.count * _IN_DAYS[apart.unit] * DAY, np.empty(0, dtype=np.int64)
    # Starts are told apart by their days, so that half a day is a whole one.
    return 0, -(-shift(floor_day(starts), apart.count, apart.unit) // DAY) * DAY
