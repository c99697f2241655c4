"""Days in a row at one dose per day: each drug by itself, and each of its doses.

A day is surely at a dose where a sure row of that dose surely covers it and no row that may be of another
may, nor two rows of that dose told in one way (two orders). It may be at a dose where a row that may be of
that dose may cover it, or rows of several doses, or two of one, may: which of these holds, or whether they
add up, no record says.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.context import Context
from eligibility.judging.covered_days import Days, covered, long_enough, window_days
from eligibility.judging.picks import against
from eligibility.judging.pool import Pool, pool
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Causes, Flags
from eligibility.program import Answer, Exposed, Policy, Range, Rows
from eligibility.reasons import Cause
from eligibility.units import dimension_of

Groups = NDArray[np.int64]

_OPEN, _ANY = -1, -2  # in place of the number of a dose: it may be any; it is that of the days around it
_STATE = {Answer.YES: TRUE, Answer.NO: FALSE, Answer.UNKNOWN: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Spans:
    """Days from `first` to `last`, both included, each of a group; in any order, none of them empty."""

    group: Groups
    first: Days
    last: Days

    def take(self, index: NDArray[np.bool_] | NDArray[np.int64]) -> Spans:
        return Spans(self.group[index], self.first[index], self.last[index])

    def of(self, group: Groups) -> Spans:
        return Spans(group, self.first, self.last)

    def and_also(self, other: Spans) -> Spans:
        return Spans(
            np.concatenate((self.group, other.group)),
            np.concatenate((self.first, other.first)),
            np.concatenate((self.last, other.last)),
        )


@dataclass(frozen=True, slots=True)
class _Doses:
    """The dose of each row as a number of `unit` and `amount`, or `_OPEN` or `_ANY`; `why` it is open."""

    number: NDArray[np.int64]
    unit: NDArray[np.int16]
    amount: NDArray[np.float64]
    why: Causes


def steady(context: Context, leaf: Exposed) -> tuple[Flags, Flags, Causes]:
    """Who surely and who possibly has the days, bool[n_patients] each, and what leaves it open."""
    enough, possible = np.zeros(context.n, dtype=np.bool_), np.zeros(context.n, dtype=np.bool_)
    why = np.zeros(context.n, dtype=np.uint32)
    for selection in leaf.rows.selections:
        entries = pool(context, Rows((selection,)), lambda _block, _found: None)
        if entries is not None:
            surely, perhaps = _of_drug(context, leaf, selection.policy, entries, why)
            enough |= surely
            possible |= perhaps
    return enough, possible | enough, why


def _of_drug(
    context: Context, leaf: Exposed, policy: Policy, entries: Pool, why: Causes
) -> tuple[Flags, Flags]:
    """Who surely and who possibly has the days of one drug; adds to `why`."""
    doses, kept = _doses(policy, entries)
    channel = entries.column("channel").astype(np.int64)
    certain = np.ones(len(entries), np.bool_) if entries.certain is None else entries.certain
    sure, maybe = covered(context, leaf, entries)
    patient = entries.patient.astype(np.int64)
    np.bitwise_or.at(why, patient[kept], doses.why[kept])
    vague = (sure[0] != maybe[0]) | (sure[1] != maybe[1])
    why[patient[vague & kept]] |= np.uint32(Cause.PARTIAL_DATE)
    lower, upper = window_days(context, leaf)

    def spans(days: tuple[Days, Days], mine: Flags) -> tuple[Spans, NDArray[np.int64]]:
        first, last = np.maximum(days[0], lower), np.minimum(days[1], upper)
        at = np.flatnonzero(mine & (first <= last))
        return Spans(patient[at], first[at], last[at]), at

    surely, at_surely = spans(sure, kept & certain)
    perhaps, at_perhaps = spans(maybe, kept)
    parallel = _parallel(patient[kept], maybe[0][kept], maybe[1][kept], doses.number[kept], channel[kept])
    parallel = _clipped(parallel, lower, upper)
    conflict = _conflicts(perhaps, doses.number[at_perhaps], len(doses.unit)).and_also(parallel)
    why[conflict.group] |= np.uint32(Cause.SOURCE_CONFLICT)
    whose, which = _groups(patient[kept], doses.number[kept])
    held = _limits(leaf.dose, policy, doses, which)
    why[whose[held == UNKNOWN]] |= np.uint32(Cause.UNIT_UNRESOLVED)
    why[_in_two_units(patient[kept], doses, doses.number[kept])] |= np.uint32(Cause.UNIT_UNRESOLVED)
    number = doses.number

    def grouped(part: Spans, at: NDArray[np.int64]) -> tuple[Spans, NDArray[np.int64], NDArray[np.int64]]:
        """The spans once for each group of their patient: (spans, number of row, dose of group)."""
        group, index = _spread(whose, part.group)
        return part.take(index).of(group), number[at[index]], which[group]

    of_sure, dose_sure, asked_sure = grouped(surely, at_surely)
    of_maybe, dose_maybe, asked_maybe = grouped(perhaps, at_perhaps)
    same = (dose_maybe == _ANY) | ((dose_maybe == asked_maybe) & (asked_maybe >= 0))
    here = of_sure.take((dose_sure == _ANY) | ((dose_sure == asked_sure) & (asked_sure >= 0)))
    both, index = _spread(whose, parallel.group)
    runs = stretches(
        here, of_maybe.take(~same).and_also(parallel.take(index).of(both)), leaf.gap, parted=True
    )
    runs = runs.take(held[runs.group] == TRUE)
    certainly = long_enough(context, leaf, whose[runs.group].astype(np.int32), runs.first, runs.last)

    # Doses of two dimensions may be the same one; of an unknown dose nothing is another.
    unlike = _unlike(doses, dose_maybe, asked_maybe)
    may = same | (dose_maybe == _OPEN) | ((dose_maybe >= 0) & (asked_maybe >= 0) & ~unlike)
    both, index = _spread(whose, conflict.group)
    good = of_maybe.take(may).and_also(conflict.take(index).of(both))
    runs = stretches(good, of_sure.take(_unlike(doses, dose_sure, asked_sure)), leaf.gap, parted=False)
    runs = runs.take(held[runs.group] != FALSE)
    return certainly, long_enough(context, leaf, whose[runs.group].astype(np.int32), runs.first, runs.last)


def _doses(policy: Policy, entries: Pool) -> tuple[_Doses, Flags]:
    """The dose of each row, and the rows that policy does not leave out."""
    amount, unit = entries.column("dose_per_day"), entries.column("dose_unit")
    untold = np.isnan(amount)
    unread = ~untold & (unit < 0)
    known = np.flatnonzero(~untold & ~unread)
    number = np.full(len(entries), _OPEN, dtype=np.int64)
    # Units first: the dose of a number is told by `units` and `amounts` in that order.
    pairs, inverse = np.unique(
        np.stack((unit[known].astype(np.float64), amount[known]), axis=1), axis=0, return_inverse=True
    )
    number[known] = inverse.reshape(-1)
    kept = np.ones(len(entries), dtype=np.bool_)
    why = np.zeros(len(entries), dtype=np.uint32)
    for mask, answer, cause in (
        (untold, policy.missing, Cause.DATA_NOT_FOUND),
        (unread, policy.unreadable, Cause.UNIT_UNRESOLVED),
    ):
        if answer is Answer.YES:
            number[mask] = _ANY
        elif answer is Answer.NO:
            kept &= ~mask
        else:
            why[mask] = np.uint32(cause)
    return _Doses(number, pairs[:, 0].astype(np.int16), np.ascontiguousarray(pairs[:, 1]), why), kept


def _groups(patient: Groups, number: NDArray[np.int64]) -> tuple[Groups, NDArray[np.int64]]:
    """Each patient with each known dose of theirs, and once with none (`_OPEN`); sorted by patient."""
    whose = np.concatenate((patient[number >= 0], patient))
    which = np.concatenate((number[number >= 0], np.full(len(patient), _OPEN, dtype=np.int64)))
    made = np.unique(np.stack((whose, which), axis=1), axis=0)
    return made[:, 0], made[:, 1]


def _spread(whose: Groups, patient: Groups) -> tuple[Groups, NDArray[np.int64]]:
    """Each entry of a patient once for each group of that patient: (group, entry)."""
    begin, end = np.searchsorted(whose, patient), np.searchsorted(whose, patient, side="right")
    count = end - begin
    index = np.repeat(np.arange(len(patient)), count)
    place = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    return begin[index] + place, index


def _unlike(doses: _Doses, one: NDArray[np.int64], other: NDArray[np.int64]) -> Flags:
    """Which doses surely differ: two amounts of one dimension."""
    known = (one >= 0) & (other >= 0)
    unlike = np.zeros(len(one), dtype=np.bool_)
    unlike[known] = doses.unit[one[known]] == doses.unit[other[known]]
    unlike &= one != other
    return unlike


def _limits(
    limit: Range | None, policy: Policy, doses: _Doses, which: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Whether the dose of each group is in the range; one that is not known may be, or is by policy."""
    states = np.full(len(doses.unit) + 1, TRUE, dtype=np.uint8)  # the last is that of no known dose
    if limit is not None and len(doses.unit):
        inside, _ = against(limit, doses.amount, doses.amount)
        elsewhere = doses.unit != dimension_of(limit.unit)
        states[:-1] = np.where(elsewhere, np.uint8(_STATE[policy.unreadable]), inside)
    return states[which]


