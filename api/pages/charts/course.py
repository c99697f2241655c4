"""A result in its course: points at their times, the limits and the window of the criterion.

Drawn of what was kept with the finding, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.charts.axes import Days, Mark, Numbers, days_between, numbers_between

WIDTH, HEIGHT = 720, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 620.0, 12.0, 180.0
_LINE = 15.0  # two texts of limits that are closer than this could not be read
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """A result. Where time or number is only known within bounds, `x`/`x2` and `y`/`y2` differ.

    `at` is where its mark stands: at the number that is known where the other one is open.
    """

    x: float
    x2: float
    y: float
    y2: float
    at: float
    fact: Told

    @property
    def middle(self) -> float:
        return (self.x + self.x2) / 2

    @property
    def imprecise(self) -> bool:
        return self.x2 - self.x > 1 or self.y2 - self.y > 1


@dataclass(frozen=True, slots=True)
class Band:
    """The window, from left to right; `opens`/`closes`: whether it has that end."""

    x: float
    x2: float
    opens: bool
    closes: bool
    window: Told


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the criterion; its words stand beside the drawing, at `text_y`, where no point can be."""

    y: float
    value: float
    text: str
    text_y: float


@dataclass(frozen=True, slots=True)
class Course:
    """All that is drawn."""

    title: str
    unit: str
    points: tuple[Point, ...]
    bands: tuple[Band, ...]
    limits: tuple[Limit, ...]
    days: tuple[Mark, ...]
    numbers: tuple[Mark, ...]
    as_of: float | None = None  # where the day is for which the patient was judged
    width: int = WIDTH
    height: int = HEIGHT
    left: float = _LEFT
    right: float = _RIGHT
    top: float = _TOP
    bottom: float = _BOTTOM


def course(term: Told, as_of: datetime | None = None) -> Course | None:
    """The course of a term of an exhibit; None where nothing has both a number and a time.

    `as_of` is the day for which the patient was judged; it is marked.
    """
    shown = [one for one in term["facts"] if _ends(one) and times(one)]
    if not shown:
        return None
    window, limits = term["window"], term["limits"]
    limit_values = [] if limits is None else _limit_values(limits)
    moments = [at for one in shown for at in times(one)] + edges(window)
    moments += [] if as_of is None else [as_of]
    days = days_between(moments, _LEFT, _RIGHT)
    values = [value for one in shown for value in _ends(one)] + [value for value, _ in limit_values]
    numbers = numbers_between(values, _BOTTOM, _TOP)
    points = tuple(_point(one, days, numbers) for one in shown)
    bands = () if window is None or not edges(window) else (band(window, days, _LEFT, _RIGHT),)
    return Course(
        str(term["term"]),
        str(term["unit"]),
        points,
        bands,
        _drawn(limit_values, numbers),
        tuple(days.marks()),
        tuple(numbers.marks()),
        None if as_of is None else days.place(as_of),
    )


def _limit_values(limits: Told) -> list[tuple[float, str]]:
    """The limits of a criterion, the lower one first, with their words."""
    low = "above" if limits["low_open"] else "at least"
    high = "below" if limits["high_open"] else "at most"
    ends = ((limits["low"], low), (limits["high"], high))
    return [(value, words) for value, words in ends if value is not None]


def _drawn(limit_values: list[tuple[float, str]], numbers: Numbers) -> tuple[Limit, ...]:
    """Lines of limits; the words of the upper one move up where they would touch those of the lower one."""
    found: list[Limit] = []
    for value, words in limit_values:
        y = numbers.place(value)
        text_y = min(y, found[-1].text_y - _LINE) if found else y
        found.append(Limit(y, value, f"{words} {value:g}", text_y))
    return tuple(found)


def _point(fact: Told, days: Days, numbers: Numbers) -> Point:
    began, low, high = times(fact), fact["low"], fact["high"]
    # A value with an open end reaches to the edge of the drawing.
    above = _TOP if high is None else numbers.place(high)
    below = _BOTTOM if low is None else numbers.place(low)
    at = (above + below) / 2 if None not in (low, high) else below if high is None else above
    return Point(days.place(began[0]), days.place(began[-1]), above, below, at, fact)


def band(window: Told, days: Days, left: float, right: float) -> Band:
    """A window on a scale of time."""
    first, last = parsed(window["from"]), parsed(window["to"])
    return Band(
        left if first is None else days.place(first),
        right if last is None else days.place(last),
        first is not None,
        last is not None,
        window,
    )


def parsed(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def edges(window: Told | None) -> list[datetime]:
    """The ends that a window has."""
    if window is None:
        return []
    return [at for at in (parsed(window["from"]), parsed(window["to"])) if at is not None]


def times(fact: Told) -> list[datetime]:
    """The earliest and the latest instant at which a fact may have begun, as far as they are known."""
    found = [parsed(fact["start_lo"]), parsed(fact["start_hi"])]
    return [at for at in found if at is not None] if all(found) else []


def _ends(fact: Told) -> list[float]:
    return [value for value in (fact.get("low"), fact.get("high")) if value is not None]
