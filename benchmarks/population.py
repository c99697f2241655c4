"""A population from raw lines to verdicts: what dividing, reading and judging cost, and how that grows.

`python -m benchmarks.population --patients 100000 --folder DIR` makes synthetic extracts of N and N/10
patients in DIR (kept for the next time), ingests both, judges them by one protocol and by ten, and prints
processor seconds (of all processes), the peak memory of the largest process, and the slope of each step:
1 is linear. The equal DuckDB query is not part of it.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from fixtures.synthetic_fhir.write import write_ndjson

AS_OF = date(2026, 6, 1)
PROTOCOL = Path(__file__).parents[1] / "protocols" / "demo.elig"
_COMMAND = "import sys; sys.argv[0] = 'eligibility'; from api.cli import main; main()"


def _protocols(folder: Path) -> list[Path]:
    """Ten protocols that listen to no notes, alike but for their names."""
    folder.mkdir(exist_ok=True)
    head, _, rest = PROTOCOL.read_text().partition("\n")
    made = []
    for number in range(10):
        path = folder / f"demo-{number}.elig"
        path.write_text(head.replace("DEMO-1", f"DEMO-1{number}") + "\n  notes ignored\n" + rest)
        made.append(path)
    return made


def _run(*words: object) -> tuple[float, int]:
    """Processor seconds of a command and all its processes, and the peak memory of the largest, in MiB.

    Its processes are ours to wait for once it has ended; a child of `resource` counts them with their own.
    """
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, done.returncode)\n"
    )
    command = [sys.executable, "-c", code, sys.executable, "-c", _COMMAND, *map(str, words)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    if told[2] not in ("0", "1"):
        raise SystemExit(f"failed: {' '.join(map(str, words))}")
    return float(told[0]), int(told[1])


def measure(patients: int, folder: Path, workers: int) -> dict[str, tuple[float, int]]:
    """Each step's processor seconds and peak memory."""
    source, store, out = (folder / f"{name}-{patients}" for name in ("extract", "store", "out"))
    if not (source / "Patient.ndjson").exists():
        shutil.rmtree(source, ignore_errors=True)
        write_ndjson(source, patients, 12, AS_OF)
    for old in (store, out):
        shutil.rmtree(old, ignore_errors=True)
    protocols = _protocols(folder / "protocols")
    common = ("--as-of", AS_OF, "--workers", workers, "--json", "--out")
    return {
        "ingest": _run("ingest", source, "--into", store, "--workers", workers, "--json"),
        "screen, one protocol": _run("screen", protocols[0], store, *common, out / "one"),
        "screen, ten protocols": _run("screen", *protocols, store, *common, out / "ten"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    few = measure(chosen.patients // 10, chosen.folder, chosen.workers)
    many = measure(chosen.patients, chosen.folder, chosen.workers)
    print(f"{'step':<24}{'patients':>10}{'CPU s':>9}{'MiB':>7}")
    for step in many:
        for count, found in ((chosen.patients // 10, few[step]), (chosen.patients, many[step])):
            print(f"{step:<24}{count:>10,}{found[0]:>9.1f}{found[1]:>7,}")
        print(f"{'':<24}slope {math.log10(many[step][0] / few[step][0]):.2f}")
    ratio = many["screen, ten protocols"][0] / many["screen, one protocol"][0]
    print(f"ten protocols cost {ratio:.1f} times what one does")


if __name__ == "__main__":
    main()
