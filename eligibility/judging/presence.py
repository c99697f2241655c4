"""Is some row there, and how many: the statements over selections as sets of facts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Kind
from eligibility.instants import floor_day, shift
from eligibility.judging.absence import SILENCE_MEANS_NO, absence, with_corrupt
from eligibility.judging.context import Context
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
    disjunction,
    negate,
)
from eligibility.program import (
    Answer,
    Counted,
    Duration,
    Exists,
    NumberTest,
    Selection,
    TimeTest,
)
from eligibility.reasons import Cause


def exists(context: Context, leaf: Exists, noting: bool = True) -> Truth:
    """Some row of some selection is there."""
    return disjunction([_exists(context, leaf, s, noting) for s in leaf.rows.selections])


def _exists(context: Context, leaf: Exists, selection: Selection, noting: bool) -> Truth:
    found = select(context, selection)
    n = context.n
    state = np.zeros(n, dtype=np.uint8)
    sure = found.patient if found.certain is None else found.patient[found.certain]
    exact = found.certain is found.possible
    if not exact:
        state[found.patient if found.possible is None else found.patient[found.possible]] = UNKNOWN
    state[sure] = TRUE
    nothing = state == FALSE
    silent = absence(context, selection, found)
    causes = silent.causes * nothing
    causes[state == TRUE] = present_cause(selection)
    if not exact:
        add_doubts(causes, found, state == UNKNOWN)
    if selection.kind not in SILENCE_MEANS_NO and found.base_possible is not found.possible:
        state = _readings_that_fail(context, found, selection, state, nothing, silent, causes)
    else:
        np.copyto(state, silent.state, where=nothing)
    if noting and context.notes is not None:
        _note(context, leaf, found)
    if selection.kind in context.facts.corrupt:
        return with_corrupt(context, selection.kind, Truth(state, causes))
    return Truth(state, causes)


def present_cause(selection: Selection) -> int:
    """What a row that is there means: a drug in a window is a washout not elapsed, a number a limit."""
    for test in selection.tests:
        if isinstance(test, NumberTest) and test.column == "value":
            if test.range.high is None:
                return int(Cause.VALUE_HIGH)
            if test.range.low is None:
                return int(Cause.VALUE_LOW)
    windowed = any(isinstance(t, TimeTest) and t.window.lower is not None for t in selection.tests)
    if selection.kind is Kind.MEDICATION and windowed:
        return int(Cause.WASHOUT)
    return int(Cause.EVIDENCE)


def add_doubts(causes: Causes, found: Selected, unknown: Flags) -> None:
    """Give unknown patients the doubts of their possible rows."""
    for mask, cause in found.doubts:
        live = mask if found.possible is None else mask & found.possible
        doubtful = np.zeros(len(unknown), dtype=np.bool_)
        doubtful[found.patient[live]] = True
        causes[doubtful & unknown] |= np.uint32(cause)


def failing_causes(found: Selected, n: int) -> Causes:
    """How readings failed their value test, per patient."""
    causes = np.zeros(n, dtype=np.uint32)
    for mask, cause in (
        (found.low, Cause.VALUE_LOW),
        (found.high, Cause.VALUE_HIGH),
        (found.different, Cause.VALUE_DIFFERENT),
    ):
        if mask is not None:
            live = mask if found.base_possible is None else mask & found.base_possible
            hit = np.zeros(n, dtype=np.bool_)
            hit[found.patient[live]] = True
            causes[hit] |= np.uint32(cause)
    return causes


def _readings_that_fail(
    context: Context,
    found: Selected,
    selection: Selection,
    state: States,
    nothing: Flags,
    silent: Truth,
    causes: Causes,
) -> States:
    """Results are there but none passes: known to be no where a reading surely lies in the window."""
    n = context.n
    read = np.zeros(n, dtype=np.bool_)
    read[found.patient if found.base_certain is None else found.patient[found.base_certain]] = True
    maybe = np.zeros(n, dtype=np.bool_)
    maybe[found.patient if found.base_possible is None else found.patient[found.base_possible]] = True
    failing = failing_causes(found, n)
    decided = nothing & read
    causes[decided] = failing[decided]
    causes[decided & (failing == 0)] = np.uint32(Cause.VALUE_DIFFERENT)
    open_ = nothing & maybe & ~read
    silent_only = nothing & ~maybe
    np.copyto(state, silent.state, where=silent_only | open_)
    if open_.any():
        unsure = open_ & (silent.state == UNKNOWN)
        causes[unsure] = np.uint32(Cause.PARTIAL_DATE)
        doubtful = open_ & (silent.state != UNKNOWN)
        causes[doubtful] = silent.causes[doubtful]
    return state


def _note(context: Context, leaf: Exists | Counted, found: Selected) -> None:
    context.note(leaf, found.kind, found.rows, found.patient, found.certain, "for")
    if found.possible is not found.certain:
        certain = np.zeros(len(found.patient), np.bool_) if found.certain is None else found.certain
        doubt = ~certain if found.possible is None else found.possible & ~certain
        context.note(leaf, found.kind, found.rows, found.patient, doubt, "doubt")
    if found.base_possible is not found.possible:
        possible = found.possible
        if possible is not None:
            failed = ~possible if found.base_possible is None else found.base_possible & ~possible
            context.note(leaf, found.kind, found.rows, found.patient, failed, "against")
    if found.outside is not None:
        context.note(leaf, found.kind, found.rows, found.patient, found.outside, "outside")


def counted(context: Context, leaf: Counted) -> Truth:
    """At least and at most so many rows, spaced where asked."""
    parts = []
    if leaf.least is not None:
        parts.append(_at_least(context, leaf, leaf.least, noting=True))
    if leaf.most is not None:
        parts.append(negate(_at_least(context, leaf, leaf.most + 1, noting=leaf.least is None)))
    return conjunction(parts)


def _at_least(context: Context, leaf: Counted, least: int, noting: bool) -> Truth:
    n = context.n
    if least <= 0:
        return Truth(np.full(n, TRUE, np.uint8), np.full(n, Cause.COUNT, np.uint32))
    found = [select(context, s) for s in leaf.rows.selections]
    enough = _reaches(context, leaf, found, [f.certain for f in found], least, best=False)
    if all(f.certain is f.possible for f in found) and _exact_starts(context, found, leaf):
        possible = enough
    else:
        possible = _reaches(context, leaf, found, [f.possible for f in found], least, best=True)
    state = enough.astype(np.uint8) + (enough | possible)
    causes = np.full(n, np.uint32(Cause.COUNT), dtype=np.uint32)
    unknown = state == UNKNOWN
    if unknown.any():
        causes[unknown] = 0
        for f in found:
            if f.certain is not f.possible:
                add_doubts(causes, f, unknown)
        causes[unknown & (causes == 0)] = np.uint32(Cause.PARTIAL_DATE)
    few = state == FALSE
    for f, selection in zip(found, leaf.rows.selections, strict=True):
        _few(context, f, selection, least, few, state, causes)
        if noting and context.notes is not None:
            _note(context, leaf, f)
    return Truth(state, causes)


def _few(
    context: Context,
    found: Selected,
    selection: Selection,
    least: int,
    few: Flags,
    state: States,
    causes: Causes,
) -> None:
    """Too few are there: is that known, or might more be unseen?"""
    silent = absence(context, selection, found)
    if selection.kind in SILENCE_MEANS_NO:
        open_ = few & (silent.state != FALSE)
    else:
        # Results: known to be too few once that many readings lie in the window at all.
        readings = _count(found, found.base_certain, context.n)
        open_ = few & (readings < least) & (silent.state != FALSE)
    if selection.policy.missing is Answer.YES:
        state[open_] = np.maximum(state[open_], TRUE)
    state[open_] = np.maximum(state[open_], UNKNOWN)
    gained = open_ & (silent.state == UNKNOWN)
    first = gained & (causes == np.uint32(Cause.COUNT))
    causes[first] = 0
    causes[gained] |= silent.causes[gained]
    damaged = context.facts.corrupt.get(selection.kind)
    if damaged is not None:
        hit = damaged & few
        state[hit] = np.maximum(state[hit], UNKNOWN)
        causes[hit & (causes == np.uint32(Cause.COUNT))] = 0
        causes[hit] |= np.uint32(Cause.DATA_CORRUPT)


def _count(found: Selected, mask: Flags | None, n: int) -> NDArray[np.int64]:
    patient = found.patient if mask is None else found.patient[mask]
    return np.bincount(patient, minlength=n).astype(np.int64)


def _exact_starts(context: Context, found: Sequence[Selected], leaf: Counted) -> bool:
    if leaf.apart is None:
        return True
    for f in found:
        block = context.block(f.kind)
        if block is not None and block.columns["start_lo"] is not block.columns["start_hi"]:
            lo, hi = f.column(block, "start_lo"), f.column(block, "start_hi")
            if not np.array_equal(floor_day(lo), floor_day(hi)):
                return False
    return True


def _reaches(
    context: Context,
    leaf: Counted,
    found: Sequence[Selected],
    masks: Sequence[Flags | None],
    least: int,
    best: bool,
) -> Flags:
    """Whose rows number at least `least`, bool[n_patients]."""
    n = context.n
    if leaf.apart is None:
        total = np.zeros(n, dtype=np.int64)
        for f, mask in zip(found, masks, strict=True):
            total += _count(f, mask, n)
        return total >= least
    patients, lows, highs = [], [], []
    for f, mask in zip(found, masks, strict=True):
        block = context.block(f.kind)
        if block is None:
            continue
        keep = slice(None) if mask is None else mask
        patients.append(f.patient[keep])
        lows.append(f.column(block, "start_lo")[keep])
        highs.append(f.column(block, "start_hi")[keep])
    if not patients:
        return np.zeros(n, dtype=np.bool_)
    patient = np.concatenate(patients)
    low, high = floor_day(np.concatenate(lows)), floor_day(np.concatenate(highs))
    if best:
        # At most as many as the dated rows give, and each row of uncertain date one more.
        dated = low == high
        count = _spaced(patient[dated], low[dated], low[dated], leaf.apart, least, n)
        count += np.bincount(patient[~dated], minlength=n)
        return count >= least
    return _spaced(patient, low, high, leaf.apart, least, n) >= least


def _spaced(
    patient: NDArray[np.int32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    apart: Duration,
    least: int,
    n: int,
) -> NDArray[np.int64]:
    """How many rows (up to `least`) surely lie pairwise at least `apart`, greedily; int64[n].

    `low` and `high` are the first instants of the earliest and latest day of each row. The earliest
    to be surely over comes first; the next is the one soonest over among those surely far enough.
    """
    count = np.zeros(n, dtype=np.int64)
    if not len(patient):
        return count
    exact = low is high or np.array_equal(low, high)
    if least == 2 and exact:
        return _spaced_pair(patient, low, apart, n)
    order = np.lexsort((high, patient))
    patient, low, high = patient[order], low[order], high[order]
    starts = np.flatnonzero(np.r_[True, patient[1:] != patient[:-1]])
    stops = np.r_[starts[1:], len(patient)]
    at = starts.copy()
    alive = np.ones(len(starts), dtype=np.bool_)
    for _ in range(least):
        count[patient[starts[alive]]] += 1
        needed = shift(high[np.minimum(at, len(high) - 1)], apart.count, apart.unit)
        # The next row whose earliest day is late enough; rows are in order of latest day.
        at = _next(low, at + 1, stops, needed, alive)
        alive &= at < stops
        if not alive.any():
            break
    return count


def _next(
    low: NDArray[np.int64],
    at: NDArray[np.int64],
    stops: NDArray[np.int64],
    needed: NDArray[np.int64],
    alive: Flags,
) -> NDArray[np.int64]:
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


def _spaced_pair(
    patient: NDArray[np.int32], day: NDArray[np.int64], apart: Duration, n: int
) -> NDArray[np.int64]:
    """Two rows spaced: the first and the last day of a patient decide."""
    if (patient[1:] < patient[:-1]).any():
        order = np.argsort(patient, kind="stable")
        patient, day = patient[order], day[order]
    starts = np.flatnonzero(np.r_[True, patient[1:] != patient[:-1]])
    first = np.minimum.reduceat(day, starts)
    last = np.maximum.reduceat(day, starts)
    count = np.zeros(n, dtype=np.int64)
    count[patient[starts]] = 1 + (last >= shift(first, apart.count, apart.unit))
    return count
