"""Twenty criteria judged from a fact store, its reading included, beside `peer_store`: one process each.

`python -m benchmarks.screening STORE` prints wall and processor seconds of both in turn, one thread each, and
whether they agree on every patient and criterion. The engine binds value sets, reads the partitions, judges
and gives causes as well; DuckDB tells outcomes.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.judging import protocol
from benchmarks.peer_store import PeerStore
from eligibility.factstore import needs_of
from eligibility.judging import judge
from eligibility.program import Program
from eligibility.terminology import Binding
from fhir_adapters.storing import Store

AS_OF = date(2026, 6, 1)
Outcomes = dict[str, NDArray[np.uint8]]


def judged(program: Program, path: Path) -> Outcomes:
    """Outcomes of all patients, in their order in the store."""
    store = Store.open(path)
    manifest = store.manifest()
    binding = Binding(program, {})
    found: dict[str, list[Any]] = {}
    for number in store.numbers():
        opened = store.opened(number)
        membership = binding.over(opened.concepts)
        facts = opened.facts(manifest, needs_of([(program, membership)]))
        judgement = judge(program, facts, membership, AS_OF)
        for finding in judgement.findings:
            found.setdefault(finding.criterion.id, []).append(finding.outcome)
        found.setdefault("verdict", []).append(judgement.verdict)
    return {name: np.concatenate(parts).astype(np.uint8) for name, parts in found.items()}


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it gives, its wall and its processor seconds."""
    wall, used = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - used


def compare(path: Path, repetitions: int) -> None:
    """Print both, in turn."""
    program, store = protocol(), Store.open(path)
    peer = PeerStore(program, store, AS_OF, threads=1)
    walls, used = [], []
    for _ in range(repetitions):
        ours, wall, processor = timed(lambda: judged(program, path))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told, peer_wall, peer_processor = timed(peer.run)
        walls.append(wall / peer_wall)
        used.append(processor / peer_processor)
        print(
            f"engine {wall:.1f} s ({processor:.1f} of processor, peak so far {peak:,} MiB), "
            f"DuckDB {peer_wall:.1f} s ({peer_processor:.1f} of processor): "
            f"{walls[-1]:.2f} by time, {used[-1]:.2f} by processor",
            flush=True,
        )
    theirs = peer.outcomes(told)
    different = {name: int(np.count_nonzero(ours[name] != theirs[name])) for name in theirs}
    count = len(ours["verdict"])
    print(f"{count:,} patients; different outcomes: {({k: v for k, v in different.items() if v}) or 'none'}")
    print(f"best of {repetitions}: {min(walls):.2f} by time, {min(used):.2f} by processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--repetitions", type=int, default=2)
    chosen = parser.parse_args()
    compare(chosen.store, chosen.repetitions)


if __name__ == "__main__":
    main()
