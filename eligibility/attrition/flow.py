"""Criteria put in place one after the other: who is lost at each step, and who is left.

The verdict after a step is the judge's with the criteria so far in place and the others relaxed. A patient is
lost at the first step after which that verdict is "fail"; so the losses and those who are left always sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eligibility.attrition.population import Population, count
from eligibility.judging.verdicts import FAIL, REVIEW


@dataclass(frozen=True, slots=True)
class Step:
    """One criterion, by its number: how many it takes out of those still in, and who is left.

    `left` are all who do not fail yet, `left_open` those of them of whom something is unknown so far.
    """

    number: int
    excluded: int
    left: int
    left_open: int


def steps(population: Population, order: Sequence[int]) -> tuple[Step, ...]:
    """The steps in an order of criteria (numbers). The first starts with all who are not known dead."""
    weights = population.weights
    before = count(weights, population.lives)
    found = []
    for place in range(len(order)):
        verdict = population.verdicts_with(order[: place + 1])
        left = count(weights, verdict != FAIL)
        found.append(Step(order[place], before - left, left, count(weights, verdict == REVIEW)))
        before = left
    return tuple(found)


def telling_order(population: Population) -> tuple[int, ...]:
    """The order of criteria that explains most soonest: at each step the one that takes out most.

    Greedy: no order takes out more with its first criterion, and none of those that share the first steps
    takes out more with the next. Of equals the protocol's first comes first.
    """
    placed: list[int] = []
    rest = list(range(len(population.criteria)))
    while rest:
        left = [count(population.weights, population.verdicts_with([*placed, one]) != FAIL) for one in rest]
        placed.append(rest.pop(left.index(min(left))))
    return tuple(placed)
