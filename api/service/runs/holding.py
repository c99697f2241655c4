"""Holding on to a job while it is worked on: a lease that is renewed, and looked at for a cancellation."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import TracebackType

from api.errors import UserError
from api.store import Store, StoreError
from api.store.errors import LeaseLostError
from api.store.jobs import Claim, heartbeat

_SHOWN_EVERY = 2.0  # seconds between two looks at how far the work has come


class CancelledError(Exception):
    """Somebody asked for the run to end."""


class Holding:
    """Renews the lease of a job beside the work, which calls `check` wherever it may stop."""

    def __init__(self, store: Store, claimed: Claim, lease: timedelta, longest: timedelta) -> None:
        self._store, self._claimed, self._lease = store, claimed, lease
        self._ends = time.monotonic() + longest.total_seconds()
        self._longest = longest
        self._told: dict[str, object] = {}
        self._over = threading.Event()
        self._cancelled = self._lost = False
        self._held_since = time.monotonic()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def tell(self, **progress: object) -> None:
        """Say how far the work has come; raises what `check` raises."""
        self._told = {**self._told, **progress}
        self.check()

    def check(self) -> None:
        """Raises CancelledError, LeaseLostError where another one has the job, UserError after too long."""
        if self._lost or time.monotonic() - self._held_since > self._lease.total_seconds():
            raise LeaseLostError(f"jobs/{self._claimed.key}", "the lease ran out")
        if self._cancelled:
            raise CancelledError
        if time.monotonic() > self._ends:
            hours = self._longest.total_seconds() / 3600
            raise UserError("RUN_TOO_LONG", "", f"not done within {hours:g} hours")

    def _beat(self) -> None:
        pause = min(self._lease.total_seconds() / 4, _SHOWN_EVERY)
        while not self._over.wait(pause):
            begun = time.monotonic()
            try:
                self._cancelled |= not heartbeat(self._store, self._claimed, dict(self._told), self._lease)
                self._held_since = begun
            except LeaseLostError:
                self._lost = True
                return
            except StoreError:
                # The database is gone or busy: the lease lasts a while yet.
                continue

    def __enter__(self) -> Holding:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
