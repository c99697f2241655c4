"""Stretches and units of the calendar told from the day of the note: the past 6 months, last year."""

from __future__ import annotations

import re

from eligibility.instants import to_date
from nlp.dates import again, calendar
from nlp.dates.back import Told, lasted, lasting
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, dated, unbounded
from nlp.dates.quantity import last_word
from nlp.document import Reach

_COUNTED = re.compile(
    r"(?:\b(?:twice|once|episodes?|times|several|multiple|recurrent|two|three|four|five|frequent|any|every|each)\b|"
    r"\d\s?x|x\s?\d|\b\d\s[a-z])[^.;\n]*\Z"
)


_AFTER = re.compile(r"\safter(?=[.,;)\n]|\Z|\swith\b|\sshe\b|\she\b)")


def past(context: Context, ahead: list[tuple[int, str]], end: int, told: Told) -> Found | None:
    """For the past 6 months: since then. Over or in the past 6 months: at some time in them."""
    place, _ = ahead.pop()
    if ahead and ahead[-1][1] in ("the", "these", "this"):
        place, _ = ahead.pop()
    lead = last_word(ahead)
    if lead in ("for", "since", "x", "of"):
        return lasting(context, ahead[-1][0], end, told)
    if lead == "over" and told[2] != "hour" and not _COUNTED.search(context.low, max(0, place - 60), place):
        return lasted(context, ahead[-1][0], end, told)
    return _within(context, ahead[-1][0] if lead in ("in", "over", "within", "during") else place, end, told)


def _within(context: Context, begins: int, end: int, told: Told) -> Found:
    if not context.known:
        return unbounded(begins, end)
    _, most, unit, _ = told
    return begins, end, calendar.around(context.base, 0.0, most, unit)[0], context.base[1], Reach.AT


def calendar_unit(
    context: Context, unit: str, start: int, end: int, ahead: list[tuple[int, str]]
) -> Found | None:
    """Last year, this week, the past month, next month; no number stands there."""
    place, word = ahead.pop()
    if word == "following" or (unit == "day" and word == "next"):
        return again.following(context, unit, place, end)
    if word == "the" and (match := _AFTER.match(context.low, end)) is not None:
        return again.following(context, unit, place, match.end())
    if word not in ("last", "this", "next", "past", "previous", "coming") or unit == "hour":
        return None
    if not context.known:
        return unbounded(place, end)
    article = bool(ahead) and ahead[-1][1] in ("the", "this")
    if word == "past" or (word in ("last", "previous") and article):
        if article:
            place, _ = ahead.pop()
        lead = last_word(ahead)
        if lead == "for":
            return lasting(context, ahead[-1][0], end, (1.0, 1.0, unit, False))
        if lead == "over" and not _COUNTED.search(context.low, max(0, place - 60), place):
            return lasted(context, ahead[-1][0], end, (1.0, 1.0, unit, False))
        return _within(
            context,
            ahead[-1][0] if lead in ("in", "over", "within", "during") else place,
            end,
            (1.0, 1.0, unit, False),
        )
    step = {"last": -1, "previous": -1, "this": 0}.get(word, 1)
    reach = Reach.SINCE if last_word(ahead) == "since" else Reach.AT
    return dated(place, end, _unit_of(context, unit, step), reach)


def _unit_of(context: Context, unit: str, step: int) -> Pair | None:
    first, last = to_date(context.base[0]), to_date(context.base[1])
    if unit == "year":
        pair = calendar.of_years(first.year + step, last.year + step)
    elif unit == "month":
        months = first.year * 12 + first.month - 1 + step
        other = last.year * 12 + last.month - 1 + step
        pair = calendar.hull(
            calendar.of_months(months // 12, months % 12 + 1, months % 12 + 1),
            calendar.of_months(other // 12, other % 12 + 1, other % 12 + 1),
        )
    elif unit == "week":
        pair = calendar.hull(calendar.week_of(context.base[0], step), calendar.week_of(context.base[1], step))
    else:
        return None
    if pair is not None and step == 0:
        return pair[0], min(pair[1], context.base[1])
    return pair
