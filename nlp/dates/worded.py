"""Dates that name a month or a season."""

from __future__ import annotations

import re

from eligibility.instants import BEGINNING, is_finite, to_date
from nlp.dates import calendar
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, dated
from nlp.dates.words import words
from nlp.document import Reach

_DAY_AHEAD = re.compile(
    r"(?<![\d/.:-])(\d{1,2})(?:(?:st|nd|rd|th)?(?:\s?[-–]|\s(?:and|to|until))\s?(\d{1,2}))?(?:st|nd|rd|th)?(?:\s+(?:day\s+)?of)?[\s-]*\Z"
)
_DAY_BEHIND = re.compile(
    r"\.?[\s-]{1,3}(?:the\s)?(\d{1,2})(?:st|nd|rd|th)?(?!\d|[:/.]\d|\s?%)(?:\s?[-–]\s?(\d{1,2})(?:st|nd|rd|th)?(?![\d:/]))?"
)
_YEAR_BEHIND = re.compile(r"\.?(?:[\s,/-]{0,3}(?:of\s)?)(?:(\d{4})|['’‘](\d{2})|-(\d{2}))(?![\d/]|:\d|\.\d)")
_RANGE_YEAR = re.compile(
    r"\.?\s?(?:-|–|/|to|through|until|till|and|&)\s?([a-z]{3,9})\.?,?\s((?:19|20)\d\d)(?![\d/-])"
)
_YEAR_TOLD = re.compile(r",?\s(?:of\s)?(last|this|next|that same|that|the same)\syear\b")
_PART_AHEAD = re.compile(r"\b(early|mid|late|beginning|start|middle|end)(?:[\s-]+(?:in|of|part of))?[\s-]*\Z")


def month(context: Context, word: str, start: int, end: int) -> Found | None:
    """March 4, 2024; 4 Mar 2024; March 2019; in March; last March."""
    table = words()
    number = table.months[word]
    low = context.low
    begins, stops = start, end
    first_day = last_day = 0
    year = None

    ahead = context.before(start, 16)
    match = _DAY_AHEAD.search(ahead)
    if match is not None:
        first_day = int(match.group(1))
        last_day = int(match.group(2) or first_day)
        begins = start - (len(ahead) - match.start())
    else:
        match = _DAY_BEHIND.match(low, end)
        if match is not None:
            first_day = int(match.group(1))
            last_day = int(match.group(2) or first_day)
            stops = match.end()
    match = _YEAR_BEHIND.match(low, stops)
    if match is not None and match.group(1) and not 1900 <= int(match.group(1)) <= 2099:
        match = None
    if match is not None:
        two = match.group(2) or match.group(3)
        if match.group(1):
            year = int(match.group(1))
        elif context.known and (match.group(2) or first_day):
            year = calendar.century(int(two), context.base)
        stops = match.end() if year is not None else stops
    elif not first_day and (match := _RANGE_YEAR.match(low, stops)) is not None:
        year = int(match.group(2)) - (table.months.get(match.group(1), 12) < number)
    elif context.known:
        match = _YEAR_TOLD.match(low, stops)
        if match is not None:
            year = _year_told(context, match.group(1))
            stops = match.end()
    led = len(word) >= 5 and context.word_before(begins) in ("in", "since", "last", "until", "during")
    if word in table.ambiguous and not context.text[start].isupper() and year is None and not led:
        return None
    alone = year is None and not first_day and len(word) == 3 and word in table.ambiguous
    if alone and context.text[start:end].isupper() and not context.capitals:
        return None  # OCT, the scan
    if first_day and (first_day > 31 or not last_day >= first_day):
        return None
    lead = context.word_before(begins)
    reach = Reach.SINCE if lead == "since" else Reach.AT
    if first_day:
        return _days(context, (begins, stops), (year, number, first_day, last_day), reach)
    return _whole(context, word, begins, stops, year, lead)


