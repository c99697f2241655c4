"""Reading an NDJSON extract into a finished fact table, beside a bare loop of `orjson.loads`.

Both read the same files from a warm page cache in one process. The peak memory of reading is taken in
processes of their own (`python -m benchmarks.extracting FOLDER`): an extract that is twice as large
in elements that nobody reads must not need more.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import orjson

from benchmarks.ratios import Ratio, at_least, at_most, in_turn, spelled
from fhir_adapters import read
from fixtures.synthetic_fhir.write import write_ndjson

AS_OF = date(2026, 6, 1)
SEED = 11
PATIENTS, PATIENTS_SMALL = 5_000, 200
TARGET, TARGET_MEMORY = 1.0, 1.1
_NARRATIVE = '"text":{"status":"generated","div":"'


def measure(small: bool) -> list[Ratio]:
    """Two ratios: time to the baseline's, and peak memory with doubled bytes to that without."""
    with tempfile.TemporaryDirectory() as temporary:
        plain, doubled = Path(temporary, "plain"), Path(temporary, "doubled")
        write_ndjson(plain, PATIENTS_SMALL if small else PATIENTS, SEED, AS_OF)
        shutil.rmtree(plain / "expected")
        size = sum(path.stat().st_size for path in plain.iterdir())
        times = in_turn(
            {"orjson": lambda: _parse(plain), "read": lambda: read(plain)}, repetitions=2 if small else 3
        )
        ratio = times["orjson"].median / times["read"].median
        by_processor = times["orjson"].processor_median / times["read"].processor_median
        speed = at_least(
            f"read {size / 1e6:.0f} MB of NDJSON into facts",
            ratio,
            TARGET,
            "orjson.loads, line by line",
            f"{size / 1e6 / times['read'].median:.0f} MB/s to "
            f"{size / 1e6 / times['orjson'].median:.0f} MB/s ({spelled(times['read'].median)} to "
            f"{spelled(times['orjson'].median)}); by processor time {by_processor:.2f}",
        )
        _double(plain, doubled)
        return [speed, _memory(plain, doubled)]


def _parse(folder: Path) -> int:
    """The baseline: every line of every file becomes Python objects, and is forgotten."""
    lines = 0
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            for line in stream:
                orjson.loads(line)
                lines += 1
    return lines


def _double(plain: Path, doubled: Path) -> None:
    """The same records, each with a narrative as long as the rest of it."""
    doubled.mkdir()
    for path in sorted(plain.iterdir()):
        with path.open(encoding="utf-8") as stream, (doubled / path.name).open("w", encoding="utf-8") as out:
            for line in stream:
                record = line.rstrip("\n")
                filler = "~" * max(0, len(record) - len(_NARRATIVE) - len('"}},'))
                out.write(f"{record[:-1]},{_NARRATIVE}{filler}" + '"}}\n')


def _memory(plain: Path, doubled: Path) -> Ratio:
    sizes = [sum(path.stat().st_size for path in folder.iterdir()) for folder in (plain, doubled)]
    first, second = _peak(plain), _peak(doubled)
    return at_most(
        "peak memory of reading, bytes doubled in ignored elements",
        second["peak"] / first["peak"],
        TARGET_MEMORY,
        "the same extract without them",
        f"{sizes[0] / 1e6:.0f} to {sizes[1] / 1e6:.0f} MB of input; "
        f"peak {first['peak'] / 1e6:.0f} to {second['peak'] / 1e6:.0f} MB; "
        f"{first['facts']:,} and {second['facts']:,} facts",
    )


def _peak(folder: Path) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.extracting", str(folder)]
    root = Path(__file__).resolve().parent.parent
    answer = subprocess.run(command, cwd=root, check=True, capture_output=True)
    told: dict[str, int] = json.loads(answer.stdout)
    return told


def main() -> None:
    """Read one folder; print the peak memory in bytes and the number of facts as JSON."""
    facts = read(Path(sys.argv[1])).facts
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"peak": peak, "facts": sum(len(block) for block in facts.blocks.values())}))


if __name__ == "__main__":
    main()
