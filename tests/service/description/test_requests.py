"""Requests made out of the description, alone and in sequences: every answer is one that is described."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks.serving import served
from tests.service.conftest import ROOT
from tests.service.runs.conftest import people

CALL = ROOT / "protocols" / "demo-call.elig"
SETTINGS = {
    # Nobody is as quick as a test; what a sequence posted is held until its end.
    "ELIGIBILITY_SERVICE_RATE": "100000",
    "ELIGIBILITY_SERVICE_BURST": "100000",
    "ELIGIBILITY_SERVICE_HELD_RECORDS": "1000",
    "ELIGIBILITY_SERVICE_RUNS": "100000",
    "ELIGIBILITY_SERVICE_JUDGE_SECONDS": "120",
    "ELIGIBILITY_SERVICE_JUDGE_WAIT_SECONDS": "240",
}


def _settings(folder: Path) -> dict[str, str]:
    """With an extract of two, over which runs are started and worked off meanwhile."""
    places = {"local": {"ehr": str(people(folder / "ehr", 2))}}
    return {**SETTINGS, "ELIGIBILITY_SERVICE_EXTRACTS": json.dumps(places)}


def _answered(client: httpx.Client) -> int:
    """How many requests a service has answered."""
    text = client.get("/metrics").text
    found = re.findall(r"^eligibility_requests_total\{[^}]*\} ([0-9.e+]+)$", text, re.MULTILINE)
    return int(sum(map(float, found)))


def _run(client: httpx.Client, folder: Path, examples: int, seed: int) -> str:
    """One run with all checks and phases; what it reported. It fails on any failure."""
    command = [sys.executable, "-m", "schemathesis.cli"]
    command += ["--config-file", str(Path(__file__).with_name("schemathesis.toml"))]
    command += ["run", f"{client.base_url}/openapi.json", "--checks", "all", "--seed", str(seed)]
    command += ["--max-examples", str(examples), "--generation-database", "none", "--no-color"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


def test_requests_out_of_the_description(tmp_path: Path) -> None:
    with served(CALL, **_settings(tmp_path)) as (client, _):
        report = _run(client, tmp_path, examples=5, seed=1)
        assert "Stateful" in report
        assert _answered(client) > 300
        _succeeded(client, "screen_patient", "add_protocol")
        _no_faults(client)


@pytest.mark.slow
def test_twenty_thousand_requests_out_of_the_description(tmp_path: Path) -> None:
    with served(CALL, **_settings(tmp_path)) as (client, _):
        for seed in range(1, 100):
            _run(client, tmp_path, examples=100, seed=seed)
            if _answered(client) >= 20_000:
                break
        _no_faults(client)
        _succeeded(client, "screen_patient", "answer_questions", "add_protocol", "activate_protocol")
        _succeeded(client, "start_run", "read_run", "list_runs")
        assert _answered(client) >= 20_000
        # Without an issuer of tokens nobody can be told where to get one, and a task is given back only by
        # who happens to hold it.
        assert set(_refused(client)) <= {"none", "smart_configuration", "fhir_release_task"}
        print(f"{_answered(client)} requests with seeds 1 to {seed}")


def _no_faults(client: httpx.Client) -> None:
    text = client.get("/metrics").text
    assert re.search(r"^eligibility_faults_total 0\.0$", text, re.MULTILINE), text


def _refused(client: httpx.Client) -> list[str]:
    """Operations of which no request got through."""
    told = re.findall(r'^eligibility_requests_total\{operation="(\w+)",status="(\d)', _counts(client), re.M)
    return sorted({name for name, _ in told} - {name for name, kind in told if kind == "2"})


def _counts(client: httpx.Client) -> str:
    return client.get("/metrics").text


def _succeeded(client: httpx.Client, *operations: str) -> None:
    """That requests got through, and were not only refused."""
    text = client.get("/metrics").text
    for operation in operations:
        assert re.search(f'operation="{operation}",status="20[0-2]"', text), operation
