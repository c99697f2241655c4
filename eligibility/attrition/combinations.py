"""Which k criteria to relax together: those that give back most patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

from eligibility.attrition.population import Population, count
from eligibility.judging.verdicts import FAIL, PASS, REVIEW

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
        exact = comb(criteria, size) * len(population.weights) * criteria <= budget
        sets = combinations(range(criteria), size) if exact else _one_more(known, criteria)
        best = max((relaxation(population, one, exact) for one in sets), key=lambda r: (r.back, r.to_pass))
        known = best.numbers
        before = (found[-1].back, found[-1].to_pass) if found else (0, 0)
        if (best.back, best.to_pass) > before:
            found.append(best)
    return tuple(found)


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
