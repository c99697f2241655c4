"""Bodies that are made to hurt: endless, deep, packed, wide. A real process refuses them and stays small."""

from __future__ import annotations

import gzip
import io
import json
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.service.access.issuer import Issuer, bearer
from tests.service.access.running import Running, running
from tests.service.conftest import DEMO, FHIR

pytestmark = pytest.mark.slow
GIGABYTE = 1 << 30
# A body of 16 MiB is held twice while its parts are joined, and a judge holds it, too.
TAKEN = 64 << 20
MOST_GROWTH = 200 << 20


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[Running, Issuer]]:
    with TemporaryDirectory(prefix="el") as folder:
        issuer = Issuer(Path(folder) / "jwks.json")
        more = {"ELIGIBILITY_SERVICE_RATE": "1000", "ELIGIBILITY_SERVICE_BURST": "1000"}
        place = Path(folder) / "run"
        place.mkdir()
        # How long one judgement takes is what is looked for.
        with running(place, issuer, **{"ELIGIBILITY_SERVICE_JUDGE_SECONDS": "10", **more}) as found:
            yield found, issuer


def memory(at: Running) -> int:
    """Bytes that the service and its judges hold now."""
    numbers = [str(at.process.pid)]
    total = 0
    while numbers:
        folder = Path("/proc") / numbers.pop()
        try:
            numbers += (folder / "task" / folder.name / "children").read_text().split()
            fields = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except OSError:
            continue
        total += int(fields.get("VmRSS", "0 kB").split()[0]) << 10
    return total


def screen(at: Running, headers: dict[str, str], content: bytes) -> httpx.Response:
    address = f"{at.address}/screenings?as_of=2026-06-01"
    return httpx.post(address, content=content, headers={**FHIR, **headers}, timeout=60)


def still_works(at: Running, headers: dict[str, str]) -> None:
    assert screen(at, headers, DEMO).status_code == 201


def stream(at: Running, head: str) -> tuple[bytes, int, int]:
    """Send a gigabyte for as long as anybody takes it: the answer, bytes sent, and the most memory held."""
    host, port = at.address.removeprefix("http://").split(":")
    part = b" " * (1 << 16)
    framed = b"10000\r\n" + part + b"\r\n" if "chunked" in head else part
    sent, most, answer = 0, 0, b""
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(head.replace("\n", "\r\n").encode() + b"\r\n")
        try:
            while sent < GIGABYTE:
                raw.sendall(framed)
                sent += len(part)
                most = max(most, memory(at)) if sent % (1 << 20) == 0 else most
        except OSError:
            pass
        try:
            while more := raw.recv(1 << 16):
                answer += more
        except OSError:
            pass
    return answer, sent, most


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", f"Content-Length: {GIGABYTE}"])
@pytest.mark.parametrize("token", [True, False])
def test_a_gigabyte_is_not_taken_in(at: tuple[Running, Issuer], framing: str, token: bool) -> None:
    running_, issuer = at
    headers = bearer(issuer.token())
    still_works(running_, headers)
    before, begun = memory(running_), time.monotonic()
    given = f"Authorization: {headers['Authorization']}\n" if token else ""
    asked = "POST /screenings?as_of=2026-06-01 HTTP/1.1\nHost: 127.0.0.1\nContent-Type: text/json\n"
    head = f"{asked}{given}{framing}\n"
    answer, sent, most = stream(running_, head)
    assert answer[:12] in ((b"HTTP/1.1 413",) if token else (b"HTTP/1.1 401",)) or not answer
    assert sent < TAKEN
    assert max(most, memory(running_)) - before < MOST_GROWTH
    assert time.monotonic() - begun < 30
    still_works(running_, headers)


@pytest.mark.parametrize("size", [1 << 20, (16 << 20) + 1, 24 << 20])
def test_an_honest_sender_reads_the_answer(at: tuple[Running, Issuer], size: int) -> None:
    running_, issuer = at
    for token, status in ((issuer.token(exp=1, iat=0, nbf=0), 401), (issuer.token(), 413)):
        if status == 401 or size > 16 << 20:
            answer = screen(running_, bearer(token), b" " * size)
            assert (answer.status_code, answer.headers["connection"]) == (status, "close")
            assert answer.json()["resourceType"] == "OperationOutcome"


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.json", DEMO)
        archive.writestr("bomb.json", b" " * (64 << 20))
    return content.getvalue()


