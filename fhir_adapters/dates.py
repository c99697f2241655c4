"""FHIR dates as intervals of instants: many at once in a compiled loop, a few one by one.

"2019" is the whole year, "2019-03-01" the whole day, a time to the second one instant. Times with an
offset become wall-clock time of the extract's zone; times without one are taken as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from fhir_adapters.written_dates import INVALID as INVALID
from fhir_adapters.written_dates import SPANS, UTC_TIMES, read_dates
from fhir_adapters.zones import Zone

Instants = NDArray[np.int64]

FEW = 24  # below this many, one by one is faster, and no compiler is loaded for them
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?",
    re.ASCII,
)


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
    if count < FEW:
        return _one_by_one(texts, zone)
    joined = "".join(texts)
    if not joined:
        return undated(count)
    # A letter of another script becomes one sign that is in no date.
    letters = np.frombuffer(joined.encode("ascii", "replace"), dtype=np.uint8)
    return parse_letters(letters, np.fromiter(map(len, texts), dtype=np.int64, count=count), zone)


def parse_letters(
    letters: NDArray[np.uint8], lengths: NDArray[np.int64], zone: Zone
) -> tuple[Instants, Instants]:
    """`parse` of texts of such lengths that stand one after the other."""
    count = len(lengths)
    if not len(letters):
        return undated(count)
    lo, hi, utc = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.bool_)
    told = read_dates(letters, lengths, lo, hi, utc)
    if told & UTC_TIMES and not zone.is_utc:
        moved = zone.wall(lo[utc])
        hi[utc] += moved - lo[utc]
        lo[utc] = moved
    return lo, hi if told & SPANS else lo


def undated(count: int) -> tuple[Instants, Instants]:
    """Intervals that say nothing."""
    return np.full(count, BEGINNING, dtype=np.int64), np.full(count, END_OF_TIME, dtype=np.int64)


def _one_by_one(texts: Sequence[str], zone: Zone) -> tuple[Instants, Instants]:
    pairs = [
        (parse_one(text, zone) or (INVALID, INVALID)) if text else (BEGINNING, END_OF_TIME) for text in texts
    ]
    lo = np.array([pair[0] for pair in pairs], dtype=np.int64)
    hi = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return lo, hi
