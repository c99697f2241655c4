"""A population from raw lines to verdicts: what dividing, reading and judging cost, and how that grows.

`python -m benchmarks.population --patients 100000 --folder DIR` makes synthetic extracts of N and N/10
patients in DIR (kept for the next time), every twentieth with a note; ingests both; judges them by one of the
ten protocols of `ten` and by all of them; and prints seconds by the clock and of processors
(of all processes), the peak memory of the largest process, and the slope of each step by processor time: 1 is
linear. Then come `ingesting` (beside `orjson.loads`) of the smaller extract and `screening` (beside DuckDB
over the same Parquet) of the larger one's store.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
from base64 import b64encode
from datetime import date
from pathlib import Path

from benchmarks import ingesting, screening
from benchmarks.commands import Cost, eligibility
from benchmarks.ten import write_protocols
from fixtures.synthetic_fhir.write import write_ndjson

AS_OF = date(2026, 6, 1)
_EVERY = 20  # patients of whom one has a note
_NOTE = """HISTORY OF PRESENT ILLNESS
Reports fatigue for two weeks. No chest pain.
PAST MEDICAL HISTORY
Type 2 diabetes mellitus, hypertension.
ASSESSMENT
Diabetes, stable.
"""


def _extract(folder: Path, patients: int) -> Path:
    """The extract, made where it is not there."""
    source = folder / f"extract-{patients}"
    if not source.exists():
        making = folder / f"extract-{patients}.making"
        shutil.rmtree(making, ignore_errors=True)
        write_ndjson(making, patients, 12, AS_OF)
        content = {"contentType": "text/plain", "data": b64encode(_NOTE.encode()).decode()}
        with (
            (making / "Patient.ndjson").open("rb") as people,
            (making / "DocumentReference.ndjson").open("w") as notes,
        ):
            for number, line in enumerate(people):
                if number % _EVERY == 0:
                    note = {
                        "resourceType": "DocumentReference",
                        "id": f"note-{number}",
                        "status": "current",
                        "subject": {"reference": f"Patient/{json.loads(line)['id']}"},
                        "date": "2026-05-01T10:00:00Z",
                        "content": [{"attachment": content}],
                    }
                    notes.write(json.dumps(note, separators=(",", ":")) + "\n")
        making.rename(source)
    return source


def measure(patients: int, folder: Path, workers: int) -> dict[str, Cost]:
    """What each step costs."""
    source = _extract(folder, patients)
    store, out = (folder / f"{name}-{patients}" for name in ("store", "out"))
    for old in (store, out):
        shutil.rmtree(old, ignore_errors=True)
    protocols = write_protocols(folder / "protocols")
    common = ("--as-of", AS_OF, "--workers", workers, "--json", "--out")
    costs = {
        "ingest": eligibility("ingest", source, "--into", store, "--workers", workers, "--json"),
        "screen, one protocol": eligibility("screen", protocols[0], store, *common, out / "one"),
        "screen, ten protocols": eligibility("screen", *protocols, store, *common, out / "ten"),
    }
    shutil.rmtree(out)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    folder = chosen.folder
    folder.mkdir(parents=True, exist_ok=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fewer = chosen.patients // 10
    few, many = (measure(count, folder, chosen.workers) for count in (fewer, chosen.patients))
    print(f"{'step':<24}{'patients':>10}{'s':>9}{'CPU s':>9}{'MiB':>7}")
    for step in many:
        for count, cost in ((fewer, few[step]), (chosen.patients, many[step])):
            print(f"{step:<24}{count:>10,}{cost.wall:>9.1f}{cost.processor:>9.1f}{cost.memory:>7,}")
        print(f"{'':<24}slope {math.log10(many[step].processor / few[step].processor):.2f}")
    ratio = many["screen, ten protocols"].processor / many["screen, one protocol"].processor
    print(f"ten protocols cost {ratio:.1f} times what one does")
    ingesting.both_forms(folder / f"extract-{fewer}", folder / "room", chosen.workers, 2)
    screening.compare(folder / f"store-{chosen.patients}", 2)
    screening.several(folder / f"store-{chosen.patients}", 2)


if __name__ == "__main__":
    main()
