"""No word of a patient gets into logs, counts, tracebacks or files, whatever fails.

A real process, with logs at DEBUG and every warning shown, is told of patients whose names, numbers and
notes occur nowhere else. Faults that quote what they saw are raised in its rooms, and in its judges.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.access import faulty
from tests.service.access.canaries import Canaries, bundle, damaged, misplaced
from tests.service.access.issuer import Issuer, bearer
from tests.service.access.running import Running, running
from tests.service.access.samples import QUESTION
from tests.service.cds.calls import VIEW, called
from tests.service.conftest import FHIR

# Where in the store words of patients may be, by what they are; anything else may be nowhere in it.
KEPT = {
    "id": {"identifiers", "findings"},
    "birth date": {"identifiers", "findings"},
    "note": {"findings"},
    "answer": {"answers"},
}


class Talk:
    """What one caller says to a real process."""

    def __init__(self, at: Running, issuer: Issuer, client: httpx.Client) -> None:
        self.at, self.client = at, client
        roles = ["screener", "auditor", "data-manager", "admin"]
        self.headers = bearer(issuer.token(roles=roles, exp=int(time.time()) + 3000))
        self.answers: list[tuple[int, str]] = []

    def say(self, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {**self.headers, **given.pop("headers", {})}
        answer = self.client.request(method, self.at.address + path, headers=headers, **given)
        self.answers.append((answer.status_code, f"{answer.headers} {answer.text}"))
        return answer

    def screen(self, content: bytes) -> httpx.Response:
        return self.say("POST", "/screenings?as_of=2026-06-01", content=content, headers=FHIR)

    def whole_call(self, content: bytes, answered_by: str) -> None:
        """Screen, answer, look who it is."""
        told = self.screen(content)
        if told.status_code != 201:
            return
        body = {"answered_by": answered_by, "answers": [{"question": QUESTION, "value": True}]}
        body["answered_at"] = "2026-06-01T12:00:00Z"
        self.say("POST", f"/screenings/{told.json()['screening']}/answers", json=body)
        self.say("POST", f"/patients/{told.json()['patient']}/identifiers", json={"purpose": "contact"})
        body["answers"] = [{"question": QUESTION, "value": answered_by}]
        self.say("POST", f"/screenings/{told.json()['screening']}/answers", json=body)

    def run_over(self, extract: str) -> None:
        """Judge an extract and collect all that was written."""
        body = {"extract": extract, "as_of": "2026-06-01"}
        self.collect(self.say("POST", "/runs", json=body, headers={"Prefer": "respond-async"}))

    def run_over_sent(self, content: bytes) -> None:
        """The same with an extract that is sent along."""
        headers = {"Prefer": "respond-async", "Content-Type": "application/fhir+ndjson"}
        self.collect(self.say("POST", "/uploads?as_of=2026-06-01", content=content, headers=headers))

    def collect(self, begun: httpx.Response) -> None:
        """Wait for a run and read all of its files."""
        path = f"/runs/{begun.json()['run']}"
        while (told := self.say("GET", path)).status_code == 202:
            time.sleep(0.5)
        files = [*told.json()["output"], *told.json()["error"]]
        assert files
        for one in files:
            self.say("GET", one["url"].removeprefix(self.at.address))


def extract(folder: Path, patients: list[dict[str, Any]], canaries: Canaries) -> None:
    """The patients as an export, with lines that are damaged."""
    folder.mkdir()
    for number, patient in enumerate(patients):
        lines = [json.dumps(entry["resource"]) for entry in patient["entry"]]
        lines.append(f'{{"resourceType": "Condition", "note": "{canaries.new("damage")}", {lines[1][20:90]}')
        (folder / f"part-{number}.ndjson").write_text("\n".join(lines))


def nonsense(at: Running, canaries: Canaries) -> None:
    """What is no HTTP at all."""
    host, port = at.address.removeprefix("http://").split(":")
    for text in ("{} {} {}", "GET /{}\x00 HTTP/9.9", "GET / HTTP/1.1\r\n{}\r\n{}\x01: x"):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(f"{text}\r\n\r\n".replace("{}", canaries.new("address")).encode())
            with contextlib.suppress(OSError):
                raw.recv(4096)


class Watch:
    """Reads all files of some folders again and again, also those that last a moment."""

    def __init__(self, folders: list[Path], canaries: Canaries) -> None:
        self._folders, self._canaries = folders, canaries
        self.read, self.found = 0, set[str]()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self._look()

    def _look(self) -> None:
        for folder in self._folders:
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    if path.is_file():
                        self.read += 1
                        self.found |= found_in(path.read_bytes(), self._canaries, str(path))


def found_in(content: bytes, canaries: Canaries, where: str) -> set[str]:
    """Words of patients in some text, each with where it is."""
    return {f"{word} in {where}" for word in canaries.all() if word.encode() in content}


def faults() -> Iterator[tuple[str, str]]:
    """Every point, in two of the ways to fail."""
    kinds = list(faulty.KINDS)
    for number, point in enumerate(faulty.POINTS):
        yield point, kinds[number % len(kinds)]
        yield point, kinds[(number + 3) % len(kinds)]


@pytest.mark.parametrize("point", faulty.POINTS)
def test_every_point_is_there(point: str) -> None:
    """What is renamed is to fail here, not in the long test."""
    holder, name = faulty.place_of(point)
    assert callable(getattr(holder, name))


@pytest.mark.slow
def test_no_word_of_a_patient_gets_out(tmp_path: Path, place: Path) -> None:
    issuer, canaries, forced = Issuer(tmp_path / "jwks.json"), Canaries(), 0
    ordered = tmp_path / "faults"
    start = (faulty.__file__ or "",)
    environment = {
        "FAULTS": str(ordered),
        "PYTHONASYNCIODEBUG": "1",
        "ELIGIBILITY_SERVICE_RATE": "1000000",
        "ELIGIBILITY_SERVICE_BURST": "1000000",
    }
    environment["ELIGIBILITY_SERVICE_EXTRACTS"] = json.dumps({"north": {"ehr": str(place / "ehr")}})
    patients = [bundle(canaries) for _ in range(20)]
    extract(place / "ehr", patients, canaries)
    with (
        running(place, issuer, start, **environment) as at,
        Watch([place / "tmp", place / "home"], canaries) as watch,
        httpx.Client(timeout=300) as client,
    ):
        talk = Talk(at, issuer, client)
        for patient in patients:
            talk.whole_call(json.dumps(patient).encode(), canaries.new("answer"))
        screened = [status for status, _ in talk.answers].count(201)
        for patient in patients[:3]:
            content = json.dumps(patient).encode()
            talk.say("POST", VIEW, json=called(content))
            path = "/fhir/ResearchStudy/DEMO-CALL/$screen?asOf=2026-06-01"
            assert talk.say("POST", path, content=content, headers=FHIR).status_code == 200
        talk.run_over("ehr")
        talk.run_over_sent((place / "ehr" / "part-0.ndjson").read_bytes())
        for patient in patients[:4]:
            for content in damaged(patient):
                talk.screen(content)
        for method, path, given in misplaced(canaries):
            with contextlib.suppress(httpx.InvalidURL, httpx.LocalProtocolError):
                talk.say(method, path, **given)
        nonsense(at, canaries)
        content = json.dumps(patients[0]).encode()
        for point, kind in faults():
            ordered.write_text(f"{point}|{kind}|{' '.join(canaries.some(40))}")
            talk.whole_call(content, canaries.new("answer"))
            forced += not ordered.exists()
            assert not ordered.exists(), f"nobody came to {point}: {talk.answers[-3:]}"
        counts = talk.say("GET", "/metrics")
        trail = talk.say("GET", "/audit?limit=1000")
        assert counts.status_code == trail.status_code == 200
    log = at.log()
    assert screened == 20
    assert len(canaries.all()) >= 200
    assert forced >= 50
    assert sum(status >= 500 for status, _ in talk.answers) >= 40
    assert log.count('"event": "fault"') >= 30
    leaks = found_in(log.encode(), canaries, "log") | watch.found
    leaks |= found_in(counts.content, canaries, "metrics") | found_in(trail.content, canaries, "audit")
    for status, text in talk.answers:
        if status >= 400:
            leaks |= found_in(text.encode(), canaries, f"an answer with {status}")
    for path in place.rglob("*"):
        if path.is_file() and path.relative_to(place).parts[0] not in ("store", "ehr"):
            leaks |= found_in(path.read_bytes(), canaries, str(path))
    assert leaks == set()
    assert watch.read > 0
    assert kept_elsewhere(place / "store" / "store.db", canaries) == set()


def kept_elsewhere(path: Path, canaries: Canaries) -> set[str]:
    """Words in the store where they may not be."""
    leaks = set()
    with contextlib.closing(sqlite3.connect(path)) as store:
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            content = "\n".join(map(str, store.execute(f"SELECT * FROM {table}")))
            for kind, words in canaries.words.items():
                if table not in KEPT.get(kind, ()):
                    leaks |= {f"{kind} in {table}" for word in words if word in content}
    never = Canaries({kind: words for kind, words in canaries.words.items() if kind not in KEPT})
    # The database, its log, and the files of runs.
    for file in path.parent.rglob("*"):
        if file.is_file():
            leaks |= found_in(file.read_bytes(), never, file.name)
    return leaks
