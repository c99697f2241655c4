"""Worker processes beside a service: begun with it, begun again when one dies, gone when it goes.

Each is `eligibility work` with its standard input held open: when the service ends, however it ends, the
pipe closes and the worker stops where it is. The next worker goes on with its run.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_COMMAND = [sys.executable, "-c", "from api.cli import main; main()", "work", "--with-parent"]
_PAUSE = 2.0  # seconds before a worker that died is begun again


@contextmanager
def workers(number: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Keep so many workers alive."""
    stop = threading.Event()
    keepers = [threading.Thread(target=_keep, args=(stop, environment), daemon=True) for _ in range(number)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join()


def _keep(stop: threading.Event, environment: Mapping[str, str]) -> None:
    while not stop.is_set():
        worker = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, env=dict(environment))
        while worker.poll() is None and not stop.wait(0.2):
            continue
        worker.kill()
        worker.wait()
        if worker.stdin is not None:
            worker.stdin.close()
        stop.wait(_PAUSE)
