"""Things belong to sites. One of another site is answered like one that does not exist."""

from __future__ import annotations

from typing import Protocol, TypeVar

from api.store.errors import NotStoredError


class _OfSite(Protocol):
    """A row that belongs to a site."""

    site_id: str


Row = TypeVar("Row", bound="_OfSite")


def of_site(row: Row | None, site: str, table: str, key: str) -> Row:
    """The row, if it is there and the site's; raises NotStoredError (404) for both."""
    if row is None or row.site_id != site:
        raise NotStoredError(table, key)
    return row
