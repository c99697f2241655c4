"""Counts written as fractions of a week, month or year, as British notes do: 3/7, 2/52, 4/12.

Three sevenths are three days of a week, so many 52nds weeks of a year, so many twelfths months. A text that
writes weeks so writes days and months so as well; else 3/7 is a day of March unless words count it.
"""

from __future__ import annotations

import re

from nlp.dates import back
from nlp.dates.context import Context, Found

_FRACTION = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?/(7|52|12)(?![\d/.]\d|\d|/\d)")
_UNITS = {"7": "day", "52": "week", "12": "month"}
_AGO = re.compile(r"\s(?:ago|back)\b")
_HISTORY = re.compile(r"\s(?:hx|h/o|history)\b")
_COMING = frozenset(["r/v", "rv", "review", "in", "f/u", "tci", "after", "every", "next"])


def reads(context: Context, start: int) -> re.Match[str] | None:
    """The fraction at a place, where it counts days, weeks or months."""
    match = _FRACTION.match(context.low, start)
    if match is None or not 1 <= int(match.group(1)) <= 60:
        return None
    counted = context.low[start - 1 : start] in ("x", "×") or context.word_before(start) in ("x", "×")
    counted = counted or _AGO.match(context.low, match.end()) is not None
    counted = counted or _HISTORY.match(context.low, match.end()) is not None
    if match.group(3) == "52" or counted or context.has("/52"):
        return match
    return None


def read(context: Context, match: re.Match[str]) -> Found | None:
    """When that was, None where it is said of what is to come."""
    low = context.low
    least = float(match.group(1))
    told = least, float(match.group(2) or least), _UNITS[match.group(3)], False
    if told[0] > told[1]:
        return None
    begins = match.start() - (low[match.start() - 1 : match.start()] in ("x", "×"))
    ago = _AGO.match(low, match.end())
    if ago is not None:
        return back.before(context, begins, ago.end(), told)
    history = _HISTORY.match(low, match.end())
    if history is not None:
        return back.lasting(context, begins, history.end(), told)
    if context.word_before(begins) in _COMING or context.planned(begins):
        return None
    return back.lasted(context, begins, match.end(), told)
