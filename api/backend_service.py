"""Tokens of a FHIR server for a program that acts for itself: SMART's backend services.

It proves who it is by an assertion signed with its own key (RS384 or ES384). Tokens and keys are never logged
and stand in no message.
"""

from __future__ import annotations

import ssl
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import msgspec

_LIFE_SECONDS = 240  # of an assertion; five minutes are the most that may be
_EARLY_SECONDS = 30.0
_MOST_BYTES = 64 << 10
_ALGORITHMS = {"RSA": "RS384", "EC": "ES384"}


class TokenRefusedError(Exception):
    """No token was given."""


class KeyUnfitError(Exception):
    """What was named is no private key that signs assertions. The text says why, and quotes nothing."""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 60.0


class BackendService:
    """A program that the server knows by `name`. Holds a token until shortly before its end. Thread-safe."""

    def __init__(self, name: str, key: Any, tokens: str, scope: str, trust: ssl.SSLContext | bool) -> None:
        self._name, self._key, self._tokens, self._scope, self._trust = name, key, tokens, scope, trust
        self._lock = threading.Lock()
        self._held, self._until = "", 0.0

    def token(self, seconds: float) -> str:
        """A token that holds; asking for one takes at most `seconds`. Raises TokenRefusedError."""
        with self._lock:
            if time.monotonic() >= self._until:
                token = self._asked(seconds)
                self._held = token.access_token
                self._until = time.monotonic() + token.expires_in - _EARLY_SECONDS
            return self._held

    def forget(self, token: str) -> None:
        """Ask anew next time, if this is still the one held: the server takes it no more."""
        with self._lock:
            if self._held == token:
                self._until = 0.0

    def _asked(self, seconds: float) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(),
        }
        try:
            with (
                httpx.Client(verify=self._trust, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    "POST", self._tokens, data=form, timeout=seconds, headers={"Accept-Encoding": "identity"}
                ) as answer,
            ):
                body = b""
                for part in answer.iter_raw():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise TokenRefusedError
                if answer.status_code != 200:
                    raise TokenRefusedError
            token = msgspec.json.decode(body, type=_Token)
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, UnicodeDecodeError):
            raise TokenRefusedError from None
        if not token.access_token.isascii() or not token.access_token.isprintable():
            raise TokenRefusedError
        return token

    def _assertion(self) -> str:
        from joserfc import jwt

        now = int(time.time())
        claims = {
            "iss": self._name,
            "sub": self._name,
            "aud": self._tokens,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + _LIFE_SECONDS,
        }
        algorithm = _ALGORITHMS[self._key.key_type]
        header = {"alg": algorithm, "typ": "JWT", **({"kid": self._key.kid} if self._key.kid else {})}
        return str(jwt.encode(header, claims, self._key, algorithms=[algorithm]))


def private_key(path: Path) -> Any:
    """The private key in a file (JWK). Raises KeyUnfitError."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        key = import_key(msgspec.json.decode(path.read_bytes()))
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, JoseError, ValueError, TypeError, KeyError):
        raise KeyUnfitError("expected the file of one private key as JWK") from None
    fits = key.key_type == "RSA" or (key.key_type == "EC" and getattr(key, "curve_name", "") == "P-384")
    if not fits or not getattr(key, "is_private", False):
        raise KeyUnfitError("expected a private key of RSA, or of the curve P-384")
    return key