def _in_two_units(patient: Groups, doses: _Doses, number: NDArray[np.int64]) -> Groups:
    """The patients whose doses are in units that do not compare."""
    known = number >= 0
    pairs = np.unique(np.stack((patient[known], doses.unit[number[known]]), axis=1), axis=0)
    whose: Groups = pairs[:, 0]
    again: Groups = whose[1:][whose[1:] == whose[:-1]]
    return again


def _conflicts(spans: Spans, number: NDArray[np.int64], count: int) -> Spans:
    """The days of each patient on which rows of two known doses may lie."""
    known = number >= 0
    of_dose = spans.take(known).of(spans.group[known] * (count + 1) + number[known])
    joined = stretches(of_dose, _NONE, 0, parted=False)
    return stretches(joined.of(joined.group // (count + 1)), _NONE, 0, parted=False, least=2)


def _parallel(
    patient: Groups, first: Days, last: Days, number: NDArray[np.int64], channel: NDArray[np.int64]
) -> Spans:
    """The days of each patient on which two rows of one known dose and one channel may lie side by side.

    A row that begins on the day on which another ends takes over from it, so one day that two rows share
    is none of these days.
    """
    known = number >= 0
    key = np.stack((patient[known], number[known], channel[known]), axis=1)
    whose, group = np.unique(key, axis=0, return_inverse=True)
    # From the noon of the first day to that of the last, in half-days: two rows share one where they share
    # two days, which are the days of its two ends.
    spans = Spans(group.reshape(-1).astype(np.int64), 2 * first[known] + 1, 2 * last[known] - 1)
    spans = spans.take(spans.first <= spans.last)
    found = stretches(spans, _NONE, 0, parted=False, least=2)
    return Spans(whose[found.group, 0], found.first // 2, (found.last + 1) // 2)


def _clipped(spans: Spans, lower: int, upper: int) -> Spans:
    """The spans inside of a window of days."""
    inside = Spans(spans.group, np.maximum(spans.first, lower), np.minimum(spans.last, upper))
    return inside.take(inside.first <= inside.last)


_NONE = Spans(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))


def stretches(good: Spans, bad: Spans, gap: int, *, parted: bool, least: int = 1) -> Spans:
    """Days in a row of each group, covered by `least` good spans, gaps of up to `gap` days closed.

    No gap is closed over a bad day. `parted`: a bad day is no good one; else a good day is no bad one.
    """
    day = np.concatenate((good.first, good.last + 1, bad.first, bad.last + 1))
    group = np.concatenate((good.group, good.group, bad.group, bad.group))
    sizes = (len(good.group), len(good.group), len(bad.group), len(bad.group))
    order = np.lexsort((day, group))
    day, group = day[order], group[order]
    covered_by = np.cumsum(np.repeat((1, -1, 0, 0), sizes)[order])
    barred_by = np.cumsum(np.repeat((0, 0, 1, -1), sizes)[order])
    some = np.flatnonzero((group[1:] == group[:-1]) & (day[1:] > day[:-1]))
    bad_there = barred_by[some] > 0
    here = covered_by[some] >= least
    if parted:
        here &= ~bad_there
    bars = np.cumsum(bad_there & ~here)[here]
    some = some[here]
    first, last, whose = day[some], day[some + 1] - 1, group[some]
    begins = np.ones(len(some), dtype=np.bool_)
    begins[1:] = (whose[1:] != whose[:-1]) | (first[1:] - last[:-1] - 1 > gap) | (bars[1:] != bars[:-1])
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(some)) - 1
    return Spans(whose[starts], first[starts], last[ends] if len(some) else last)
