"""Counts of what the service does, for a monitor to fetch: operations, statuses, times, judges.

A label is a name of the program's own (an operation, a status, a code of a limit), never a word of a
request: nothing of a patient can get in, and the number of series is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from api.service.access.operations import OPERATIONS
from api.service.errors import LIMITS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NO_OPERATION = "none"  # an address that is none, or what was turned away before
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """One service's counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._answered = Counter(
            "eligibility_requests",
            "Requests answered.",
            ["operation", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "eligibility_request_seconds",
            "Time from the first word of a request to the end of its answer.",
            ["operation"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._limits = Counter(
            "eligibility_limits_hit", "Requests refused by a limit.", ["code"], registry=self.registry
        )
        self._faults = Counter("eligibility_faults", "Faults of the service itself.", registry=self.registry)
        for code in sorted(LIMITS):
            self._limits.labels(code)

    def answered(self, operation: object, status: int, seconds: float) -> None:
        """A request was answered; `operation` is the route's, if it had one."""
        name = operation if isinstance(operation, str) and operation in OPERATIONS else NO_OPERATION
        self._answered.labels(name, str(status)).inc()
        self._seconds.labels(name).observe(seconds)

    def refused(self, code: str) -> None:
        """A request was refused; counted where a limit did it."""
        if code in LIMITS:
            self._limits.labels(code).inc()

    def failed(self) -> None:
        """The service failed."""
        self._faults.inc()

    def watch(self, name: str, what: str, value: Callable[[], float]) -> None:
        """Show a number that is looked up when it is asked for."""
        gauge: Any = Gauge(f"eligibility_{name}", what, registry=self.registry)
        gauge.set_function(value)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
