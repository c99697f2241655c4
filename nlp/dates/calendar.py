"""Parts of the calendar as pairs of instants, first and last; None where there is no such day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from eligibility.instants import DAY, day_end, day_start, shift_one, to_date

Pair = tuple[int, int]


def of_day(year: int, month: int, day: int) -> Pair | None:
    """One day."""
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= year <= 9999):
        return None
    if day > 28 and day > monthrange(year, month)[1]:
        return None
    start = day_start(date(year, month, day))
    return start, start + DAY - 1


def of_months(year: int, first: int, last: int) -> Pair | None:
    """From the first month to the last; `last` may be beyond 12, which is the next year."""
    if not (1 <= first <= 12 and 1 <= year <= 9998):
        return None
    further, month = divmod(last - 1, 12)
    ends = date(year + further, month + 1, monthrange(year + further, month + 1)[1])
    return day_start(date(year, first, 1)), day_end(ends)


def of_years(first: int, last: int) -> Pair | None:
    """Whole calendar years."""
    if not 1 <= first <= last <= 9998:
        return None
    return day_start(date(first, 1, 1)), day_end(date(last, 12, 31))


def hull(one: Pair | None, other: Pair | None) -> Pair | None:
    """Everything between the earliest and the latest of two readings, of which one may not exist."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def around(base: Pair, least: float, most: float, unit: str) -> Pair:
    """So many units before the base (negative: after it), whole days; halves are counted in days.

    `least` and `most` bound the number of units; hours stay hours.
    """
    if unit == "fortnight":
        return around(base, 2 * least, 2 * most, "week")
    if unit == "hour":
        hour = DAY // 24
        return base[0] - int(most * hour), base[1] - int(least * hour)
    lo, hi = _back(base[0], most, unit), _back(base[1], least, unit)
    return lo - lo % DAY, hi - hi % DAY + DAY - 1


_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25, "decade": 3652.5}


def _back(instant: int, count: float, unit: str) -> int:
    whole = int(count)
    rest = round((count - whole) * _DAYS[unit])
    if unit == "decade":
        moved = shift_one(instant, -10 * whole, "year")
    else:
        moved = shift_one(instant, -whole, unit)
    return moved - rest * DAY


def week_of(instant: int, weeks: int) -> Pair:
    """The week so many weeks from that of an instant; Sunday before to Sunday after, for both customs."""
    day = to_date(instant)
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return day_start(monday - timedelta(days=1)), day_end(monday + timedelta(days=6))


_SOON = 28 * DAY


def latest_day(month: int, day: int, base: Pair, ahead: bool = False, only_past: bool = False) -> Pair | None:
    """A day without its year: the latest that had begun when the note was written, or the next.

    The next too where it comes within four weeks and the latest was almost a year ago, unless only the past
    is meant; and the latest where it was within four weeks and the next were almost a year off.
    """
    past = _day_of(month, day, range(to_date(base[1]).year, to_date(base[1]).year - 9, -1), base, False)
    coming = _day_of(month, day, range(to_date(base[0]).year, to_date(base[0]).year + 9), base, True)
    if ahead:
        recent = past is not None and base[0] - past[0] <= _SOON and coming != past
        return past if recent and coming is not None and coming[0] - base[1] > 10 * _SOON else coming
    soon = coming is not None and coming[0] - base[1] <= _SOON
    if soon and not only_past and (past is None or base[0] - past[0] > 10 * _SOON):
        return coming
    return past


def _day_of(month: int, day: int, years: range, base: Pair, ahead: bool) -> Pair | None:
    for year in years:  # 29 February comes once in eight years at the worst
        found = of_day(year, month, day)
        if found is not None and (found[1] >= base[0] if ahead else found[0] <= base[1]):
            return found
    return None


def century(two: int, base: Pair) -> int:
    """The year that two digits stand for: the latest that is at most five years after the note."""
    latest = to_date(base[1]).year + 5
    return latest - (latest - two) % 100
