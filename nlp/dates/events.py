"""Dates told by an event whose day the note states: on admission, at discharge, POD 3, hospital day 2.

The day is stated ("Admitted 3/2", "DATE OF SURGERY: 6/4"), or counted ("POD 3" at the head of a note: the
operation was three days before it). "Before admission" in an admission note counts from the note's day.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from eligibility.instants import DAY, is_finite
from nlp.dates.calendar import Pair, around
from nlp.dates.context import Context
from nlp.dates.quantity import amount
from nlp.document import Reach, When
from nlp.scanning import Need

_STATED = re.compile(
    r"(?:(?P<admission>date of admission|admission date|admit date|adm(?:ission|it)? date|date admitted|"
    r"\b(?:re)?admitted(?: to \w+)?(?: on)?|admission|\badm(?:it)?|\bdoa)|"
    r"(?P<discharge>date of discharge|discharge date|discharged(?: \w+)?(?: on)?)|"
    r"(?P<surgery>date of (?:surgery|procedure|operation)|surgery date|operation date|\bdos)|"
    r"(?P<birth>\bborn(?: on)?))[\s:(]*\Z"
)
_NOUNS = {
    "admission": "admission",
    "admit": "admission",
    "birth": "birth",
    "arrival": "admission",
    "presentation": "admission",
    "discharge": "discharge",
}
_LEAD = re.compile(r"\b(?:on|upon|at|since|from|after|the day of)\s(?:the (?:time|day) of\s)?\Z")
_COUNT = re.compile(
    r"\b(?:(?:pod|post-?op(?:erative)?\sday)\s?#?\s?(?P<surgery>\d{1,2})\b|"
    r"(?:hd|hospital day|hosp day|icu day|(?<!of )day(?=\s\d{1,2}\sof\s(?:admission|stay|hosp)))\s?#?\s?"
    r"(?P<stay>\d{1,2})(?![/\d]|:\d|\.\d|\s?[x×]|\stimes)|"
    r"(?:dol|day of life)\s?#?\s?(?P<birth>\d{1,2})\b)"
)
_CAME = re.compile(r"\b(?:came in|presented|presents|admitted|brought in|p/w)\b[^.;\n]{0,40}\Z")
_BEFORE = re.compile(
    r"(?:prior to|before)\s(?:the\s|this\s|his\s|her\s)?(?:admission|arrival|presentation)\Z"
)
_ADMISSION_NOTE = re.compile(r"admission (?:history|note|h&p|h & p)|history and physical|h&p\b|admit note")
_ON_DAY = re.compile(r"\bon day (\d{1,2})\b(?!\sof\b)")
_OF = re.compile(r"\s?(?:s/p|status post|from|after|following|of)\b")
_HEAD = 300  # characters at the head of a note, where a count says what day it is
_STATING = frozenset(
    {"admission", "admitted", "admit", "adm", "doa", "discharge", "discharged", "born", "dos"}
)
_COUNTING = frozenset(
    {
        "pod",
        "operative",
        "op",
        "postop",
        "postoperative",
        "hospital",
        "hosp",
        "icu",
        "hd",
        "dol",
        "life",
        "stay",
    }
)
# Words that have to stand in a text, some with a number, before anything here is looked for.
WORDS = dict.fromkeys(sorted({*_NOUNS, *_STATING}), Need.NOTHING) | dict.fromkeys(
    sorted(_COUNTING), Need.DIGIT_AT_ONCE
)


class _Named(NamedTuple):
    """An event's name or a count from it: where it stands, which event, how many days after it."""

    start: int
    end: int
    event: str
    days: int | None = None  # None where no count stands there


