"""The header `Idempotency-Key`, and all that was sent with it."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request

from api.service.access.who import Who
from api.service.once import Once as Once_

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A request sent again under its key is done once and answered as the first time.",
    ),
]


async def _once(request: Request, who: Who, key: Key = None) -> Once_ | None:
    if key is None:
        return None
    told = sha256()
    kind = request.headers.get("content-type", "")
    for part in (request.method, request.url.path, request.url.query, kind):
        told.update(part.encode() + b"\n")
    # Whoever has come to another site since is not told what was answered at the one before.
    told.update(" ".join(sorted(who.sites)).encode() + b"\n")
    told.update(await request.body())
    operation = getattr(request.scope.get("route"), "operation_id", "")
    return Once_(f"{operation} {who.subject}", key, told.hexdigest())


Once = Annotated[Once_ | None, Depends(_once)]
