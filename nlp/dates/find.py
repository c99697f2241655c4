"""Finds what is a date in a text, and leaves alone what only looks like one.

Each reading is as wide as the words are: "last year" is that calendar year, "about 5 years ago" some
years. What is told from an event we cannot date is known to be a date and has no bounds. Nothing here
decides what a date belongs to: see `nlp.dating`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from eligibility.instants import BEGINNING, DAY, END_OF_TIME, is_finite, to_date
from nlp.dates import again, days, events, fractions, numeric, relative, stretches, worded
from nlp.dates.context import Context, Found
from nlp.dates.words import words
from nlp.document import Reach, When
from nlp.scanning import Need, Scanner, lowered


class DayOrder(Enum):
    """How `3/4/2024` is read."""

    MONTH_FIRST = "month first"
    DAY_FIRST = "day first"
    EITHER = "either"  # from the earlier reading to the later


class Age(NamedTuple):
    """An age of somebody, in completed years, least and most."""

    start: int
    end: int
    least: int
    most: int


def _scanner() -> Scanner:
    table = words()
    known: dict[str, Need] = {}
    for group in (
        table.weekdays,
        table.seasons,
        table.holidays,
        table.days,
        table.units,
        table.parts_of_day,
        table.ages,
    ):
        known.update(dict.fromkeys(group, Need.NOTHING))
    known.update((word, Need.NOTHING) for word in table.months)
    known.update((word, Need.DIGIT_AROUND) for word in known if len(word) == 1)
    known.update(dict.fromkeys(("th", "st", "nd", "rd"), Need.DIGIT_AROUND))
    known.update(dict.fromkeys(("same", "weekend"), Need.NOTHING))
    known["at"] = Need.DIGIT_AT_ONCE
    known.update(dict.fromkeys(sorted(again.WORDS), Need.NOTHING))
    known.update(events.WORDS)
    return Scanner({word: need for word, need in known.items() if word.isalpha()}, date_digits=True)


_made: list[Scanner] = []


def _last_words(scanner: Scanner) -> tuple[int, int]:
    """Where among the words of the scanner those that tell a time again begin, and those of events."""
    of_events = len(scanner.words) - len(events.WORDS)
    return of_events - len(again.WORDS), of_events


def _ready() -> Scanner:
    if not _made:
        _made.append(_scanner())
    return _made[0]


def find(text: str, written_lo: int, written_hi: int, order: DayOrder = DayOrder.MONTH_FIRST) -> list[When]:
    """Dates in order of the text, without overlap. `written_lo`, `written_hi`: when the note was written."""
    scanner = _ready()
    runs = scanner.runs(text)
    if not runs:
        return []
    low = lowered(text)
    backward, of_events = _last_words(scanner)
    seen: set[str] = set()
    known = is_finite(written_lo) and is_finite(written_hi)
    if known:
        base = written_lo - written_lo % DAY, written_hi - written_hi % DAY + DAY - 1
    else:
        base = BEGINNING, END_OF_TIME
    context = Context(text, low, base, known, order is not DayOrder.DAY_FIRST, order is DayOrder.EITHER)
    context.written = base
    found: list[When] = []
    done = 0
    for start, end, number in runs:
        if start < done:
            continue
        if number >= backward:
            word = scanner.words[number]
            if number >= of_events:
                seen.add(word)
                continue
            if not again.refers(word, low, start, end):
                continue
        context.done = done
        if number < 0:
            date = _digits(context, start, end)
        else:
            date = _word(context, scanner.words[number], start, end)
        if date is None:
            continue
        if context.last is not None:
            restated = _restated(context, context.last, date)
            if restated is not None:
                found.pop()
                date = restated
        found.append(When(*date))
        context.last = date
        if date[3] - date[2] < DAY:
            context.day = date
        done = date[1]
        if number < 0:
            ends = stretches.end(context, date)
            if ends is not None:
                found.append(When(*ends))
                context.last = ends
                done = ends[1]
            elif context.known:
                _enter(context, date)
    return events.told(context, found, seen)


def _digits(context: Context, start: int, end: int) -> Found | None:
    if context.low[end : end + 1] in ("/", "-"):
        match = fractions.reads(context, start)
        if match is not None:
            return fractions.read(context, match)
    return numeric.read(context, start, end)


_AGAIN = re.compile(r"(?:\s(?:morning|evening|afternoon|night|[ap]m))?,?\s\(\Z")
_DAY_OF_WEEK = re.compile(r"\.?(?:\s(?:morning|evening|afternoon|night))?(?:,?\s\(?|,?\son\s)(?:the\s)?\Z")


def _restated(context: Context, last: Found, date: Found) -> Found | None:
    """Sunday evening (9/18); Wed, 11/21; age 15 (2018): one date said twice, as exact as in the second."""
    if last[4] is Reach.AGE and date[4] is Reach.AT and context.low[last[1] : date[0]] == " (":
        closed = context.low.startswith(")", date[1])
        since = "since" in context.low[max(0, last[0] - 10) : last[0] + 5]
        return last[0], date[1] + closed, date[2], date[3], Reach.SINCE if since else Reach.AT
    if date[0] - last[1] > 14 or last[1] - last[0] > 40 or date[4] is not Reach.AT or not is_finite(last[2]):
        return None
    if last[4] is not Reach.AT and last[4] is not Reach.SINCE:
        return None
    name = context.low[last[0] : last[1]].split()[-1]
    day = words().weekdays.get(name)
    if day is not None and _DAY_OF_WEEK.match(context.low, last[1], date[0]):
        if date[3] - date[2] >= DAY or to_date(date[2]).weekday() != day:
            return None
    elif (
        _AGAIN.match(context.low, last[1], date[0]) is None
        or not (last[2] - DAY <= date[2] and date[3] <= last[3] + DAY)
        or date[3] - date[2] > last[3] - last[2]
    ):
        return None
    opened = context.low.find("(", last[1], date[0]) > 0 and context.low.startswith(")", date[1])
    return last[0], date[1] + opened, date[2], date[3], last[4]


_ENTRY = re.compile(r",?\s(?:at\s)?\d{1,2}:?\d{2}(?:\s?[ap]\.?m\.?)?\)?\s?[-:–]")


def _enter(context: Context, date: Found) -> None:
    """A line that begins with a day and a time is an entry of then: what follows counts from that day."""
    line = context.low.rfind("\n", max(0, date[0] - 40), date[0]) + 1
    if (line == 0 and date[0] > 40) or any(mark in context.low[line : date[0]] for mark in ";,:"):
        return
    if _ENTRY.match(context.low, date[1]) is None or date[3] - date[2] >= DAY or date[2] > context.written[1]:
        return
    context.base = date[2], date[3]
    if date[1] - date[0] > 5:  # with its year: an older entry, whose days without a year are before it
        context.written = context.base


def _word(context: Context, word: str, start: int, end: int) -> Found | None:
    table = words()
    if word == "at":
        return days.clock(context, start, end)
    if word in table.units:
        return relative.units(context, table.units[word], start, end)
    if word in table.months:
        return worded.month(context, word, start, end)
    if word in table.days or word in table.parts_of_day:
        return days.day(context, word, start, end)
    if word in table.weekdays:
        return days.weekday(context, word, start, end)
    if len(word) == 2:
        return days.of_month(context, start, end)
    if word == "this":
        return again.this(context, start)
    if word in ("since", "thereafter"):
        return again.since(context, start) or days.since_clock(context, start, end)
    if word == "same" or word in again.WORDS:
        return again.same(context, start)
    if word == "weekend":
        return days.weekend(context, start, end)
    if word in table.holidays:
        return worded.holiday(context, word, start, end)
    if word in table.seasons:
        return worded.season(context, word, start, end)
    return days.age(context, start, end)


def ages(text: str) -> list[Age]:
    """Ages of the form "at age 12", "in his 40s" that `find` leaves as dates without bounds."""
    found = []
    for when in find(text, BEGINNING, END_OF_TIME):
        if when.reach is not Reach.AGE:
            continue
        number = re.search(r"\d{1,3}", text[when.start : when.end])
        if number is not None:
            years = int(number.group())
            decade = text[number.end() : when.end].lower().lstrip("'’") == "s"
            found.append(Age(when.start, when.end, years, years + 9 if decade else years))
    return found
