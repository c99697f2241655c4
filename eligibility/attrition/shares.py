"""How the lost patients are shared out among the criteria: the Shapley value of each.

The game: a set of criteria in place loses the patients whose verdict is then "fail", all other criteria being
relaxed. A criterion's Shapley value is what it adds to the losses, averaged over all orders of putting the
criteria in place (L. S. Shapley, A value for n-person games, 1953). The values sum to all who are lost.
Patients who fail the same criteria share alike, so each failure pattern is a small game of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, sqrt

import numpy as np
from numpy.typing import NDArray

from eligibility.attrition.population import Answered, Population, nobody_died
from eligibility.judging.truth import States
from eligibility.judging.verdicts import FAIL, is_shared, roll_up
from eligibility.reasons import Outcome

# Patterns of more failed criteria are sampled; below, every subset of them is judged.
EXACT_UP_TO = 15
_CONFIDENCE = 1.96  # standard errors: 95 %

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shares:
    """`value` float64[n_criteria], in patients; `margin` half the width of its 95 % interval, 0 where exact.

    `sampled`: how many patients are of patterns that were sampled.
    """

    value: Floats
    margin: Floats
    sampled: int


def shares(
    population: Population, seed: int = 1, orders: int = 2_000, exact_up_to: int = EXACT_UP_TO
) -> Shares:
    """The Shapley value of each criterion. `orders` are drawn for each pattern that is sampled."""
    patterns, weights = population.failing()
    value, variance = np.zeros(len(population.criteria)), np.zeros(len(population.criteria))
    # One shared criterion that fails is enough: all that fail weigh the same, however many they are.
    alike = all(is_shared(criterion) for criterion in population.criteria)
    random = np.random.default_rng(seed)
    sampled = 0
    for column, weight in zip(patterns.T, weights.tolist(), strict=True):
        failed = np.flatnonzero(column == Outcome.NOT_MET)
        if alike:
            value[failed] += weight / len(failed)
        elif len(failed) <= exact_up_to:
            value[failed] += weight * _exact(population, failed)
        else:
            mean, error = _sampled(population, failed, random, orders)
            value[failed] += weight * mean
            variance[failed] += (weight * error) ** 2
            sampled += weight
    return Shares(value, _CONFIDENCE * np.sqrt(variance), sampled)


def _lost(population: Population, failed: NDArray[np.int64], placed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a patient who fails some criteria is lost when some of these are in place.

    `placed` is bool[n_failed, n_sets]; bool[n_sets].
    """
    sets = placed.shape[1]
    outcomes: States = np.full((len(population.criteria), sets), Outcome.MET, dtype=np.uint8)
    outcomes[failed] = np.where(placed, Outcome.NOT_MET, Outcome.MET)
    found = [Answered(c, outcomes[number]) for number, c in enumerate(population.criteria)]
    lost: NDArray[np.bool_] = roll_up(found, nobody_died(sets))[0] == FAIL
    return lost


def _exact(population: Population, failed: NDArray[np.int64]) -> Floats:
    """Shares of one patient among the criteria failed, by all subsets of these."""
    n = len(failed)
    sets = np.arange(1 << n)
    placed = (sets[None, :] >> np.arange(n)[:, None] & 1).astype(np.bool_)
    lost = _lost(population, failed, placed).astype(np.float64)
    size = placed.sum(axis=0)
    weight = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
    value = np.zeros(n)
    for number in range(n):
        without = sets[~placed[number]]
        value[number] = (weight[size[without]] * (lost[without | 1 << number] - lost[without])).sum()
    return value


def _sampled(
    population: Population, failed: NDArray[np.int64], random: np.random.Generator, orders: int
) -> tuple[Floats, Floats]:
    """Mean share of one patient, and its standard error, over orders drawn at random."""
    n = len(failed)
    drawn = np.argsort(random.random((orders, n)), axis=1)
    place = np.argsort(drawn, axis=1)  # place[o, i]: when criterion i comes in order o
    # The one in each order at whose coming the patient is lost has the whole patient.
    placed = np.stack([place <= step for step in range(n)], axis=2)  # [orders, n, steps]
    flat = placed.transpose(1, 0, 2).reshape(n, orders * n)
    lost = _lost(population, failed, flat).reshape(orders, n)
    pivot = drawn[np.arange(orders), lost.argmax(axis=1)]
    mean = np.bincount(pivot, minlength=n) / orders
    return mean, np.sqrt(mean * (1 - mean)) / sqrt(orders)
