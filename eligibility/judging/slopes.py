"""The slope of readings over time, by least squares; between which slopes it lies where it is not one.

Where all readings are sure, of known days and surely different ones, the slope rises or falls with each
number alone, so that its ends are slopes of ends. Exact readings that may have been sent twice move it as
far as `left_out` tells. Elsewhere every two readings bound it, see `Slope`: the slope is a mean of those
between any two, so no reading that is left out leads beyond them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY
from eligibility.judging.context import Context
from eligibility.judging.groups import group_starts
from eligibility.judging.intervals import Floats, Numbers
from eligibility.judging.kernels.one_event import apart
from eligibility.judging.left_out import slopes_between
from eligibility.judging.middles import doubles
from eligibility.judging.numbers import numbers_of
from eligibility.judging.pool import pool
from eligibility.judging.readings import nothing_there, readings_wanted
from eligibility.judging.truth import Flags
from eligibility.program import Slope, ValueIs
from eligibility.reasons import Cause

Days = NDArray[np.int64]

_NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class _Points:
    """Possible readings, sorted by patient and first day; numbers that cannot be compared may be any.

    `since`: the first day on which it may be told of; `group`: of those that may be one with it, of which
    `fewer` may be too many.
    """

    patient: NDArray[np.int32]
    since: Days
    first: Days
    last: Days
    certain: Flags
    low: Floats
    high: Floats
    causes: NDArray[np.uint32]
    group: Days
    fewer: Days

    def take(self, mine: Flags) -> _Points:
        return _Points(
            self.patient[mine],
            self.since[mine],
            self.first[mine],
            self.last[mine],
            self.certain[mine],
            self.low[mine],
            self.high[mine],
            self.causes[mine],
            self.group[mine],
            self.fewer[mine],
        )


def slope(context: Context, leaf: ValueIs, value: Slope) -> Numbers:
    """The slope of each patient."""
    n = context.n
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    sure, there = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    causes = np.zeros(n, np.uint32)
    nobody = np.ones(n, np.bool_)
    points = _points(context, leaf, value)
    if points is not None:
        nobody[points.patient] = False
        np.bitwise_or.at(causes, points.patient, points.causes)
        sure, there = _enough(n, points, value.least)
        causes[~there] &= ~np.uint32(Cause.RECORDED_TWICE)
        open_, twice, imprecise = (
            _some(n, points, rows)
            for rows in (
                (points.first != points.last) | ~points.certain,
                points.fewer > 0,
                points.low != points.high,
            )
        )
        open_ |= twice & imprecise
        _fill(points, there & ~open_ & ~twice, _exact, value.days, low, high)
        _fill(points, there & ~open_ & twice, _left_out, value.days, low, high)
        open_ |= twice & np.isnan(low)
        _fill(points, there & open_, _between, value.days, low, high)
    causes[nobody] = nothing_there(context, value.rows).causes[nobody]
    causes[~sure] |= np.uint32(Cause.DATA_NOT_FOUND)
    for selection in value.rows.selections:
        damaged = context.facts.corrupt.get(selection.kind)
        if damaged is not None:
            low[damaged], high[damaged] = -np.inf, np.inf
            sure, there = sure & ~damaged, there | damaged
            causes[damaged] |= np.uint32(Cause.DATA_CORRUPT)
    causes[~there] |= np.uint32(Cause.NOT_COMPUTABLE)
    return Numbers(low, high, sure, there, causes)


def _points(context: Context, leaf: ValueIs, value: Slope) -> _Points | None:
    found = pool(context, value.rows, readings_wanted(context, leaf, value.rows, None))
    if found is None:
        return None
    first, last = found.column("end_lo") // DAY, found.column("end_hi") // DAY
    order = np.lexsort((last, first, found.patient))
    found, first, last = found.take(order), first[order], last[order]
    found.note(context, leaf)
    low, high, known, unresolved = numbers_of(value.unit, found.column, None)
    doubts = found.doubts()
    causes = np.zeros(len(found), np.uint32) if doubts is None else doubts.copy()
    causes[unresolved] |= np.uint32(Cause.UNIT_UNRESOLVED)
    causes[~known & ~unresolved] |= np.uint32(Cause.NOT_COMPUTABLE)
    causes[first != last] |= np.uint32(Cause.PARTIAL_DATE)
    group, fewer = np.arange(len(found)), np.zeros(len(found), np.int64)
    if (again := doubles(context, found)) is not None:
        causes[again.at] |= np.uint32(Cause.RECORDED_TWICE)
        group[again.at], fewer[again.at] = again.group, again.fewer
    since = np.minimum(found.starts()[0] // DAY, first)
    certain = np.ones(len(found), np.bool_) if found.certain is None else found.certain
    low, high = np.where(known, low, -np.inf), np.where(known, high, np.inf)
    return _Points(found.patient, since, first, last, certain, low, high, causes, group, fewer)


def _some(n: int, points: _Points, rows: Flags) -> Flags:
    """Who has one of some readings, bool[n_patients]."""
    found = np.zeros(n, np.bool_)
    found[points.patient[rows]] = True
    return found


def _fill(
    points: _Points,
    part: Flags,
    hull: Callable[[_Points, float], tuple[Floats, Floats]],
    days: float,
    low: Floats,
    high: Floats,
) -> None:
    """Write between which slopes that of each of some patients lies."""
    mine = points.take(part[points.patient])
    if len(mine.patient):
        whose = mine.patient[group_starts(mine.patient)]
        low[whose], high[whose] = hull(mine, days)


def _enough(n: int, points: _Points, least: int) -> tuple[Flags, Flags]:
    """Who surely, and who possibly, has readings on so many days, bool[n_patients] each."""
    dated = points.first == points.last

    def different(mine: Flags) -> NDArray[np.int64]:
        pairs = np.unique(np.stack((points.patient[mine], points.first[mine])), axis=1)
        return np.bincount(pairs[0], minlength=n)

    others = np.bincount(points.patient[~dated], minlength=n)
    # Readings whose days from the first on overlap may be one that was sent twice.
    surely = np.flatnonzero(dated & points.certain)
    surely = surely[np.lexsort((points.last[surely], points.patient[surely]))]
    whose, days = points.patient[surely].astype(np.int64), np.zeros(n, np.int64)
    apart(whose, np.zeros(len(surely), np.int64), points.since[surely], points.last[surely], days)
    sure: Flags = days >= least
    there: Flags = different(dated) + others >= least
    return sure, there


def _exact(points: _Points, days: float) -> tuple[Floats, Floats]:
    """The slopes of sure readings of known days, one interval for each patient."""
    starts = group_starts(points.patient)
    sizes = np.diff(np.append(starts, len(points.patient)))
    at = points.first - np.repeat(points.first[starts], sizes)
    # In whole days the weights are whole numbers: n t - sum of t.
    weight = np.repeat(sizes, sizes) * at - np.repeat(np.add.reduceat(at, starts), sizes)
    below = np.add.reduceat(weight * at, starts)
    base = np.repeat(np.where(np.isfinite(points.low[starts]), points.low[starts], 0.0), sizes)
    rising = weight > 0
    low = _summed(weight, np.where(rising, points.low, points.high) - base, starts) / below * days
    high = _summed(weight, np.where(rising, points.high, points.low) - base, starts) / below * days
    return low, high


def _summed(weight: Days, number: Floats, starts: NDArray[np.int64]) -> Floats:
    """Weighted sums; what remains of terms that cancel each other is zero."""
    with np.errstate(invalid="ignore"):
        terms = np.where(weight == 0, 0.0, weight * number)
    total = np.add.reduceat(terms, starts)
    noise = np.add.reduceat(np.abs(terms), starts) * _NOISE
    result: Floats = np.where(np.isfinite(total) & (np.abs(total) <= noise), 0.0, total)
    return result


def _left_out(points: _Points, days: float) -> tuple[Floats, Floats]:
    """Between which slopes that of exact readings lies, some of which may have been sent twice."""
    patient = np.unique(points.patient, return_inverse=True)[1]
    least, most = slopes_between(patient, points.first, points.low, points.group, points.fewer)
    return least * days, most * days


def _between(points: _Points, days: float) -> tuple[Floats, Floats]:
    """Between which slopes that of each patient lies: the least and the greatest of any two readings."""
    starts = group_starts(points.patient)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(points.patient))))
    low, high = np.full(len(starts), np.inf), np.full(len(starts), -np.inf)
    one = np.arange(len(group))
    step = 0
    while len(one):
        step += 1
        one = one[one + step < len(group)]
        one = one[group[one + step] == group[one]]
        other = one + step
        least, most = points.first[other] - points.last[one], points.last[other] - points.first[one]
        apart = (least != 0) | (most != 0)
        a, b, least, most = one[apart], other[apart], least[apart], most[apart]
        with np.errstate(all="ignore"):
            ends = [
                rise / over * days
                for rise in (points.low[b] - points.high[a], points.high[b] - points.low[a])
                for over in (least, most)
            ]
        # Sorted by their first day, the later of two never surely lies before the earlier.
        open_ = least <= 0
        np.minimum.at(low, group[a], np.where(open_, -np.inf, np.minimum.reduce(ends)))
        np.maximum.at(high, group[a], np.where(open_, np.inf, np.maximum.reduce(ends)))
    return low, high
