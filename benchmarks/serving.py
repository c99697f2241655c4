"""One bundle of a megabyte over HTTP, beside the same judgement within the process.

A real `eligibility serve` over a SQLite store of its own, with every commit synced, asked by one client on
one kept connection: the answer comes after verdict, findings, evidence and questions are stored. The
baseline is the `bundle` part's way from bytes to verdict and evidence, on the same bundle and protocol,
in turn with the requests and as warm as they are.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks import bundling
from benchmarks.judging import PROTOCOL, protocol
from benchmarks.ratios import Ratio, at_most, in_turn, spelled

TARGET = 1.0
TIMES, ALLOWANCE = 3, 0.010  # of the baseline, and seconds beside
FHIR = {"Content-Type": "application/fhir+json"}
_START = 300.0


class NotServedError(Exception):
    """The service did not start, or answered otherwise than expected."""


@contextmanager
def served(protocol: Path, **settings: str) -> Iterator[tuple[httpx.Client, int]]:
    """A client of a running service, and the service's process id. `settings` are of the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="eligibility-speed-") as folder:
        command = [
            sys.executable,
            "-c",
            "from api.cli import main; main()",
            "serve",
            "--folder",
            folder,
            "--port",
            str(port),
        ]
        process = subprocess.Popen(
            [*command, "--protocol", str(protocol)],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                _wait(client, process)
                yield client, process.pid
        finally:
            process.terminate()
            process.wait()


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _START
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise NotServedError(f"the service ended with {process.returncode}")
        try:
            if client.get("/ready").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise NotServedError(f"the service was not ready within {_START:g} s")


def measure(small: bool) -> list[Ratio]:
    """One ratio: the median of the requests to three times the baseline's and the allowance."""
    data = bundling.bundle(bundling.SIZE_SMALL if small else bundling.SIZE)
    inside = bundling.Service(protocol())
    with served(PROTOCOL, ELIGIBILITY_SERVICE_RUN_WORKERS="0") as (client, _):

        def ask() -> httpx.Response:
            answer = client.post(
                "/screenings", params={"as_of": str(bundling.AS_OF)}, content=data, headers=FHIR
            )
            if answer.status_code != httpx.codes.CREATED:
                raise NotServedError(f"status {answer.status_code}")
            return answer

        for _ in range(3):
            answered = len(ask().content)
            inside.screen(data)
        times = in_turn({"ask": ask, "inside": lambda: inside.screen(data)}, repetitions=5 if small else 40)
    ask_median, median = times["ask"].median, times["inside"].median
    note = (
        f"{spelled(ask_median)} to {TIMES} × {spelled(median)} + 10 ms, {ask_median / median:.1f} times; "
        f"{answered / 1e3:.0f} kB answered"
    )
    name = f"one bundle of {len(data) / 1e6:.2f} MB over HTTP, judged and stored"
    baseline = f"{TIMES} × within the process + 10 ms"
    return [at_most(name, ask_median / (TIMES * median + ALLOWANCE), TARGET, baseline, note)]
