"""Twenty criteria judged from a fact store, its reading included, beside `peer_store`: one process each.

`python -m benchmarks.screening STORE` prints wall and processor seconds of both in turn, one thread each, and
whether they agree on every patient and criterion. The engine binds value sets, reads the partitions, judges
and gives causes as well; DuckDB tells outcomes. Then come ten protocols in one pass, beside one.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.judging import protocol
from benchmarks.peer_store import PeerStore
from benchmarks.ten import COUNT, text_of
from criteria_dsl import compile_text
from eligibility.factstore import needs_of
from eligibility.judging.judge import judge_together
from eligibility.program import Program
from eligibility.terminology import Binding
from fhir_adapters.storing import Store

AS_OF = date(2026, 6, 1)
Outcomes = dict[str, NDArray[np.uint8]]


def judged(programs: Sequence[Program], path: Path) -> list[Outcomes]:
    """Outcomes of all patients by each program, in one pass; patients in their order in the store."""
    store = Store.open(path)
    manifest = store.manifest()
    terms = {name: source for program in programs for name, source in program.value_sets.items()}
    binding = Binding(replace(programs[0], value_sets=terms), {})
    found: list[dict[str, list[Any]]] = [{} for _ in programs]
    for number in store.numbers():
        opened = store.opened(number)
        membership = binding.over(opened.concepts)
        facts = opened.facts(manifest, needs_of([(program, membership) for program in programs]))
        together = judge_together([(program, {}) for program in programs], facts, membership, AS_OF)
        for parts, (judgement, _) in zip(found, together, strict=True):
            for finding in judgement.findings:
                parts.setdefault(finding.criterion.id, []).append(finding.outcome)
            parts.setdefault("verdict", []).append(judgement.verdict)
    return [{name: np.concatenate(held).astype(np.uint8) for name, held in parts.items()} for parts in found]


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
        ours, wall, processor = timed(lambda: judged([program], path)[0])
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


def several(path: Path, repetitions: int) -> None:
    """Print what the ten protocols of `ten` cost in one pass beside one of them."""
    programs = [compile_text(text_of(number)).require() for number in range(COUNT)]
    alone = [judged([program], path)[0] for program in programs]
    ones, tens = [], []
    for _ in range(repetitions):
        ones.append(timed(lambda: judged(programs[:1], path))[1:])
        told, *spent = timed(lambda: judged(programs, path))
        tens.append(spent)
    different = sum(
        not np.array_equal(together[name], outcomes[name])
        for together, outcomes in zip(told, alone, strict=True)
        for name in outcomes
    )
    print(f"criteria and verdicts that differ from those of each protocol alone: {different or 'none'}")
    for what, one, ten in zip(
        ("time", "processor"),
        map(min, zip(*ones, strict=True)),
        map(min, zip(*tens, strict=True)),
        strict=True,
    ):
        print(f"best of {repetitions} by {what}: one protocol {one:.2f} s, ten {ten:.2f} s: {ten / one:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--repetitions", type=int, default=2)
    chosen = parser.parse_args()
    compare(chosen.store, chosen.repetitions)
    several(chosen.store, chosen.repetitions)


if __name__ == "__main__":
    main()
