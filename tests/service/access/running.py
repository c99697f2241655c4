"""A real process of the service, with everything it writes in one folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.service.access.issuer import Issuer
from tests.service.conftest import ROOT

COMMAND = ("-c", "from api.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Running:
    """Its address, its process, and the folder with `log`, `tmp`, `home` and `store`."""

    address: str
    process: subprocess.Popen[bytes]
    folder: Path

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def running(
    folder: Path, issuer: Issuer, start: Sequence[str] = COMMAND, host: str = "127.0.0.1", **more: str
) -> Iterator[Running]:
    """The service as `eligibility serve` starts it, with an issuer; `more`: its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    for name in ("tmp", "home", "store"):
        (folder / name).mkdir()
    settings = {
        f"ELIGIBILITY_SERVICE_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in issuer.settings().items()
    }
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        # However busy the machine is: what is looked for is not time.
        "ELIGIBILITY_SERVICE_JUDGE_SECONDS": "120",
        "ELIGIBILITY_SERVICE_JUDGE_WAIT_SECONDS": "240",
        **settings,
        **more,
    }
    words = ["serve", "--folder", str(folder / "store"), "--host", host, "--port", str(port)]
    words += ["--protocol", str(ROOT / "protocols" / "demo-call.elig")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *start, *words], cwd=folder, env=environment, stdout=log, stderr=log
        )
        found = Running(f"http://127.0.0.1:{port}", process, folder)
        try:
            _wait(found)
            yield found
        finally:
            process.terminate()
            process.wait(30)


def _wait(found: Running) -> None:
    for _ in range(600):
        assert found.process.poll() is None, found.log()
        try:
            if httpx.get(f"{found.address}/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(found.log())
