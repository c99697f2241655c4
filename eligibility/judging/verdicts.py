"""From findings to verdicts: of the whole trial, and of each of its cohorts.

A patient needs every shared criterion and, where there are cohorts, one of them: its own statement
and the criteria that are its own. So a cohort that surely fits makes up for one that is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, States
from eligibility.program import Polarity, Program, Stage

# Codes of a verdict.
FAIL, REVIEW, PASS = 0, 1, 2


class AskedCriterion(Protocol):
    """What a verdict needs to know of a criterion: of a program's, or of one read from stored findings."""

    @property
    def id(self) -> str: ...
    @property
    def polarity(self) -> Polarity: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def cohorts(self) -> tuple[str, ...]: ...


class JudgedCriterion(Protocol):
    """A criterion with its outcomes, uint8[n_patients] of `reasons.Outcome`."""

    @property
    def criterion(self) -> AskedCriterion: ...
    @property
    def outcome(self) -> States: ...


def takes_part(criterion: AskedCriterion) -> bool:
    """Whether a criterion has a part in the verdict: of the pre-screen stage, and no population."""
    return criterion.stage is Stage.PRE_SCREEN and criterion.polarity is not Polarity.POPULATION


def is_shared(criterion: AskedCriterion) -> bool:
    """Whether a criterion is asked of everybody, and not only of some cohorts."""
    return criterion.polarity is not Polarity.COHORT and not criterion.cohorts


def has_verdict(program: Program) -> bool:
    """Whether anything of a program is judged at pre-screen; a measure only counts populations."""
    return any(takes_part(criterion) for criterion in program.criteria)


def cohort_parts(findings: Sequence[JudgedCriterion]) -> dict[str, States]:
    """What the cohorts' own criteria come to, uint8[n_patients] of FAIL, REVIEW, PASS by cohort."""
    cohorts = [f.criterion.id for f in findings if f.criterion.polarity is Polarity.COHORT]
    return {
        cohort: _least(f for f in findings if f.criterion.id == cohort or cohort in f.criterion.cohorts)
        for cohort in cohorts
    }


def cohorts_alone(findings: Sequence[JudgedCriterion]) -> States | None:
    """What the best cohort comes to, the shared criteria left aside; None where there is none."""
    parts = cohort_parts(findings)
    return np.maximum.reduce(list(parts.values())) if parts else None


def _least(findings: Iterable[JudgedCriterion]) -> States:
    """All met pass, any not met fails, else review; later stages take no part."""
    found = list(findings)
    verdict = np.full(len(found[0].outcome), PASS, dtype=np.uint8)
    for finding in found:
        if takes_part(finding.criterion):
            np.minimum(verdict, finding.outcome, out=verdict)
    return verdict


def roll_up(findings: Sequence[JudgedCriterion], deaths: States) -> tuple[States, Mapping[str, States]]:
    """Verdict of the pre-screen stage, and that of each cohort alone.

    Any shared criterion not met fails, all met pass, else review; of cohorts the best one counts.
    Later stages and a measure's populations take no part. Death decides before any criterion.
    """
    shared = np.full(len(deaths), PASS, dtype=np.uint8)
    for finding in findings:
        if takes_part(finding.criterion) and is_shared(finding.criterion):
            np.minimum(shared, finding.outcome, out=shared)
    shared[deaths == UNKNOWN] = np.minimum(shared[deaths == UNKNOWN], REVIEW)
    shared[deaths == TRUE] = FALSE
    each = {cohort: np.minimum(shared, part) for cohort, part in cohort_parts(findings).items()}
    if not each:
        return shared, each
    return np.maximum.reduce(list(each.values())), each
