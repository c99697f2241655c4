"""A Bulk Data server on this machine: real HTTP, signed assertions checked, and faults on demand."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BASE = "/fhir"
CLIENT = "screening"
Fault = Callable[["Handler"], None]


def lines(type_name: str, count: int, start: int = 0) -> bytes:
    """NDJSON of resources, some with wide letters."""
    return b"".join(
        json.dumps(
            {"resourceType": type_name, "id": f"{type_name}-{start + n}", "text": "ä" * (n % 50)}
        ).encode()
        + b"\n"
        for n in range(count)
    )


@dataclass
class Bulk:
    """What the server holds and does. `faults`: by the start of the path, answers that come first."""

    port: int = 0
    scheme: str = "http"
    files: dict[str, bytes] = field(default_factory=dict)
    errors: dict[str, bytes] = field(default_factory=dict)
    deleted: dict[str, bytes] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    polls: int = 2  # how often an export is not finished yet
    wait: str = "3"
    key: Any = None  # the client's public key; None: everybody may ask
    keys_for_files: bool = True
    files_at: str = ""  # another origin
    parts: int = 1  # of the manifest
    ranges: bool = True
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    generation: int = 0

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{BASE}"

    def paths(self, start: str = "") -> list[str]:
        return [path for _, path in self.asked if path.startswith(start)]

    def manifest(self, part: int) -> dict[str, Any]:
        def told(files: dict[str, bytes]) -> list[dict[str, Any]]:
            at = self.files_at or self.address
            return [
                {
                    "type": name.split("-")[0],
                    "url": f"{at}/files/{self.generation}/{name}",
                    "count": self.counts.get(name, content.count(b"\n")),
                }
                for name, content in files.items()
            ]

        output = told(self.files)
        each = -(-len(output) // self.parts)
        content: dict[str, Any] = {
            "transactionTime": "2026-06-01T00:00:00Z",
            "request": f"{self.address}/Patient/$export",
            "requiresAccessToken": self.keys_for_files,
            "output": output[part * each : (part + 1) * each],
            "error": told(self.errors) if part == 0 else [],
            "deleted": told(self.deleted) if part == 0 else [],
            "extension": {"anything": 1},
        }
        if part + 1 < self.parts:
            content["link"] = [{"relation": "next", "url": f"{self.address}/jobs/1?part={part + 1}"}]
        return content


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bulk: Bulk

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._do("GET")

    def do_DELETE(self) -> None:
        self._do("DELETE")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.bulk.asked.append(("POST", self.path))
        self._token(form)

    def _token(self, form: dict[str, list[str]]) -> None:
        from joserfc import jwt

        found = jwt.decode(form["client_assertion"][0], self.bulk.key, algorithms=["ES384", "RS384"])
        claims = found.claims
        assert claims["iss"] == claims["sub"] == CLIENT
        assert claims["aud"] == f"{self.bulk.address}/token"
        token = f"token-{len(self.bulk.tokens)}"
        self.bulk.tokens.add(token)
        self.told({"access_token": token, "token_type": "bearer", "expires_in": 300})

    def _do(self, method: str) -> None:
        bulk = self.bulk
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(BASE)
        bulk.asked.append((method, self.path.removeprefix(BASE)))
        bulk.headers.append({name.lower(): value for name, value in self.headers.items()})
        for start, waiting in bulk.faults.items():
            if path.startswith(start) and waiting:
                waiting.pop(0)(self)
                return
        if path == "/.well-known/smart-configuration":
            self.told({"token_endpoint": f"{bulk.address}/token"})
        elif self._refused(path):
            self.told({"resourceType": "OperationOutcome"}, 401)
        elif path.endswith("$export"):
            assert self.headers["Prefer"] == "respond-async"
            self.told(b"", 202, Content_Location=f"{bulk.address}/jobs/1")
        elif path == "/jobs/1":
            self._job(method, parse_qs(parts.query))
        elif path.startswith(f"/files/{bulk.generation}/"):
            self._file(path.rsplit("/", 1)[1])
        else:
            self.told({"resourceType": "OperationOutcome"}, 404)

    def _refused(self, path: str) -> bool:
        bulk = self.bulk
        if bulk.key is None or (path.startswith("/files/") and not bulk.keys_for_files):
            return False
        return self.headers.get("Authorization", "").removeprefix("Bearer ") not in bulk.tokens

    def _job(self, method: str, query: dict[str, list[str]]) -> None:
        if method == "DELETE":
            self.told(b"", 202)
        elif self.bulk.polls > 0:
            self.bulk.polls -= 1
            self.told(b"", 202, Retry_After=self.bulk.wait, X_Progress="50% \x1b[2Jdone")
        else:
            self.told(self.bulk.manifest(int(query.get("part", ["0"])[0])))

    def _file(self, name: str) -> None:
        content = {**self.bulk.files, **self.bulk.errors, **self.bulk.deleted}[name]
        self.give(content)

    def give(self, content: bytes, cut: int | None = None) -> None:
        """A file, or the range of it that is asked for; `cut` breaks off after so many bytes."""
        tag, start = f'"{hash(content)}"', 0
        asked = self.headers.get("Range")
        if asked and self.bulk.ranges and self.headers.get("If-Range") == tag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self.told(b"", 416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        if self.bulk.ranges:
            self.send_header("ETag", tag)
        self.end_headers()
        end = len(content) if cut is None else min(start + cut, len(content))
        self.wfile.write(content[start:end])
        if end < len(content):
            self.wfile.flush()
            self.close_connection = True

    def told(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Bulk]:
    """A server with four files of three types."""
    bulk = Bulk(scheme="http" if context is None else "https")
    bulk.files = {
        "Patient-0": lines("Patient", 40),
        "Observation-0": lines("Observation", 900),
        "Observation-1": lines("Observation", 700, 900),
        "Condition-0": lines("Condition", 120),
    }

    class Own(Handler):
        pass

    Own.bulk = bulk

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that was killed is what some tests want."""

    with Server(("127.0.0.1", 0), Own) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        bulk.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield bulk
        server.shutdown()


def status(code: int, **headers: str) -> Fault:
    return lambda handler: handler.told({"resourceType": "OperationOutcome"}, code, **headers)


def redirect(url: str) -> Fault:
    return lambda handler: handler.told(b"", 302, Location=url)


def cut(name: str, after: int) -> Fault:
    """Breaks off in the middle of a file."""
    return lambda handler: handler.give(handler.bulk.files[name], after)
