"""Lists a page at a time: how many entries, and after which one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.errors import UserError
from api.service.settings import ServiceSettings, setting_name

After = Annotated[
    str, Query(max_length=200, description="`next` of the page before; the first page, where left out.")
]
Limit = Annotated[
    int | None, Query(ge=1, le=10_000, description="How many entries at most; the service may give fewer.")
]


def page_size(asked: int | None, settings: ServiceSettings) -> int:
    """How many entries a page holds; raises UserError for more than the service gives at once."""
    if asked is not None and asked > settings.page:
        message = f"at most {settings.page} entries a page ({setting_name('page')})"
        raise UserError("PAGE_TOO_LARGE", "limit", message)
    return asked or settings.page
