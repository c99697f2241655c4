"""Moments and windows as bounds that rows are tested against, best case beside worst case.

A bound is the earliest and the latest instant it can stand for: one number for the whole run, or an
array with one entry per row. Rows are told apart only by their own dates; a partial date makes a
row possible and not certain, and so does an uncertain bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, floor_day, shift, shift_one
from eligibility.judging.context import Context
from eligibility.judging.kernels.timing import between
from eligibility.judging.truth import Flags
from eligibility.program import Given, Length, Literal, LongerOf, Relation

Instant = int | NDArray[np.int64]

# Before any instant; its negative comes after any.
EVER = -(2**63 - 1)


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment's earliest and latest instant; `sure`/`there`: the moment surely/possibly exists.

    `doubts` (causes, uint32) says why it only may exist, None where `sure` and `there` agree. `open`
    marks where these doubts also leave open which fact it is, so that its time hangs on them.
    """

    lo: Instant
    hi: Instant
    sure: Flags | None = None  # None: always
    there: Flags | None = None
    doubts: NDArray[np.uint32] | None = None
    open: Flags | None = None


def shifted(bound: Bound, shifts: tuple[tuple[int, Length], ...]) -> Bound:
    """The bound moved by calendar lengths."""
    lo, hi = bound.lo, bound.hi
    for sign, length in shifts:
        same = lo is hi
        lo = _moved(lo, sign, length)
        hi = lo if same else _moved(hi, sign, length)
    return _moved_to(bound, lo, hi)


def _moved(at: Instant, sign: int, length: Length) -> Instant:
    """An instant (or one per row) moved later or earlier by a length."""
    if isinstance(length, LongerOf):
        latest = (sign > 0) != length.shorter
        if isinstance(at, int):
            ends = [shift_one(at, sign * one.count, one.unit) for one in length.lengths]
            return max(ends) if latest else min(ends)
        moved = np.stack([shift(at, sign * one.count, one.unit) for one in length.lengths])
        result: NDArray[np.int64] = moved.max(axis=0) if latest else moved.min(axis=0)
        return result
    if isinstance(at, int):
        return shift_one(at, sign * length.count, length.unit)
    return shift(at, sign * length.count, length.unit)


def fixed(context: Context, moment: Given | Literal) -> Bound:
    """The bound of a moment that is the same for everybody."""
    return _fixed(context.given_day(moment), moment.shifts)


@lru_cache(maxsize=4_096)  # the same days come again in other windows, and in the next run
def _fixed(day: int, shifts: tuple[tuple[int, Length], ...]) -> Bound:
    return shifted(Bound(day, day), shifts)


def first_instant(bound: Bound) -> Bound:
    """The first instant of the bound's day, for a window's lower end."""
    return _moved_to(bound, _floor(bound.lo), _floor(bound.hi))


def last_instant(bound: Bound) -> Bound:
    """The last instant of the bound's day, for a window's upper end."""
    return _moved_to(bound, _ceil(bound.lo), _ceil(bound.hi))


def _moved_to(bound: Bound, lo: Instant, hi: Instant) -> Bound:
    """The bound at other instants; twice as quick as `replace`, which each window would call."""
    return Bound(lo, hi, bound.sure, bound.there, bound.doubts, bound.open)


def _floor(instant: Instant) -> Instant:
    if isinstance(instant, int):
        return instant - instant % DAY if BEGINNING // 2 < instant < END_OF_TIME // 2 else instant
    return floor_day(instant)


