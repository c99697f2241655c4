"""Posted records, held in memory for the answers that follow. Nothing of them is written to any disk.

They go when they are old, when there are too many, and when the process ends; whoever still has answers to
give then posts the record again. What was answered before is kept in the store and counts again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.errors import UserError
from api.loading import Given
from api.service.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """How a record is asked about. `versions` are keys of protocol versions.

    `delivered`: the kinds that are known to be whole, where somebody has seen to that; else None.
    `absent`: what of a record that was fetched did not come, as it is told; None where it was sent along.
    """

    as_of: date
    zone: str
    complete: bool
    given: Given
    versions: tuple[str, ...]
    delivered: frozenset[str] | None = None
    absent: tuple[Mapping[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A posted bundle: its bytes, whose it is and of which site, and what was asked of it."""

    site: str
    data: bytes
    sha256: str
    patient: str  # the sender's id of the patient
    patient_key: str
    asked: Asked


class Held:
    """Records by the key of their screening. Safe to share between threads."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._records: OrderedDict[str, tuple[float, Record]] = OrderedDict()
        self._bytes = 0

    def put(self, key: str, record: Record) -> None:
        with self._lock:
            before = self._records.pop(key, None)
            self._bytes += len(record.data) - (0 if before is None else len(before[1].data))
            self._records[key] = (time.monotonic(), record)
            self._shrink()

    def get(self, key: str, site: str) -> Record:
        """The record of a screening; raises UserError where the site has none, or it is held no longer."""
        with self._lock:
            self._shrink()
            found = self._records.get(key)
        if found is None or found[1].site != site:
            message = "this screening's record is not held, or no longer: post the record again, then answer"
            raise UserError("SCREENING_NOT_HELD", "screenings", message)
        return found[1]

    def _shrink(self) -> None:
        settings = self._settings
        oldest_kept = time.monotonic() - settings.held_minutes * 60
        while self._records:
            key, (since, record) = next(iter(self._records.items()))
            many = len(self._records) > settings.held_records
            # One record alone may be as large as a body: it is held whatever its size.
            large = self._bytes > settings.held_bytes and len(self._records) > 1
            if not (many or large or since < oldest_kept):
                return
            del self._records[key]
            self._bytes -= len(record.data)
