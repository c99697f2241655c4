"""`python -m benchmarks.pages`: how long the review pages take, with 10,000 open cases and with a large one.

The large case is of a record with 5,000 facts and 200 notes, judged as any other. Whole requests go over a
socket of this machine, one after the other. Times are by the clock, from the first byte sent to the last one
received; beside them those of the processor, of this process (the one who asks included) and of the server
of the database, which leave out what a busy machine adds. SQLite, and PostgreSQL where the tests' own
server can be started.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import io
import json
import os
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog
import uvicorn

from api.service.app import create_app, put_in_force
from api.service.service import Service
from api.service.settings import ServiceSettings
from api.store import Actor, Store, StoreSettings
from api.store.identities import pseudonyms
from api.store.migrating import upgrade
from api.store.results import NewFinding, NewVerdict, store_portion
from api.store.reviewing import renew_reviews
from api.store.runs import NewRun, begin_run

_PROTOCOL = Path(__file__).parents[1] / "protocols" / "demo.elig"
_WHO = Actor("benchmark", "screener", "local")
_REASONS = ("DATA_NOT_FOUND", "DATA_STALE", "PARTIAL_DATE", "NOTE_ONLY", "UNIT_UNRESOLVED")
_PORTION = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--postgresql", action="store_true", help="also on a server of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure("SQLite", f"sqlite:///{folder}/store.db", asked.cases, asked.requests)
    if asked.postgresql:
        from tests.store.postgres import private

        with private(durable=False) as server:
            pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
            _measure("PostgreSQL", server.database("postgres"), asked.cases, asked.requests, pid)


def _measure(name: str, address: str, cases: int, requests: int, database: int | None = None) -> None:
    """Fill a store and ask for its pages. `database` is the process of a database's server."""
    with _service(address) as (app, service):
        version = put_in_force(service, _PROTOCOL.read_text("utf-8")).key
        _fill(service.store, version, cases)
        task = _large(app)
        with _listening(app) as port:
            _ask(name, port, task, requests, database)


@contextmanager
def _service(address: str) -> Iterator[tuple[Any, Service]]:
    with Store(StoreSettings(address, durable=False)) as store:
        upgrade(store.engine)
        settings = ServiceSettings(rate=1e5, burst=100_000, judges=1, judge_seconds=600)
        app = create_app(store, settings, structlog.wrap_logger(structlog.WriteLogger(io.StringIO())))
        try:
            yield app, app.state.service
        finally:
            app.state.service.judges.close()


def _fill(store: Store, version: str, cases: int) -> None:
    """Open cases with one to three criteria each."""
    for start in range(0, cases, _PORTION):
        names = [f"p{number}" for number in range(start, min(cases, start + _PORTION))]
        with store.write(_WHO) as unit:
            keys = pseudonyms(unit, "local", "urn:benchmark", names)
            run = begin_run(unit, NewRun(version, "local", "2026-06-01", "UTC", []), state="running")
            open_ = {
                keys[name]: {f"I{n + 3}": _REASONS[(start + at + n) % 5] for n in range(1 + at % 3)}
                for at, name in enumerate(names)
            }
            verdicts = [_verdict(key, open_[key], f"{start + at:064x}") for at, key in enumerate(open_)]
            store_portion(unit, run.key, 0, verdicts)
            renew_reviews(unit, run.key, open_)


def _verdict(patient: str, criteria: dict[str, str], facts: str) -> NewVerdict:
    findings = [
        NewFinding(f"I{n}", "include", "pre-screen", "unknown" if f"I{n}" in criteria else "met",
                   criteria.get(f"I{n}", "MET_EVIDENCE"), {"label": f"Criterion {n}", "reasons": []}, [])
        for n in range(1, 9)
    ]  # fmt: skip
    return NewVerdict(patient, "needs-clinician-review", facts, {"deceased": "false"}, findings)


def _large(app: Any) -> str:
    """The task of somebody with 5,000 facts and 200 notes."""
    first = date(2016, 1, 1)
    who = {"reference": "Patient/large"}
    resources: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "large", "birthDate": "1965-03-03"}]
    for number in range(5000):
        code, value, unit = (
            ("4548-4", 8.1, "furlong"),
            ("8480-6", 141, "mm[Hg]"),
            ("62238-1", 50, "furlong"),
        )[number % 3]
        resources.append({
            "resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": who,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "effectiveDateTime": (first + timedelta(hours=18 * number)).isoformat(),
            "valueQuantity": {"value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"},
        })  # fmt: skip
    text = (
        "Comes for a check, feels well. Possible myocardial infarction in the past, papers are missing. " * 20
    )
    for number in range(200):
        data = b64encode(f"Visit {number}. {text}".encode()).decode()
        resources.append({
            "resourceType": "DocumentReference", "id": f"n{number}", "status": "current", "subject": who,
            "date": f"{first + timedelta(days=15 * number)}T09:00:00Z",
            "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        })  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}

    async def screen() -> str:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", timeout=None
        ) as client:
            answer = await client.post(
                "/screenings", params={"as_of": "2026-06-01"}, content=json.dumps(bundle),
                headers={"Content-Type": "application/fhir+json"},
            )  # fmt: skip
            answer.raise_for_status()
            return str(answer.json()["results"][0]["task"])

    return asyncio.run(screen())


@contextmanager
def _listening(app: Any) -> Iterator[int]:
    """The port of a server of the application, until the end of the block."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


def _ask(name: str, port: int, task: str, requests: int, database: int | None) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        begun, _ = _sent(connection, "POST", "/review/sign-in", "name=Ann+Abel", form)
        cookie = {"Cookie": str(begun.headers["set-cookie"]).split(";")[0]}
        for what, paths in {
            "queue": (
                "/review",
                "/review?reason=DATA_STALE",
                "/review?criterion=I4&age=1",
                "/review?page=100",
            ),
            "large case": (f"/review/cases/{task}",),
        }.items():
            clock, processor, size = [], [], 0
            for number in range(requests):
                elsewhere = _database_seconds(database)
                wall, used = time.perf_counter(), time.process_time()
                answer, body = _sent(connection, "GET", paths[number % len(paths)], None, cookie)
                clock.append(time.perf_counter() - wall)
                own = time.process_time() - used
                processor.append(own + _database_seconds(database) - elsewhere)
                assert answer.status == 200, body
                size = max(size, len(body))
            told = ", ".join(
                f"{label} p50 {_at(times, 0.5):.0f} ms, p95 {_at(times, 0.95):.0f} ms"
                for label, times in (("clock", clock), ("processor", processor))
            )
            print(f"{name}, {what} ({size / 1024:.0f} KiB): {told}", flush=True)


def _sent(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer, answer.read()


def _database_seconds(database: int | None) -> float:
    """Seconds of the processor that the server of a database has used, with all its processes."""
    if database is None:
        return 0.0
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name of the program, which comes first, may have blanks in it.
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        # Parent, own time in user and system mode, that of children who have ended.
        parent, own, ended = int(told[1]), int(told[11]) + int(told[12]), int(told[13]) + int(told[14])
        if int(folder.name) == database:
            ticks += own + ended
        elif parent == database:
            ticks += own
    return ticks / os.sysconf("SC_CLK_TCK")


def _at(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


if __name__ == "__main__":
    main()
