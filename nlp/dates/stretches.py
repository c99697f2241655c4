"""Stretches whose end is written short: the 14 of 2010-14, the 15 of 4/10-15."""

from __future__ import annotations

import re

from eligibility.instants import DAY, to_date
from nlp.dates import calendar
from nlp.dates.context import Context, Found, dated

_UNTIL_YEAR = re.compile(r"\s?[-–]\s?(?:['’])?(\d{2})(?![\d/-]|\.\d|\s?%)")
_UNTIL_DAY = re.compile(r"\s?[-–]\s?(\d{1,2})(?![\d/:%-]|\.\d|\s?%)")
_DAY = re.compile(r"\d{1,2}/\d{1,2}")


def end(context: Context, date: Found) -> Found | None:
    """The year or the day in which what began in the date before ended."""
    if context.low[date[1] : date[1] + 1] not in ("-", "–", " "):
        return None
    return (_year if context.low[date[0] : date[1]].isdecimal() else _day)(context, date)


def _year(context: Context, date: Found) -> Found | None:
    begins, behind, lo, hi, _ = date
    match = _UNTIL_YEAR.match(context.low, behind) if behind - begins == 4 else None
    first, last = to_date(lo).year, to_date(hi).year
    if match is None or first != last:
        return None
    year = first - first % 100 + int(match.group(1))
    if not first < year <= first + 60 or (context.known and year > to_date(context.base[1]).year + 5):
        return None
    return dated(match.start(1), match.end(1), calendar.of_years(year, year))


def _day(context: Context, date: Found) -> Found | None:
    begins, behind, lo, hi, _ = date
    match = _UNTIL_DAY.match(context.low, behind)
    if match is None or hi - lo >= DAY or _DAY.fullmatch(context.low, begins, behind) is None:
        return None
    first, last = to_date(lo), int(match.group(1))
    if last <= first.day:
        return None
    return dated(match.start(1), match.end(1), calendar.of_day(first.year, first.month, last))
