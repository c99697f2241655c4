"""How the FHIR server learns who asks: by a token of the settings, or by tokens as a SMART backend service.

Tokens and keys are never logged and stand in no message.
"""

from __future__ import annotations

import ssl
import threading
import time
from typing import Any

import httpx
import msgspec

from api.errors import UserError
from api.service.records.settings import RecordsSettings
from api.store.keys import new_key

_LIFE_SECONDS = 240  # of an assertion; five minutes are the most that may be
_EARLY_SECONDS = 30.0
_MOST_BYTES = 64 << 10
_KINDS = {"RSA": "RS384", "EC": "ES384"}


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float = 60.0


class Credentials:
    """Makes the header of requests. Safe to share between threads."""

    def __init__(self, settings: RecordsSettings, trust: ssl.SSLContext | bool) -> None:
        self._settings, self._trust = settings, trust
        self._lock = threading.Lock()
        self._held, self._until = "", 0.0
        self._key = _key(settings) if settings.fhir_server_key is not None else None

    def header(self, seconds: float) -> dict[str, str]:
        """`Authorization`, or nothing where no credential is set. Raises UserError where none is given."""
        given = self._settings.fhir_server_token
        if given is not None:
            return {"Authorization": f"Bearer {given.get_secret_value()}"}
        if self._key is None:
            return {}
        with self._lock:
            if time.monotonic() >= self._until:
                token = self._asked(seconds)
                self._held = token.access_token
                self._until = time.monotonic() + token.expires_in - _EARLY_SECONDS
            return {"Authorization": f"Bearer {self._held}"}

    def _asked(self, seconds: float) -> _Token:
        address = self._settings.fhir_server_tokens or ""
        form = {
            "grant_type": "client_credentials",
            "scope": self._settings.fhir_server_scope,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self._assertion(address),
        }
        try:
            with (
                httpx.Client(verify=self._trust, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    "POST", address, data=form, timeout=seconds, headers={"Accept-Encoding": "identity"}
                ) as answer,
            ):
                body = b""
                for part in answer.iter_raw():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise _refused()
                if answer.status_code != 200:
                    raise _refused()
            token = msgspec.json.decode(body, type=_Token)
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, UnicodeDecodeError):
            raise _refused() from None
        if not token.access_token.isascii() or not token.access_token.isprintable():
            raise _refused()
        return token

    def _assertion(self, address: str) -> str:
        from joserfc import jwt

        name, now = self._settings.fhir_server_client, int(time.time())
        key: Any = self._key
        claims = {
            "iss": name,
            "sub": name,
            "aud": address,
            "jti": new_key(),
            "iat": now,
            "exp": now + _LIFE_SECONDS,
        }
        algorithm = _KINDS[key.key_type]
        header = {"alg": algorithm, "typ": "JWT", **({"kid": key.kid} if key.kid else {})}
        return str(jwt.encode(header, claims, key, algorithms=[algorithm]))


def _key(settings: RecordsSettings) -> Any:
    """The private key of the settings; raises UserError that does not quote it."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    place = "ELIGIBILITY_SERVICE_FHIR_SERVER_KEY"
    path = settings.fhir_server_key
    try:
        content = msgspec.json.decode(path.read_bytes() if path is not None else b"")
        key = import_key(content)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, JoseError, ValueError, TypeError, KeyError):
        raise UserError("SETTING_INVALID", place, "expected the file of one private key as JWK") from None
    fits = key.key_type == "RSA" or (key.key_type == "EC" and getattr(key, "curve_name", "") == "P-384")
    if not fits or not getattr(key, "is_private", False):
        message = "expected a private key of RSA, or of the curve P-384"
        raise UserError("SETTING_INVALID", place, message)
    return key


def _refused() -> UserError:
    return UserError("FHIR_SERVER_FAILED", "patient", "no token for the FHIR server was given")
