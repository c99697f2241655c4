"""Published literals as the bounds that the judge compares: points and spans of 64-bit integers.

Dates and times go through the FHIR door, quantities through the units door; plain numbers become
ticks. What is known in part is a range of points, what is null is any point at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from eligibility.instants import (
    BEGINNING,
    DAY,
    END_OF_TIME,
    HOUR,
    MINUTE,
    SECOND,
    floor_day,
    is_finite,
    shift,
)
from eligibility.units import resolve, to_canonical
from fhir_adapters.dates import parse_one
from fhir_adapters.zones import Zone

UTC = Zone("UTC")
TICKS = 10**8  # a plain decimal has eight places
_QUANTITY_TICKS = 10**11
PRECISIONS = ("year", "month", "day", "hour", "minute", "second", "millisecond")
_LENGTHS = {"day": DAY, "hour": HOUR, "minute": MINUTE, "second": SECOND, "millisecond": 1}
_FIRST = ("", "", "", ":00", "", "", "")  # FHIR knows no time of an hour alone


class NoEqualError(Exception):
    """The expression says something for which we have no equal."""


@dataclass(frozen=True, slots=True)
class Point:
    """Every integer from `lo` to `hi` is possible; `step` leads to the next point of its sort."""

    lo: int
    hi: int
    sort: str
    step: int = 1
    precision: str = ""  # of dates and times


@dataclass(frozen=True, slots=True)
class Span:
    """From the first point to the last, both included."""

    low: Point
    high: Point


def anything(sort: str = "") -> Point:
    """A null point."""
    return Point(BEGINNING, END_OF_TIME, sort)


def number(text: str) -> Point:
    """An integer or decimal."""
    value = Decimal(text.removesuffix("L"))
    ticks = int(value * TICKS)
    return Point(ticks, ticks, "number", 1 if "." in text else TICKS)


def quantity(text: str, unit: str) -> Point:
    """A number with a unit, in canonical ticks."""
    resolved = resolve(unit, "http://unitsofmeasure.org")
    if resolved is None:
        raise NoEqualError(f"unit {unit}")
    ticks = round(to_canonical(text, resolved) * _QUANTITY_TICKS)
    step = round(to_canonical("1e-8", resolved) * _QUANTITY_TICKS)
    return Point(ticks, ticks, resolved.canonical, step)


def date_time(parts: list[str], offset: str = "", sort: str = "date") -> Point:
    """A date or time of one to seven parts, and an offset such as "-07:00"."""
    year, *rest = parts
    text = year.zfill(4) + "".join(f"-{part.zfill(2)}" for part in rest[:2])
    if len(rest) > 2:
        text += "T" + ":".join(part.zfill(2) for part in rest[2:5]) + _FIRST[len(rest)]
        text += f".{rest[5].ljust(3, '0')}" if len(rest) > 5 else ""
        # FHIR wants seconds beside an offset, but reads one without.
        text += offset
    found = parse_one(text, UTC)
    if found is None:
        raise ValueError(f"not a date: {text}")
    precision = PRECISIONS[len(rest)]
    lo, hi = found
    if precision == "hour":
        hi = lo + HOUR - 1
    return Point(lo, hi, sort, 1, precision)


def floor(point: Point, precision: str) -> Point:
    """The first instants of the units of time in which the point may lie."""
    if not precision or not point.precision:
        return point
    lo, hi = (_floor_one(end, precision) for end in (point.lo, point.hi))
    return Point(lo, hi, point.sort, 1, precision)


def _floor_one(instant: int, precision: str) -> int:
    if not is_finite(instant):
        return instant
    if precision == "day":
        return int(floor_day(np.array([instant]))[0])
    if precision in _LENGTHS:
        return instant - instant % _LENGTHS[precision]
    unit = "M" if precision == "month" else "Y"
    day = np.datetime64(instant // DAY, "D").astype(f"datetime64[{unit}]").astype("datetime64[D]")
    return int(day.astype(np.int64)) * DAY


def finest(*points: Point) -> str:
    """The finest precision of dates among these, "" where there is none."""
    found = [PRECISIONS.index(point.precision) for point in points if point.precision]
    return PRECISIONS[max(found)] if found else ""


def moved(point: Point, count: int, unit: str) -> Point:
    """A date moved by calendar lengths, through the engine's own arithmetic."""
    if unit not in ("year", "month", "week", "day", "hour"):
        raise NoEqualError(f"lengths of a {unit}")
    lo, hi = (int(shift(np.array([end]), count, unit)[0]) for end in (point.lo, point.hi))
    return replace(point, lo=lo, hi=hi)


def following(point: Point) -> Point:
    """The next point of the same sort and precision."""
    if not point.precision:
        return replace(point, lo=_later(point.lo, point.step), hi=_later(point.hi, point.step))
    if point.precision in _LENGTHS:
        length = _LENGTHS[point.precision]
        return replace(point, lo=_later(point.lo, length), hi=_later(point.hi, length))
    return moved(point, 1, point.precision)


def _later(instant: int, step: int) -> int:
    return instant + step if is_finite(instant) else instant


def preceding(point: Point) -> Point:
    """The point before, for the open end of a span of numbers."""
    if point.precision:
        raise NoEqualError("open ends of dates")
    return replace(point, lo=_later(point.lo, -point.step), hi=_later(point.hi, -point.step))
