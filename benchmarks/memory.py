"""What the processes of a service hold of the machine's memory, read from Linux's accounts of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MEGA = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: resident in the service's own process, and private to it and all that it began."""

    resident: float
    private: float
    processes: int

    def __str__(self) -> str:
        return (
            f"{self.resident:.0f} MB resident in the service, "
            f"{self.private:.0f} MB private to its {self.processes} processes"
        )


def held(process: int) -> Memory:
    """Of a process and everything below it."""
    family = _below(process)
    return Memory(
        resident=_kilobytes(process, "Rss") / _MEGA,
        private=sum(_kilobytes(one, "Private_Clean", "Private_Dirty") for one in family) / _MEGA,
        processes=len(family),
    )


def _below(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        children = (task / "children").read_text().split()
        for child in map(int, children):
            found += _below(child)
    return found


def _kilobytes(process: int, *names: str) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has just ended
    return sum(
        int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE) if name in names
    )
