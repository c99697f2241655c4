"""One bundle of a megabyte from bytes to a verdict with its evidence, beside `orjson.loads` of it.

The bundle is a long chart of one person: the records of as many synthetic patients as a megabyte takes,
all rewritten to be the first one's. Judged against the workload's twenty criteria, as a service
does it: protocol, vocabulary and membership are kept between bundles.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import orjson

from benchmarks.judging import protocol
from benchmarks.ratios import Ratio, at_most, in_turn, spelled
from eligibility.facts import Kind
from eligibility.judging.evidence import evidence_rows
from eligibility.judging.judge import judge_with_context
from eligibility.judging.settling import phrase, settling_leaves
from eligibility.program import Program
from eligibility.reasons import Outcome, reasons_of
from eligibility.showing import Shown, show_row
from eligibility.terminology import Membership, bind
from fhir_adapters import Vocabulary, read_bundle
from fixtures.synthetic_fhir.patients import patients

AS_OF = date(2026, 6, 1)
SEED = 12
SIZE, SIZE_SMALL = 1_000_000, 100_000
TARGET = 1.0
ALLOWANCE = 0.002  # seconds beside twice the baseline


def bundle(size: int) -> bytes:
    """A collection of about `size` bytes, all of it one person's."""
    entries: list[str] = []
    person = ""
    total = 0
    for patient in patients(10_000, SEED, AS_OF):
        name = patient.expected.patient
        person = person or name
        for resource in patient.resources:
            if resource.kind == "Patient" and name != person:
                continue
            line = resource.line.replace(f"Patient/{name}", f"Patient/{person}")
            url = f"https://example.org/fhir/{resource.kind}/{resource.id}"
            entries.append(f'{{"fullUrl":"{url}","resource":{line}}}')
            total += len(entries[-1])
        if total >= size:
            break
    listed = ",".join(entries)
    return f'{{"resourceType":"Bundle","type":"collection","entry":[{listed}]}}'.encode()


class Service:
    """What is kept between bundles."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.vocabulary = Vocabulary()
        self.membership: Membership = bind(program, {}, self.vocabulary.concepts_held)

    def screen(self, data: bytes) -> tuple[int, list[tuple[str, tuple[str, ...], list[Shown], list[str]]]]:
        """Verdict, and for each finding not met or unknown its reasons, evidence and what would settle it."""
        facts = read_bundle(data, vocabulary=self.vocabulary).facts
        judgement, context = judge_with_context(
            self.program, facts, self.membership, AS_OF, None, evidence=True
        )
        told = []
        everyone = np.ones(facts.n_patients, dtype=np.bool_)
        for finding in judgement.findings:
            outcome = Outcome(int(finding.outcome[0]))
            if outcome is Outcome.MET:
                continue
            criterion = finding.criterion
            rows = evidence_rows(judgement, facts, criterion, everyone)
            shown = [
                show_row(facts, Kind(kind), row)
                for kind, row in zip(rows.kind.tolist(), rows.row.tolist(), strict=True)
            ]
            settled: list[str] = []
            if outcome is Outcome.UNKNOWN:
                leaves = settling_leaves(criterion, judgement.leaves, 0)
                settled = [phrase(context, leaf, causes) for leaf, causes in leaves]
            told.append((criterion.id, reasons_of(outcome, int(finding.causes[0])), shown, settled))
        return int(judgement.verdict[0]), told


def measure(small: bool) -> list[Ratio]:
    """One ratio: the whole way to twice the bare parse and the allowance."""
    data = bundle(SIZE_SMALL if small else SIZE)
    service = Service(protocol())
    _, told = service.screen(data)
    times = in_turn(
        {"screen": lambda: service.screen(data), "orjson": lambda: orjson.loads(data)},
        repetitions=5 if small else 40,
    )
    allowed = 2 * times["orjson"].median + ALLOWANCE
    evidence = sum(len(shown) for _, _, shown, _ in told)
    note = (
        f"{spelled(times['screen'].median)} to 2 × {spelled(times['orjson'].median)} + 2 ms; "
        f"{len(told)} findings not met or unknown, {evidence} rows of evidence"
    )
    name = f"one bundle of {len(data) / 1e6:.2f} MB to verdict and evidence"
    return [at_most(name, times["screen"].median / allowed, TARGET, "2 × orjson.loads + 2 ms", note)]
