"""Pages of a search: so many resources at once, and the address of the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


class Paging:
    """One page of a search for a type; `most` is the limit. Links are relative to the base."""

    def __init__(self, kind: str, most: int, count: int | None, offset: int) -> None:
        self.count, self.offset = min(count or most, most), offset
        self._kind, self._query = kind, dict[str, str]()

    def asked(self, **query: str | None) -> None:
        """Note what is searched for, for the links."""
        self._query |= {name: value for name, value in query.items() if value is not None}

    @property
    def wanted(self) -> int:
        """How many rows to read: one more than a page holds tells whether there is another."""
        return self.count + 1

    def cut(self, everything: Sequence[T]) -> tuple[list[T], dict[str, str]]:
        """The page of a whole list, and its links."""
        return self.links(everything[self.offset : self.offset + self.wanted])

    def links(self, rows: Sequence[T]) -> tuple[list[T], dict[str, str]]:
        """Rows that were read from the offset on, cut to a page, and its links."""
        told = {"self": self._address(self.offset)}
        if len(rows) > self.count:
            told["next"] = self._address(self.offset + self.count)
        return list(rows[: self.count]), told

    def _address(self, offset: int) -> str:
        query = {**self._query, "_count": str(self.count), "_offset": str(offset)}
        return f"{self._kind}?{urlencode(query)}"
