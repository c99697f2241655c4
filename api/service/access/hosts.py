"""The names that the service answers to. A request under another name is refused.

What a request says of its host is the sender's word: addresses in answers are made of it where the service
was not told its own, and a page of elsewhere can give its own name to this machine's address.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import Scope

from api.errors import UserError
from api.service.settings import ServiceSettings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY = "*"


def host_of(address: bytes) -> str:
    """The name within an address, "" where there is none."""
    try:
        return (urlsplit(address.decode("ascii")).hostname or "").lower()
    except ValueError:
        return ""


def hosts_of(settings: ServiceSettings) -> frozenset[str]:
    """This machine's own names, those that the settings name, and that of the public address."""
    own = host_of((settings.public_address or "").encode())
    return LOOPBACK | {name.lower() for name in settings.hosts} | ({own} if own else set())


def require_host(scope: Scope, known: Collection[str], message: str) -> None:
    """Raise UserError with `message` unless a request was sent to exactly one of the known names."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    if ANY not in known and (len(given) != 1 or host_of(b"//" + given[0]) not in known):
        raise UserError("HOST_REFUSED", "Host", message)
