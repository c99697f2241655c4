"""Points in time as the fact table holds them, and calendar arithmetic on them.

An instant is a signed 64-bit count of milliseconds of *wall-clock time in the extract's zone*
since 1970-01-01T00:00. The zone is an input of reading an extract and is recorded in its manifest;
nothing here reads a clock or the host's zone. What is known only in part ("2019") is two instants:
the earliest and the latest it can be.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.int64]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# Far enough from every real date, near enough that adding a window never overflows 64 bits.
BEGINNING = -(1 << 61)
END_OF_TIME = 1 << 61

_FIXED = {"hour": HOUR, "day": DAY, "week": 7 * DAY}
_MONTHS = {"month": 1, "year": 12}
TIME_UNITS = (*_FIXED, *_MONTHS)

_EPOCH = date(1970, 1, 1)


def day_start(day: date) -> int:
    """First millisecond of a calendar day."""
    return (day - _EPOCH).days * DAY


def day_end(day: date) -> int:
    """Last millisecond of a calendar day."""
    return day_start(day) + DAY - 1


def to_date(instant: int) -> date:
    """Calendar day of a finite instant; before year 1 and after 9999 the first or last day of these."""
    ordinal = _EPOCH.toordinal() + instant // DAY
    return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


def is_finite(instant: int) -> bool:
    """False for the two sentinels (and anything shifted from them)."""
    return BEGINNING // 2 < instant < END_OF_TIME // 2


def floor_day(instants: Instants) -> Instants:
    """First millisecond of each instant's day; int64[k] to int64[k], sentinels stay sentinels."""
    finite = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    return np.where(finite, instants - instants % DAY, instants)


def shift(instants: Instants, count: int, unit: str) -> Instants:
    """Move instants by `count` units, keeping the time of day; int64[k] to int64[k].

    Months and years move the calendar field and take the month's last day where the day does not
    exist (2024-02-29 minus one year is 2023-02-28). Sentinels stay sentinels.
    """
    finite = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    if unit in _FIXED:
        return np.where(finite, instants + count * _FIXED[unit], instants)
    safe = np.where(finite, instants, 0)
    days = safe // DAY
    clock = safe - days * DAY
    as_days = days.astype("datetime64[D]")
    months = as_days.astype("datetime64[M]")
    day_of_month = (as_days - months.astype("datetime64[D]")).astype(np.int64)
    target = months + np.timedelta64(count * _MONTHS[unit], "M")
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - first
    moved = (first + np.minimum(day_of_month, length - 1)) * DAY + clock
    return np.where(finite, moved, instants)


def shift_one(instant: int, count: int, unit: str) -> int:
    """`shift` for a single instant."""
    if not is_finite(instant):
        return instant
    if unit in _FIXED:
        return instant + count * _FIXED[unit]
    day, clock = divmod(instant, DAY)
    try:
        then = date.fromordinal(_EPOCH.toordinal() + day)
        year, month = divmod(then.year * 12 + then.month - 1 + count * _MONTHS[unit], 12)
        last = monthrange(year, month + 1)[1]
        moved = date(year, month + 1, min(then.day, last))
    except (ValueError, OverflowError):
        # Outside the years a date object knows; the array form has no such bounds.
        return int(shift(np.array([instant], dtype=np.int64), count, unit)[0])
    return day_start(moved) + clock


def completed(instants: Instants, count: int, unit: str) -> Instants:
    """The days on which so many calendar months or years since `instants` are completed; int64[k].

    Differs from `shift` where the day does not exist: then the first day of the next month counts,
    as in `whole_years` (somebody born on 29 February completes a year on 1 March of a common year).
    """
    moved = shift(instants, count, unit)
    if unit in _FIXED:
        return moved
    finite = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    late = finite & (_day_of_month(moved) < _day_of_month(instants))
    return np.where(late, moved + DAY, moved)


def _day_of_month(instants: Instants) -> Instants:
    days = (instants // DAY).astype("datetime64[D]")
    of_month: Instants = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    return of_month


def whole_years(birth: Instants, at: Instants) -> NDArray[np.int64]:
    """Completed years from `birth` to `at` (both finite), the birthday counting as completed; int64[k].

    Someone born on 29 February completes a year on 1 March of a common year.
    """
    born = (birth // DAY).astype("datetime64[D]")
    then = (at // DAY).astype("datetime64[D]")
    born_month = born.astype("datetime64[M]")
    then_month = then.astype("datetime64[M]")
    months = then_month.astype(np.int64) - born_month.astype(np.int64)
    born_day = (born - born_month.astype("datetime64[D]")).astype(np.int64)
    then_day = (then - then_month.astype("datetime64[D]")).astype(np.int64)
    completed: NDArray[np.int64] = (months - (then_day < born_day)) // 12
    return completed


def show(earliest: int, latest: int) -> str:
    """An interval of instants as a person writes it: a day, a month, a year, a time, or a range."""
    if not is_finite(earliest) and not is_finite(latest):
        return "undated"
    if not is_finite(earliest):
        return f"not after {to_date(latest)}"
    if not is_finite(latest):
        return f"not before {to_date(earliest)}"
    first, last = to_date(earliest), to_date(latest)
    if first == last:
        if earliest % DAY == 0 and latest % DAY == DAY - 1:
            return str(first)
        clock = earliest % DAY // SECOND
        return f"{first} {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"
    whole = earliest % DAY == 0 and latest % DAY == DAY - 1
    if whole and first.day == 1 and shift_one(earliest, 1, "month") == latest + 1:
        return f"{first:%Y-%m}"
    if whole and (first.month, first.day) == (1, 1) and shift_one(earliest, 1, "year") == latest + 1:
        return f"{first:%Y}"
    return f"{first} to {last}"
