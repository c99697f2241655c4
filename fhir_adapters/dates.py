"""FHIR dates as intervals of instants: many at once, in numpy, and a careful path for odd shapes.

"2019" is the whole year, "2019-03-01" the whole day, a time to the second one instant. Times with an
offset become wall-clock time of the extract's zone; times without one are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from fhir_adapters.zones import Zone

Instants = NDArray[np.int64]
INVALID = END_OF_TIME + 1  # what a text that is no date becomes; no real instant is that large

_FEW = 24  # below this many, one by one is faster
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?",
    re.ASCII,
)


def parse_one(text: str, zone: Zone) -> tuple[int, int] | None:
    """Earliest and latest instant of one FHIR date; None where it is not one."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, utc, sign, off_hour, off_minute = found.groups()
    try:
        first = (date(int(year), int(month or 1), int(day or 1)).toordinal() - _EPOCH_DAY) * DAY
        if hour is None:
            return first, _end_of(int(year), month and int(month), day and int(day), first)
    except (ValueError, OverflowError):
        return None
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 60:
        return None
    lo = first + (int(hour) * 60 + int(minute)) * 60_000 + int(second or 0) * 1_000
    if fraction:
        lo += int((fraction + "00")[:3])
    hi = lo if second is not None else lo + 59_999
    if utc or sign:
        shift = (int(off_hour or 0) * 60 + int(off_minute or 0)) * 60_000
        if shift > 14 * 3_600_000 or int(off_minute or 0) > 59:
            return None
        start = zone.wall_one(lo + (shift if sign == "-" else -shift))
        return start, start + (hi - lo)
    return lo, hi


def _end_of(year: int, month: int | str | None, day: int | str | None, first: int) -> int:
    """Last millisecond of a year, month or day that starts at `first`."""
    if day:
        return first + DAY - 1
    if month:
        year, following = (year + 1, 1) if month == 12 else (year, int(month) + 1)
    else:
        year, following = year + 1, 1
    if year > 9999:
        return first + (31 if month else 365) * DAY - 1
    return (date(year, following, 1).toordinal() - _EPOCH_DAY) * DAY - 1


def parse(texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    """Earliest and latest instants of many texts, int64[k] each.

    An empty text is [BEGINNING, END_OF_TIME]; one that is no date is INVALID in both arrays.
    Where every text is one exact instant, both results are the same array.
    """
    count = len(texts)
    if count < _FEW:
        return _one_by_one(texts, zone)
    try:
        data = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    except UnicodeEncodeError:
        return _one_by_one(texts, zone)
    width = len(texts[0])
    if width and len(data) == width * count and max(map(len, texts)) == width:
        return _same_width(data.reshape(count, width), texts, zone)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=count)
    lo = np.full(count, BEGINNING, dtype=np.int64)
    hi = np.full(count, END_OF_TIME, dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    for width in np.unique(lengths).tolist():
        if not width:
            continue
        rows = np.flatnonzero(lengths == width)
        chosen = [texts[i] for i in rows.tolist()]
        if len(rows) < _FEW:
            lo[rows], hi[rows] = _one_by_one(chosen, zone)
        else:
            matrix = data[starts[rows][:, None] + np.arange(width)]
            lo[rows], hi[rows] = _same_width(matrix, chosen, zone)
    return lo, hi


def _one_by_one(texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    pairs = [
        (parse_one(text, zone) or (INVALID, INVALID)) if text else (BEGINNING, END_OF_TIME) for text in texts
    ]
    lo = np.array([pair[0] for pair in pairs], dtype=np.int64)
    hi = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return lo, hi


def _same_width(matrix: NDArray[np.uint8], texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    """Dates of one width; rows that do not look like the first one go the careful way."""
    first = texts[0]
    shape = "".join("0" if "0" <= letter <= "9" else letter for letter in first)
    found = _SHAPE.fullmatch(shape)
    if found is None or (found[4] and not found[6]):
        return _one_by_one(texts, zone)
    columns = np.ascontiguousarray(matrix.T)
    digit_places = [i for i, letter in enumerate(shape) if letter == "0"]
    fine = np.ones(len(texts), dtype=np.bool_)
    for i, letter in enumerate(shape):
        if letter in "+-" and i > 10:
            fine &= (columns[i] == 43) | (columns[i] == 45)
        elif letter != "0":
            fine &= columns[i] == ord(letter)
    digits = columns[digit_places] - 48  # wraps around below "0", so one comparison checks both sides
    fine &= (digits <= 9).all(axis=0)
    place = {column: row for row, column in enumerate(digit_places)}

    def number(at: int, width: int) -> Instants:
        value: Instants = digits[place[at]].astype(np.int64)
        for i in range(1, width):
            value = value * 10 + digits[place[at + i]]
        return value

    year = number(0, 4)
    fine &= year >= 1
    months = (year - 1970) * 12
    if found[2]:
        month = number(5, 2)
        fine &= (month >= 1) & (month <= 12)
        months += month - 1
    first_day = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    lo: Instants
    if not found[3]:
        later = (months + (1 if found[2] else 12)).astype("datetime64[M]")
        lo = first_day * DAY
        hi = later.astype("datetime64[D]").astype(np.int64) * DAY - 1
        return _mended(lo, hi, fine, texts, zone)
    day = number(8, 2)
    length = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - first_day
    fine &= (day >= 1) & (day <= length)
    lo = (first_day + day - 1) * DAY
    if not found[4]:
        return _mended(lo, lo + DAY - 1, fine, texts, zone)
    hour, minute, second = number(11, 2), number(14, 2), number(17, 2)
    fine &= (hour <= 23) & (minute <= 59) & (second <= 60)
    lo = lo + ((hour * 60 + minute) * 60 + second) * 1_000
    if found[7]:
        kept = min(len(found[7]), 3)
        lo = lo + number(20, kept) * 10 ** (3 - kept)
    if found[8] or found[9]:
        if found[9]:
            at = len(shape) - 6
            off_hour, off_minute = number(at + 1, 2), number(at + 4, 2)
            shift = (off_hour * 60 + off_minute) * 60_000
            fine &= (off_minute <= 59) & (shift <= 14 * 3_600_000)
            lo = lo - np.where(columns[at] == 45, -shift, shift)
        lo = zone.wall(lo)
    return _mended(lo, lo, fine, texts, zone)


def _mended(
    lo: Instants, hi: Instants, fine: NDArray[np.bool_], texts: Sequence[str], zone: Zone
) -> tuple[Instants, Instants]:
    """The rows that are not `fine` read again, one by one."""
    if fine.all():
        return lo, hi
    rows = np.flatnonzero(~fine)
    hi = hi.copy() if hi is lo else hi
    lo[rows], hi[rows] = _one_by_one([texts[i] for i in rows.tolist()], zone)
    return lo, hi