def _entries(one: object, many: int) -> bytes:
    part = json.dumps({"resource": one}).encode()
    return b'{"resourceType":"Bundle","type":"collection","entry":[' + b",".join([part] * many) + b"]}"


PERSON = {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"}
HOSTILE: dict[str, tuple[Callable[[], bytes], dict[str, str], tuple[int, ...]]] = {
    "deep lists": (lambda: b"[" * (15 << 20), {}, (413,)),
    "deep objects": (lambda: b'{"a":' * (3 << 20), {}, (413,)),
    "deep behind backslashes": (lambda: b'["' + b"\\" * (7 << 20) + b'",' + b"[" * 500, {}, (413,)),
    "backslashes": (lambda: b'["' + b"\\" * (15 << 20), {}, (400, 422)),
    "a number of a million digits": (lambda: b'{"a":' + b"9" * 1_000_000 + b"}", {}, (400, 422)),
    "exponents": (lambda: b"[" + b"1e999999999," * 100_000 + b"1]", {}, (400, 422)),
    "keys of one name": (lambda: b"{" + b'"a":1,' * 1_000_000 + b'"a":1}', {}, (400, 422)),
    "a string": (lambda: b'"' + b"x" * (15 << 20) + b'"', {}, (400, 422)),
    "numbers": (lambda: b"[" + b"0," * (7 << 20) + b"0]", {}, (400, 422)),
    "many of one patient": (lambda: _entries(PERSON, 200_000), {}, (201, 422)),
    "nothing but entries": (lambda: _entries({}, 700_000), {}, (400, 422)),
    "zeros": (lambda: bytes(15 << 20), {}, (400, 422)),
    "an archive": (_zip, {}, (400, 422)),
    "an archive by its own name": (_zip, {"Content-Type": "application/zip"}, (415,)),
    "gzip": (lambda: gzip.compress(bytes(64 << 20)), {"Content-Encoding": "gzip"}, (415,)),
    "gzip, twice": (
        lambda: gzip.compress(gzip.compress(bytes(64 << 20))),
        {"Content-Encoding": "gzip, gzip"},
        (415,),
    ),
    "brotli": (lambda: b"x", {"Content-Encoding": "br"}, (415,)),
    "form": (lambda: b"--x\r\n" * 1_000_000, {"Content-Type": "multipart/form-data; boundary=x"}, (415,)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_in_time(at: tuple[Running, Issuer], name: str) -> None:
    running_, issuer = at
    make, more, statuses = HOSTILE[name]
    headers = bearer(issuer.token())
    begun = time.monotonic()
    answer = screen(running_, {**headers, **more}, make())
    assert answer.status_code in statuses, answer.text[:500]
    assert time.monotonic() - begun < 30
    still_works(running_, headers)
    names = [path.name for path in running_.folder.rglob("*")]
    assert "evil.json" not in names
    assert "bomb.json" not in names


@pytest.mark.parametrize(
    "path",
    [
        "/protocols/../../../etc/passwd",
        "/protocols/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/protocols/..%2f..%2f..%2fetc%2fpasswd/versions/x",
        "/protocols/X/versions/..%5c..%5cetc%5cpasswd",
        "/protocols/X/versions/%00",
        "//etc/passwd",
        "/.well-known/../etc/passwd",
        "/file:///etc/passwd",
    ],
)
def test_no_address_leads_to_files(at: tuple[Running, Issuer], path: str) -> None:
    running_, issuer = at
    token = bearer(issuer.token())["Authorization"]
    host, port = running_.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\nConnection: close\r\n\r\n"
        )
        raw.sendall(request.encode())
        answer = b""
        while more := raw.recv(1 << 16):
            answer += more
    assert answer[:12] in (b"HTTP/1.1 404", b"HTTP/1.1 400", b"HTTP/1.1 422"), answer
    assert b"root:" not in answer


def test_headers_without_end_are_refused(at: tuple[Running, Issuer]) -> None:
    running_, issuer = at
    host, port = running_.address.removeprefix("http://").split(":")
    before = memory(running_)
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        answer = b""
        try:
            for _ in range(1000):
                raw.sendall(b"X-Long: " + b"x" * 60_000 + b"\r\n")
            raw.sendall(b"\r\n")
            answer = raw.recv(100)
        except OSError:
            pass
    assert answer[:10] in (b"", b"HTTP/1.1 4")
    assert memory(running_) - before < MOST_GROWTH
    still_works(running_, bearer(issuer.token()))
