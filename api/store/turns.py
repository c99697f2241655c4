"""A lock that is handed to whoever has waited longest, so that nobody starves among many."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """Held by one thread at a time, in the order in which they asked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self, timeout: float) -> bool:
        """Wait for one's turn; False where it has not come after `timeout` seconds."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        if called.acquire(timeout=timeout):
            return True
        with self._guard:
            if called in self._waiting:
                self._waiting.remove(called)
                return False
        return True  # the turn came between the end of waiting and here

    def release(self) -> None:
        """Hand over to the next in line."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
