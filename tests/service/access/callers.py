"""Clients that send a token with each request."""

from __future__ import annotations

from typing import Any

import httpx

from tests.service.access.issuer import Issuer, bearer
from tests.service.conftest import Client


class Caller(Client):
    """Somebody with roles at sites."""

    def __init__(
        self, client: Client, issuer: Issuer, roles: list[str], sites: list[str], sub: str = ""
    ) -> None:
        super().__init__(client.app, client.store, client.log)
        name = sub or "-".join([*roles, *sites]) or "nobody"
        self.token = issuer.token(roles=roles, sites=sites, sub=name)

    def send(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**bearer(self.token), **given.pop("headers", {})}
        return super().send(method, path, headers=headers, **given)
