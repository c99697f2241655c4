"""Scales: a time or a number to a place on the drawing, and marks at round steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of an axis: where, and what is written beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Days:
    """From left (`first`) to right (`last`)."""

    first: datetime
    last: datetime
    left: float
    right: float

    def place(self, at: datetime) -> float:
        """Times beyond an end lie at it."""
        share = (at - self.first) / (self.last - self.first)
        return round(self.left + (self.right - self.left) * min(1.0, max(0.0, share)), 2)

    def marks(self, most: int = 6) -> list[Mark]:
        """First days of months, as many as can be read beside each other."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        if months < 2:
            days = max(1, (self.last - self.first).days)
            step = max(1, math.ceil(days / most))
            begin = datetime(self.first.year, self.first.month, self.first.day)  # noqa: DTZ001
            several = [begin + timedelta(days=n) for n in range(0, days + 2, step)]
            return [Mark(self.place(d), f"{d.day} {d:%b}") for d in several if self.first <= d <= self.last]
        step = next((one for one in _MONTHS if months / one <= most), _MONTHS[-1])
        found = []
        number = self.first.year * 12 + self.first.month - 1
        for month in range(number - number % step, self.last.year * 12 + self.last.month, step):
            day = datetime(month // 12, month % 12 + 1, 1)  # noqa: DTZ001
            if self.first <= day <= self.last:
                found.append(Mark(self.place(day), f"{day:%Y}" if step >= 12 else f"{day:%b %Y}"))
        return found


def days_between(times: list[datetime], left: float, right: float) -> Days:
    """A scale that shows all these times with a little room beside them."""
    first, last = min(times), max(times)
    room = max((last - first) / 25, timedelta(days=2))
    return Days(first - room, last + room, left, right)


@dataclass(frozen=True, slots=True)
class Numbers:
    """From `low` at the bottom to `high` at the top."""

    low: float
    high: float
    bottom: float
    top: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - (self.bottom - self.top) * min(1.0, max(0.0, share)), 2)

    def marks(self, most: int = 5) -> list[Mark]:
        """Round numbers."""
        raw = (self.high - self.low) / most
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next(one * unit for one in (1, 2, 2.5, 5, 10) if one * unit >= raw * 0.999)
        start = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - start + 1
        return [Mark(self.place((start + n) * step), f"{(start + n) * step:.6g}") for n in range(count)]


def numbers_between(values: list[float], bottom: float, top: float) -> Numbers:
    """A scale that shows all these numbers with a little room above and below."""
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    least = low - room
    return Numbers(0.0 if low >= 0 > least else least, high + room, bottom, top)
