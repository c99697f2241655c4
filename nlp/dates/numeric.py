"""Dates that begin with digits: 3/4/2024, 2024-03-04, 03/2024, 2015, '15, and 3/4 where words say so."""

from __future__ import annotations

import re

from eligibility.instants import DAY, to_date
from nlp.dates import calendar
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, dated
from nlp.dates.words import words
from nlp.document import Reach

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_FULL = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d/]|\.\d|-\d)")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/](\d{4})(?![\d/-])")
_YEAR_MONTH = re.compile(r"(\d{4})[-/](\d{2})(?![\d/-])")
_SHORT = re.compile(r"(\d{1,2})/(\d{1,2})(?![\d/]|\.\d|\s?%)")
_BRACKETED = re.compile(r"(\d{1,2})-(\d{1,2})(?=\*\*\])")
_CLOCK = re.compile(r",?\s(?:at\s|@\s?)?\d{1,2}:\d{2}")
_HEADS = re.compile(r":\s\d")  # (4/10: 14)
_REPEATED = re.compile(r"\brepeat(?:ed)?\s(?:on\s)?\Z")
# A row of a table that begins with its day, and the day behind the count of a stay: "HD 2 (5/11)".
_ROW = re.compile(r"(?:\A|\n)[ \t|*•-]*\d{1,2}/\d{1,2}(?:  |\t| ?\|)")
_NUMBERED_DAY = re.compile(r"\b(?:hd|pod|dol|day)\s?#?\s?\d{1,2} \(\Z")
_RECENT = 31 * DAY
_HALF_A_YEAR = 183 * DAY
# What may stand before a dash behind which a date begins: a year, the end of a date, words.
_RANGE_AHEAD = re.compile(r"(?:(?<!\d)(?:19|20)\d\d|/\d{1,4}|[^\d-])\s?[-–]\Z")

_MEASURES_BEHIND = re.compile(
    r"\s*(?:ns\b|normal saline|tab|pill|cap|strength|dose|pack|ppd|cup|pint|inch|strip|bottle|full|"
    r"hour|hr|day|week|month|year|mg|ml|pain|strength|systolic|murmur|bilat|lung|scale|of\b|glass|in\b|"
    r"headache|severity|intensity|at rest|correct|items?\b|points?\b|out of|sets?\b|blood c|recall|objects|"
    r"nodes?\b|lymph|cores?\b|puls|power|reflex|mcg|units?\b|l/min|lpm|mm|cm)"
)
_NOT_YEAR_BEHIND = re.compile(
    r"\s*(?:[%$#]|m[gl]\b|mcg|ug\b|cc\b|ml\b|g\b|kg|lb|iu\b|units?\b|u\b|cal|kcal|steps?\b|hours?\b|hrs?\b|h\b|"
    r"cells?|copies|ng\b|pg\b|mm|cm|meq|mmol|mosm|patients?\b|feet\b|ft\b|milli|grams?\b|x\s?\d+[\d^*]|/[a-z])"
)
_YEAR_PARTS = re.compile(
    r"\b(early|mid|late|beginning|start|middle|end|(?:first|second|latter)\shalf|"
    r"(?:first|second|third|fourth|last)\squarter)(?:[\s-]+(?:in|part of|of|to mid|or mid))?"
    r"(?:\s+the)?(?:\s+year)?[\s-]*\Z"
)


_OPERATION = re.compile(
    r"(?:ectomy|otomy|ostomy|plasty|oscopy|centesis|repair|replacement|transplant|bypass|graft|fusion|excision|"
    r"resection|reduction|amputation|embolization|cardioversion|thrombolysis|thrombectomy|section|delivery|stent|pacemaker|biopsy)\Z"
)
_QUARTER = re.compile(r"\b(?:q([1-4])|([1-4])q)[\s,]{0,2}(?:of\s)?\Z")
_PART_DASH = re.compile(r"\b(?:early|mid|late|since|in|pre|post)-\Z")
_PAST_LEAD = re.compile(r"\b(?:s/p|status post|h/o|history of|hx of?|pmhx?|pshx?)\b[^.;]{0,40}\Z")
_LOOSE = frozenset({"of", "and", "to", "in", "by", "as", "through", "done"})


def read(context: Context, start: int, end: int) -> Found | None:
    """The date at a run of digits, None where it is something else."""
    low = context.low
    ahead = low[start - 1] if start else " "
    if (
        ahead.isalnum()
        or ahead in "$#/.+"
        or (
            ahead == "-"
            and low[max(0, start - 2) : start - 1].isalpha()
            and not _PART_DASH.search(low, max(0, start - 8), start)
        )
    ):
        return None
    if ahead in "-–" and start > 1 and not _RANGE_AHEAD.search(low[max(0, start - 8) : start]):
        return None
    if ahead in "'’‘":
        return _short_year(context, start, end)
    if end - start == 4:
        return _year_first(context, start, end)
    return _month_or_day_first(context, start)


