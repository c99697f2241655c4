"""NDJSON taken into a store by two processes, beside one process that runs `orjson.loads` over its lines.

`python -m benchmarks.ingesting FOLDER... --room DIR` prints both for each folder as it is and packed with
gzip, whole commands with their start, in turn: seconds by the clock and of processors, and how many times as
fast the store is by the clock, and would be on two free processors (the loop's time to half of the store's).
"""

from __future__ import annotations

import argparse
import gzip
import shutil
from pathlib import Path

from benchmarks.commands import eligibility, python

_LOOP = """
import gzip, sys
from pathlib import Path
import orjson
for path in sorted(Path(sys.argv[1]).rglob("*.ndjson*")):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
        for line in stream:
            orjson.loads(line)
"""


def packed(folder: Path, into: Path) -> Path:
    """The same files, each packed with gzip."""
    into.mkdir(parents=True)
    for path in sorted(folder.rglob("*.ndjson")):
        with path.open("rb") as plain, gzip.open(into / f"{path.name}.gz", "wb", compresslevel=1) as stream:
            shutil.copyfileobj(plain, stream, 1 << 20)
    return into


def compare(folder: Path, room: Path, workers: int, repetitions: int) -> None:
    """Print both costs for the files of a folder."""
    size = sum(path.stat().st_size for path in folder.rglob("*.ndjson*")) / 1e6
    for _ in range(repetitions):
        loop = python(_LOOP, folder)
        shutil.rmtree(room / "store", ignore_errors=True)
        store = eligibility("ingest", folder, "--into", room / "store", "--workers", workers, "--json")
        print(
            f"{folder.name}, {size:,.0f} MB: orjson {loop.wall:.1f} s ({loop.processor:.1f} of processor), "
            f"store {store.wall:.1f} s ({store.processor:.1f}), {store.memory} MiB: "
            f"{loop.wall / store.wall:.2f} times as fast by time, "
            f"{workers * loop.processor / store.processor:.2f} on {workers} free processors",
            flush=True,
        )
    shutil.rmtree(room / "store", ignore_errors=True)


def both_forms(folder: Path, room: Path, workers: int, repetitions: int) -> None:
    """The same of the files as they are, and packed with gzip."""
    compare(folder, room, workers, repetitions)
    small = room / f"{folder.name}.gz"
    shutil.rmtree(small, ignore_errors=True)
    compare(packed(folder, small), room, workers, repetitions)
    shutil.rmtree(small)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--room", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=2)
    chosen = parser.parse_args()
    for folder in chosen.folders:
        both_forms(folder, chosen.room, chosen.workers, chosen.repetitions)


if __name__ == "__main__":
    main()