def _ceil(instant: Instant) -> Instant:
    if isinstance(instant, int):
        floor = _floor(instant)
        return int(floor) + DAY - 1 if BEGINNING // 2 < instant < END_OF_TIME // 2 else instant
    finite = (instant > BEGINNING // 2) & (instant < END_OF_TIME // 2)
    return np.where(finite, floor_day(instant) + (DAY - 1), instant)


def widened(
    lower: Bound | None, upper: Bound | None, relation: Relation | None, exact: bool
) -> tuple[Bound | None, Bound | None]:
    """Bounds of a window as the instants that rows are compared with: whole days, unless exact.

    What goes on throughout a window has begun by the end of its first day and lasts to the start of its last.
    """
    if exact:
        return lower, upper
    first, last = first_instant, last_instant
    if relation is Relation.THROUGHOUT:
        first, last = last_instant, first_instant
    return None if lower is None else first(lower), None if upper is None else last(upper)


def at_rows(bound: Bound, patient: Array) -> Bound:
    """A per-patient bound as a per-row bound; fixed bounds stay fixed."""
    if isinstance(bound.lo, int) and bound.sure is None:
        return bound
    lo = bound.lo if isinstance(bound.lo, int) else bound.lo[patient]
    hi = bound.hi if isinstance(bound.hi, int) else bound.hi[patient]
    sure = None if bound.sure is None else bound.sure[patient]
    there = sure if bound.there is bound.sure else None if bound.there is None else bound.there[patient]
    doubts = None if bound.doubts is None else bound.doubts[patient]
    return Bound(lo, hi, sure, there, doubts, None if bound.open is None else bound.open[patient])


@dataclass(frozen=True, slots=True)
class Times:
    """Start and end intervals of some rows; equal columns are the same object."""

    start_lo: Array
    start_hi: Array
    end_lo: Array
    end_hi: Array


Pair = tuple[Flags | None, Flags | None]  # certain, possible; None: all rows


def _not_before(lo: Array, hi: Array, bound: Bound, exact: bool) -> Pair:
    """Whether times lie at or after a bound (after it, when exact)."""
    certain = lo > bound.hi if exact else lo >= bound.hi
    if lo is hi and bound.lo is bound.hi:
        return certain, certain
    return certain, (hi > bound.lo if exact else hi >= bound.lo)


def _not_after(lo: Array, hi: Array, bound: Bound, exact: bool) -> Pair:
    certain = hi < bound.lo if exact else hi <= bound.lo
    if lo is hi and bound.lo is bound.hi:
        return certain, certain
    return certain, (lo < bound.hi if exact else lo <= bound.hi)


def both(a: Pair, b: Pair) -> Pair:
    """Conjunction of two row tests, keeping `certain is possible` where it holds for both."""
    certain = b[0] if a[0] is None else a[0] if b[0] is None else a[0] & b[0]
    if a[0] is a[1] and b[0] is b[1]:
        return certain, certain
    return certain, (b[1] if a[1] is None else a[1] if b[1] is None else a[1] & b[1])


def test_times(
    times: Times, relation: Relation, lower: Bound | None, upper: Bound | None, exact: bool
) -> Pair:
    """Which rows surely and which possibly stand in the relation to the window; bool[k] each.

    `lower` and `upper` are bounds of whole days already widened to their first and last instant,
    or, when `exact`, the instants themselves, which are then excluded.
    """
    if _is_instant(lower) and _is_instant(upper):
        return _fixed_times(times, relation, lower, upper, exact)
    result: Pair = (None, None)
    for bound, dates in sides(times, relation, lower, upper, exact):
        result = both(both(result, dates), existence(bound))
    return result


def sides(
    times: Times, relation: Relation, lower: Bound | None, upper: Bound | None, exact: bool
) -> Iterator[tuple[Bound, Pair]]:
    """Each bound of a window with what the dates alone say of rows: as if its moment surely existed."""
    starts, ends = (times.start_lo, times.start_hi), (times.end_lo, times.end_hi)
    if relation is Relation.THROUGHOUT:
        if lower is not None:
            yield lower, _not_after(*starts, lower, exact)
        if upper is not None:
            yield upper, _not_before(*ends, upper, exact)
        return
    if lower is not None:
        by_end = relation in (Relation.ENDING, Relation.OVERLAPPING)
        yield lower, _not_before(*(ends if by_end else starts), lower, exact)
    if upper is not None:
        by_start = relation in (Relation.STARTING, Relation.OVERLAPPING)
        yield upper, _not_after(*(starts if by_start else ends), upper, exact)


def _is_instant(bound: Bound | None) -> bool:
    """Whether a bound is one instant, the same for everybody (or none)."""
    return bound is None or (isinstance(bound.lo, int) and bound.lo == bound.hi and bound.sure is None)


def _fixed_times(
    times: Times, relation: Relation, lower: Bound | None, upper: Bound | None, exact: bool
) -> Pair:
    """`test_times` for bounds that are one instant."""
    by_end = relation in (Relation.ENDING, Relation.OVERLAPPING, Relation.THROUGHOUT)
    by_start = relation in (Relation.STARTING, Relation.OVERLAPPING, Relation.THROUGHOUT)
    starts, ends = (times.start_lo, times.start_hi), (times.end_lo, times.end_hi)
    if relation is Relation.THROUGHOUT:
        lower, upper = upper, lower
    first = EVER if lower is None else int(lower.lo) + exact
    last = -EVER if upper is None else int(upper.lo) - exact
    return lie_between(ends if by_end else starts, first, starts if by_start else ends, last)


def lie_between(late: tuple[Array, Array], first: int, early: tuple[Array, Array], last: int) -> Pair:
    """Which rows have their `late` edge at or after `first` and their `early` edge at or before `last`."""
    certain, possible = np.empty(len(late[0]), np.bool_), np.empty(len(late[0]), np.bool_)
    between(*late, first, *early, last, certain, possible)
    if late[0] is late[1] and early[0] is early[1]:
        return certain, certain
    return certain, possible


def existence(bound: Bound) -> Pair:
    """Whether the bound's moment surely, and possibly, exists."""
    if bound.sure is None:
        return None, None
    return bound.sure, bound.there
