"""Whole commands measured: seconds by the clock and of processors, and the largest process's memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

_COMMAND = "import sys; sys.argv[0] = 'eligibility'; from api.cli import main; main()"
# The processes of a command are its own to wait for; a process between counts them once it has ended. What
# outlives the command for a moment (processes that workers were made of) becomes a child of the one between,
# where Linux is asked for that (PR_SET_CHILD_SUBREAPER), and is counted as well.
_BETWEEN = (
    "import ctypes, os, resource, subprocess, sys, time\n"
    "if sys.platform == 'linux':\n"
    "    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n"
    "began = time.perf_counter()\n"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
    "wall = time.perf_counter() - began\n"
    "try:\n"
    "    while True:\n"
    "        os.wait()\n"
    "except ChildProcessError:\n"
    "    pass\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, done.returncode)\n"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of processors, and mebibytes of the largest process."""

    wall: float
    processor: float
    memory: int


def python(code: str, *words: object) -> Cost:
    """What a program takes, started as a process of its own. Raises SystemExit where it fails."""
    command = [sys.executable, "-c", _BETWEEN, sys.executable, "-c", code, *map(str, words)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    if told[3] not in ("0", "1"):
        raise SystemExit(f"failed: {' '.join(map(str, words))}")
    return Cost(float(told[0]), float(told[1]), int(told[2]))


def eligibility(*words: object) -> Cost:
    """What the command takes with these words."""
    return python(_COMMAND, *words)
