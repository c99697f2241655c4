"""The two ways in: with a token, or, on this machine only and without an issuer, as the developer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from starlette.types import Scope

from api.errors import UserError
from api.service.access.hosts import LOOPBACK, host_of, require_host
from api.service.access.principal import DEVELOPER, Principal
from api.service.access.tokens import Tokens, invalid
from api.service.settings import setting_name

_NAMES = f"{setting_name('hosts')}, {setting_name('public_address')}"
_ELSEWHERE = f"not one of the names that this service answers to ({_NAMES})"


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
        require_host(scope, LOOPBACK, "developer mode answers to localhost only")
        origin = dict(scope["headers"]).get(b"origin")
        if origin is not None and host_of(origin) not in LOOPBACK:
            raise UserError("ORIGIN_REFUSED", "Origin", "developer mode answers pages of this machine only")
        return DEVELOPER


class TokenDoor:
    """One bearer token in the header `Authorization`, nowhere else; `hosts`: the names answered to."""

    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, tokens: Tokens, hosts: Collection[str]) -> None:
        self._tokens, self._hosts = tokens, hosts

    async def enter(self, scope: Scope) -> Principal | None:
        require_host(scope, self._hosts, _ELSEWHERE)
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            return None
        scheme, _, token = given[0].strip().partition(b" ")
        if len(given) > 1 or scheme.lower() != b"bearer":
            raise invalid()
        return await self._tokens.principal(token.strip())
