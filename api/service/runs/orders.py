"""What a run is asked to do, as its job carries it from whoever asks to whoever works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, cast

from api.loading import Given

KIND = "screen an extract"
UPLOADED = ""  # in place of an extract's name: it came along


@dataclass(frozen=True, slots=True)
class Order:
    """One run over one extract.

    `runs` are keys of the store's runs, one for each protocol version of `versions`, in the same order.
    `asked_at` is the moment whose answers count: whoever tries again counts the same ones.
    """

    site: str
    asked_by: str
    asked_at: str
    request: str  # address that was asked
    extract: str  # as its folder is named, or UPLOADED
    bytes: int
    as_of: str
    zone: str
    complete: bool
    runs: list[str]
    versions: list[str]
    dates: dict[str, list[str]]
    values: dict[str, str]

    @property
    def given(self) -> Given:
        """The parameters."""
        dates = {
            name: (date.fromisoformat(first), date.fromisoformat(last))
            for name, (first, last) in self.dates.items()
        }
        return Given(dates, self.values)

    @property
    def day(self) -> date:
        return date.fromisoformat(self.as_of)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.asked_at)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def order_of(content: Mapping[str, object]) -> Order:
    """The order that `as_dict` told."""
    return Order(**cast("dict[str, Any]", dict(content)))


def written(given: Given) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Parameters as an order holds them."""
    dates = {name: [first.isoformat(), last.isoformat()] for name, (first, last) in given.dates.items()}
    return dates, dict(given.values)
