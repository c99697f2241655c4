"""How times, spans and people are put on a page: in the service's zone, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

# How many signs of a pseudonym are shown: enough to tell the patients of a site apart.
_SIGNS = 8


def patient_name(key: str) -> str:
    """How a page calls a patient of whom it knows a pseudonym alone."""
    return key[:_SIGNS].upper()


def day(value: date | datetime | str) -> str:
    """`1 Jun 2026`, of a day or of its ISO text."""
    found = value if isinstance(value, date) else date.fromisoformat(value[:10])
    return f"{found.day} {found:%b %Y}"


def clock(value: datetime) -> str:
    """`14:05`, with `UTC` said beside it where a page uses it."""
    return f"{value.astimezone(UTC):%H:%M}"


def moment(value: datetime) -> str:
    """`1 Jun 2026, 14:05 UTC`."""
    return f"{day(value.astimezone(UTC))}, {clock(value)} UTC"


def age(since: datetime, now: datetime) -> str:
    """How long something has waited: minutes, hours or days."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 case`, `2 cases`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


FILTERS: dict[str, Callable[..., Any]] = {
    "patient_name": patient_name,
    "day": day,
    "clock": clock,
    "moment": moment,
    "age": age,
    "plural": plural,
}
