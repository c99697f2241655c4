"""Days told from that of the note by name (yesterday, since Monday), and ages."""

from __future__ import annotations

import re
from datetime import timedelta

from eligibility.instants import DAY, day_end, day_start, to_date
from nlp.dates import calendar
from nlp.dates.context import Context, Found, dated, unbounded
from nlp.dates.words import words
from nlp.document import Reach


def day(context: Context, word: str, start: int, end: int) -> Found | None:
    """Yesterday, today, last night, this morning."""
    lead = context.word_before(start)
    reach = Reach.SINCE if lead == "since" else Reach.AT
    back = words().days.get(word)
    begins = start
    if lead == "before" and back == 0:
        return None
    if word in ("noon", "midday"):
        if lead not in ("at", "around", "about", "before", "after", "since"):
            return None
        back = 0
    elif word == "overnight":
        if not context.known:
            return unbounded(start, end, reach)
        return dated(start, end, (context.base[0] - DAY, context.base[1]), reach)
    if back is None:
        if lead not in ("this", "last", "yesterday"):
            return None
        begins = context.low.rindex(lead, 0, start)
        back = 0 if lead == "this" else 1
        if context.word_before(begins) == "since":
            reach = Reach.SINCE
    if word == "yesterday" and context.before(start, 12).endswith("day before "):
        begins, back = start - len("day before "), 2
    if not context.known:
        return unbounded(begins, end, reach)
    lo, hi = context.base
    moved = lo - back * DAY, hi - back * DAY
    if word == "night" and back == 1:
        moved = moved[0], hi  # it lasts into the day of the note
    return dated(begins, end, moved, reach)


_CLOCK = re.compile(
    r"\s(?:[01]\d|2[0-3]):?[0-5]\d(?:\s?h(?:rs|ours)?)?(?=[\s,.;)]|\Z)(?!\.\d|\s?(?:ml|mg|mm|cc|g|kcal|units?)\b)|"
    r"\s\d{1,2}(?::[0-5]\d)?\s?[ap]\.?m\b"
)


_SINCE_CLOCK = re.compile(
    r"\s(?:0\d[0-5]\d|(?:[01]?\d|2[0-3]):[0-5]\d)(?:\s?h(?:rs|ours)?)?(?=[\s,.;)]|\Z)|"
    r"\s\d{1,2}(?::[0-5]\d)?\s?(?P<half>[ap])\.?m\b"
)
_DAY_BEHIND = re.compile(r"\.?,?\s(?:yesterday|last|on\b|the\sday|this|today|\d{1,2}/)")
_LINE = 400  # characters in which a day told before is looked for


def clock(context: Context, start: int, end: int) -> Found | None:
    """At 0915, at 7 pm: on the day of the note, where no other day is said."""
    match = _CLOCK.match(context.low, end)
    if match is None or context.planned(start) or _DAY_BEHIND.match(context.low, match.end()) is not None:
        return None
    if _other_day(context, start):
        return None  # the time of a day that stands before it
    return dated(start, match.end(), context.base) if context.known else unbounded(start, match.end())


def since_clock(context: Context, start: int, end: int) -> Found | None:
    """Since 4 am: of the day of the note; an evening may be that of the day before."""
    match = _SINCE_CLOCK.match(context.low, end)
    if match is None or _DAY_BEHIND.match(context.low, match.end()) is not None or _other_day(context, start):
        return None
    if not context.known:
        return unbounded(start, match.end(), Reach.SINCE)
    first, last = context.base
    pair = (first - DAY if match.group("half") == "p" else first, last)
    return dated(start, match.end(), pair, Reach.SINCE)


def _other_day(context: Context, start: int) -> bool:
    """Whether a day other than that of the note stands before a place in its line."""
    last = context.last
    if last is None or start - last[1] >= _LINE or context.low.find("\n", last[1], start) >= 0:
        return False
    return (last[2], last[3]) != context.base


_SCHEDULE = re.compile(r"s?\.?\s?(?:[/,&]|and|or)\s?(?:and\s)?(?:mon|tue|wed|thu|fri|sat|sun)")
_SCHEDULED = re.compile(
    r"(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?s?\.?\s?(?:[/,&]|and|or)\s?(?:and\s)?\Z"
)


