"""A small FHIR server on this machine: real HTTP, one patient's record, and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.service.conftest import DEMO

BASE = "/fhir/r4"
Resource = dict[str, Any]


@dataclass
class Ehr:
    """What a server holds and does. `faults` answer instead, by the start of what is asked for."""

    port: int = 0
    resources: list[Resource] = field(default_factory=list)
    everything: bool = True
    size: int = 1000  # resources on a page
    faults: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    kept: set[str] | None = None  # types; None: all
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, list[str]]] = field(default_factory=list)

    def reset(self) -> None:
        """As it was at first."""
        fresh = Ehr(port=self.port, resources=demo())
        for name, value in vars(fresh).items():
            setattr(self, name, value)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    @property
    def patient(self) -> str:
        return next(str(one["id"]) for one in self.resources if one["resourceType"] == "Patient")

    def page(self, found: list[Resource], path: str, query: dict[str, list[str]]) -> Resource:
        start = int(query.get("_start", ["0"])[0])
        told: Resource = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "entry": [{"resource": one} for one in found[start : start + self.size]],
        }
        if start + self.size < len(found):
            url = f"{self.address}/{path}?_start={start + self.size}"
            if "patient" in query:
                url += f"&patient={query['patient'][0]}"
            told["link"] = [{"relation": "next", "url": url}]
        return told


def demo() -> list[Resource]:
    return [entry["resource"] for entry in json.loads(DEMO)["entry"]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    ehr: Ehr

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.ehr.asked.append(self.path)
        self.ehr.forms.append(parse_qs(body.decode()))
        if "token" in self.ehr.faults:
            self.ehr.faults["token"](self)
        else:
            self.told({"access_token": "given-token", "expires_in": 300, "token_type": "bearer"})

    def do_GET(self) -> None:
        ehr = self.ehr
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(f"{BASE}/")
        query = parse_qs(parts.query)
        ehr.asked.append(self.path.removeprefix(f"{BASE}/"))
        ehr.headers.append(dict(self.headers.items()))
        for start, fault in ehr.faults.items():
            if ehr.asked[-1].startswith(start):
                fault(self)
                return
        person = f"Patient/{ehr.patient}"
        if path == f"{person}/$everything" and ehr.everything:
            self.told(ehr.page(ehr.resources, path, query))
        elif path == person:
            self.told(next(one for one in ehr.resources if one["resourceType"] == "Patient"))
        elif path.isalpha() and (ehr.kept is None or path in ehr.kept):
            assert query["patient"] == [ehr.patient]
            found = [one for one in ehr.resources if one["resourceType"] == path]
            self.told(ehr.page(found, path, query))
        else:
            self.told({"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}, 404)

    def told(self, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving() -> Iterator[Ehr]:
    """A server with the demo patient."""
    ehr = Ehr(resources=demo())

    class Handler(_Handler):
        pass

    Handler.ehr = ehr
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ehr.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ehr
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int) -> Callable[[Any], None]:
    """Answers with a status and an OperationOutcome."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    return lambda handler: handler.told(outcome, code)


def body(content: Any) -> Callable[[Any], None]:
    """Answers 200 with this."""
    return lambda handler: handler.told(content)


def redirect(url: str) -> Callable[[Any], None]:
    return lambda handler: handler.told(b"", 302, Location=url)


def slowly(seconds: float) -> Callable[[Any], None]:
    """Sends one byte after the other."""

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True

    return answer


def broken(handler: Any) -> None:
    """Ends in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"resourceType": "Bundle", ')
    handler.close_connection = True
