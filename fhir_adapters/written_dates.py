"""Dates as they are written, letter by letter, to instants: the loop under `dates.parse`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled
from eligibility.instants import BEGINNING, DAY, END_OF_TIME

INVALID = END_OF_TIME + 1  # what a text that is no date becomes; no real instant is that large

# What `read_dates` answers, added up.
UTC_TIMES = 1  # some are told in UTC, and marked
SPANS = 2  # some are not one exact instant

_ZERO, _NINE, _DASH, _COLON, _DOT, _PLUS, _T, _Z = (ord(letter) for letter in "09-:.+TZ")
_MINUTE = 60_000
_LARGEST_OFFSET = 14 * 60 * _MINUTE


@compiled("uint8[]", "int64[]", "int64[]!", "int64[]!", "bool_[]!", returns="int64")
def read_dates(
    letters: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    lo: NDArray[np.int64],
    hi: NDArray[np.int64],
    utc: NDArray[np.bool_],
) -> int:
    """Earliest and latest instant of dates of such lengths, one after the other in `letters`.

    Writes int64[k] twice (INVALID for what is no date, the widest for an empty text), and bool[k] for
    those told in UTC; answers UTC_TIMES and SPANS.
    """

    def number(first: int, count: int) -> int:
        """The number that so many digits write; -1 where one is no digit."""
        found = 0
        for at in range(first, first + count):
            if letters[at] < _ZERO or letters[at] > _NINE:
                return -1
            found = found * 10 + int(letters[at]) - _ZERO
        return found

    def day_of(year: int, month: int, day: int) -> int:
        """Days from 1970-01-01, by the calendar of today for all years (years begin in March here)."""
        shifted = year if month > 2 else year - 1
        since_march = month - 3 if month > 2 else month + 9
        leaps = shifted // 4 - shifted // 100 + shifted // 400
        return shifted * 365 + leaps + (153 * since_march + 2) // 5 + day - 719_469

    told = 0
    stop = 0
    for i in range(len(lengths)):
        start, stop = stop, stop + lengths[i]
        length = lengths[i]
        utc[i] = False
        if length == 0:
            lo[i], hi[i] = BEGINNING, END_OF_TIME
            told |= SPANS
            continue
        lo[i] = hi[i] = INVALID
        if length != 4 and length != 7 and length != 10 and length < 16:
            continue
        year, month, day = number(start, 4), 1, 1
        if length >= 7:
            month = number(start + 5, 2) if letters[start + 4] == _DASH else -1
        if length >= 10:
            day = number(start + 8, 2) if letters[start + 7] == _DASH else -1
        if year < 1 or month < 1 or month > 12 or day < 1:
            continue
        first = day_of(year, month, 1)
        next_month = day_of(year + month // 12, month % 12 + 1, 1)
        if day > next_month - first:
            continue
        if length < 16:
            end = first + day
            if length < 10:
                end = next_month if length == 7 else day_of(year + 1, 1, 1)
            lo[i], hi[i] = (first + day - 1) * DAY, end * DAY - 1
            told |= SPANS
            continue
        if letters[start + 10] != _T or letters[start + 13] != _COLON:
            continue
        hour, minute, second = number(start + 11, 2), number(start + 14, 2), 0
        at = start + 16
        width = _MINUTE  # of what is told: one minute, or an instant
        if at + 3 <= stop and letters[at] == _COLON:
            second = number(at + 1, 2)
            at += 3
            width = 1
        if hour < 0 or hour > 23 or minute < 0 or minute > 59 or second < 0 or second > 60:
            continue
        instant = (first + day - 1) * DAY + (hour * 60 + minute) * _MINUTE + second * 1_000
        if width == 1 and at < stop and letters[at] == _DOT:
            at += 1
            if at == stop or letters[at] < _ZERO or letters[at] > _NINE:
                continue
            weight = 100  # of the digits beyond thousandths: none
            while at < stop and letters[at] >= _ZERO and letters[at] <= _NINE:
                instant += (int(letters[at]) - _ZERO) * weight
                weight //= 10
                at += 1
        if stop - at == 1 and letters[at] == _Z:
            utc[i] = True
        elif stop - at == 6 and (letters[at] == _PLUS or letters[at] == _DASH) and letters[at + 3] == _COLON:
            hours, minutes = number(at + 1, 2), number(at + 4, 2)
            offset = (hours * 60 + minutes) * _MINUTE
            if hours < 0 or minutes < 0 or minutes > 59 or offset > _LARGEST_OFFSET:
                continue
            instant += offset if letters[at] == _DASH else -offset
            utc[i] = True
        elif at != stop:
            continue
        lo[i], hi[i] = instant, instant + width - 1
        if width > 1:
            told |= SPANS
        if utc[i]:
            told |= UTC_TIMES
    return told
