"""Lists a page at a time: how many entries, and after which one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.service.settings import ServiceSettings

After = Annotated[
    str, Query(max_length=200, description="`next` of the page before; the first page, where left out.")
]
Limit = Annotated[
    int | None, Query(ge=1, le=10_000, description="How many entries at most; the service may give fewer.")
]


def page_size(asked: int | None, settings: ServiceSettings) -> int:
    """How many entries a page holds: what is asked for, up to what the settings allow."""
    return min(asked or settings.page, settings.page)