def told(context: Context, whens: list[When], seen: set[str]) -> list[When]:
    """The dates with those of named events; times that led to the admission are told from its day.

    `seen`: those of WORDS that stand in the text.
    """
    if not seen:
        return whens
    low = context.low
    stated: dict[str, Pair] = {}
    if not seen.isdisjoint(_STATING):
        for when in whens:
            match = _STATED.search(low, max(0, when.start - 32), when.start)
            if match is not None and when.reach is Reach.AT and is_finite(when.lo):
                stated.setdefault(match.lastgroup or "", (when.lo, when.hi))
    admitted = "admission" in stated and "on day " in low
    counts = list(_counts(low, admitted)) if admitted or not seen.isdisjoint(_COUNTING) else []
    _said_again(low, counts, whens, stated)
    learnt = _learn(context, counts, stated) if counts else set()
    if context.known and "admission" not in stated and _ADMISSION_NOTE.search(low, 0, 200):
        stated["admission"] = context.base
    if not stated:
        return whens
    result = [_counted_from(context, when, stated.get("admission")) for when in whens]
    starts = [when.start for when in result]
    named: list[When] = []
    for one in sorted([*counts, *_names(low, seen)]):
        pair = stated.get(one.event)
        if pair is None:
            continue
        days = one.days or 0
        if one.start in learnt:  # POD 3 s/p colectomy: the day of the operation
            if one.event != "surgery" or not _OF.match(low, one.end):
                continue
            days = 0
        place = bisect_left(starts, one.end)
        if place < len(starts) and low[one.end : starts[place]] == " (":
            continue  # on DOL 3 (29 Apr): said again, and better
        if not place or result[place - 1].end <= one.start:
            reach = Reach.SINCE if low.startswith("since", one.start) else Reach.AT
            # Some count the day of birth as day 0 of life, some as day 1.
            least = days - 1 if one.event == "birth" and days else days
            named.append(When(one.start, one.end, pair[0] + least * DAY, pair[1] + days * DAY, reach))
    return sorted([*result, *named], key=lambda when: when.start) if named else result


def _names(low: str, seen: set[str]) -> Iterator[_Named]:
    """On admission, upon arrival, at discharge."""
    for noun, event in _NOUNS.items():
        place = low.find(noun) if noun in seen else -1
        while place >= 0:
            lead = _LEAD.search(low, max(0, place - 32), place)
            if lead is not None and not low[place + len(noun) : place + len(noun) + 1].isalpha():
                yield _Named(lead.start(), place + len(noun), event)
            place = low.find(noun, place + len(noun))


def _counts(low: str, admitted: bool) -> Iterator[_Named]:
    """POD 3, hospital day 2, DOL 9; the first day of a stay is that of the admission."""
    if admitted:
        for match in _ON_DAY.finditer(low):
            if int(match.group(1)):
                yield _Named(match.start(), match.end(), "admission", int(match.group(1)) - 1)
    for match in _COUNT.finditer(low):
        group = match.lastgroup or ""
        number = int(match.group(group))
        if group != "stay":
            yield _Named(match.start(), match.end(), group, number)
        elif number:
            yield _Named(match.start(), match.end(), "admission", number - 1)


def _said_again(low: str, counts: list[_Named], whens: list[When], stated: dict[str, Pair]) -> None:
    """Learns the day of an event from a count with its day behind it: "HD 2 (11/18)"."""
    days = {when.start: when for when in whens if when.reach is Reach.AT and is_finite(when.lo)}
    for one in counts:
        day = days.get(one.end + 2) if low[one.end : one.end + 2] == " (" else None
        if day is not None and one.days is not None:
            back = one.days * DAY
            stated.setdefault(one.event, (day.lo - back, day.hi - back))


def _learn(context: Context, counts: list[_Named], stated: dict[str, Pair]) -> set[int]:
    """Learns the day of an event from the first count at the head of the note: where those counts stand."""
    places: set[int] = set()
    for one in counts:
        if not context.known or one.start > _HEAD or one.event in stated or one.days is None:
            continue
        line = context.low.rfind("\n", 0, one.start) + 1
        if one.start - line > 40 or context.planned(one.start):
            continue
        # Some count the day of birth as day 0 of life, some as day 1.
        least = one.days - 1 if one.event == "birth" and one.days else one.days
        stated[one.event] = around(context.base, least, one.days, "day")
        places.add(one.start)
    return places


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
