"""Reads what stands at a number: 8.2%, 35-40 %, 120/80, 215K, 90s, with its unit."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlp.values.units import unit_at

# 9,8 and 1.234,5: no thousands are grouped so; a comma between two whole things has a space behind it.
_COMMA = re.compile(r"(\d{1,3}(?:\.\d{3})*+),(\d{1,2})(?![\d,.]*\d)(?!\s?,\s?\d)")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})++(?:\.\d+)?(?!\d|,\d)|\d++(?:\.\d++)?|\.\d++")
_SUFFIX = re.compile(r"k(?![a-z/])|(?:['’]?s)(?![a-z])|\s?(?:thousand|million)\b")
_TO = re.compile(r"\s?(?:-|–|—|−)\s?|\s?(?:to|through|thru)\s?(?=[\d.])|\s?-\s?to\s?-\s?")
_AND = re.compile(r"\s?(?:and|to|-|–)\s?(?:the\s)?(?=[\d.])")
_SLASH = re.compile(r"\s?/\s?(?=\d)|\s(?:over|out of)\s(?=\d)")
_BIG = 9  # digits of what is a telephone or a record number

# Behind a number that counts something else: days, times, years; a clock time; an ordinal.
_COUNTS = re.compile(
    r"[\s-]?(?:days?|weeks?|wks?|months?|mos?|years?|yrs?|y/?o|times?|hours?|hrs?|minutes?|mins?|am|pm|a\.m|p\.m|"
    r"st|nd|rd|th|pounds? (?:weight )?(?:loss|gain)|tabs?|tablets?|pills?|caps?|capsules?|patients?|doses?|"
    r"units?|"
    r"x?\s?uln|x\s(?:the\s)?(?:upper|normal|baseline)|times|fold|"
    r"vessel|vials?|cycles|fractions|sessions|visits|puffs?|drops?|beats? of|blocks|flights|sets)\b|:\d\d"
)


class Read(NamedTuple):
    """Numbers as written (one or two of a range), decades marked, unit text, where it ends.

    `below`: the second numbers of a fraction (120/80), as many as `numbers`, else empty. `comma`: a number
    was written with a decimal comma, as it seems.
    """

    numbers: tuple[float, ...]
    below: tuple[float, ...]
    decade: bool
    unit: str
    end: int
    number_end: int
    comma: bool = False


class _One(NamedTuple):
    value: float
    end: int
    decade: bool
    thousands: bool = False
    comma: bool = False


def _one(low: str, at: int) -> _One | None:
    comma = _COMMA.match(low, at)
    if comma is not None:
        return _One(float(f"{comma[1].replace('.', '')}.{comma[2]}"), comma.end(), False, comma=True)
    match = _NUMBER.match(low, at)
    if match is None:
        return None
    text = match.group()
    if len(text) > _BIG and "." not in text and "," not in text:
        return None
    if len(text) > 24:
        return None
    value = float(text.replace(",", ""))
    end = match.end()
    suffix = _SUFFIX.match(low, end)
    decade = False
    if suffix is not None:
        word = suffix.group().strip()
        if word == "k" or word == "thousand":
            value, end = value * 1000, suffix.end()
        elif word == "million":
            value, end = value * 1_000_000, suffix.end()
        elif value % 10 == 0 and value:
            decade, end = True, suffix.end()
    elif low[end : end + 1].isalpha() and low[end : end + 2] in ("nd", "rd", "st", "th"):
        return None
    return _One(value, end, decade, suffix is not None and not decade)


def read(
    text: str, low: str, at: int, limit: int, between: bool = False, fraction: bool = False
) -> Read | None:
    """The numbers at a place; None where they count something else.

    Nothing at or behind `limit` is read. `between`: "and" joins a range too.
    `fraction`: a slash joins two numbers (a pressure, 28/30).
    """
    one = _one(low, at)
    if one is None:
        return None
    if fraction:
        spread = _spread_pressure(text, low, one, limit)
        if spread is not None:
            return spread
    below: _One | None = None
    end = one.end
    slash = _SLASH.match(low, end)
    if slash is not None and (fraction or slash.group() == "/"):
        below = _one(low, slash.end())
        if below is None or not fraction or low[below.end : below.end + 1] == "/" or below.end > limit:
            return None  # a date, or what is no fraction
        end = below.end
    unit = unit_at(text, low, end, limit)
    first_unit_end = unit[1] if unit else end
    joined = (_AND if between else _TO).match(low, first_unit_end)
    if joined is not None:
        other = _one(low, joined.end())
        if other is not None and other.end <= limit and _joins(low, one, other, below is not None):
            second: _One | None = None
            stop = other.end
            slash = _SLASH.match(low, stop)
            if slash is not None and below is not None:
                second = _one(low, slash.end())
                stop = second.end if second else stop
            if below is None or second is not None:
                last = unit_at(text, low, stop, limit)
                if last is None and _counts(low, stop, limit):
                    return None
                belows = (below.value, second.value) if below and second else ()
                first = one.value
                if other.thousands and not one.thousands and first < other.value / 10:
                    first *= 1000  # 20-40k
                return Read(
                    (first, other.value),
                    belows,
                    one.decade or other.decade,
                    last[0] if last else unit[0] if unit else "",
                    last[1] if last else stop,
                    stop,
                    one.comma or other.comma,
                )
    if unit is None and _counts(low, end, limit):
        return None
    return Read(
        (one.value,),
        (below.value,) if below else (),
        one.decade or bool(below and below.decade),
        unit[0] if unit else "",
        first_unit_end,
        end,
        one.comma,
    )


def _counts(low: str, at: int, limit: int) -> bool:
    counted = _COUNTS.match(low, at)
    return counted is not None and counted.end() <= limit


def _spread_pressure(text: str, low: str, one: _One, limit: int) -> Read | None:
    """120-130/70-80, 120s-130s/70s: both numbers of a pressure as ranges."""
    joined = _TO.match(low, one.end)
    other = _one(low, joined.end()) if joined is not None else None
    slash = _SLASH.match(low, other.end) if other is not None else None
    if other is None or slash is None:
        return None
    least = _one(low, slash.end())
    if least is None or least.end > limit or low[least.end : least.end + 1] == "/":
        return None
    joined = _TO.match(low, least.end)
    most = _one(low, joined.end()) if joined is not None else None
    if most is not None and (most.end > limit or low[most.end : most.end + 1] == "/"):
        most = None
    last = most or least
    unit = unit_at(text, low, last.end, limit)
    return Read(
        (one.value, other.value),
        (least.value, last.value),
        one.decade or other.decade,
        unit[0] if unit else "",
        unit[1] if unit else last.end,
        last.end,
    )


def _joins(low: str, one: _One, other: _One, fraction: bool) -> bool:
    """Whether the second number ends a range: no third follows, and it is no date or time."""
    behind = low[other.end : other.end + 1]
    if behind == "/" and low[other.end + 1 : other.end + 2].isdigit() and not fraction:
        return False
    return not (behind in "-–:" and behind and low[other.end + 1 : other.end + 2].isdigit())