def _year_told(context: Context, word: str) -> int:
    """The year of the note, the one before or behind it, or that of the date before ("June of that year")."""
    if word in ("that", "the same", "that same") and context.last is not None and is_finite(context.last[2]):
        return to_date(context.last[2]).year
    return to_date(context.base[1]).year + {"last": -1, "next": 1}.get(word, 0)


def _days(
    context: Context, span: tuple[int, int], told: tuple[int | None, int, int, int], reach: Reach
) -> Found | None:
    year, month_, first, last = told
    if year is not None:
        one, other = calendar.of_day(year, month_, first), calendar.of_day(year, month_, last)
    elif context.known:
        ahead = context.planned(span[0])
        one = calendar.latest_day(month_, first, context.written, ahead)
        other = calendar.latest_day(month_, last, context.written, ahead)
    else:
        return None
    return dated(*span, calendar.hull(one, other), reach)


def _whole(context: Context, word: str, begins: int, stops: int, year: int | None, lead: str) -> Found | None:
    table = words()
    number = table.months[word]
    reach = Reach.SINCE if lead == "since" else Reach.AT
    if year is None:
        long_name = len(word) > 4 and word != "march"
        shown = (
            context.text[begins].isupper()
            and lead not in table.no_month_behind
            and (
                long_name
                or context.low[max(0, begins - 3) : begins].rstrip()[-1:] in ("(", "%")
                or lead[-1:].isdigit()
                or _ends_phrase(context, word, begins, stops)
            )
        )
        if not context.known or not (lead in table.month_leads or shown):
            return None
        pair = _latest_month(context, number, lead, begins)
        if lead in ("last", "this", "next", "past", "previous"):
            begins = context.low.rindex(lead, 0, begins)
    else:
        pair = calendar.of_months(year, number, number)
    part = _PART_AHEAD.search(context.before(begins))
    if part is not None and pair is not None:
        begins -= len(context.before(begins)) - part.start()
        if context.word_before(begins) == "since":
            reach = Reach.SINCE
        first, last = table.month_parts[part.group(1)]
        day = to_date(pair[0])
        end = to_date(pair[1]).day
        pair = calendar.hull(
            calendar.of_day(day.year, number, first), calendar.of_day(day.year, number, min(last, end))
        )
    return dated(begins, stops, pair, reach)


_PHRASE_ENDS = re.compile(r"\.?(?:[,;:)\n]|\s-|\.\s|\.?\Z)")


def _ends_phrase(context: Context, word: str, begins: int, stops: int) -> bool:
    """Whether a short name of a month ends a phrase behind a small word: "vaccinated Nov; stopped Jan."."""
    if word in words().ambiguous and word not in ("may", "march", "dec", "oct"):
        return False
    behind = context.before(begins, 24).rstrip(" (,:")
    return bool(behind) and behind[-1].isalpha() and _PHRASE_ENDS.match(context.low, stops) is not None


def _latest_month(context: Context, number: int, lead: str, begins: int) -> Pair | None:
    """A month without its year: the latest that had begun; the next one behind words of plans."""
    now = to_date(context.base[1])
    if lead == "next" or (lead not in ("last", "since", "past") and context.planned(begins)):
        first = to_date(context.base[0])
        return calendar.of_months(first.year + (number < first.month), number, number)
    latest = now.year - (number > now.month)
    if lead == "this":
        return calendar.of_months(now.year, number, number)
    if lead in ("last", "previous") and number == now.month:
        latest -= 1
    pair = calendar.of_months(latest, number, number)
    if lead == "last" and latest == now.year:
        # "last March", said in May, may be of either year.
        pair = calendar.hull(pair, calendar.of_months(latest - 1, number, number))
    return None if pair is None else (pair[0], min(pair[1], max(context.base[1], pair[0])))


