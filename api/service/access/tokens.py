"""Bearer tokens: signed JWTs of the configured issuer, made into the caller they speak of.

Whatever is wrong with a token, the answer is the same. A token is an access token or it is nothing: one
that was made to prove a login, or bound to a key that the caller would have to show, is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from api.errors import UserError
from api.service.access.claims import roles_of, sites_of
from api.service.access.keys import ALGORITHMS, Keys
from api.service.access.principal import Principal
from api.service.access.settings import AccessSettings

_LONGEST = 16 << 10
_KINDS = frozenset({"jwt", "at+jwt", "application/at+jwt"})
# Claims that only other kinds of tokens have: logins, logouts, tokens bound to a key.
_FOREIGN = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events", "cnf"})
# How some issuers mark an access token within its claims.
_MARKS = {"typ": frozenset({"Bearer"}), "token_use": frozenset({"access"})}
# Seconds since 1970; beyond 2100 is no time that anyone meant.
_LAST = 4102444800

Spend = Callable[[str, float], bool]


class _Asymmetric(JWSRegistry):
    """The algorithms that are taken. The library's own choice would warn of one that issuers still use."""

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise ValueError("not an algorithm that is taken")
        return self.algorithms[name]


class Tokens:
    """Checks tokens. `spend` (jti, expiry) is False where a one-time token was used before."""

    def __init__(
        self,
        settings: AccessSettings,
        keys: Keys,
        spend: Spend,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._keys, self._spend, self._clock = settings, keys, spend, clock
        self._registry = _Asymmetric()

    async def principal(self, token: bytes) -> Principal:
        """Whom a token speaks of; raises UserError (TOKEN_INVALID for each and every fault of the token)."""
        try:
            claims = await self._claims(token)
            subject = self._checked(claims)
            found = Principal(subject, roles_of(claims, self._settings), sites_of(claims, self._settings))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise invalid() from None
        if self._settings.one_time_tokens:
            # Last of all, so that nobody can use up somebody else's token.
            jti = claims.get("jti")
            lasts = float(claims["exp"]) + self._settings.leeway_seconds
            if not isinstance(jti, str) or not 0 < len(jti) <= 255 or not jti.isprintable():
                raise invalid()
            if not await asyncio.to_thread(self._spend, jti, lasts):
                raise invalid()
        return found

    async def _claims(self, token: bytes) -> dict[str, Any]:
        """The claims of a token whose signature is one of the issuer's."""
        if len(token) > _LONGEST:
            raise ValueError("too long")
        told = jws.extract_compact(token, registry=self._registry)
        header = told.headers()
        kind, kid, algorithm = header.get("typ"), header.get("kid"), header.get("alg")
        if not isinstance(kind, str) or kind.lower() not in _KINDS or "crit" in header:
            raise ValueError("not an access token")
        if not isinstance(kid, str) or not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise ValueError("no key could be told")
        key = await self._keys.find(kid, algorithm)
        if key is None or not jws.validate_compact(told, key, registry=self._registry):
            raise ValueError("not signed by the issuer")
        claims = msgspec.json.decode(told.payload)
        if not isinstance(claims, dict):
            raise ValueError("no claims")
        return claims

    def _checked(self, claims: dict[str, Any]) -> str:
        """The subject of claims that hold here and now; raises ValueError."""
        settings, now = self._settings, self._clock()
        audiences = claims.get("aud")
        meant = [audiences] if isinstance(audiences, str) else audiences
        if claims.get("iss") != settings.issuer or not isinstance(meant, list):
            raise ValueError("of another issuer")
        if settings.audience not in meant:
            raise ValueError("for another service")
        expires, issued = _moment(claims["exp"]), _moment(claims["iat"])
        begins = _moment(claims.get("nbf", claims["iat"]))
        leeway = settings.leeway_seconds
        if not (max(issued, begins) - leeway <= now < expires + leeway):
            raise ValueError("not now")
        if expires - issued > settings.token_hours * 3600:
            raise ValueError("lives too long")
        if _FOREIGN & claims.keys():
            raise ValueError("another kind of token")
        if any(name in claims and claims[name] not in good for name, good in _MARKS.items()):
            raise ValueError("another kind of token")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
            raise ValueError("nobody")
        return subject


def _moment(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST:
        raise ValueError("not a time")
    return float(value)


def invalid() -> UserError:
    """The one answer to all tokens that are not taken."""
    return UserError("TOKEN_INVALID", "Authorization", "a valid bearer token is needed")
