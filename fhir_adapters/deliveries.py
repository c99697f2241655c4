"""When records were last changed, and their versions: kept as text, read only where it matters.

It matters where one record was delivered twice, which is rare; so the dates are not parsed before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING
from fhir_adapters import dates
from fhir_adapters.zones import Zone

_APART = "\n"


class Deliveries:
    """Change dates and version ids of records, in reading order."""

    __slots__ = ("_updated", "_versions", "_zone")

    def __init__(self, updated: Sequence[str], versions: Sequence[str], zone: Zone) -> None:
        self._updated = _joined(updated)
        self._versions = _joined(versions)
        self._zone = zone

    @classmethod
    def joined(cls, updated: str, versions: str, zone: Zone) -> Deliveries:
        """The same of texts that are joined already, by a newline that none of them holds."""
        made = cls.__new__(cls)
        made._updated, made._versions, made._zone = _Texts(updated), _Texts(versions), zone
        return made

    def read(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Instants of the last change and numeric version ids, int64[k] each, -1 where unsaid."""
        versions = map(_number, self._versions.some(rows))
        return (
            changed(self._updated.some(rows), self._zone),
            np.fromiter(versions, dtype=np.int64, count=len(rows)),
        )


class _Texts:
    """Strings in one piece."""

    __slots__ = ("_apart", "_joined")

    def __init__(self, joined: str, apart: Sequence[str] | None = None) -> None:
        self._joined = joined
        self._apart = apart

    def some(self, rows: NDArray[np.int64]) -> list[str]:
        texts = self._joined.split(_APART) if self._apart is None else self._apart
        return [texts[row] for row in rows.tolist()]


def _joined(texts: Sequence[str]) -> _Texts:
    joined = _APART.join(texts)
    if joined.count(_APART) != len(texts) - 1:  # one of them holds the separator
        return _Texts("", tuple(texts))
    return _Texts(joined)


def changed(texts: Sequence[str], zone: Zone) -> dates.Instants:
    """Latest instants of change dates, -1 where one is not said (or illegible)."""
    lo, hi = dates.parse(texts, zone)
    return np.where((lo == dates.INVALID) | (lo == BEGINNING), -1, hi)


def _number(version: str) -> int:
    return int(version) if version.isdecimal() and len(version) < 18 else -1
