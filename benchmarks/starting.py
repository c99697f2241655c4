"""How long `eligibility --help` takes as a whole process, beside an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.ratios import Ratio, at_most, in_turn, spelled

TARGET = 10.0


def measure(small: bool) -> list[Ratio]:
    """One ratio of whole processes."""
    command = Path(sys.executable).with_name("eligibility")
    times = in_turn(
        {
            "help": lambda: _run([str(command), "--help"]),
            "nothing": lambda: _run([sys.executable, "-c", "pass"]),
        },
        repetitions=3 if small else 15,
    )
    ours, theirs = times["help"].median, times["nothing"].median
    note = f"{spelled(ours)} to {spelled(theirs)}"
    return [at_most("eligibility --help, whole process", ours / theirs, TARGET, "python -c pass", note)]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
