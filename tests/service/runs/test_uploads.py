"""A run over an extract that is sent along: judged as one in a folder, and gone from the disk afterwards."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.store.jobs import claim
from api.store.results import verdict_history
from tests.service.conftest import CALL, Client, code_of, patient
from tests.service.runs.conftest import ASYNC, Runner, fetched, people

NDJSON, ZIP, GZIP = "application/fhir+ndjson", "application/zip", "application/gzip"


def _lines(folder: Path) -> bytes:
    return b"".join(
        (folder / f"{kind}.ndjson").read_bytes() for kind in ("Patient", "Condition", "Observation")
    )


def _zip(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted(folder.iterdir()):
            archive.write(one, one.name)
    return packed.getvalue()


def _bundle(folder: Path) -> bytes:
    entries = [{"resource": json.loads(line)} for line in _lines(folder).splitlines()]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


FORMS: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "lines": (NDJSON, _lines),
    "packed lines": (GZIP, lambda folder: gzip.compress(_lines(folder))),
    "archive": (ZIP, _zip),
    "bundle": ("application/fhir+json", _bundle),
}


def upload(runner: Client, content: Any, kind: str = NDJSON, **more: Any) -> httpx.Response:
    headers = {**ASYNC, "Content-Type": kind, **more.pop("headers", {})}
    return runner.post("/uploads", params={"as_of": "2026-06-01", **more}, content=content, headers=headers)


def _kept(runner: Runner) -> list[Path]:
    return sorted(runner.app.state.service.runs.uploads.root.glob("*"))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sent_along_is_judged_as_what_lies_in_a_folder(
    runner: Runner, tmp_path: Path, form: str
) -> None:
    kind, made = FORMS[form]
    named = fetched(runner, runner.done(runner.started()), "patients")
    begun = upload(runner, made(tmp_path / "ehr" / "may"), kind)
    assert begun.status_code == 202, begun.text
    assert begun.headers["Content-Location"] == f"http://127.0.0.1/runs/{begun.json()['run']}"
    (kept,) = _kept(runner)
    assert kept.stat().st_mode & 0o777 == 0o600
    manifest = runner.done(begun.headers["Content-Location"])
    assert manifest["request"] == "http://127.0.0.1/uploads"
    # The same patients by the same pseudonyms, seen and judged alike.
    assert fetched(runner, manifest, "patients") == named
    assert len(named) == 8
    with runner.store.read() as session:
        for one in named:
            folder, along = verdict_history(session, one["patient"])
            assert (folder.verdict, folder.facts_sha256) == (along.verdict, along.facts_sha256)
    assert _kept(runner) == []


def test_it_is_there_until_the_run_has_ended(runner: Runner, tmp_path: Path) -> None:
    content = _lines(people(tmp_path / "sent", 2))
    begun = upload(runner, content)
    claimed = claim(runner.store, "gone", timedelta(seconds=0.05))
    assert claimed is not None
    time.sleep(0.1)
    runner.worker().tidy()
    assert [one.read_bytes() for one in _kept(runner)] == [content]
    assert len(fetched(runner, runner.done(begun.headers["Content-Location"]), "verdicts")) == 2
    assert _kept(runner) == []


def test_it_is_taken_away_with_a_run_that_is_cancelled_or_fails(runner: Runner, tmp_path: Path) -> None:
    content = _lines(people(tmp_path / "sent", 2))
    cancelled = upload(runner, content).headers["Content-Location"]
    assert len(_kept(runner)) == 1
    assert runner.send("DELETE", cancelled).status_code == 202
    assert _kept(runner) == []
    failed = upload(runner, b"no FHIR at all").headers["Content-Location"]
    assert len(_kept(runner)) == 1
    runner.worker().once()
    answer = runner.get(failed)
    assert answer.status_code == 422
    assert code_of(answer)
    assert answer.json()["issue"][0]["location"] == ["extract"]
    assert _kept(runner) == []


def test_what_no_run_took_is_taken_away_in_time(runner: Runner, tmp_path: Path) -> None:
    begun = upload(runner, _lines(people(tmp_path / "sent", 2)))
    root = runner.app.state.service.runs.uploads.root
    long_ago = time.time() - 7200
    for name in ("0" * 32, "1" * 32 + "-received"):
        (root / name).write_bytes(b"{}")
        os.utime(root / name, (long_ago, long_ago))
    (root / ("2" * 32 + "-received")).write_bytes(b"{}")
    runner.worker().tidy()
    assert [one.name for one in _kept(runner)] == sorted([begun.json()["run"], "2" * 32 + "-received"])


def test_sent_twice_under_one_key_it_is_one_run(runner: Runner, tmp_path: Path) -> None:
    content, key = _lines(people(tmp_path / "sent", 2)), {"Idempotency-Key": "once"}
    first, again = upload(runner, content, headers=key), upload(runner, content, headers=key)
    assert first.json() == again.json()
    assert len(_kept(runner)) == 1
    other = upload(runner, content + b"\n", headers=key)
    assert other.status_code == 409
    assert len(_kept(runner)) == 1


def test_what_is_refused_leaves_nothing(make: Callable[..., Client], tmp_path: Path) -> None:
    client = make(body_bytes=5000, runs=1, results=tmp_path / "results")
    client.add(CALL)
    for content, kind, code in (
        (b"{}", "text/plain", "CONTENT_TYPE"),
        (b"", NDJSON, "EMPTY_INPUT"),
        (b" " * 5001, NDJSON, "BODY_TOO_LARGE"),
        (b'{"resourceType": ', "application/fhir+json", "JSON_INVALID"),
        (b"[]", "application/fhir+json", "REQUEST_INVALID"),
        (b'{"resourceType": 1}', "application/fhir+json", "REQUEST_INVALID"),
    ):
        answer = upload(client, content, kind)
        assert code_of(answer) == code
    assert list(tmp_path.rglob("uploads")) == []
    assert code_of(upload(client, patient(), as_of="soon")) == "DATE_INVALID"
    assert code_of(upload(client, patient(), headers={"Prefer": "wait=5"})) == "PREFER_ASYNC_WANTED"
    assert upload(client, patient()).status_code == 202
    assert code_of(upload(client, patient())) == "TOO_MANY_RUNS"
    assert len(list((tmp_path / "results" / "uploads").iterdir())) == 1
