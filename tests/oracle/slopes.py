"""The slope of readings by least squares: the average of the slopes between every two of them."""

from __future__ import annotations

import math
from fractions import Fraction

from eligibility.instants import DAY
from eligibility.program import Slope
from eligibility.reasons import Cause
from tests.oracle import values  # values hold each other
from tests.oracle.instants import Span
from tests.oracle.numbers import number_in
from tests.oracle.one_event import groups
from tests.oracle.records import Number, Row
from tests.oracle.run import Run
from tests.oracle.selections import Judged, at_different_times, unreadable
from tests.oracle.sent_twice import told_twice
from tests.oracle.truth import FALSE, NOTHING, TRUE, UNKNOWN

Point = tuple[int, int, Number]  # first and last day, number


def slope(run: Run, value: Slope) -> values.Computed:
    found = values.readings(run, value.rows)
    doubts = NOTHING if found else values.no_reading(run, value.rows).causes
    points = []
    for judged in found:
        first, last, number = _point(judged, value.unit)
        points.append((first, last, number))
        doubts |= judged.full.causes | (Cause.PARTIAL_DATE if first != last else NOTHING)
        if number_in(judged.row, value.unit) is None:
            doubts |= unreadable(judged.row, value.unit)
    dated = {first for first, last, _ in points if first == last}
    exact = [judged.row for p, judged in zip(points, found, strict=True) if p[0] == p[1] and judged.certain]
    sure = [_days(row) for row in exact]
    there = FALSE
    if len(dated) + sum(first != last for first, last, _ in points) >= value.least:
        there = TRUE if at_different_times(sure) >= value.least else UNKNOWN
    if there != TRUE:
        doubts |= Cause.DATA_NOT_FOUND
    certain = all(judged.certain for judged in found)
    twice = there != FALSE and certain and told_twice(run, found)
    doubts |= Cause.RECORDED_TWICE if twice else NOTHING
    if run.damaged(values.kinds(value.rows)):
        return values.Computed(values.ANYTHING, UNKNOWN, doubts | Cause.DATA_CORRUPT)
    if there == FALSE:
        return values.Computed(values.NOWHERE, FALSE, doubts | Cause.NOT_COMPUTABLE)
    if certain and not twice and all(first == last for first, last, _ in points):
        number = Number(_fitted(points, False), _fitted(points, True))
    else:
        left_out = _left_out(run, found, points) if certain and twice else None
        number = left_out or _between(points)
    days = value.days
    return values.Computed(Number(number.lo * days, number.hi * days), there, doubts)


def _days(row: Row) -> Span:
    """Since which day it may be told of, to the one on which it ends."""
    return Span(min(row.start.lo, row.end.lo) // DAY, row.end.hi // DAY)


def _point(judged: Judged, unit: str) -> Point:
    number = number_in(judged.row, unit)
    end = judged.row.end
    return end.lo // DAY, end.hi // DAY, values.ANYTHING if number is None else values.closed(number)


def _fitted(points: list[Point], upper: bool) -> float:
    """The greatest (least) slope of lines through the points, in exact numbers."""
    middle = Fraction(sum(day for day, _, _ in points), len(points))
    total = Fraction(0)
    for day, _, number in points:
        if day == middle:
            continue
        end = number.hi if (day > middle) == upper else number.lo
        if not math.isfinite(end):
            return math.inf if upper else -math.inf
        total += (day - middle) * Fraction(end)
    return float(total / sum((day - middle) ** 2 for day, _, _ in points))


def _left_out(run: Run, found: list[Judged], points: list[Point]) -> Number | None:
    """How far the line through all can move where some of each group are left out; None: too far to tell."""
    if any(first != last or number.lo != number.hi for first, last, number in points):
        return None
    size = len(points)
    days = [Fraction(day) for day, _, _ in points]
    values_ = [Fraction(number.lo) for _, _, number in points]
    middle, mean = sum(days) / size, sum(values_) / size
    centred = [day - middle for day in days]
    spread = sum(t * t for t in centred)
    slope = sum(t * y for t, y in zip(centred, values_, strict=True)) / spread
    above = [y - mean - slope * t for t, y in zip(centred, values_, strict=True)]
    at = {(judged.row.kind, judged.row.at): place for place, judged in enumerate(found)}
    held = [
        ([at[row.kind, row.at] for row in rows], len(rows) - events)
        for rows, events in groups(run, [judged.row for judged in found])
    ]

    def most(amounts: list[Fraction]) -> Fraction:
        told = (sorted((abs(amounts[place]) for place in rows), reverse=True)[:few] for rows, few in held)
        return sum((sum(some, Fraction(0)) for some in told), Fraction(0))

    left = size - sum(few for _, few in held)
    moved = most([t * r for t, r in zip(centred, above, strict=True)]) + most(centred) * most(above) / left
    remaining = spread - most([t * t for t in centred]) - most(centred) ** 2 / left
    if remaining <= 0:
        return None
    return Number(float(slope - moved / remaining), float(slope + moved / remaining))


def _between(points: list[Point]) -> Number:
    slopes: list[Number] = []
    ordered = sorted(points, key=lambda point: (point[0], point[1]))
    for at, (first, last, number) in enumerate(ordered):
        for begin, end, other in ordered[at + 1 :]:
            least, most = begin - last, end - first
            if least == most == 0:
                continue
            if least <= 0:
                slopes.append(values.ANYTHING)
                continue
            rise = other.lo - number.hi, other.hi - number.lo
            ends = [up / over for up in rise for over in (least, most)]
            slopes.append(Number(min(ends), max(ends)))
    return Number(min(n.lo for n in slopes), max(n.hi for n in slopes))