def weekday(context: Context, word: str, start: int, end: int) -> Found | None:
    """Since Monday, last Friday, on Tuesday: the latest such day, the next behind words of plans."""
    table = words()
    lead = context.word_before(start)
    short = word in table.ambiguous or len(word) < 6
    if short and lead not in ("on", "since", "last", "next", "until", "this", "past"):
        return None
    if lead in ("every", "each") or _SCHEDULE.match(context.low, end) is not None:
        return None
    if _SCHEDULED.search(context.low, max(0, start - 12), start) is not None:
        return None
    begins = context.low.rindex(lead, 0, start) if lead in ("last", "next", "this", "past") else start
    reach = Reach.SINCE if lead == "since" else Reach.AT
    if not context.known:
        return unbounded(begins, end, reach)
    number = table.weekdays[word]
    first, last = to_date(context.base[0]), to_date(context.base[1])
    if lead == "next" or (lead != "last" and lead != "since" and context.planned(begins)):
        ahead = (number - last.weekday()) % 7 or 7
        far = 7 if lead == "next" else 0
        return dated(
            begins, end, (day_start(first + timedelta(ahead)), day_end(last + timedelta(ahead + far)))
        )
    back_first, back_last = (first.weekday() - number) % 7, (last.weekday() - number) % 7
    if lead == "last":
        back_first, back_last = back_first or 7, back_last or 7
        # Said on a Friday, "last Monday" may be of this week or of the one before.
        if back_first <= first.weekday():
            back_first += 7
    return dated(
        begins, end, (day_start(first - timedelta(back_first)), day_end(last - timedelta(back_last))), reach
    )


_AGE_BEHIND = re.compile(
    r"s?(?:\s+of)?\s+(?:about\s|around\s|approximately\s)?(\d{1,3})(?:\s?years?)?(?!\d|[/:.]\d|\s?%)"
)


def age(context: Context, start: int, end: int) -> Found | None:
    """At age 12; at the age of 12. "Aged 45" is what somebody is, not when something was."""
    lead = context.word_before(start)
    if context.low[start:end] == "aged" or lead not in (
        "at",
        "the",
        "since",
        "from",
        "by",
        "until",
        "before",
        "around",
        "about",
        "after",
        "of",
        "died",
        "dx",
        "an",
    ):
        return None
    match = _AGE_BEHIND.match(context.low, end)
    if match is None:
        return None
    return unbounded(start, match.end(1), Reach.AGE)


_WEEKEND_LEADS = frozenset({"the", "this", "last", "past", "over", "previous"})


def weekend(context: Context, start: int, end: int) -> Found | None:
    """Over the weekend, last weekend: the latest Saturday and Sunday that had begun, with the Friday."""
    lead = context.word_before(start)
    if lead not in _WEEKEND_LEADS:
        return None
    begins = context.low.rindex(lead, 0, start)
    if not context.known:
        return unbounded(begins, end)
    first, last = to_date(context.base[0]), to_date(context.base[1])
    back_first, back_last = (first.weekday() - 5) % 7, (last.weekday() - 5) % 7
    if lead in ("last", "previous") and back_first < 2:
        back_first, back_last = back_first + 7, back_last + 7 if lead == "previous" else back_last
    lo, hi = day_start(first - timedelta(back_first)), day_end(last - timedelta(back_last) + timedelta(1))
    return dated(begins, end, (lo - DAY, min(hi, context.base[1])))


_OF_MONTH = re.compile(
    r"(?:\b(?:on|since|until)\sthe\s|\b(?:evening|night|morning|afternoon|night)\sof\sthe\s)(\d{1,2})\Z"
)


def of_month(context: Context, start: int, end: int) -> Found | None:
    """On the 9th: the latest such day."""
    ahead = context.before(start, 40)
    match = _OF_MONTH.search(ahead)
    if match is None or not context.known or context.low[end : end + 1].isalnum():
        return None
    day = int(match.group(1))
    now = to_date(context.base[1])
    for back in (0, 1, 2):
        months = now.year * 12 + now.month - 1 - back
        pair = calendar.of_day(months // 12, months % 12 + 1, day)
        if pair is not None and pair[0] <= context.base[1]:
            begins = start - (len(ahead) - match.start(1))
            return dated(begins, end, pair, Reach.SINCE if "since" in ahead else Reach.AT)
    return None
