"""The greatest rise or fall between two readings that lie close: every two of them, one after the other."""

from __future__ import annotations

import math

from eligibility.instants import DAY
from eligibility.program import Duration, GreatestChange
from eligibility.reasons import Cause
from tests.oracle import values  # values hold each other
from tests.oracle.instants import Span, finite, floor, gone_by, move
from tests.oracle.numbers import number_in
from tests.oracle.records import Number
from tests.oracle.run import Run
from tests.oracle.selections import Judged, closed, unreadable
from tests.oracle.truth import FALSE, NOTHING, TRUE, UNKNOWN, truth_of


def greatest_change(run: Run, value: GreatestChange) -> values.Computed:
    found = values.readings(run, value.rows)
    damaged = run.damaged(values.kinds(value.rows))
    sure: list[Number] = []
    possible: list[Number] = []
    doubts = NOTHING if found else values.no_reading(run, value.rows).causes
    for one in found:
        for other in found:
            follows = FALSE if one is other else _follows(run, one.row.start, other.row.start, value.within)
            if follows == FALSE:
                continue
            number = _difference(value, one, other)
            doubts |= _doubts(one, value.unit) | _doubts(other, value.unit)
            if follows == UNKNOWN:
                doubts |= Cause.PARTIAL_DATE
            if number is None:
                doubts |= Cause.NOT_COMPUTABLE
            elif follows == TRUE and one.certain and other.certain:
                sure.append(number)
            possible.append(number or values.ANYTHING)
    if damaged:
        possible.append(values.ANYTHING)
        doubts |= Cause.DATA_CORRUPT
    if not sure:
        doubts |= Cause.DATA_NOT_FOUND
    if not possible:
        return values.Computed(values.NOWHERE, FALSE, doubts | Cause.NOT_COMPUTABLE)
    return values.Computed(values.highest(sure, possible), TRUE if sure else UNKNOWN, doubts)


def _follows(run: Run, earlier: Span, later: Span, length: Duration) -> int:
    """Whether one time comes after another, and no more than the length after it."""
    if length.unit == "hour":
        zone = run.facts.manifest.zone
        earlier, later = gone_by(earlier, zone), gone_by(later, zone)
    surely = later.lo > earlier.hi and later.hi <= _until(earlier.lo, length)
    return truth_of(surely, later.hi > earlier.lo and later.lo <= _until(earlier.hi, length))


def _until(instant: int, length: Duration) -> int:
    if length.unit == "hour":
        return move(instant, length.count, "hour")
    last = move(floor(instant), length.count, length.unit)
    return last + DAY - 1 if finite(last) else last


def _difference(value: GreatestChange, one: Judged, other: Judged) -> Number | None:
    a, b = _number(one, value.unit), _number(other, value.unit)
    if not value.share:
        number = Number(b.lo - a.hi, b.hi - a.lo)
    elif a.lo <= 0:
        return None
    else:
        ends = [y / x - 1 for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        ends = [end for end in ends if not math.isnan(end)]
        number = Number(min(ends), max(ends))
    return values.negative(number) if value.falls else number


def _number(judged: Judged, unit: str) -> Number:
    number = number_in(judged.row, unit)
    return values.ANYTHING if number is None else closed(number)


def _doubts(judged: Judged, unit: str) -> Cause:
    unread = NOTHING if number_in(judged.row, unit) is not None else unreadable(judged.row, unit)
    return judged.full.causes | unread
