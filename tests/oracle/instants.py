"""Calendar and intervals of the oracle, on plain integers and `datetime.date`, one at a time.

Written from the words of `eligibility.instants` and `eligibility.program`, not from their code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from eligibility.instants import BEGINNING, DAY, END_OF_TIME, HOUR
from eligibility.program import Length, LongerOf

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Span:
    """An instant that is known only to lie in [lo, hi]."""

    lo: int
    hi: int

    @property
    def exact(self) -> bool:
        return self.lo == self.hi


def finite(instant: int) -> bool:
    return BEGINNING // 2 < instant < END_OF_TIME // 2


def day_of(instant: int) -> int:
    """Number of the day an instant lies in; sentinels give numbers far away."""
    return instant // DAY


def floor(instant: int) -> int:
    """First instant of the day."""
    return day_of(instant) * DAY if finite(instant) else instant


def ceil(instant: int) -> int:
    """Last instant of the day."""
    return day_of(instant) * DAY + DAY - 1 if finite(instant) else instant


def length_of_month(year: int, month: int) -> int:
    following = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    return (following - date(year, month, 1)).days


def completed(instant: int, count: int, unit: str) -> int:
    """The day on which an age is completed: the next day where the month has no such day."""
    then = move(instant, count, unit)
    if unit not in ("month", "year") or not finite(instant):
        return then
    days = [date.fromordinal(EPOCH + day_of(at)).day for at in (instant, then)]
    return then + DAY if days[1] < days[0] else then


def move(instant: int, count: int, unit: str) -> int:
    """An instant moved by calendar units, the time of day kept."""
    if not finite(instant):
        return instant
    if unit == "hour":
        return instant + count * HOUR
    if unit in ("day", "week"):
        return instant + count * DAY * (7 if unit == "week" else 1)
    then = date.fromordinal(EPOCH + day_of(instant))
    months = then.year * 12 + then.month - 1 + count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    target = date(year, month, min(then.day, length_of_month(year, month)))
    return (target.toordinal() - EPOCH) * DAY + instant % DAY


def gone_by(span: Span, zone: str) -> Span:
    """A span of the wall clock on a line without changes of the clocks; each end is read in both ways."""
    if zone == "UTC":
        return span
    ends = [(_as_utc(end, zone, 0), _as_utc(end, zone, 1)) for end in (span.lo, span.hi)]
    return Span(min(ends[0]), max(ends[1]))


def _as_utc(instant: int, zone: str, fold: int) -> int:
    if not finite(instant):
        return instant
    seconds, rest = divmod(instant, 1000)
    wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return round(wall.replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()) * 1000 + rest


def gone(instant: int, sign: int, length: Length) -> int:
    """An instant moved by a length, or by the longer or shorter of several."""
    if not isinstance(length, LongerOf):
        return move(instant, sign * length.count, length.unit)
    ends = sorted(gone(instant, sign, one) for one in length.lengths)
    later = (sign == 1 and not length.shorter) or (sign == -1 and length.shorter)
    return ends[-1] if later else ends[0]


def moved(span: Span, shifts: tuple[tuple[int, Length], ...]) -> Span:
    lo, hi = span.lo, span.hi
    for sign, length in shifts:
        lo, hi = gone(lo, sign, length), gone(hi, sign, length)
    return Span(lo, hi)


def years_between(birth: int, at: int) -> int:
    """Completed years of age."""
    born = date.fromordinal(EPOCH + day_of(birth))
    then = date.fromordinal(EPOCH + day_of(at))
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))
