"""Judging a million patients against twenty criteria, beside DuckDB with a hand-written query.

One thread each, columns in memory, the same result columns; the engine gives its causes as well. The
two must agree on every patient and criterion: a difference is an error, whatever the times.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import workload
from benchmarks.peer import Peer, Result
from benchmarks.ratios import Ratio, at_most, in_turn, spelled
from criteria_dsl import compile_file
from eligibility.judging import Judgement, judge
from eligibility.program import Program
from eligibility.terminology import bind

PROTOCOL = Path(__file__).with_name("workload.elig")
PATIENTS, PATIENTS_SMALL = 1_000_000, 20_000
TARGET = 0.5


class DifferenceError(Exception):
    """The engine and the query disagree; the message counts the patients, criterion by criterion."""


def protocol() -> Program:
    """The protocol of the workload."""
    return compile_file(PROTOCOL).require()


def check_equal(judgement: Judgement, result: Result) -> None:
    """Raises DifferenceError where any truth state or verdict differs."""
    counts = {
        finding.criterion.id: np.count_nonzero(finding.outcome != result.outcomes[finding.criterion.id])
        for finding in judgement.findings
    }
    counts["verdict"] = np.count_nonzero(judgement.verdict != result.verdict)
    different = {name: count for name, count in counts.items() if count}
    if different:
        listed = ", ".join(f"{name}: {count}" for name, count in different.items())
        raise DifferenceError(f"the query differs from the judge for so many patients: {listed}")


def measure(small: bool) -> list[Ratio]:
    """One ratio: the engine's wall time to the query's. Raises DifferenceError."""
    program = protocol()
    facts = workload.make(PATIENTS_SMALL if small else PATIENTS)
    membership = bind(program, {}, facts.concepts)
    peer = Peer(program, facts, membership, workload.AS_OF)
    check_equal(judge(program, facts, membership, workload.AS_OF), peer.ordered(peer.run()))
    times = in_turn(
        {"judge": lambda: judge(program, facts, membership, workload.AS_OF), "query": peer.run},
        repetitions=3 if small else 5,
    )
    ours, theirs = times["judge"], times["query"]
    note = (
        f"{spelled(ours.median)} to {spelled(theirs.median)}; "
        f"by processor time {ours.processor_median / theirs.processor_median:.2f} "
        f"({spelled(ours.processor_median)} to {spelled(theirs.processor_median)})"
    )
    rows = sum(len(block) for kind, block in facts.blocks.items() if kind.name != "CONTACT")
    name = f"judge {facts.n_patients:,} patients, {rows:,} facts, {len(program.criteria)} criteria"
    return [at_most(name, ours.median / theirs.median, TARGET, "DuckDB, one thread, tuned SQL", note)]
