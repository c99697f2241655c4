"""Where a server's tokens are given, and a token that somebody gave us."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec

from api.bulk.addresses import Reach, is_here, is_sound, origin
from api.bulk.connection import Server, StatusError
from api.errors import UserError


class _Configuration(msgspec.Struct):
    token_endpoint: str


def token_address(reach: Reach, trust: ssl.SSLContext | bool, given: str) -> str:
    """The address of tokens: the given one, or what the server's SMART configuration names."""
    if given:
        return _safe(given, reach, "--tokens")
    server = Server(reach, trust)
    try:
        answer = server.ask(
            "GET", f"{reach.base}/.well-known/smart-configuration", {"Accept": "application/json"}, 200
        )
        found = msgspec.json.decode(answer.body, type=_Configuration).token_endpoint
    except (StatusError, msgspec.MsgspecError, UnicodeDecodeError):
        message = "the server does not say where its tokens are given; name the address"
        raise UserError("TOKENS_UNKNOWN", "--tokens", message) from None
    finally:
        server.close()
    return _safe(found, reach, "server")


def _safe(url: str, reach: Reach, place: str) -> str:
    try:
        there = origin(url)
    except ValueError:
        raise UserError("BULK_ADDRESS", place, "the address of tokens is none") from None
    if not is_sound(there) or (is_here(there) and not is_here(origin(reach.base))):
        raise UserError("BULK_ADDRESS", place, "the address of tokens has to be https")
    return url


class GivenToken:
    """A bearer token out of a file."""

    def __init__(self, token: str) -> None:
        self._token = token

    @classmethod
    def of(cls, path: Path) -> GivenToken:
        """Raises UserError that does not quote the file."""
        try:
            token = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token or not token.isprintable() or " " in token:
            raise UserError("OPTION_INVALID", "--token-file", "expected a file with one token")
        return cls(token)

    def token(self, seconds: float) -> str:
        return self._token

    def forget(self, token: str) -> None:
        """There is no other."""
