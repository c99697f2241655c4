"""Hours that went by between instants of the wall clock, across the changes of the clocks of a zone.

The fact table holds the time on the wall, so that days are days of the calendar; hours are counted on a
line of time that no clock is put forward or back on (UTC). An instant of the hour that comes twice in
autumn stands for two, and so does one of the hour that does not come in spring.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, DAY, END_OF_TIME, day_start

Instants = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# Changes are looked up between these; the offset of the nearest one holds before and after.
_FIRST, _LAST = day_start(date(1900, 1, 1)), day_start(date(2200, 1, 1))


def on_one_line(zone: str, earliest: Instants, latest: Instants) -> tuple[Instants, Instants]:
    """What lies between two instants each on the wall, in milliseconds of UTC; int64[k] each.

    In a zone without changes they stay as they are: the length of what lies between them is the same.
    """
    rules = _rules(zone)
    if rules is None or not len(earliest):
        return earliest, latest
    return _moved(rules, earliest, 1), _moved(rules, latest, -1)


@lru_cache(maxsize=64)
def _rules(zone: str) -> ZoneInfo | None:
    """The rules of a zone, None for a fixed offset."""
    if zone in ("UTC", "Z") or zone.removeprefix("UTC")[0] in "+-":
        return None
    return ZoneInfo(zone)


def _moved(rules: ZoneInfo, wall: Instants, side: int) -> Instants:
    """The first (side 1) or last (-1) instant of UTC that instants on the wall can be."""
    finite = (wall > BEGINNING // 2) & (wall < END_OF_TIME // 2)
    days, at = np.unique(np.where(finite, wall, 0) // DAY, return_inverse=True)
    offsets = [_of_day(rules, day) for day in days.tolist()]
    steady = np.array([0 if offset is None else offset for offset in offsets], dtype=np.int64)
    changing = np.array([offset is None for offset in offsets], dtype=np.bool_)
    where = np.ravel(at)
    moved: Instants = np.where(finite, wall - steady[where], wall)
    for entry in np.flatnonzero(changing[where] & finite).tolist():
        instant = int(wall[entry])
        moved[entry] = instant - (max if side > 0 else min)(_offset(rules, instant, fold) for fold in (0, 1))
    return moved


@lru_cache(maxsize=100_000)
def _of_day(rules: ZoneInfo, day: int) -> int | None:
    """The offset that holds all day, in milliseconds, None on a day on which the clocks change."""
    first, last = day * DAY, day * DAY + DAY - 1
    ends = {_offset(rules, instant, fold) for instant in (first, last) for fold in (0, 1)}
    return ends.pop() if len(ends) == 1 else None


def _offset(rules: ZoneInfo, wall: int, fold: int) -> int:
    """Milliseconds by which the wall is ahead of UTC."""
    moment = _EPOCH + timedelta(milliseconds=min(max(wall, _FIRST), _LAST))
    offset = moment.replace(tzinfo=rules, fold=fold).utcoffset()
    return 0 if offset is None else offset // _MILLISECOND