def _month_or_day_first(context: Context, start: int) -> Found | None:
    low = context.low
    match = _FULL.match(low, start)
    if match is not None:
        one, mark, two, year_text = match.groups()
        if mark == "." and len(year_text) == 2:
            return None
        if len(year_text) == 2 and not context.known:
            return None
        context.days_written = True
        year = int(year_text) if len(year_text) == 4 else calendar.century(int(year_text), context.base)
        return dated(start, match.end(), _ordered(context, year, int(one), int(two)))
    match = _MONTH_YEAR.match(low, start)
    if match is not None:
        year = int(match.group(2))
        if 1900 <= year <= 2099:
            pair = calendar.of_months(year, int(match.group(1)), int(match.group(1)))
            return dated(start, match.end(), pair)
        return None
    match = _SHORT.match(low, start) or _BRACKETED.match(low, start)
    if match is None or not context.known:
        return None
    return _without_year(context, match)


def _ordered(context: Context, year: int, one: int, two: int) -> Pair | None:
    month_first = calendar.of_day(year, one, two)
    day_first = calendar.of_day(year, two, one)
    if context.either:
        return calendar.hull(month_first, day_first)
    # A thirteenth month leaves the other reading only.
    return (month_first or day_first) if context.month_first else (day_first or month_first)


def _without_year(context: Context, match: re.Match[str]) -> Found | None:
    start, end = match.span()
    one, two = int(match.group(1)), int(match.group(2))
    lead = context.word_before(start)
    bracketed = context.low[start - 3 : start] == "[**" or (
        context.low[start - 1 : start] == "("
        and (
            (context.low[end : end + 1] in (")", ":") and two > 10)
            or _HEADS.match(context.low, end) is not None
        )
    )
    begins_line = context.low[max(start - 1, 0) : start] in ("", "\n") and context.low[end : end + 1] in ":;-"
    line = context.low.rfind("\n", max(0, start - 12), start)
    begins_line = begins_line or (line >= 0 and _ROW.match(context.low, line, end + 2) is not None)
    bracketed = bracketed or _NUMBERED_DAY.search(context.low, max(0, start - 24), start) is not None
    if _MEASURES_BEHIND.match(context.low, end) and not bracketed:
        return None
    led = (
        lead in words().day_leads
        or _OPERATION.search(lead) is not None
        or bracketed
        or begins_line
        or _CLOCK.match(context.low, end) is not None
    )
    context.days_written = context.days_written or (led and two > 12)
    if not led and not _alone(context, start, end, one, two, lead):
        return None
    if (
        lead in _LOOSE
        and not context.before(start, 8).endswith("as of ")
        and two <= 10
        and not (context.last and start - context.last[1] < 8)
    ):
        # "strength of 5/5", "up to 2/4": no such date is written more often than such a score.
        return None
    ahead = (
        (context.planned_day(start) and _sooner_ahead(context, one, two))
        or context.planned(start)
        or (lead in ("until", "till", "through", "thru") and _sooner_ahead(context, one, two))
    )
    if ahead and context.low[end : end + 1] == ":" and _REPEATED.search(context.before(start)) is not None:
        ahead = False  # "repeat 2/18: no aspiration" has been done
    days = [
        calendar.latest_day(month, day, context.written, ahead, lead == "since")
        for month, day in _orders(context, one, two)
        if month <= 12
    ]
    pair: Pair | None = None
    for day in days:
        pair = calendar.hull(pair, day)
    if one <= 12 and len(match.group(2)) == 2 and pair is not None and (led or two > 12):
        # 6/19 may be a month of a year, unless the day is of the last weeks or others are written so
        month = calendar.of_months(calendar.century(two, context.base), one, one)
        sure = context.days_written or abs(context.base[0] - pair[0]) <= _RECENT
        led_back = lead == "since" or _PAST_LEAD.search(context.before(start)) is not None
        if month is None or month[0] > context.base[1]:
            pass
        elif lead == "in":
            pair = month
        elif context.base[0] - pair[0] > _HALF_A_YEAR or (led_back and not sure):
            pair = calendar.hull(pair, month)
    return dated(start, end, pair, _reach(lead))


def _alone(context: Context, start: int, end: int, one: int, two: int, lead: str) -> bool:
    """Whether 3/14 is a day where no word leads to one: behind no score, and more than a fraction.

    What may be a fraction (3/4, 4/10) is a day only where it would be one of the last weeks.
    """
    if context.low[end : end + 1].isalpha() or not 1 <= one <= 12 or not 1 <= two <= 31:
        return False
    if context.either or not context.month_first:
        return False
    if not words().scores.isdisjoint(re.split(r"[\s:(,/-]+", context.before(start, 24))):
        return False
    if one > two or two > 10:
        number = lead[-1:].isdigit() and two <= 12
        found = not number or (context.days_written and one > two)
        context.days_written = context.days_written or found
        return found
    if (one, two) in ((2, 2), (1, 2), (1, 1)) or lead[-1:].isdigit() or lead == "of":
        return False
    if two == 5 or (two == 10 and not context.days_written):
        return False
    day = calendar.latest_day(one, two, context.written, context.planned_day(start))
    near = _RECENT if not context.days_written else 3 * _RECENT
    return day is not None and context.base[0] - near <= day[0] <= context.base[1] + near


