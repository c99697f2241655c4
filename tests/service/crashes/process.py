"""What `eligibility serve` runs, in a process that is killed, and begun again over the same store.

It is begun quickly, as a copy of a process that has loaded everything, and so are its judges: what is looked
for is what a kill leaves behind, a hundred times.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import time
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx

from api.service.serving import serve

_processes = multiprocessing.get_context("forkserver")
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
        self._settings = {**SETTINGS, "ELIGIBILITY_STORE": address}
        self._log = folder / "service.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        forkserver.ensure_running()
        self._process = self._begin([protocol])
        self.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _begin(self, protocols: list[Path]) -> ForkServerProcess:
        copied_from = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
        process = _processes.Process(
            target=_serve, args=(self._settings, self.port, self._log, protocols, copied_from)
        )
        process.start()
        return process

    def begin(self) -> None:
        """Begin it again."""
        self._process = self._begin([])
        self.wait()

    def wait(self) -> None:
        """Until it is ready."""
        ends = time.monotonic() + _TO_BEGIN
        while time.monotonic() < ends:
            assert self._process.is_alive(), "the service ended by itself"
            try:
                if httpx.get(f"{self.url}/ready", timeout=30).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the service did not become ready")

    def kill(self) -> None:
        """As a machine without power does: nothing is finished, nothing said."""
        self._process.kill()
        self._process.join()
        assert self._process.exitcode == -signal.SIGKILL, "the service ended by itself"

    def close(self) -> None:
        self._process.terminate()
        self._process.join()


def _serve(settings: dict[str, str], port: int, log: Path, protocols: list[Path], copied_from: str) -> None:
    """What the command runs. Its judges are copies of what it is a copy of itself."""
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.environ.update(settings)
    # A child would otherwise begin, and load, a server of processes of its own.
    own = forkserver._forkserver  # type: ignore[attr-defined]
    own._forkserver_address, own.ensure_running = copied_from, lambda: None
    serve(None, "127.0.0.1", port, protocols)
