"""Tokens: which are taken, and that all others are refused in the same words."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.service.access.issuer import (
    AUDIENCE,
    EC256,
    EC384,
    ED,
    ENCRYPTING,
    ISSUER,
    OTHER_RSA,
    PINNED,
    RSA,
    SYMMETRIC,
    Issuer,
    b64,
    bearer,
    jwks,
    sign_rsa,
    sign_weak,
    signer,
)
from tests.service.conftest import Client, code_of, services

Guarded = Callable[..., Client]
CHALLENGE = 'Bearer realm="eligibility", error="invalid_token"'
HEADER = {"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}
NOW = int(time.time())


def _hmac(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda content: hmac.new(secret, content, hashlib.sha256).digest()


def _hs(secret: bytes, kid: str = "rsa") -> Callable[[Issuer], str]:
    return lambda issuer: issuer.raw({**HEADER, "alg": "HS256", "kid": kid}, _hmac(secret))


def _header(**more: Any) -> Callable[[Issuer], str]:
    """Signed by the issuer, with other fields in the header."""
    fields = {name: value for name, value in {**HEADER, **more}.items() if value is not None}
    return lambda issuer: issuer.raw(fields, sign_rsa)


def _forged(**more: Any) -> Callable[[Issuer], str]:
    """Signed by somebody else, who names their own key in the header."""
    return lambda issuer: issuer.token(OTHER_RSA, header=more)


def _claims(**changed: Any) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.token(**changed)


def _unsigned(alg: str) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.raw({**HEADER, "alg": alg}, lambda _: b"")


def _changed(part: int) -> Callable[[Issuer], str]:
    def change(issuer: Issuer) -> str:
        parts = issuer.token().split(".")
        if part == 1:
            parts[1] = b64(json.dumps(issuer.claims(roles=["admin"])).encode())
        else:
            parts[part] = ("A" if parts[part][20] != "A" else "B").join((parts[part][:20], parts[part][21:]))
        return ".".join(parts)

    return change


PEM = RSA.as_pem(private=False)
PUBLIC = RSA.as_dict(private=False)
OTHER = OTHER_RSA.as_dict(private=False)
NO_PLACE = "https://keys.invalid/jwks.json"

ATTACKS: dict[str, Callable[[Issuer], str]] = {
    "no algorithm": _unsigned("none"),
    "no algorithm, spelt otherwise": _unsigned("nOnE"),
    "no algorithm, with a signature": lambda i: i.raw({**HEADER, "alg": "none"}, sign_rsa),
    "signature taken off": lambda i: i.token().rpartition(".")[0] + ".",
    "two parts": lambda i: i.token().rpartition(".")[0],
    "HS256 with the public key as PEM": _hs(PEM),
    "HS256 with the public key as PEM, stripped": _hs(PEM.strip()),
    "HS256 with the public key as JWK": _hs(json.dumps(PUBLIC).encode()),
    "HS256 with an empty secret": _hs(b""),
    "HS256 with a symmetric key of the JWKS": _hs(b"0123456789abcdef0123456789abcdef", "oct"),
    "an algorithm that is not taken": _claims(alg="RS512"),
    "header changed": _changed(0),
    "claims changed": _changed(1),
    "signature changed": _changed(2),
    "another issuer's key of the same id": lambda i: i.token(OTHER_RSA),
    "key in the header": _forged(jwk=OTHER),
    "key in the header, with its id": _forged(jwk=OTHER, kid="mine"),
    "address of keys in the header": _forged(jku=NO_PLACE, kid="mine"),
    "address of a certificate in the header": _forged(x5u=NO_PLACE, kid="mine"),
    "certificate in the header": _forged(x5c=[b64(b"certificate")]),
    "critical extension": _header(crit=["policy"], policy="strict"),
    "critical extensions, none": _header(crit=[]),
    "payload not encoded": _header(crit=["b64"], b64=False),
    "no key id": _header(kid=None),
    "unknown key id": lambda i: i.token(OTHER_RSA, header={"kid": "unknown"}),
    "key id that is a path": _forged(kid="../../../../dev/null"),
    "key id that is SQL": _forged(kid="rsa' UNION SELECT 'x"),
    "key id that is no text": _header(kid=["rsa"]),
    "key for encryption": lambda i: i.raw({**HEADER, "kid": "enc"}, signer(ENCRYPTING)),
    "key of 1,024 bits": lambda i: i.raw({**HEADER, "kid": "weak"}, sign_weak),
    "key of another algorithm": lambda i: i.raw({**HEADER, "kid": "pinned"}, signer(PINNED)),
    "key of another curve": lambda i: i.raw({**HEADER, "alg": "ES256", "kid": "ec384"}, lambda _: b"\1" * 64),
    "signature of zeros": lambda i: i.raw({**HEADER, "alg": "ES256", "kid": "ec256"}, lambda _: bytes(64)),
    "another issuer": _claims(iss="https://evil.example"),
    "issuer with a slash more": _claims(iss=ISSUER + "/"),
    "issuers, several": _claims(iss=[ISSUER]),
    "no issuer": _claims(iss=None),
    "another audience": _claims(aud="https://other.example"),
    "audience that begins alike": _claims(aud=AUDIENCE + ".evil.example"),
    "audiences of others": _claims(aud=["a", "b"]),
    "no audience": _claims(aud=None),
    "audience that is no name": _claims(aud={"name": AUDIENCE}),
    "expired": _claims(iat=NOW - 900, nbf=NOW - 900, exp=NOW - 600),
    "no expiry": _claims(exp=None),
    "expiry as text": _claims(exp="4000000000"),
    "expiry that is true": _claims(exp=True),
    "expiry without end": lambda i: i.raw(
        HEADER, sign_rsa, json.dumps(i.claims()).replace('"exp": ', '"exp": 1e999, "old": ').encode()
    ),
    "lives for a year": _claims(exp=NOW + 365 * 86400),
    "not yet": _claims(nbf=NOW + 3000, exp=NOW + 6000),
    "issued in the future": _claims(iat=NOW + 3000, exp=NOW + 6000),
    "no time of issue": _claims(iat=None, nbf=None),
    "no type": _header(typ=None),
    "type of a logout": _header(typ="logout+jwt"),
    "type of a login by client": _header(typ="client-authentication+jwt"),
    "login with a nonce": lambda i: i.token(header={"typ": "JWT"}, nonce="n"),
    "login with a hash": lambda i: i.token(header={"typ": "JWT"}, at_hash="h"),
    "marked as a login": lambda i: i.token(header={"typ": "JWT"}, typ="ID"),
    "marked for renewal": lambda i: i.token(header={"typ": "JWT"}, typ="Refresh"),
    "marked as an id": lambda i: i.token(header={"typ": "JWT"}, token_use="id"),
    "bound to a key": _claims(cnf={"jkt": "x"}),
    "nobody": _claims(sub=None),
    "nobody, in words": _claims(sub=""),
    "subject with a line break": _claims(sub="sam\nadmin"),
    "subject that is no text": _claims(sub=["sam"]),
    "claims that are a list": lambda i: i.raw(HEADER, sign_rsa, b"[1]"),
    "claims that are no JSON": lambda i: i.raw(HEADER, sign_rsa, b"{"),
    "claims deep as the sea": lambda i: i.raw(HEADER, sign_rsa, b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}"),
    "header deep as the sea": lambda i: i.raw(b"[" * 300 + b"]" * 300, sign_rsa),
    "header without end": lambda i: i.raw({**HEADER, "pad": "x" * 9000}, sign_rsa),
    "longer than any token": _claims(pad="x" * 20_000),
    "encrypted": lambda i: ".".join([b64(b'{"alg":"dir","enc":"A256GCM"}'), "", "AAAA", "AAAA", "AAAA"]),
    "signature as JSON": lambda i: json.dumps({"payload": "e30", "signatures": []}),
    "no token at all": lambda i: "x",
    "dots": lambda i: "..",
    "nothing": lambda i: "",
}


def test_there_are_attacks_enough() -> None:
    assert len(ATTACKS) >= 25
    assert SYMMETRIC in jwks()["keys"]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Issuer]]:
    """One service for all attacks: none may change what the next one meets."""
    folder = tmp_path_factory.mktemp("attacks")
    issuer = Issuer(folder / "jwks.json")
    with services(f"sqlite:///{folder / 'store.db'}") as new:
        yield new(**issuer.settings()), issuer


@pytest.fixture(scope="module")
def refused() -> dict[str, tuple[int, str, bytes]]:
    """What each attack was answered, to compare them with each other."""
    return {}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_told_nothing(
    attacked: tuple[Client, Issuer], attack: str, refused: dict[str, tuple[int, str, bytes]]
) -> None:
    client, issuer = attacked
    assert client.get("/protocols", headers=bearer(issuer.token())).status_code == 200
    answer = client.get("/protocols", headers=bearer(ATTACKS[attack](issuer)))
    assert answer.status_code == 401, answer.text
    assert code_of(answer) == "TOKEN_INVALID"
    assert answer.headers["www-authenticate"] == CHALLENGE
    answer.headers.pop("x-request-id")
    refused[attack] = (answer.status_code, str(answer.headers), answer.content)
    assert len(set(refused.values())) == 1, "the answers to attacks differ"
    assert client.get("/protocols", headers=bearer(issuer.token())).status_code == 200
    assert "fault" not in client.log.getvalue()


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        *((RSA, alg) for alg in ("RS256", "RS384", "PS256", "PS384", "PS512")),
        (PINNED, "PS256"),
        (EC256, "ES256"),
        (EC384, "ES384"),
        (ED, "Ed25519"),
    ],
)
def test_good_tokens_are_taken(guarded: Guarded, issuer: Issuer, key: Any, alg: str) -> None:
    for kind in ("at+jwt", "application/at+jwt", "JWT"):
        token = issuer.token(key, alg, header={"typ": kind}, aud=["another", AUDIENCE])
        assert guarded().get("/protocols", headers=bearer(token)).status_code == 200


def test_the_older_name_of_ed25519_is_taken(guarded: Guarded, issuer: Issuer) -> None:
    key = ED.private_key
    assert key is not None
    token = issuer.raw({"alg": "EdDSA", "kid": "ed", "typ": "JWT"}, key.sign)
    assert guarded().get("/protocols", headers=bearer(token)).status_code == 200


def test_fields_that_name_keys_are_not_followed_in_good_tokens(guarded: Guarded, issuer: Issuer) -> None:
    """Nobody connects to what a header names; the issuer's own signature stays good."""
    asked: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Trap) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}/jwks.json"
        client = guarded()
        for field in ("jku", "x5u"):
            good = issuer.token(header={field: place})
            assert client.get("/protocols", headers=bearer(good)).status_code == 200
            bad = issuer.token(OTHER_RSA, header={field: place, "kid": "mine"})
            assert client.get("/protocols", headers=bearer(bad)).status_code == 401
        server.shutdown()
    assert asked == []