def _sooner_ahead(context: Context, one: int, two: int) -> bool:
    """Whether the next such day is nearer than the one before: said of what goes on until then."""
    (month, day), *_ = _orders(context, one, two)
    last = calendar.latest_day(month, day, context.written)
    coming = calendar.latest_day(month, day, context.written, True)
    return last is not None and coming is not None and coming[0] - context.base[1] < context.base[0] - last[1]


def _orders(context: Context, one: int, two: int) -> list[tuple[int, int]]:
    if context.either:
        return [(one, two), (two, one)]
    if context.month_first:
        return [(one, two)] if one <= 12 else [(two, one)]
    return [(two, one)] if two <= 12 else [(one, two)]


def _year_first(context: Context, start: int, end: int) -> Found | None:
    low = context.low
    match = _YEAR_FIRST.match(low, start)
    if match is not None:
        year, _, month, day = match.groups()
        return dated(start, match.end(), calendar.of_day(int(year), int(month), int(day)))
    match = _YEAR_MONTH.match(low, start)
    if match is not None and 1 <= int(match.group(2)) <= 12:
        year, second = int(match.group(1)), int(match.group(2))
        pair = calendar.of_months(year, second, second)
        if year % 100 < second:  # 2009-10 is also 2009 to 2010
            pair = calendar.hull(pair, calendar.of_years(year, year - year % 100 + second))
        return dated(start, match.end(), pair)
    return _year(context, start, end)


def _year(context: Context, start: int, end: int) -> Found | None:
    low = context.low
    year = int(low[start:end])
    if context.known and year > to_date(context.base[1]).year + 10:
        return None
    behind = low[end : end + 1]
    if behind.isalnum() and behind != "s":
        return None
    if behind in ("s", "'", "’") and low[end : end + 2].lstrip("'’").startswith("s"):
        return _decade(context, start, end + (1 if behind == "s" else 2), year)
    if behind in (".", ",", ":") and low[end + 1 : end + 2].isdigit():
        return None
    lead = context.word_before(start)
    if lead == "~" and (not behind or behind in ".,;)\n"):
        lead = ""
    if (
        lead in words().no_year_behind
        or (lead[-1:] in "<>=≥≤~$#" and lead)
        or _NOT_YEAR_BEHIND.match(low, end)
    ):
        return None
    quarter = _QUARTER.search(context.before(start, 12))
    if quarter is not None:
        number = int(quarter.group(1) or quarter.group(2))
        begins = start - (len(context.before(start, 12)) - quarter.start())
        pair = calendar.of_months(year, 3 * number - 2, 3 * number)
        return dated(begins, end, pair, _reach(context.word_before(begins)))
    part = _YEAR_PARTS.search(context.before(start))
    if part is not None:
        first, last = words().year_parts[part.group(1)]
        begins = start - (len(context.before(start)) - part.start())
        return dated(begins, end, calendar.of_months(year, first, last), _reach(context.word_before(begins)))
    return dated(start, end, calendar.of_years(year, year), _reach(lead))


def _decade(context: Context, start: int, end: int, year: int) -> Found | None:
    first = year - year % 10 if year % 100 else year
    last = first + 9
    part = re.search(r"\b(early|mid|late)[\s-]+(?:in )?(?:the )?\Z", context.before(start))
    if part is not None:
        least, most = words().decade_parts[part.group(1)]
        start -= len(context.before(start)) - part.start()
        first, last = first + least, first + most
    return dated(start, end, calendar.of_years(first, last), _reach(context.word_before(start)))


def _short_year(context: Context, start: int, end: int) -> Found | None:
    """'15 and the '90s, behind a word that leads to a date."""
    low = context.low
    if end - start != 2 or not context.known or (start > 1 and low[start - 2].isalnum()):
        return None
    year = calendar.century(int(low[start:end]), context.base)
    behind = low[end : end + 2].lstrip("'’")
    if behind[:1] == "s":
        stop = low.index("s", end) + 1
        decade = year - year % 10
        return dated(start - 1, stop, calendar.of_years(decade, decade + 9))
    lead = context.word_before(start - 1)
    told = lead in words().day_leads or lead in ("early", "mid", "late", "back", "circa", "year", "and")
    bracketed = low[start - 2 : start - 1] == "(" and low[end : end + 1] in (")", ",", ";")
    if not (told or bracketed) and (
        low[end : end + 1] not in ("", ";", ",", ".", ")", "\n") or not lead.isalpha()
    ):
        return None
    if behind[:1].isalnum() or low[end : end + 1] in ('"', "'", "”"):
        return None
    return dated(start - 1, end, calendar.of_years(year, year), _reach(lead))


def _reach(lead: str) -> Reach:
    return Reach.SINCE if lead == "since" else Reach.AT