_SEASON_YEAR = re.compile(r"(?:[\s,]{1,2}(?:of\s)?)(\d{4})(?![\d/]|-\d)")
_WINTER_YEARS = re.compile(r"[\s,]{1,2}(?:of\s)?(\d{4})[-–/](?:\d\d)?(\d\d)(?![\d/])")
_SEASON_TOLD = re.compile(r"\s(?:of\s)?(last|this)\syear\b")


def season(context: Context, word: str, start: int, end: int) -> Found | None:
    """Spring of 2019; last summer. Months of the north, those of either custom."""
    first, last = words().seasons[word]
    low = context.low
    match = _SEASON_YEAR.match(low, end)
    lead = context.word_before(start)
    begins = start
    part = re.search(r"\b(early|mid|late)[\s-]*\Z", context.before(start))
    if part is not None:
        begins -= len(context.before(start)) - part.start()
    both = _WINTER_YEARS.match(low, end) if last > 12 and match is None else None
    if both is not None and (int(both.group(1)) + 1) % 100 == int(both.group(2)):
        return dated(begins, both.end(), calendar.of_months(int(both.group(1)), first, last))
    if match is not None and 1900 <= int(match.group(1)) <= 2099:
        year = int(match.group(1))
        reach = Reach.SINCE if context.word_before(begins) in ("since",) else Reach.AT
        return dated(begins, match.end(), _season_of(year, first, last), reach)
    if not context.known:
        return None
    now = to_date(context.base[1])
    told = _SEASON_TOLD.match(low, end)
    if told is not None:
        year = now.year - (told.group(1) == "last")
        return dated(begins, told.end(), _season_of(year, first, last))
    if lead not in ("last", "this", "past", "previous"):
        return None
    begins = low.rindex(lead, 0, start)
    year = now.year
    found = calendar.of_months(year, first, last)
    while found is not None and found[0] > context.base[1]:
        year -= 1
        found = calendar.of_months(year, first, last)
    if lead == "last" and found is not None and found[1] >= context.base[0]:
        found = calendar.hull(calendar.of_months(year - 1, first, last), found)
    if found is None:
        return None
    return dated(begins, end, (max(found[0], BEGINNING), min(found[1], context.base[1])))


def _season_of(year: int, first: int, last: int) -> Pair | None:
    if last > 12:  # the winter of a year is the one it begins with or the one it ends with
        return calendar.hull(calendar.of_months(year - 1, first, last), calendar.of_months(year, first, last))
    return calendar.of_months(year, first, last)


_HOLIDAY_YEAR = re.compile(r"(?:\s(?:day|eve|time|period))?[\s,]{1,2}(?:of\s)?(\d{4})(?![\d/]|-\d)")


def holiday(context: Context, word: str, start: int, end: int) -> Found | None:
    """Christmas 2019; since Thanksgiving: the days on which the feast may fall, the latest that had begun."""
    first, last = words().holidays[word]
    if not context.text[start].isupper():
        return None
    lead = context.word_before(start)
    reach = Reach.SINCE if lead == "since" else Reach.AT
    told = _HOLIDAY_YEAR.match(context.low, end)
    if told is not None and 1900 <= int(told.group(1)) <= 2099:
        return dated(start, told.end(), _feast(int(told.group(1)), first, last), reach)
    if not context.known:
        return None
    year = to_date(context.base[1]).year
    ahead = lead == "next" or context.planned(start)
    pair = _feast(year, first, last)
    if pair is not None and ahead and pair[1] < context.base[0]:
        pair = _feast(year + 1, first, last)
    elif pair is not None and not ahead and pair[0] > context.base[1]:
        pair = _feast(year - 1, first, last)
    if lead in ("last", "this", "past", "next"):
        start = context.low.rindex(lead, 0, start)
    return dated(start, end, pair, reach)


def _feast(year: int, first: int, last: int) -> Pair | None:
    return calendar.hull(
        calendar.of_day(year, first // 100, first % 100), calendar.of_day(year, last // 100, last % 100)
    )
