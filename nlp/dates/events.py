"""Dates told by an event whose day the note states: on admission, at discharge, POD 3, hospital day 2.

The day is stated ("Admitted 3/2", "DATE OF SURGERY: 6/4"), or counted ("POD 3" at the head of a note: the
operation was three days before it). "Before admission" in an admission note counts from the note's day.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from eligibility.instants import DAY, is_finite
from nlp.dates.calendar import Pair, around
from nlp.dates.context import Context
from nlp.dates.relative import amount
from nlp.document import Reach, When

_STATED = re.compile(
    r"(?:(?P<admission>date of admission|admission date|admit date|adm(?:ission|it)? date|date admitted|"
    r"\b(?:re)?admitted(?: to \w+)?(?: on)?|admission|\badm(?:it)?|\bdoa)|"
    r"(?P<discharge>date of discharge|discharge date|discharged(?: \w+)?(?: on)?)|"
    r"(?P<surgery>date of (?:surgery|procedure|operation)|surgery date|operation date|\bdos)|"
    r"(?P<birth>\bborn(?: on)?))[\s:(]*\Z"
)
_NAMED = re.compile(
    r"\b(?:(?:on|upon|at|since|after|the day of)\s(?:the (?:time|day) of\s)?"
    r"(?P<admission>admission\b|arrival\b|presentation\b)|"
    r"(?:at|on|since)\s(?P<discharge>discharge\b)|"
    r"(?:pod|post-?op(?:erative)?\sday)\s?#?\s?(?P<surgery>\d{1,2})\b|"
    r"(?:hd|hospital day|hosp day|icu day|(?<!of )day(?=\s\d{1,2}\sof\s(?:admission|stay|hosp)))\s?#?\s?"
    r"(?P<stay>\d{1,2})(?![/:\d]|\.\d|\s?[x×]|\stimes)|"
    r"(?:dol|day of life)\s?#?\s?(?P<birth>\d{1,2})\b)"
)
_COUNTED = ("surgery", "stay", "birth")
_CAME = re.compile(r"\b(?:came in|presented|presents|admitted|brought in|p/w)\b[^.;\n]{0,40}\Z")
_BEFORE = re.compile(r"(?:prior to|before)\s(?:the\s|this\s|his\s|her\s)?(admission|arrival|presentation)\Z")
_ADMISSION_NOTE = re.compile(r"admission (?:history|note|h&p|h & p)|history and physical|h&p\b|admit note")
_OF = re.compile(r"\s?(?:s/p|status post|from|after|following|of)\b")
_HEAD = 300  # characters at the head of a note, where a count says what day it is
_KEYS = (
    "admi",
    "adm ",
    "date of",
    "discharge",
    "pod",
    "dol ",
    "hd",
    "day ",
    "op day",
    "arrival",
    "born",
    "presentation",
)


def told(context: Context, whens: list[When]) -> list[When]:
    """The dates with those of named events; times that led to the admission are told from its day."""
    low = context.low
    if not any(key in low for key in _KEYS):
        return whens
    stated: dict[str, Pair] = {}
    for when in whens:
        match = _STATED.search(low, max(0, when.start - 32), when.start)
        if (
            match is not None
            and match.lastgroup is not None
            and when.reach is Reach.AT
            and is_finite(when.lo)
        ):
            stated.setdefault(match.lastgroup, (when.lo, when.hi))
    mentions = [match for match in _NAMED.finditer(low) if match.lastgroup is not None]
    counted = _counts(context, mentions, stated)
    if context.known and "admission" not in stated and _ADMISSION_NOTE.search(low, 0, 200):
        stated["admission"] = context.base
    if not stated:
        return whens
    result = [_counted_from(context, when, stated.get("admission")) for when in whens]
    starts = [when.start for when in result]
    named: list[When] = []
    for match in mentions:
        pair = _day(match, stated)
        if match.start() in counted:  # POD 3 s/p colectomy: the day of the operation
            if match.lastgroup != "surgery" or not _OF.match(low, match.end()):
                continue
            pair = stated["surgery"]
        if pair is None:
            continue
        place = bisect_left(starts, match.end())
        if not place or result[place - 1].end <= match.start():
            reach = Reach.SINCE if match.group().startswith("since") else Reach.AT
            named.append(When(match.start(), match.end(), *pair, reach))
    return sorted([*result, *named], key=lambda when: when.start)


def _counts(context: Context, mentions: list[re.Match[str]], stated: dict[str, Pair]) -> set[int]:
    """Learns the day of an event from the first count at the head of the note: where those counts stand."""
    places: set[int] = set()
    if not context.known:
        return places
    for match in mentions:
        group = match.lastgroup or ""
        if group not in _COUNTED or match.start() > _HEAD:
            continue
        line = context.low.rfind("\n", 0, match.start()) + 1
        if match.start() - line > 40 or context.planned(match.start()):
            continue
        number = int(match.group(group))
        event = "admission" if group == "stay" else group
        if event not in stated:
            least = number - 1 if group != "surgery" else number
            most = number if group == "birth" else least
            if least < 0:
                continue
            stated[event] = around(context.base, least, most, "day")
            places.add(match.start())
    return places


def _day(match: re.Match[str], stated: dict[str, Pair]) -> Pair | None:
    """The day that an event's name or a count from it tells."""
    group = match.lastgroup or ""
    pair = stated.get("admission" if group == "stay" else group)
    if pair is None or group not in _COUNTED:
        return pair
    number = int(match.group(group)) - (group == "stay")
    return None if number < 0 else (pair[0] + number * DAY, pair[1] + number * DAY)


def _counted_from(context: Context, when: When, admission: Pair | None) -> When:
    if admission is None or not context.known:
        return when
    if when.reach in (Reach.FOR, Reach.SINCE) and is_finite(when.lo):
        if _CAME.search(context.low, max(0, when.start - 60), when.start) is None:
            return when
        moved = admission[0] - context.base[0]
        return when._replace(lo=when.lo + moved, hi=when.hi + moved)
    if not is_finite(when.lo) and _BEFORE.search(context.low, when.start, when.end):
        counted = amount(context.low[when.start : when.end])
        if counted is not None:
            lo, hi = around(admission, *counted)
            return when._replace(lo=lo, hi=hi)
    return when
