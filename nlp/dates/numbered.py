"""Days that are numbered: the third day of cough, day 3 of antibiotics, ceftriaxone D4."""

from __future__ import annotations

import re

from nlp.dates import calendar
from nlp.dates.context import Context, Found, unbounded
from nlp.dates.words import words
from nlp.document import Reach
from nlp.phrases import shapes

_ORDINALS = {
    word: number
    for number, word in enumerate(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=2
    )
} | {f"{number}{'nd' if number == 2 else 'rd' if number == 3 else 'th'}": number for number in range(2, 21)}
_NUMBERED = re.compile(r"\s?#?(\d{1,2})\sof\s(?!life\b|admission\b|stay\b|hosp|\d)")


def ordinal(context: Context, unit: str, start: int, end: int, ahead: list[tuple[int, str]]) -> Found | None:
    """The third day of cough, day 3 of antibiotics: it began two days before."""
    if unit not in ("day", "week"):
        return None
    place, word = ahead[-1] if ahead else (start, "")
    number, stop = _ORDINALS.get(word, 0), end
    if number and not context.low.startswith(" of ", end):
        return None
    if not number:
        match = _NUMBERED.match(context.low, end) or _of_drug(context, unit, start, end)
        if match is None or context.planned(start):
            return None
        number, place, stop = int(match.group(1)), start, match.end(1)
    if not 1 <= number <= 60:
        return None
    if not context.known:
        return unbounded(place, stop, Reach.SINCE)
    if unit == "day":
        return place, stop, *calendar.around(context.base, number - 1, number - 1, unit), Reach.SINCE
    return place, stop, *calendar.around(context.base, number - 1, number, unit), Reach.SINCE


_ALONE = re.compile(r"\s?#?(\d{1,2})(?=\s?(?:[,;.)\n]|\Z|today\b))(?!\.\d)")
_DRUG = re.compile(
    rf"{shapes()['drug']}|\bce(?:f|ph)[a-z]{{3}}|\b(?:vanco?|zosyn|unasyn|linezolid|abx|steroids)\b"
)
_NO_DRUG = frozenset({"chemo", "cycle", "therapy", "infusion", "iv", "injection", "treatment"})


def _of_drug(context: Context, unit: str, start: int, end: int) -> re.Match[str] | None:
    """Cefazolin day 13: behind the name of a drug the day needs no "of"."""
    lead = context.word_before(start)
    if unit != "day" or lead in _NO_DRUG or _DRUG.search(lead) is None:
        return None
    return _ALONE.match(context.low, end)


_COURSE = re.compile(r"(\d{1,2})(?=\s?(?:[,;.)\n/]|\Z|of\s))(?!\.\d)")


def course(context: Context, start: int, end: int) -> Found | None:
    """Ceftriaxone D4: given for the fourth day."""
    match = _COURSE.match(context.low, end)
    if match is None or context.low[start - 1 : start] != " ":
        return None
    number, lead = int(match.group(1)), context.word_before(start)
    if (
        not 1 <= number <= 60
        or not lead
        or lead in words().no_course
        or context.low[start - 2 : start - 1] in ".;:"
    ):
        return None
    if not context.known:
        return unbounded(start, match.end(1), Reach.SINCE)
    pair = calendar.around(context.base, number - 1, number - 1, "day")
    return start, match.end(1), *pair, Reach.SINCE
