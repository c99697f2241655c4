"""How often somebody may ask: a bucket of requests for each caller, filled again at a steady rate.

Whoever has shown who they are is counted under their name, everybody else under their address. Only the
newest callers are remembered; one who is forgotten starts with a full bucket, which is what a caller who
was silent for so long would have.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from api.errors import UserError
from api.service.settings import ServiceSettings, setting_name

_CALLERS = 10_000


class RateError(UserError):
    """A caller asked too often. `retry_after`: seconds until the next request is taken."""

    def __init__(self, retry_after: float, settings: ServiceSettings) -> None:
        super().__init__(
            "RATE_EXCEEDED",
            "",
            f"more than {settings.rate:g} requests a second, or {settings.burst} at once, of one caller "
            f"({setting_name('rate')}, {setting_name('burst')})",
        )
        self.retry_after = retry_after


class Rates:
    """The buckets of all callers. For one event loop: nothing in here waits, nothing locks."""

    def __init__(self, settings: ServiceSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, and since when

    def require(self, caller: str) -> None:
        """Raise RateError where nothing is left for a caller; takes nothing."""
        left = self._left(caller)
        if left < 1:
            raise RateError((1 - left) / self._settings.rate, self._settings)

    def take(self, caller: str) -> None:
        """Take one request out of a caller's bucket; raises RateError where nothing is left."""
        self.require(caller)
        self._buckets[caller] = (self._left(caller) - 1, self._clock())
        self._buckets.move_to_end(caller)
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)

    def _left(self, caller: str) -> float:
        held = self._buckets.get(caller)
        if held is None:
            return float(self._settings.burst)
        left, since = held
        return min(float(self._settings.burst), left + (self._clock() - since) * self._settings.rate)
