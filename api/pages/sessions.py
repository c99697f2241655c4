"""Who is signed in to the pages. Kept in memory: a restart asks everybody to sign in again.

A session's key is made when somebody signs in, never taken from a browser, so that nobody can be made to
use a session that somebody else knows. Only a hash of it is kept.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from api.service.access.principal import Principal

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PageSession:
    """Somebody who signed in. `csrf` is in every form of theirs; `begun` is on the sessions' clock."""

    principal: Principal
    csrf: str
    begun: float


class Sessions:
    """Sessions by key; they end when nobody uses them, and after some hours in any case."""

    def __init__(self, minutes: float, hours: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._idle, self._longest, self._clock = minutes * 60, hours * 3600, clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[PageSession, float]] = {}

    def begin(self, principal: Principal) -> str:
        """A new session's key."""
        key, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._open[_hashed(key)] = (PageSession(principal, secrets.token_urlsafe(32), now), now)
            if len(self._open) > _MOST:
                self._drop_ended(now)
            while len(self._open) > _MOST:
                # The one that was used least lately stands first.
                del self._open[next(iter(self._open))]
        return key

    def find(self, key: str) -> PageSession | None:
        """The session of a key, if it is there and has not ended; it is used by that."""
        hashed, now = _hashed(key), self._clock()
        with self._lock:
            found = self._open.pop(hashed, None)
            if found is None or self._ended(*found, now):
                return None
            self._open[hashed] = (found[0], now)
            return found[0]

    def end(self, key: str) -> None:
        with self._lock:
            self._open.pop(_hashed(key), None)

    def _ended(self, session: PageSession, used: float, now: float) -> bool:
        return now - used > self._idle or now - session.begun > self._longest

    def _drop_ended(self, now: float) -> None:
        self._open = {key: one for key, one in self._open.items() if not self._ended(*one, now)}


def _hashed(key: str) -> str:
    return sha256(key.encode("utf-8", "replace")).hexdigest()
