"""From instants with an offset to wall-clock time in the extract's zone, the rules of each date included.

Never reads the host's zone or clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fhir_adapters.errors import FhirInputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIXED = re.compile(r"(?:UTC)?([+-])(\d\d):?(\d\d)", re.ASCII)
_LARGEST = 18 * 60  # minutes; no place on earth was ever further from UTC
_MS_DAY = 86_400_000
# zoneinfo knows years 1 to 9999; instants outside take the nearest year's rules.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def fixed_offset(name: str) -> int | None:
    """Minutes east of UTC of a zone that needs no database, None for any other: UTC, ±hh:mm up to 18:00."""
    if name in ("UTC", "Z"):
        return 0
    fixed = _FIXED.fullmatch(name)
    if fixed is None or int(fixed[3]) > 59:
        return None
    minutes = int(fixed[2]) * 60 + int(fixed[3])
    if minutes > _LARGEST:
        return None
    return -minutes if fixed[1] == "-" else minutes


class Zone:
    """One time zone: a fixed offset, or the transitions of the years met so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info: ZoneInfo | None = None
        self._fixed = 0
        self._years: set[int] = set()
        # Instants of change, and the offset from each on.
        self._table = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        self._learning = Lock()
        fixed = fixed_offset(name)
        if fixed is not None:
            self._fixed = fixed * 60_000
        else:
            try:
                self._info = ZoneInfo(name)
            except (OSError, ValueError, KeyError) as problem:
                raise FhirInputError(
                    "ZONE_UNKNOWN", "no time zone of this name; give an IANA name or +hh:mm", "zone"
                ) from problem

    @property
    def is_utc(self) -> bool:
        """Whether its wall-clock time is UTC."""
        return self._info is None and self._fixed == 0

    def wall(self, utc: NDArray[np.int64]) -> NDArray[np.int64]:
        """Wall-clock milliseconds of UTC milliseconds; int64[k] to int64[k]."""
        if self._info is None:
            return utc + self._fixed if self._fixed else utc
        if not len(utc):
            return utc
        with self._learning:
            self._learn(int(utc.min()), int(utc.max()))
            changes, offsets = self._table
        at = np.maximum(np.searchsorted(changes, utc, side="right") - 1, 0)
        moved: NDArray[np.int64] = utc + offsets[at]
        return moved

    def wall_one(self, utc: int) -> int:
        """`wall` for a single instant."""
        if self._info is None:
            return utc + self._fixed
        return int(self.wall(np.array([utc], dtype=np.int64))[0])

    def _learn(self, earliest: int, latest: int) -> None:
        """Find every change of offset in the years that the instants touch."""
        first = min(max(1970 + earliest // (365 * _MS_DAY) - 2, _FIRST_YEAR), _LAST_YEAR)
        last = min(max(1970 + latest // (365 * _MS_DAY) + 2, _FIRST_YEAR), _LAST_YEAR)
        missing = [year for year in range(first, last + 1) if year not in self._years]
        if not missing:
            return
        changes, offsets = self._table
        found = dict(zip(changes.tolist(), offsets.tolist(), strict=True))
        for year in missing:
            found.update(self._changes(year))
            self._years.add(year)
        order = sorted(found)
        self._table = (
            np.array(order, dtype=np.int64),
            np.array([found[at] for at in order], dtype=np.int64),
        )

    def _changes(self, year: int) -> dict[int, int]:
        """Offset at the first instant of a UTC year, and at each change within it."""
        start = int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
        end = int((datetime(year + 1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
        changes = {start * 1000: self._offset_at(start)}
        step = 7 * 86_400
        for left in range(start, end, step):
            self._between(left, min(left + step, end), changes)
        return changes

    def _between(self, left: int, right: int, changes: dict[int, int]) -> None:
        """Changes in (left, right], found by halving; two opposite ones within a week stay unseen."""
        if self._offset_at(left) == self._offset_at(right):
            return
        low, high = left, right
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset_at(middle) == self._offset_at(left):
                low = middle
            else:
                high = middle
        changes[high * 1000] = self._offset_at(high)
        if self._offset_at(high) != self._offset_at(right):
            self._between(high, right, changes)

    def _offset_at(self, seconds: int) -> int:
        assert self._info is not None
        moment = (_EPOCH + timedelta(seconds=seconds)).astimezone(self._info)
        offset = moment.utcoffset()
        return 0 if offset is None else int(offset.total_seconds() * 1000)


@lru_cache(maxsize=64)
def zone(name: str) -> Zone:
    """The zone of this name; raises FhirInputError (ZONE_UNKNOWN)."""
    return Zone(name)
