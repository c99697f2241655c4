"""How long a course lasts whose dosage gives its length alone (`boundsDuration`: for 5 days)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, floor_day
from fhir_adapters.mapping.dosing_records import Dosage
from fhir_adapters.records import Quantity

Course = tuple[int, int]  # days at least and at most

# Fewest and most days of a unit of time: of a month and a year those of the calendar.
_UNITS = {
    "d": (1, 1), "day": (1, 1), "days": (1, 1),
    "wk": (7, 7), "week": (7, 7), "weeks": (7, 7),
    "mo": (28, 31), "month": (28, 31), "months": (28, 31),
    "a": (365, 366), "year": (365, 366), "years": (365, 366),
}  # fmt: skip
# No course lasts longer than a life.
_LONGEST = 150 * 366

_quantity = msgspec.json.Decoder(Quantity).decode


def course_of(dosages: Sequence[Dosage]) -> Course | None:
    """Length of the course of a single dosage; None where none, or none that can be read, is told."""
    if len(dosages) != 1:
        return None
    timing = dosages[0].timing
    raw = bytes(timing.repeat.boundsDuration) if timing is not None and timing.repeat is not None else b""
    if raw in (b"", b"null"):
        return None
    try:
        length = _quantity(raw)
    except msgspec.DecodeError:
        return None
    return _days(length)


def _days(length: Quantity) -> Course | None:
    if length.value is None or length.comparator:
        return None
    unit = _UNITS.get(length.code or length.unit.lower())
    try:
        number = Decimal(repr(length.value))
    except InvalidOperation:
        return None
    if unit is None or not 0 < number * unit[1] <= _LONGEST:
        return None
    return math.ceil(number * unit[0]), math.ceil(number * unit[1])


def with_courses(
    courses: Sequence[Course | None],
    which: NDArray[np.int64],
    start: tuple[Array, Array],
    ends: tuple[Array, Array],
) -> tuple[Array, Array]:
    """Ends of the dosing bounds, and where there are none those of courses with a known start.

    A course of n days ends on its nth day, or on the one after it where it began late in the day.
    """
    if not any(courses):
        return ends
    least = np.array([course[0] if course else 0 for course in courses], dtype=np.int64)[which]
    most = np.array([course[1] if course else 0 for course in courses], dtype=np.int64)[which]
    dated = (start[0] > BEGINNING) & (start[1] < END_OF_TIME)
    ours = (least > 0) & dated & (ends[0] == END_OF_TIME) & (ends[1] == END_OF_TIME)
    earliest = floor_day(np.where(ours, start[0], 0)) + least * DAY - 1
    latest = floor_day(np.where(ours, start[1], 0)) + (most + 1) * DAY - 1
    return np.where(ours, earliest, ends[0]), np.where(ours, latest, ends[1])
