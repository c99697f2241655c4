"""Runs commands in children of one process that has loaded what they need, and kills them when told to.

Started as a program; a line of JSON asks, a line of JSON answers. A child that is not waited for yet keeps
its number, so that nobody else can be killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How a command ended (-9: killed) and how long it took, in seconds."""

    status: int
    seconds: float


class Killer:
    """The other end: asks that process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, words: Sequence[str], after: float | None = None) -> Ended:
        """Run a command; kill it `after` so many seconds if it has not ended by then."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([list(words), after]) + "\n")
        self._process.stdin.flush()
        return Ended(*json.loads(self._process.stdout.readline()))


@contextmanager
def killer() -> Iterator[Killer]:
    """A process that runs and kills, for the length of a block."""
    words = [sys.executable, "-m", "tests.population.killing"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Killer(process)


def _serve() -> None:
    # What the commands load while they run: a child has it from here.
    import fhir_adapters.storing  # noqa: F401
    from api.cli import main

    for line in sys.stdin:
        words, after = json.loads(line)
        begun = time.perf_counter()
        child = os.fork()
        if child == 0:
            silent = os.open(os.devnull, os.O_RDWR)
            for handle in (0, 1, 2):
                os.dup2(silent, handle)
            sys.argv = ["eligibility", *words]
            try:
                main()
            except SystemExit as ended:
                os._exit(int(ended.code or 0))
            finally:
                os._exit(99)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        answer = [os.waitstatus_to_exitcode(status), time.perf_counter() - begun]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