def test_a_token_is_looked_for_in_one_place(guarded: Guarded, issuer: Issuer) -> None:
    client, token = guarded(), issuer.token()
    for given in (
        {},
        {"params": {"access_token": token}},
        {"headers": {"Cookie": f"access_token={token}"}},
        {"headers": {"X-Authorization": f"Bearer {token}"}},
    ):
        answer = client.get("/protocols", **given)
        assert (answer.status_code, code_of(answer)) == (401, "TOKEN_MISSING")
        assert answer.headers["www-authenticate"] == 'Bearer realm="eligibility"'
    for headers in (
        [("Authorization", f"Basic {token}")],
        [("Authorization", token)],
        [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
        [("Authorization", f"Bearer {token}, Bearer {token}")],
    ):
        answer = client.get("/protocols", headers=headers)
        assert (answer.status_code, code_of(answer)) == (401, "TOKEN_INVALID"), headers
    assert client.get("/protocols", headers={"Authorization": f"bearer  {token} "}).status_code == 200
    assert token not in client.log.getvalue()


def test_noise_is_refused_and_never_a_fault(guarded: Guarded, issuer: Issuer) -> None:
    client, chance = guarded(), random.Random(20261122)
    good = issuer.token()
    for _ in range(300):
        changed = list(good)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(changed))
            changed[place] = chance.choice("ABCxyz019-_.=+/ ~\"'{}")
        token = "".join(changed)
        if token.split(".") == good.split("."):
            continue
        answer = client.get("/protocols", headers=bearer(token))
        # The last letter of base64 holds bits that nobody reads: a change of those alone is no change.
        assert answer.status_code in ((401,) if token[:-1] != good[:-1] else (200, 401)), token


