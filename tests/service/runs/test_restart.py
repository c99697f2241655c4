"""The service itself killed in the middle of a run, with its worker, and started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.service.conftest import ROOT
from tests.service.runs.conftest import ASYNC, people

PATIENTS = 1500


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port)]
    command += ["--folder", str(folder / "service"), "--protocol", str(ROOT / "protocols" / "demo-call.elig")]
    places = {"local": {"ehr": str(folder / "ehr")}}
    given = {
        "ELIGIBILITY_SERVICE_EXTRACTS": json.dumps(places),
        "ELIGIBILITY_SERVICE_LEASE_SECONDS": "2",
    }
    log = (folder / "log").open("ab")
    process = subprocess.Popen(command, env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            deadline = time.monotonic() + 120
            while not _answers(client):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.2)
            yield client, process
    finally:
        process.terminate()
        process.wait()
        log.close()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_a_run_outlives_the_service(tmp_path: Path) -> None:
    people(tmp_path / "ehr", PATIENTS)
    body, key = {"extract": "ehr", "as_of": "2026-06-01"}, {"Idempotency-Key": "one"}
    with _serving(tmp_path) as (client, process):
        begun = client.post("/runs", json=body, headers={**ASYNC, **key})
        path = httpx.URL(begun.headers["Content-Location"]).path
        deadline = time.monotonic() + 120
        while "judging" not in client.get(path).headers.get("X-Progress", ""):
            assert time.monotonic() < deadline, client.get(path).text
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with _serving(tmp_path) as (client, _):
        deadline = time.monotonic() + 180
        while (answer := client.get(path)).status_code == 202:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.2)
        assert answer.status_code == 200, answer.text
        manifest = answer.json()
        assert manifest["extension"]["protocols"][0]["counts"]["patients"] == PATIENTS
        for item in manifest["output"]:
            assert len(client.get(httpx.URL(item["url"]).path).content) == item["extension"]["bytes"]
        seen, after = set(), None
        while True:
            query = {"limit": 1000, **({"after": after} if after else {})}
            page = client.get(f"{path}/verdicts", params=query).json()
            seen |= {row["patient"] for row in page["verdicts"]}
            after = page["next"]
            if after is None:
                break
        assert len(seen) == PATIENTS
        again = client.post("/runs", json=body, headers={**ASYNC, **key})
        assert again.json()["run"] in path
