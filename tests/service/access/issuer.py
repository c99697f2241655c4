"""An issuer of tokens for tests: keys of every kind, their JWKS as a file, and tokens good and bad."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

ISSUER, AUDIENCE = "https://login.example/realm", "https://eligibility.example"
SITES = {"north": "North clinic", "south": "South clinic"}
Sign = Callable[[bytes], bytes]
# Made once: an RSA key takes long.
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
PINNED = RSAKey.generate_key(2048, {"kid": "pinned", "alg": "PS256"})
EC256 = ECKey.generate_key("P-256", {"kid": "ec256"})
EC384 = ECKey.generate_key("P-384", {"kid": "ec384"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
ENCRYPTING = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"})
_WEAK = rsa.generate_private_key(65537, 1024)
_ALL = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "Ed25519", "HS256")


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def weak() -> dict[str, Any]:
    """A public key of 1,024 bits, as a JWKS would have it."""
    numbers = _WEAK.public_key().public_numbers()
    return {
        "kty": "RSA",
        "kid": "weak",
        "n": b64(numbers.n.to_bytes(128, "big")),
        "e": b64(numbers.e.to_bytes(3, "big")),
    }


def sign_weak(content: bytes) -> bytes:
    return _WEAK.sign(content, padding.PKCS1v15(), hashes.SHA256())


SYMMETRIC = {"kty": "oct", "kid": "oct", "k": b64(b"0123456789abcdef0123456789abcdef")}


def jwks() -> dict[str, Any]:
    public = [key.as_dict(private=False) for key in (RSA, PINNED, EC256, EC384, ED, ENCRYPTING)]
    return {"keys": [*public, weak(), SYMMETRIC, {"kty": "?", "kid": "odd"}, "no key"]}


class Issuer:
    """Makes tokens. `path` holds the public keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.publish(jwks())

    def publish(self, keys: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(keys))

    def settings(self, **more: Any) -> dict[str, Any]:
        """What a service is told of this issuer."""
        return {"issuer": ISSUER, "audience": AUDIENCE, "jwks": str(self.path), "sites": SITES, **more}

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Claims of a good token, with some changed; None takes one away."""
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "sam",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": f"jti-{time.perf_counter_ns()}",
            "roles": ["screener"],
            "sites": ["north"],
        }
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def token(
        self,
        key: Any = RSA,
        alg: str = "RS256",
        header: dict[str, Any] | None = None,
        **changed: Any,
    ) -> str:
        """A signed token; None in `header` takes a field away."""
        fields = {"alg": alg, "kid": getattr(key, "kid", None), "typ": "at+jwt", **(header or {})}
        fields = {name: value for name, value in fields.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=_ALL, strict_check_header=False)
        return jws.serialize_compact(
            fields, json.dumps(self.claims(**changed)).encode(), key, registry=registry
        )

    def raw(self, header: Any, sign: Sign, claims: Any = None) -> str:
        """A token put together by hand."""
        content = header if isinstance(header, bytes) else json.dumps(header).encode()
        told = claims if isinstance(claims, bytes) else json.dumps(claims or self.claims()).encode()
        signed = f"{b64(content)}.{b64(told)}"
        return f"{signed}.{b64(sign(signed.encode()))}"


def signer(key: RSAKey) -> Sign:
    """Signs by hand, for tokens that the library would not make."""
    private = key.private_key
    assert private is not None
    return lambda content: private.sign(content, padding.PKCS1v15(), hashes.SHA256())


sign_rsa = signer(RSA)  # the issuer's own, for tokens that are wrong in other ways


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
