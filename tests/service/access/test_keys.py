"""The issuer's keys: renewed, rotated, unknown, out of reach."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import structlog

from api.errors import UserError
from api.service.access.keys import GRACE_SECONDS, PAUSE_SECONDS, Keys, parsed, reader
from tests.service.access.issuer import EC256, OTHER_RSA, RSA

LOG = structlog.wrap_logger(structlog.ReturnLogger(), processors=[lambda *_: ""])


def _jwks(*keys: Any) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


class Place:
    """Where keys are read, with a clock."""

    def __init__(self, content: bytes) -> None:
        self.content, self.read, self.now = content, 0, 1000.0
        self.fault: Exception | None = None
        self.keys = Keys(self._bring, 5, LOG, lambda: self.now)

    async def _bring(self) -> bytes:
        self.read += 1
        await asyncio.sleep(0.01)
        if self.fault is not None:
            raise self.fault
        return self.content

    def has(self, kid: str, algorithm: str = "RS256") -> bool:
        return asyncio.run(self.keys.find(kid, algorithm)) is not None


def test_keys_are_held_and_renewed() -> None:
    place = Place(_jwks(RSA))
    assert [place.has("rsa") for _ in range(3)] == [True] * 3
    assert place.read == 1
    place.now += 301
    assert place.has("rsa")
    assert place.read == 2


def test_a_new_key_is_found_at_once_and_an_old_one_ends() -> None:
    place = Place(_jwks(RSA))
    assert place.has("rsa")
    place.content = _jwks(EC256)
    place.now += PAUSE_SECONDS
    assert place.has("ec256", "ES256")
    assert not place.has("rsa")
    assert place.read == 2


def test_an_old_key_ends_when_the_keys_are_renewed() -> None:
    place = Place(_jwks(RSA, EC256))
    assert place.has("rsa")
    place.content = _jwks(EC256)
    assert place.has("rsa")
    place.now += 301
    assert not place.has("rsa")


def test_unknown_ids_do_not_make_the_issuer_busy() -> None:
    place = Place(_jwks(RSA))
    assert not any(place.has(f"unknown-{n}") for n in range(200))
    assert place.read == 1
    assert place.has("rsa")
    place.now += PAUSE_SECONDS
    assert not any(place.has(f"unknown-{n}") for n in range(200))
    assert place.read == 2


def test_those_who_wait_share_one_reading() -> None:
    place = Place(_jwks(RSA))

    async def many() -> list[object]:
        return await asyncio.gather(*(place.keys.find("rsa", "RS256") for _ in range(50)))

    assert all(key is not None for key in asyncio.run(many()))
    assert place.read == 1


@pytest.mark.parametrize(
    "fault", [OSError("no"), TimeoutError(), ValueError("no JWKS"), json.JSONDecodeError("", "", 0)]
)
def test_keys_outlast_an_issuer_that_is_away_for_an_hour(fault: Exception) -> None:
    place = Place(_jwks(RSA))
    assert place.has("rsa")
    place.fault = fault
    place.now += 301
    assert place.has("rsa")
    place.now += GRACE_SECONDS
    with pytest.raises(UserError) as error:
        place.has("rsa")
    assert error.value.code == "ISSUER_UNAVAILABLE"
    place.fault = None
    place.now += PAUSE_SECONDS
    assert place.has("rsa")


def test_two_keys_of_one_id_are_told_apart_by_algorithm() -> None:
    first, second = RSA.as_dict(private=False), EC256.as_dict(private=False)
    first["kid"] = second["kid"] = "same"
    found = parsed(json.dumps({"keys": [first, second]}).encode())
    assert {algorithm for _, algorithm in found} == {"RS256", "RS384", "PS256", "PS384", "PS512", "ES256"}


def test_private_keys_are_not_taken_in() -> None:
    content = json.dumps({"keys": [OTHER_RSA.as_dict(private=True)]}).encode()
    assert all(not key.is_private for key in parsed(content).values())


MANY = b'{"keys": [' + b"{}," * 200 + b"{}]}"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": {}}', MANY])
def test_what_is_no_jwks_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"JWKS|truncated"):
        parsed(content)


def test_a_place_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="jwks"):
        asyncio.run(reader("/nowhere/jwks.json")())
