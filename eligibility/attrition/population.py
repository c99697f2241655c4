"""Patients by pattern: all who have the same outcome of every criterion are counted as one.

A million patients come to a few thousand patterns, so that every what-if is asked of patterns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.truth import FALSE, TRUE, Flags, States
from eligibility.judging.verdicts import FAIL, roll_up, takes_part
from eligibility.program import Polarity, Stage
from eligibility.reasons import Outcome

Counts = NDArray[np.int64]
# So many outcomes are put into one number, beside the number of what came before (below 2**31 patterns).
_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion as far as verdicts and reports need it."""

    id: str
    label: str
    polarity: Polarity
    stage: Stage = Stage.PRE_SCREEN
    cohorts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """A criterion with its outcome by pattern, uint8[n_patterns]."""

    criterion: Asked
    outcome: States


@dataclass(frozen=True, slots=True)
class Population:
    """The judged patients: `outcomes` is uint8[n_criteria, n_patterns] of `reasons.Outcome`.

    `criteria` are those that take part in the verdict, in the protocol's order. `deaths` is uint8[n_patterns]
    of FALSE, UNKNOWN, TRUE; `weights` int64[n_patterns] says how many patients are of each pattern, and
    `pattern` int64[n_patients] of which pattern each one is.
    """

    criteria: tuple[Asked, ...]
    outcomes: States
    deaths: States
    weights: Counts
    pattern: Counts

    @classmethod
    def of(cls, criteria: Sequence[Asked], outcomes: States, deaths: States) -> Population:
        """From outcomes uint8[n_criteria, n_patients] of all criteria, also those of later stages."""
        part = [number for number, criterion in enumerate(criteria) if takes_part(criterion)]
        table = np.vstack([outcomes[part], deaths[None, :]]).astype(np.uint8)
        first, pattern, weights = _distinct(table)
        distinct = table[:, first]
        return cls(
            tuple(criteria[number] for number in part),
            np.ascontiguousarray(distinct[:-1]),
            np.ascontiguousarray(distinct[-1]),
            weights,
            pattern,
        )

    @property
    def size(self) -> int:
        return int(self.weights.sum())

    @property
    def lives(self) -> Flags:
        """Which patterns are not of people who surely died; bool[n_patterns]."""
        lives: Flags = self.deaths != TRUE
        return lives

    def only(self, patients: Flags) -> Population:
        """Some of the patients (bool[n_patients]), counted by the same patterns."""
        weights = np.bincount(self.pattern[patients], minlength=len(self.weights))
        return replace(self, weights=weights.astype(np.int64), pattern=self.pattern[patients])

    def verdicts(self, relaxed: Collection[int] = ()) -> States:
        """Verdict of each pattern with some criteria (by number) relaxed; uint8[n_patterns]."""
        met = np.full(len(self.weights), Outcome.MET, dtype=np.uint8)
        return roll_up(
            [
                Answered(criterion, met if number in relaxed else self.outcomes[number])
                for number, criterion in enumerate(self.criteria)
            ],
            self.deaths,
        )[0]

    def verdicts_with(self, placed: Collection[int]) -> States:
        """Verdict of each pattern with only some criteria (by number) in place; uint8[n_patterns]."""
        return self.verdicts(set(range(len(self.criteria))) - set(placed))

    def cohorts(self) -> dict[str, States]:
        """Verdict of each cohort by itself, uint8[n_patterns]."""
        found = [Answered(c, self.outcomes[number]) for number, c in enumerate(self.criteria)]
        return dict(roll_up(found, self.deaths)[1])

    def failing(self) -> tuple[States, Counts]:
        """The distinct columns of outcomes of patterns that fail by a criterion, and their patients.

        uint8[n_criteria, m] and int64[m]. What is not failed is written as met: of those who fail, an
        unknown criterion neither takes away nor gives back anybody who is lost to the others.
        """
        mine = self.lives & (self.verdicts() == FAIL) & (self.weights > 0)
        failed = np.where(self.outcomes[:, mine] == Outcome.NOT_MET, Outcome.NOT_MET, Outcome.MET)
        if not failed.shape[1]:
            return failed.astype(np.uint8), np.empty(0, np.int64)
        first, which, _ = _distinct(failed)
        weights = np.bincount(which, weights=self.weights[mine], minlength=len(first))
        return np.ascontiguousarray(failed[:, first], dtype=np.uint8), weights.astype(np.int64)


def _distinct(table: States) -> tuple[Counts, Counts, Counts]:
    """Of the columns of a table of 0, 1, 2: a first one of each pattern, the pattern of each, their number.

    As `np.unique` over columns, which sorts whole columns: here a column is a number to the base of 3.
    """
    pattern = np.zeros(table.shape[1], np.int64)
    for start in range(0, len(table), _DIGITS):
        code = pattern
        for row in table[start : start + _DIGITS]:
            code = code * 3 + row
        _, first, pattern, weights = np.unique(
            code, return_index=True, return_inverse=True, return_counts=True
        )
    return first, pattern.ravel().astype(np.int64), weights.astype(np.int64)


def count(weights: Counts, flags: Flags) -> int:
    """How many patients are of the flagged patterns."""
    return int(weights[flags].sum())


def nobody_died(patterns: int) -> States:
    """Deaths of patterns of which nobody died, uint8[patterns]."""
    return np.full(patterns, FALSE, dtype=np.uint8)
