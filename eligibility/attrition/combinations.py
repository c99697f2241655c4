"""Which k criteria to relax together: those that give back most patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from eligibility.attrition.population import Population, count
from eligibility.judging.verdicts import FAIL, PASS, REVIEW, is_shared
from eligibility.reasons import Outcome

# So many outcomes (sets of criteria x patterns x criteria) are looked at for an exact answer.
_EXACT = 400_000_000


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A set of criteria (numbers, in the protocol's order) and who comes back with all of them relaxed.

    `to_pass` and `to_review` are out of those who fail now. `exact`: no other set of this size gives back
    more; else it was built up from the best smaller set.
    """

    numbers: tuple[int, ...]
    to_pass: int
    to_review: int
    opened: int
    exact: bool

    @property
    def back(self) -> int:
        return self.to_pass + self.to_review


def best_relaxations(population: Population, most: int, budget: int = _EXACT) -> tuple[Relaxation, ...]:
    """For each size up to `most` the set that gives back most; of equals the one with more passes.

    Of what is equal in both the first in the protocol's order. Sizes that give back no more than
    a smaller set are left out.
    """
    found: list[Relaxation] = []
    known: tuple[int, ...] = ()
    criteria = len(population.criteria)
    for size in range(1, min(most, criteria) + 1):
        within = _within_reach(population, size)
        exact = comb(criteria, size) * len(within.weights) * criteria <= budget
        sets = combinations(range(criteria), size) if exact else _one_more(known, criteria)
        known = max(sets, key=lambda one: _gain(within, one))
        best = relaxation(population, known, exact)
        before = (found[-1].back, found[-1].to_pass) if found else (0, 0)
        if (best.back, best.to_pass) > before:
            found.append(best)
    return tuple(found)


def _within_reach(population: Population, size: int) -> Population:
    """The patterns that fail now and that so many relaxed criteria may give back, without their patients.

    Where every criterion is everybody's, who fails more of them than that stays lost.
    """
    reach = population.lives & (population.verdicts() == FAIL)
    if all(is_shared(criterion) for criterion in population.criteria):
        reach &= (population.outcomes == Outcome.NOT_MET).sum(axis=0) <= size
    return replace(
        population,
        outcomes=np.ascontiguousarray(population.outcomes[:, reach]),
        deaths=population.deaths[reach],
        weights=population.weights[reach],
        pattern=np.empty(0, np.int64),
    )


def _gain(within: Population, numbers: tuple[int, ...]) -> tuple[int, int]:
    """How many come back of those within reach, and how many of them pass."""
    then = within.verdicts(numbers)
    return count(within.weights, then != FAIL), count(within.weights, then == PASS)


def _one_more(numbers: tuple[int, ...], criteria: int) -> Iterator[tuple[int, ...]]:
    for one in range(criteria):
        if one not in numbers:
            yield tuple(sorted((*numbers, one)))


def relaxation(population: Population, numbers: tuple[int, ...], exact: bool = True) -> Relaxation:
    """Who comes back with some criteria (numbers) relaxed together."""
    weights, now = population.weights, population.verdicts()
    then = population.verdicts(numbers)
    return Relaxation(
        numbers,
        to_pass=count(weights, (now == FAIL) & (then == PASS)),
        to_review=count(weights, (now == FAIL) & (then == REVIEW)),
        opened=count(weights, (now == REVIEW) & (then == PASS)),
        exact=exact,
    )
