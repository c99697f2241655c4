"""Every figure of a stored run against judging everybody anew with the criteria in question taken out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from api.attrition.stored import StoredRun, read_run
from eligibility.attrition import best_relaxations, costs, shares, steps, telling_order
from eligibility.judging import FAIL, PASS, REVIEW
from eligibility.judging.truth import TRUE
from eligibility.reasons import Outcome
from tests.attrition.synthetic import DEMO, RESCUE, Screened, screened, without

SIZES = [
    pytest.param(("rescue", 250), id="rescue-250"),
    pytest.param(("demo", 250), id="demo-250"),
    pytest.param(("rescue", 2_000), id="rescue-2000", marks=pytest.mark.slow),
    pytest.param(("demo", 2_000), id="demo-2000", marks=pytest.mark.slow),
]
Verdicts = NDArray[np.uint8]


@pytest.fixture(scope="module", params=SIZES)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Screened, StoredRun]:
    name, patients = request.param
    made = screened(tmp_path_factory.mktemp(name), RESCUE if name == "rescue" else DEMO, patients)
    return made, read_run(made.folder)


class Rejudged:
    """Verdicts judged anew with sets of criteria taken out, each set once."""

    def __init__(self, made: Screened) -> None:
        self._made = made
        self._known: dict[frozenset[str], Verdicts] = {}

    def __call__(self, *ids: str) -> Verdicts:
        key = frozenset(ids)
        if key not in self._known:
            self._known[key] = self._made.judged(without(*ids))
        return self._known[key]


@pytest.fixture(scope="module")
def rejudged(case: tuple[Screened, StoredRun]) -> Rejudged:
    return Rejudged(case[0])


def moved(before: Verdicts, after: Verdicts, source: int, target: int) -> int:
    return int(((before == source) & (after == target)).sum())


def test_costs_are_those_of_judging_without(case: tuple[Screened, StoredRun], rejudged: Rejudged) -> None:
    run = case[1]
    now = rejudged()
    assert np.array_equal(now, run.verdict)
    assert (now == FAIL).sum() > len(now) / 10  # else the test says little
    place = {criterion.id: number for number, criterion in enumerate(run.criteria)}
    living = run.deaths != TRUE
    for cost in costs(run.population):
        then = rejudged(cost.criterion.id)
        outcome = run.outcomes[place[cost.criterion.id]]
        assert cost.to_pass == moved(now, then, FAIL, PASS)
        assert cost.to_review == moved(now, then, FAIL, REVIEW)
        assert cost.opened == moved(now, then, REVIEW, PASS)
        assert cost.not_met == (living & (outcome == Outcome.NOT_MET)).sum()
        assert cost.unknown == (living & (outcome == Outcome.UNKNOWN)).sum()
        assert cost.otherwise_pass == (then == PASS).sum()
        assert cost.otherwise_not_met == ((then == PASS) & (outcome == Outcome.NOT_MET)).sum()
        assert cost.otherwise_unknown == ((then == PASS) & (outcome == Outcome.UNKNOWN)).sum()


def test_steps_are_those_of_judging_with_what_is_in_place(
    case: tuple[Screened, StoredRun], rejudged: Rejudged
) -> None:
    run = case[1]
    ids = [criterion.id for criterion in run.population.criteria]
    for order in (range(len(ids)), telling_order(run.population)):
        found = steps(run.population, order)
        for place, step in enumerate(found):
            then = rejudged(*(ids[number] for number in order[place + 1 :]))
            assert (step.left, step.left_open) == ((then != FAIL).sum(), (then == REVIEW).sum())
        lost = sum(step.excluded for step in found)
        assert lost + found[-1].left + (run.deaths == TRUE).sum() == len(run.patients)
        assert found[-1].left == (run.verdict != FAIL).sum()


def test_the_telling_order_takes_out_most_at_each_step(
    case: tuple[Screened, StoredRun], rejudged: Rejudged
) -> None:
    run = case[1]
    ids = [criterion.id for criterion in run.population.criteria]
    order = telling_order(run.population)
    for place in range(3):
        left = {}
        for one in range(len(ids)):
            if one not in order[:place]:
                kept = {*order[:place], one}
                out = rejudged(*(name for number, name in enumerate(ids) if number not in kept))
                left[one] = int((out != FAIL).sum())
        assert left[order[place]] == min(left.values())


def test_no_pair_of_criteria_gives_back_more(case: tuple[Screened, StoredRun], rejudged: Rejudged) -> None:
    run = case[1]
    now = rejudged()
    ids = [criterion.id for criterion in run.population.criteria]
    found = {len(one.numbers): one for one in best_relaxations(run.population, 2)}
    for size in (1, 2):
        back = {}
        for chosen in combinations(range(len(ids)), size):
            then = rejudged(*(ids[number] for number in chosen))
            back[chosen] = moved(now, then, FAIL, PASS) + moved(now, then, FAIL, REVIEW)
        best = found[size]
        assert best.exact
        assert best.back == back[best.numbers] == max(back.values())


def test_shares_sum_to_all_who_are_lost(case: tuple[Screened, StoredRun]) -> None:
    run = case[1]
    found = shares(run.population)
    lost = (run.verdict == FAIL) & (run.deaths != TRUE)
    assert found.sampled == 0
    assert found.value.sum() == pytest.approx(lost.sum())
