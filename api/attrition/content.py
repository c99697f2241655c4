"""What an attrition report says, as plain data. The terminal, CSV and page show this and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from api.attrition.cells import Cells
from api.attrition.groups import Grouping
from api.attrition.stored import StoredRun
from api.findings import VERDICTS
from eligibility.attrition import (
    Population,
    Relaxation,
    Shares,
    best_relaxations,
    costs,
    shares,
    steps,
    telling_order,
)
from eligibility.attrition.costs import Cost
from eligibility.attrition.flow import Step
from eligibility.attrition.population import count
from eligibility.judging import FAIL, PASS, REVIEW, takes_part
from eligibility.judging.truth import States

Content = dict[str, Any]


def content(
    run: StoredRun, cells: Cells, groups: Sequence[Grouping] = (), most: int = 3, seed: int = 1
) -> Content:
    """The report of one run. `most`: so many criteria at most are relaxed together."""
    population = run.population
    shared = shares(population, seed)
    return {
        "protocol": {name: run.record["protocol"][name] for name in ("id", "version", "sha256")},
        "as_of": run.record["as_of"],
        "counts_below": cells.at_least if cells.hides else None,
        "patients": cells.count(population.size),
        "deceased": cells.count(count(population.weights, ~population.lives)),
        "living": cells.count(count(population.weights, population.lives)),
        "verdicts": told_verdicts(cells, population, population.verdicts()),
        "cohorts": {
            name: told_verdicts(cells, population, states) for name, states in population.cohorts().items()
        },
        "criteria": [
            _criterion(cells, cost, shared, number) for number, cost in enumerate(costs(population))
        ],
        "later": [
            {"id": one.id, "label": one.label, "stage": one.stage.value}
            for one in run.criteria
            if not takes_part(one)
        ],
        "flow": _steps(cells, population, steps(population, range(len(population.criteria)))),
        "order": _steps(cells, population, steps(population, telling_order(population))),
        "relaxations": [_relaxation(cells, population, one) for one in best_relaxations(population, most)],
        "shapley": {"seed": seed, "patients_sampled": cells.count(shared.sampled)},
        "groups": [_grouping(cells, population, grouping) for grouping in groups],
    }


def told_verdicts(cells: Cells, population: Population, states: States) -> Content:
    """Patients by verdict, of verdicts by pattern."""
    weights = population.weights
    return {VERDICTS[code]: cells.count(count(weights, states == code)) for code in (PASS, REVIEW, FAIL)}


def _criterion(cells: Cells, cost: Cost, shared: Shares, number: int) -> Content:
    criterion = cost.criterion
    return {
        "id": criterion.id,
        "label": criterion.label,
        "polarity": criterion.polarity.value,
        "cohorts": list(criterion.cohorts),
        "not_met": cells.count(cost.not_met),
        "unknown": cells.count(cost.unknown),
        "first_fail": cells.count(cost.first_fail),
        "only_fail": cells.count(cost.only_fail),
        "relaxed": _gains(cells, cost.to_pass, cost.to_review, cost.opened),
        "otherwise_pass": {
            "patients": cells.count(cost.otherwise_pass),
            "not_met": cells.count(cost.otherwise_not_met),
            "unknown": cells.count(cost.otherwise_unknown),
        },
        "shapley": {
            "patients": cells.share(float(shared.value[number])),
            "margin": cells.share(float(shared.margin[number])),
        },
    }


def _gains(cells: Cells, to_pass: int, to_review: int, opened: int) -> Content:
    """Who comes back: fail to pass, fail to review, and review to pass."""
    return {
        "back": cells.count(to_pass + to_review),
        "to_pass": cells.count(to_pass),
        "to_review": cells.count(to_review),
        "review_to_pass": cells.count(opened),
    }


def _steps(cells: Cells, population: Population, found: Sequence[Step]) -> list[Content]:
    return [
        {
            "id": population.criteria[step.number].id,
            "label": population.criteria[step.number].label,
            "excluded": cells.count(step.excluded),
            "left": cells.count(step.left),
            "left_open": cells.count(step.left_open),
        }
        for step in found
    ]


def _relaxation(cells: Cells, population: Population, found: Relaxation) -> Content:
    return {
        "criteria": [population.criteria[number].id for number in found.numbers],
        **_gains(cells, found.to_pass, found.to_review, found.opened),
        "exact": found.exact,
    }


def _grouping(cells: Cells, population: Population, grouping: Grouping) -> Content:
    told = []
    for number, name in enumerate(grouping.names):
        own = population.only(np.equal(grouping.member, number))
        told.append(
            {
                "name": name,
                "patients": cells.count(own.size),
                "deceased": cells.count(count(own.weights, ~own.lives)),
                "verdicts": told_verdicts(cells, own, own.verdicts()),
                "criteria": [
                    {
                        "id": cost.criterion.id,
                        "not_met": cells.count(cost.not_met),
                        "unknown": cells.count(cost.unknown),
                        **_gains(cells, cost.to_pass, cost.to_review, cost.opened),
                    }
                    for cost in costs(own)
                ],
            }
        )
    return {"by": grouping.by, "groups": told}