def test_a_one_time_token_is_good_once(make: Guarded, issuer: Issuer) -> None:
    def guarded(**more: Any) -> Client:
        return make(**issuer.settings(**more))

    client, token = guarded(one_time_tokens=True), issuer.token()
    assert client.get("/protocols", headers=bearer(token)).status_code == 200
    again = client.get("/protocols", headers=bearer(token))
    assert (again.status_code, again.headers["www-authenticate"]) == (401, CHALLENGE)
    # Another service over the same store knows it, too.
    other = guarded(one_time_tokens=True).get("/protocols", headers=bearer(token))
    assert other.status_code == 401
    without = client.get("/protocols", headers=bearer(issuer.token(jti=None)))
    assert without.status_code == 401
    assert guarded().get("/protocols", headers=bearer(token)).status_code == 200


def test_who_has_no_token_uses_up_nobodys_rate_who_has_one(guarded: Guarded, issuer: Issuer) -> None:
    """All come from one address here, as behind a proxy."""
    client = guarded(rate=0.01, burst=5)
    false = issuer.token(OTHER_RSA)
    answers = [client.get("/protocols", headers=bearer(false)) for _ in range(4)]
    answers += [client.get("/protocols") for _ in range(3)]
    assert [one.status_code for one in answers] == [401] * 5 + [429] * 2
    assert client.get("/protocols", headers=bearer(false)).status_code == 429
    names = [client.get("/protocols", headers=bearer(issuer.token(sub="ann"))) for _ in range(6)]
    assert [one.status_code for one in names] == [200] * 5 + [429]
    assert client.get("/protocols", headers=bearer(issuer.token(sub="bob"))).status_code == 200
