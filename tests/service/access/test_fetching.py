"""Keys over HTTP and HTTPS: rotated, redirected, endless, late, and from those whom nobody trusts."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.service.access import keys as keys_module
from tests.service.access.callers import Caller
from tests.service.access.issuer import EC256, RSA, Issuer, bearer
from tests.service.conftest import Client, code_of

Answer = Callable[[BaseHTTPRequestHandler], None]
Guarded = Callable[..., Client]


@contextmanager
def serving(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on this machine, its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that went away is what some tests want."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def tell(content: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def status_of(client: Client, issuer: Issuer) -> int:
    return client.get("/protocols", headers=bearer(issuer.token())).status_code


def test_rotation_over_http(guarded: Guarded, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key works at once, one that was taken back ends with the next reading."""
    monkeypatch.setattr(keys_module, "PAUSE_SECONDS", 0.0)
    issuer.publish({"keys": [RSA.as_dict(private=False)]})
    held = [issuer.path.read_bytes()]
    with serving(lambda handler: tell(held[0])(handler)) as port:
        client = guarded(jwks=f"http://127.0.0.1:{port}/certs")
        assert status_of(client, issuer) == 200
        issuer.publish({"keys": [EC256.as_dict(private=False)]})
        held[0] = issuer.path.read_bytes()
        rotated = issuer.token(EC256, "ES256")
        assert client.get("/protocols", headers=bearer(rotated)).status_code == 200
        old = client.get("/protocols", headers=bearer(issuer.token(RSA)))
        assert (old.status_code, code_of(old)) == (401, "TOKEN_INVALID")


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" " * 65536)


def late(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


@pytest.mark.parametrize("how", ["redirect", "endless", "late", "error", "no keys", "page", "gone"])
def test_keys_that_cannot_be_read_open_no_door(
    guarded: Guarded, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(keys_module, "_FETCH_SECONDS", 1.0)
    content, asked = issuer.path.read_bytes(), []

    def good(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        tell(content)(handler)

    with serving(good) as elsewhere:
        answers: dict[str, Answer] = {
            "redirect": tell(b"", 302, Location=f"http://127.0.0.1:{elsewhere}/certs"),
            "endless": endless,
            "late": late,
            "error": tell(content, 500),
            "no keys": tell(b'{"keys": []}'),
            "page": tell(b"<html>"),
            "gone": tell(b""),
        }
        with serving(answers[how]) as port:
            place = "http://127.0.0.1:1/" if how == "gone" else f"http://127.0.0.1:{port}/certs"
            client, begun = guarded(jwks=place), time.monotonic()
            answer = client.get("/protocols", headers=bearer(issuer.token()))
            assert (answer.status_code, code_of(answer)) == (503, "ISSUER_UNAVAILABLE")
            assert time.monotonic() - begun < 5
            assert client.get("/health").status_code == 200
    assert asked == []


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate that this machine made for itself, and a server's settings with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_over_https_only_a_trusted_certificate_will_do(
    guarded: Guarded, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, context = certificate(tmp_path)
    with serving(tell(issuer.path.read_bytes()), context) as port:
        place = f"https://127.0.0.1:{port}/certs"
        assert status_of(guarded(jwks=place), issuer) == 503
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
        assert status_of(guarded(jwks=place), issuer) == 200


def test_a_hundred_who_come_at_once_cause_one_reading(guarded: Guarded, issuer: Issuer) -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        time.sleep(0.2)
        tell(issuer.path.read_bytes())(handler)

    with serving(answer) as port:
        caller = Caller(guarded(jwks=f"http://127.0.0.1:{port}/certs"), issuer, ["admin"], [])

        async def many() -> list[int]:
            import httpx

            transport = httpx.ASGITransport(caller.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                sent = [client.get("/protocols", headers=bearer(caller.token)) for _ in range(100)]
                return [one.status_code for one in await asyncio.gather(*sent)]

        assert set(asyncio.run(many())) == {200}
    assert len(asked) == 1
