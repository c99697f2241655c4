"""Commands on a disk that is really full, in a process with mounts of its own (`unshare --mount`).

Arguments: a folder with `in` (an extract), `kept.elig` and an empty folder `disk`, and how many points to try
of each. The file system goes with the process, however that ends.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from api.errors import UserError
from tests.population.commands import ingest_words, run, screen_words
from tests.population.extracts import files_in

_PAGE = 4096
_LARGE = 1 << 26


def mount(place: Path, size: int, *options: str) -> None:
    """A file system in memory; with "remount" another size of the one that is there."""
    words = ["mount", "-t", "tmpfs", "-o", ",".join([*options, f"size={size}"]), "tmpfs", str(place)]
    subprocess.run(words, check=True)


def used(folder: Path) -> int:
    """The room that files take, in bytes: whole pages."""
    return sum(-(-len(data) // _PAGE) * _PAGE for data in files_in(folder).values())


def check(name: str, words: Callable[[Path], list[str]], points: int, folder: Path) -> None:
    """Run with too little room, then with enough."""
    disk = folder / "disk"
    assert run(words(folder / f"{name}-reference")) is None
    reference = files_in(folder / f"{name}-reference")
    needed, dice = used(folder / f"{name}-reference"), random.Random(8)
    for number in range(points):
        target = disk / f"{name}{number}"
        mount(disk, used(disk) + dice.randrange(_PAGE, needed, _PAGE), "remount")
        fault = run(words(target))
        assert isinstance(fault, UserError), repr(fault)
        assert fault.code == "OUTPUT_UNWRITABLE", fault
        mount(disk, _LARGE, "remount")
        assert run(words(target)) is None
        assert files_in(target) == reference


def main(folder: Path, points: int) -> None:
    """All points of both commands."""
    mount(folder / "disk", _LARGE)
    extract, protocol, store = folder / "in", folder / "kept.elig", folder / "ingest-reference"
    check("ingest", lambda target: ingest_words(extract, target), points, folder)
    check("screen", lambda target: screen_words(protocol, store, target), points, folder)
    print("went on each time")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
