"""FHIR dates as intervals of instants: many at once, in numpy, and a careful path for odd shapes.

"2019" is the whole year, "2019-03-01" the whole day, a time to the second one instant. Times with an
offset become wall-clock time of the extract's zone; times without one are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from fhir_adapters.uniform_dates import of_one_shape
from fhir_adapters.zones import Zone

Instants = NDArray[np.int64]
INVALID = END_OF_TIME + 1  # what a text that is no date becomes; no real instant is that large

_MANY = 256  # from here on, dates of one shape are tried all at once
_LONG = 64  # letters; no sensible date is longer
_FEW = 24  # below this many, one by one is faster
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?",
    re.ASCII,
)


_DIGITS_AS_ZERO = str.maketrans("123456789", "000000000")


@lru_cache(maxsize=16_384)  # within one patient's record the same moments come again and again
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
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=count)
    width = int(lengths[0])
    if width and (lengths == width).all():
        return _of_width(texts, width, zone)
    lo = np.full(count, BEGINNING, dtype=np.int64)
    hi = np.full(count, END_OF_TIME, dtype=np.int64)
    for width in np.flatnonzero(np.bincount(np.minimum(lengths, _LONG))).tolist():
        if width:
            mask = lengths == width if width < _LONG else lengths >= _LONG
            chosen = list(compress(texts, mask.tolist()))
            lo[mask], hi[mask] = _of_width(chosen, width, zone)
    return lo, hi


def _of_width(texts: Sequence[str], width: int, zone: Zone) -> tuple[Instants, Instants]:
    """Dates of one width, the quickest way that will do."""
    if len(texts) < _FEW or width >= _LONG:
        return _one_by_one(texts, zone)
    try:
        data = "".join(texts).encode("ascii")
    except UnicodeEncodeError:
        return _one_by_one(texts, zone)
    if len(texts) >= _MANY and (same := of_one_shape(data, width, zone)) is not None:
        return same
    return _same_width(np.frombuffer(data, dtype=np.uint8).reshape(len(texts), width), texts, zone)


def _one_by_one(texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    pairs = [
        (parse_one(text, zone) or (INVALID, INVALID)) if text else (BEGINNING, END_OF_TIME) for text in texts
    ]
    lo = np.array([pair[0] for pair in pairs], dtype=np.int64)
    hi = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return lo, hi


class _Layout:
    """Where the digits and separators of one shape of date stand ("0000-00-00T00:00:00Z")."""

    def __init__(self, shape: str, found: re.Match[str]) -> None:
        self.has_month, self.has_day, self.has_time = bool(found[2]), bool(found[3]), bool(found[4])
        self.utc, self.sign_at = bool(found[8]), len(shape) - 6 if found[9] else -1
        self.digit_places = [i for i, letter in enumerate(shape) if letter == "0"]
        fixed = [(i, ord(letter)) for i, letter in enumerate(shape) if letter != "0" and i != self.sign_at]
        self.fixed_places = [i for i, _ in fixed]
        self.fixed = np.array([letter for _, letter in fixed], dtype=np.uint8)[:, None]
        # (first place, digits, least, most) of year, month, day, hour, minute, second, thousandths, offset
        fraction = min(len(found[7] or ""), 3)
        fields = [
            (0, 4, 1, 9999),
            (5, 2, 1, 12),
            (8, 2, 1, 31),
            (11, 2, 0, 23),
            (14, 2, 0, 59),
            (17, 2, 0, 60),
        ]
        fields.append((20, fraction, 0, 999))
        fields += [(len(shape) - 5, 2, 0, 14), (len(shape) - 2, 2, 0, 59)] if self.sign_at > 0 else []
        weights = np.zeros((len(fields), len(self.digit_places)))
        for row, (first, width, _, _) in enumerate(fields):
            for i in range(width):
                if first + i in self.digit_places:
                    weights[row, self.digit_places.index(first + i)] = 10.0 ** (width - 1 - i)
        weights[6] *= 10 ** (3 - fraction)
        self.weights = weights
        present = [first in self.digit_places for first, _, _, _ in fields]
        self.least = np.array([f[2] if held else 0 for f, held in zip(fields, present, strict=True)])[:, None]
        self.most = np.array([f[3] for f in fields])[:, None]


@lru_cache(maxsize=256)
def _layout(shape: str) -> _Layout | None:
    """The layout of a shape; None for one that is read one by one."""
    found = _SHAPE.fullmatch(shape)
    return None if found is None or (found[4] and not found[6]) else _Layout(shape, found)


def _same_width(matrix: NDArray[np.uint8], texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    """Dates of one width; rows that do not look like the first one go the careful way."""
    layout = _layout(texts[0].translate(_DIGITS_AS_ZERO))
    if layout is None:
        return _one_by_one(texts, zone)
    columns = matrix.T
    digits = columns[layout.digit_places] - 48  # wraps around below "0", so one comparison checks both sides
    fine = (digits <= 9).all(axis=0) & (columns[layout.fixed_places] == layout.fixed).all(axis=0)
    parts = (layout.weights @ digits.astype(np.float64)).astype(np.int64)
    fine &= ((parts >= layout.least) & (parts <= layout.most)).all(axis=0)
    months = (parts[0] - 1970) * 12
    if layout.has_month:
        months += parts[1] - 1
    first_day = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    lo: Instants = first_day * DAY
    if not layout.has_day:
        later = (months + (1 if layout.has_month else 12)).astype("datetime64[M]")
        return _mended(lo, later.astype("datetime64[D]").astype(np.int64) * DAY - 1, fine, texts, zone)
    late = parts[2] > 28
    if late.any():
        following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        fine &= ~late | (parts[2] <= following - first_day)
    lo += (parts[2] - 1) * DAY
    if not layout.has_time:
        return _mended(lo, lo + DAY - 1, fine, texts, zone)
    lo += ((parts[3] * 60 + parts[4]) * 60 + parts[5]) * 1_000 + parts[6]
    if layout.sign_at > 0:
        sign = columns[layout.sign_at]
        shift = (parts[7] * 60 + parts[8]) * 60_000
        fine &= ((sign == 43) | (sign == 45)) & (shift <= 14 * 3_600_000)
        lo -= np.where(sign == 45, -shift, shift)
    if layout.utc or layout.sign_at > 0:
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
