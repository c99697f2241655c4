"""The issuer's public keys: read from an address or a file, held for minutes, read again for unknown ids.

Where keys come from is a setting; nothing in a token can name another place. A flood of unknown key ids
causes one reading in ten seconds.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from api.errors import UserError
from api.service.log import fault_of

PAUSE_SECONDS = 10.0  # between two readings
GRACE_SECONDS = 3600.0  # how long keys are used whose renewal fails
_FETCH_SECONDS = 5.0
_MOST_BYTES = 1 << 20
_MOST_KEYS = 100
_RSA_BITS = 2048

Key = RSAKey | ECKey | OKPKey
Reader = Callable[[], Awaitable[bytes]]
# What a key can check. No symmetric algorithm: whoever checks could sign.
_RSA = ("RS256", "RS384", "PS256", "PS384", "PS512")
_CURVES = {"P-256": ("ES256",), "P-384": ("ES384",)}
_EDWARDS = ("EdDSA", "Ed25519")
ALGORITHMS = frozenset({*_RSA, *(one for many in _CURVES.values() for one in many), *_EDWARDS})


@dataclass(frozen=True, slots=True)
class _Held:
    keys: Mapping[tuple[str, str], Key] = field(default_factory=dict)  # by id and algorithm
    since: float = float("-inf")


class Keys:
    """Finds keys by id. `read` brings the JWKS; `log` learns when that fails."""

    def __init__(
        self, read: Reader, minutes: float, log: Any, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._fresh, self._log, self._clock = read, minutes * 60, log, clock
        self._held = _Held()
        self._tried = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def find(self, kid: str, algorithm: str) -> Key | None:
        """The key of an id that checks an algorithm, None where the issuer has none.

        Raises UserError where no keys could be read at all.
        """
        found = self._current().get((kid, algorithm))
        if found is None or self._clock() - self._held.since > self._fresh:
            await self._renewed()
            found = self._current().get((kid, algorithm))
        if found is None and not self._current():
            raise UserError("ISSUER_UNAVAILABLE", "", "the issuer's keys cannot be read now")
        return found

    def _current(self) -> Mapping[tuple[str, str], Key]:
        aged = self._clock() - self._held.since > self._fresh + GRACE_SECONDS
        return {} if aged else self._held.keys

    async def _renewed(self) -> None:
        """Read anew, together with whoever else waits for it, unless that was done a moment ago."""
        reading = self._reading
        if reading is None or reading.done() or reading.get_loop() is not asyncio.get_running_loop():
            if self._clock() - self._tried < PAUSE_SECONDS:
                return
            self._tried = self._clock()
            reading = self._reading = asyncio.create_task(self._renew())
        await asyncio.shield(reading)

    async def _renew(self) -> None:
        try:
            self._held = _Held(parsed(await self._read()), self._clock())
        except (httpx.HTTPError, OSError, ValueError, TimeoutError) as error:
            # The keys that are held stay in use for a while.
            self._log.warning("keys not read", **fault_of(error))


def parsed(content: bytes) -> dict[tuple[str, str], Key]:
    """Keys of a JWKS that check signatures, by id and algorithm; others are left out. Raises ValueError."""
    whole = msgspec.json.decode(content)
    listed = whole.get("keys") if isinstance(whole, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise ValueError("no JWKS")
    found: dict[tuple[str, str], Key] = {}
    for one in listed:
        if not isinstance(one, dict):
            continue
        kid, named = one.get("kid"), one.get("alg")
        if not isinstance(kid, str) or not kid or one.get("use", "sig") != "sig":
            continue
        public = {name: value for name, value in one.items() if name in _PUBLIC}
        try:
            if _too_short(public):
                continue
            key = import_key(public)
            able = _algorithms(key)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        for algorithm in able:
            if isinstance(key, Key) and named in (None, algorithm):
                found.setdefault((kid, algorithm), key)
    return found


# `alg`, `use` and `key_ops` are judged here and by the library; private parts are not taken in.
_PUBLIC = frozenset({"kty", "kid", "use", "key_ops", "n", "e", "crv", "x", "y"})


def _too_short(public: Mapping[str, Any]) -> bool:
    """Whether the modulus of an RSA key has too few bits; the library only warns of it."""
    if public.get("kty") != "RSA":
        return False
    modulus = base64.urlsafe_b64decode(public["n"] + "==")
    return int.from_bytes(modulus, "big").bit_length() < _RSA_BITS


def _algorithms(key: object) -> tuple[str, ...]:
    if isinstance(key, RSAKey):
        return _RSA
    if isinstance(key, ECKey):
        return _CURVES.get(key.curve_name, ())
    if isinstance(key, OKPKey):
        return _EDWARDS if key.curve_name == "Ed25519" else ()
    return ()


def reader(place: str) -> Reader:
    """Reads a JWKS from an address or a file."""
    if "://" not in place:
        return lambda: asyncio.to_thread(Path(place).read_bytes)
    return lambda: asyncio.wait_for(_fetched(place), _FETCH_SECONDS)


async def _fetched(address: str) -> bytes:
    """What an address answers; no redirect is followed."""
    content = bytearray()
    async with (
        httpx.AsyncClient(timeout=_FETCH_SECONDS, follow_redirects=False) as client,
        client.stream("GET", address, headers={"Accept": "application/json"}) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError("the keys' address does not answer 200")
        async for part in answer.aiter_bytes():
            content += part
            if len(content) > _MOST_BYTES:
                raise ValueError("the keys are too long")
    return bytes(content)
