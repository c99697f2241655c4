"""The two ways in: with a token, or, on this machine only and without an issuer, as the developer."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from starlette.types import Scope

from api.errors import UserError
from api.service.access.principal import DEVELOPER, Principal
from api.service.access.tokens import Tokens, invalid

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Door(Protocol):
    """Tells who asks. `headers` go with every answer."""

    headers: tuple[tuple[bytes, bytes], ...]

    async def enter(self, scope: Scope) -> Principal | None:
        """Who asks, None for somebody without a token; raises UserError for whoever is turned away."""


class DeveloperDoor:
    """Everybody of this machine may do everything; no page of elsewhere may (a browser would send it)."""

    headers: tuple[tuple[bytes, bytes], ...] = (
        (b"x-eligibility-mode", b"developer: no access control, this machine only"),
    )

    async def enter(self, scope: Scope) -> Principal:
        headers = dict(scope["headers"])
        if _host(b"//" + headers.get(b"host", b"")) not in LOOPBACK:
            raise UserError("HOST_REFUSED", "Host", "developer mode answers to localhost only")
        origin = headers.get(b"origin")
        if origin is not None and _host(origin) not in LOOPBACK:
            raise UserError("ORIGIN_REFUSED", "Origin", "developer mode answers pages of this machine only")
        return DEVELOPER


class TokenDoor:
    """One bearer token in the header `Authorization`, nowhere else."""

    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def enter(self, scope: Scope) -> Principal | None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            return None
        scheme, _, token = given[0].strip().partition(b" ")
        if len(given) > 1 or scheme.lower() != b"bearer":
            raise invalid()
        return await self._tokens.principal(token.strip())


def _host(address: bytes) -> str:
    try:
        return (urlsplit(address.decode("ascii")).hostname or "").lower()
    except ValueError:
        return ""
