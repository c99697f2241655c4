"""Published relations of points and spans, each said with the judge's own windows and truth.

A span plays the row of a record, the other one the window; nothing here compares two instants.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eligibility.judging.moments import Bound, Pair, Times, test_times
from eligibility.judging.truth import TRUE, Truth, conjunction, disjunction, negate
from eligibility.program import Relation
from tests.conformance.points import NoEqualError, Point, Span, anything, finest, floor, following, moved

Side = Point | Span
_REACH = 2_000_000


def truth(state: int) -> Truth:
    """One patient's truth."""
    return Truth(np.array([state], dtype=np.uint8), np.zeros(1, dtype=np.uint32))


def _of(pair: Pair) -> Truth:
    certain = True if pair[0] is None else bool(pair[0][0])
    possible = True if pair[1] is None else bool(pair[1][0])
    return truth(int(certain) + int(possible))


def _array(instant: int) -> np.ndarray:
    return np.array([instant], dtype=np.int64)


def _window(row: Span, relation: Relation, lower: Point | None, upper: Point | None, exact: bool) -> Truth:
    """The judge's test of one row against a window."""
    times = Times(_array(row.low.lo), _array(row.low.hi), _array(row.high.lo), _array(row.high.hi))
    bounds = [None if end is None else Bound(end.lo, end.hi) for end in (lower, upper)]
    return _of(test_times(times, relation, bounds[0], bounds[1], exact))


def _inside(row: Span, window: Span) -> Truth:
    return _window(row, Relation.ENTIRELY, window.low, window.high, False)


def _after(row: Span, window: Span) -> Truth:
    return _window(row, Relation.STARTING, window.high, None, True)


def _before(row: Span, window: Span) -> Truth:
    return _window(row, Relation.ENDING, None, window.low, True)


def _not_before(row: Span, window: Span) -> Truth:
    return _window(row, Relation.STARTING, window.high, None, False)


def _not_after(row: Span, window: Span) -> Truth:
    return _window(row, Relation.ENDING, None, window.low, False)


def _at(point: Point) -> Span:
    return Span(point, point)


def _same_point(a: Point, b: Point) -> Truth:
    return _window(_at(a), Relation.ENTIRELY, b, b, False)


def _same(row: Span, window: Span) -> Truth:
    return conjunction([_same_point(row.low, window.low), _same_point(row.high, window.high)])


def _overlaps(row: Span, window: Span) -> Truth:
    return _window(row, Relation.OVERLAPPING, window.low, window.high, False)


def _overlaps_before(row: Span, window: Span) -> Truth:
    return conjunction([_overlaps(row, window), _before(_at(row.low), _at(window.low))])


def _overlaps_after(row: Span, window: Span) -> Truth:
    return conjunction([_overlaps(row, window), _after(_at(row.high), _at(window.high))])


def _starts(row: Span, window: Span) -> Truth:
    return conjunction([_same_point(row.low, window.low), _not_after(_at(row.high), _at(window.high))])


def _ends(row: Span, window: Span) -> Truth:
    return conjunction([_same_point(row.high, window.high), _not_before(_at(row.low), _at(window.low))])


def _meets_before(row: Span, window: Span) -> Truth:
    return _same_point(following(row.high), window.low)


def _meets(row: Span, window: Span) -> Truth:
    return disjunction([_meets_before(row, window), _meets_before(window, row)])


def _properly_inside(row: Span, window: Span) -> Truth:
    """A point is properly inside where it is neither end; a span where it is not the whole."""
    if row.low == row.high:
        ends = [negate(_same_point(row.low, end)) for end in (window.low, window.high)]
        return conjunction([_inside(row, window), *ends])
    return conjunction([_inside(row, window), negate(_same(row, window))])


def _swapped(relation: Callable[[Span, Span], Truth]) -> Callable[[Span, Span], Truth]:
    return lambda row, window: relation(window, row)


RELATIONS: dict[str, Callable[[Span, Span], Truth]] = {
    "after": _after,
    ">": _after,
    "before": _before,
    "<": _before,
    "same or after": _not_before,
    "on or after": _not_before,
    ">=": _not_before,
    "same or before": _not_after,
    "on or before": _not_after,
    "<=": _not_after,
    "same": _same,
    "=": _same,
    "~": _same,
    "!=": lambda row, window: negate(_same(row, window)),
    "in": _inside,
    "included in": _inside,
    "contains": _swapped(_inside),
    "includes": _swapped(_inside),
    "properly included in": _properly_inside,
    "properly includes": _swapped(_properly_inside),
    "overlaps": _overlaps,
    "overlaps before": _overlaps_before,
    "overlaps after": _overlaps_after,
    "starts": _starts,
    "ends": _ends,
    "meets": _meets,
    "meets before": _meets_before,
    "meets after": _swapped(_meets_before),
}


def relate(left: Side, relation: str, right: Side, precision: str) -> Truth:
    """Whether two sides stand in a relation, to a precision or to the finest one they are given in."""
    row, window = _span(left), _span(right)
    ends = (row.low, row.high, window.low, window.high)
    if len({end.sort for end in ends if end.sort}) > 1:
        raise NoEqualError("different sorts")
    precision = precision or finest(*ends)
    row, window = (Span(floor(s.low, precision), floor(s.high, precision)) for s in (row, window))
    return RELATIONS[relation](row, window)


def _span(side: Side) -> Span:
    return side if isinstance(side, Span) else Span(side, side)


def length_between(start: Point, end: Point, unit: str) -> Point:
    """How many whole units of time lie between two dates: the most that a window of so many holds.

    The least is the largest count for which the end is surely that long after the start, the most
    the largest for which it may be.
    """
    if anything() in (start, end):
        raise NoEqualError("no date")
    precision = finest(start, end)
    if precision in ("year", "month"):
        precision = "day"
    first, last = floor(start, precision), floor(end, precision)
    if last.hi < first.lo:
        found = length_between(end, start, unit)
        return Point(-found.hi, -found.lo, "count")
    counts = [_most(first, last, unit, sure) for sure in (True, False)]
    return Point(counts[0], counts[1], "count")


def _most(start: Point, end: Point, unit: str, sure: bool) -> int:
    """By halving: the largest count that is certain, or possible."""
    low, high = -1, _REACH if unit == "hour" else _REACH // 24
    while low + 1 < high:
        count = (low + high) // 2
        state = int(_not_before(_at(end), _at(moved(start, count, unit))).state[0])
        if state == TRUE or (state and not sure):
            low = count
        else:
            high = count
    return low
