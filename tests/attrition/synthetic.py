"""Synthetic extracts screened against a protocol that most patients fail, in several ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api import screening
from api.loading import Question, load_question, read_extract
from eligibility.program import AgeIs, Criterion, Given, NumberOf, Polarity
from fhir_adapters import Extract
from fixtures.synthetic_fhir.write import write_ndjson

RESCUE = Path(__file__).with_name("rescue.elig")
DEMO = Path(__file__).resolve().parents[2] / "protocols" / "demo.elig"
AS_OF = "2026-06-01"


@dataclass(frozen=True, slots=True)
class Screened:
    """An extract and its run, in memory and on disk."""

    source: Path
    extract: Extract
    question: Question
    folder: Path

    def judged(self, change: Callable[[tuple[Criterion, ...]], tuple[Criterion, ...]]) -> NDArray[np.uint8]:
        """Verdicts of everybody with other criteria, judged anew; in order of identifier."""
        program = replace(self.question.program, criteria=change(self.question.program.criteria))
        verdict = screening.run(replace(self.question, program=program), self.extract).judgement.verdict
        names = list(self.extract.facts.patients)
        return verdict[sorted(range(len(names)), key=names.__getitem__)]


def screened(folder: Path, protocol: Path, patients: int, seed: int = 11) -> Screened:
    """Make an extract, screen it, and write the run into `folder/run`."""
    source = folder / "extract"
    write_ndjson(source, patients, seed, date.fromisoformat(AS_OF))
    question = load_question(protocol, AS_OF, [], [])
    extract = read_extract(str(source), "UTC", complete=False)
    run = screening.run(question, extract)
    screening.write(run, folder / "run", csv_findings=False, all_evidence=False)
    return Screened(source, extract, question, folder / "run")


def without(*ids: str) -> Callable[[tuple[Criterion, ...]], tuple[Criterion, ...]]:
    """The protocol with some criteria taken out; of a cohort, its statement is one that everybody meets."""

    def change(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        kept = []
        for criterion in criteria:
            if criterion.id not in ids:
                kept.append(criterion)
            elif criterion.polarity is Polarity.COHORT:
                kept.append(replace(criterion, statement=_ALWAYS))
        return tuple(kept)

    return change


# At least none of these holds: true of everybody, whatever is known of the age.
_ALWAYS = NumberOf((AgeIs(Given("index"), 18, None),), least=0)
