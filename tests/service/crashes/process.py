"""A real `eligibility serve` that is going to be killed, and is begun again over the same store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.service.conftest import ROOT

_TO_BEGIN = 300.0
SETTINGS = {
    "ELIGIBILITY_SERVICE_RATE": "100000",
    "ELIGIBILITY_SERVICE_BURST": "100000",
    "ELIGIBILITY_SERVICE_JUDGES": "1",
    "ELIGIBILITY_SERVICE_RUN_WORKERS": "0",
    # However busy the machine is: what is looked for here is not time.
    "ELIGIBILITY_SERVICE_JUDGE_SECONDS": "120",
    "ELIGIBILITY_SERVICE_JUDGE_WAIT_SECONDS": "240",
    "ELIGIBILITY_STORE_BUSY_SECONDS": "10",
}


class Service:
    """One process after the other, all on one port."""

    def __init__(self, address: str, folder: Path, protocol: Path) -> None:
        self._environment = {
            **os.environ,
            **SETTINGS,
            "ELIGIBILITY_STORE": address,
            "PYTHONPATH": str(ROOT),
        }
        self._log = (folder / "service.log").open("ab")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process = self._begin("--protocol", str(protocol))
        self.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _begin(self, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve"]
        return subprocess.Popen(
            [*command, "--port", str(self.port), *more],
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
        )

    def begin(self) -> None:
        """Begin it again."""
        self._process = self._begin()
        self.wait()

    def wait(self) -> None:
        """Until it is ready."""
        ends = time.monotonic() + _TO_BEGIN
        while time.monotonic() < ends:
            assert self._process.poll() is None, "the service ended by itself"
            try:
                if httpx.get(f"{self.url}/ready", timeout=30).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the service did not become ready")

    def kill(self) -> None:
        """As a machine without power does: nothing is finished, nothing said."""
        self._process.kill()
        self._process.wait()
        assert self._process.returncode == -signal.SIGKILL, "the service ended by itself"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()
