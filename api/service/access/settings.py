"""Whose tokens the service takes, and what their claims mean. Without an issuer there is developer mode."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from api.service.access.roles import Role

Line = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[!-~]+$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class AccessSettings(BaseSettings):
    """One process's settings of access.

    issuer           who issues the tokens (`iss`), with
    audience         the name that tokens give this service (`aud`), and
    jwks             the address (https) or file of the issuer's keys, read anew after
    jwks_minutes     minutes, or at once where a key is unknown
    roles_claim      the claim that holds roles: a name, or names joined by dots
    roles            role by value of that claim; what is not named gives no right
    sites_claim      the claim that holds sites
    sites            sites that are served: their names by id
    leeway_seconds   by how much clocks may differ
    token_hours      the longest life of a token that is taken
    one_time_tokens  whether a token (by `jti`) is good for one request
    token_endpoint   where programs get tokens; told in `.well-known/smart-configuration`
    hosts            names that requests may be sent to, besides this machine's own and that of
                     `public_address`; `*` stands for any
    """

    issuer: Line | None = None
    audience: Line | None = None
    jwks: Line | None = None
    jwks_minutes: float = Field(default=5.0, gt=0, le=60)
    roles_claim: Line = "roles"
    roles: dict[Name, Role] = {role.value: role for role in Role}
    sites_claim: Line = "sites"
    sites: dict[Annotated[Name, Field(pattern=r"^[A-Za-z0-9._-]+$")], Name] = {}
    leeway_seconds: float = Field(default=30.0, ge=0, le=300)
    token_hours: float = Field(default=24.0, gt=0, le=24 * 31)
    one_time_tokens: bool = False
    token_endpoint: Line | None = None
    hosts: tuple[Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._:-]{1,253})$")], ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> AccessSettings:
        """All of it or nothing: half a set-up must not open the doors."""
        given = [name for name in ("issuer", "audience", "jwks") if getattr(self, name) is not None]
        if given and len(given) < 3:
            raise ValueError("ISSUER, AUDIENCE and JWKS belong together: set all three, or none")
        if given and not self.sites:
            raise ValueError('with an ISSUER, SITES names what is served, e.g. {"north": "North clinic"}')
        for name in ("jwks", "token_endpoint"):
            value = getattr(self, name)
            if value is not None and "://" in value:
                parts = urlsplit(value)
                near = parts.scheme == "http" and is_loopback(parts.hostname or "")
                safe = near or (parts.scheme == "https" and parts.hostname)
                if not safe or parts.username is not None:
                    raise ValueError(f"{name.upper()} has to be https (http on this machine only)")
        return self
