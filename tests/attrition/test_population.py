"""Counting by patterns against a plain count, patient by patient, over any outcomes and cohorts."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.attrition import (
    Asked,
    Population,
    best_relaxations,
    costs,
    moves,
    shares,
    steps,
    telling_order,
)
from eligibility.judging import FAIL, PASS, REVIEW
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN
from eligibility.program import Polarity, Stage
from eligibility.reasons import Outcome

NOT_MET, OPEN, MET = int(Outcome.NOT_MET), int(Outcome.UNKNOWN), int(Outcome.MET)
People = list[tuple[list[int], int]]


def plain_verdict(criteria: list[Asked], outcomes: list[int], death: int) -> int:
    """As the guide says it: dead fails; every shared criterion, and one cohort with what is its own."""
    if death == TRUE:
        return FAIL
    asked = [(c, o) for c, o in zip(criteria, outcomes, strict=True) if c.stage is Stage.PRE_SCREEN]
    shared = [o for c, o in asked if c.polarity is not Polarity.COHORT and not c.cohorts]
    if death == UNKNOWN:
        shared.append(OPEN)
    cohorts = [c.id for c in criteria if c.polarity is Polarity.COHORT]
    own = [[o for c, o in asked if c.id == name or name in c.cohorts] for name in cohorts]
    best = max((min(one, default=MET) for one in own), default=MET)
    return (FAIL, REVIEW, PASS)[min([*shared, best])]


@st.composite
def protocols(draw: st.DrawFn) -> list[Asked]:
    shared = draw(st.integers(1, 4))
    cohorts = draw(st.sampled_from([(), ("A",), ("A", "B")]))
    criteria = [Asked(f"I{number}", "", Polarity.INCLUDE) for number in range(shared)]
    criteria += [Asked(name, "", Polarity.COHORT) for name in cohorts]
    for number in range(draw(st.integers(0, 2)) if cohorts else 0):
        whose = draw(st.sampled_from([("A",), cohorts]))
        criteria.append(Asked(f"C{number}", "", Polarity.EXCLUDE, cohorts=whose))
    criteria.append(Asked("L", "", Polarity.INCLUDE, Stage.CONSENT))
    return draw(st.permutations(criteria))


@st.composite
def populations(draw: st.DrawFn) -> tuple[list[Asked], People]:
    criteria = draw(protocols())
    states = st.sampled_from([NOT_MET, OPEN, MET, MET])
    row = st.lists(states, min_size=len(criteria), max_size=len(criteria))
    deaths = st.sampled_from([FALSE, FALSE, FALSE, UNKNOWN, TRUE])
    return criteria, draw(st.lists(st.tuples(row, deaths), min_size=1, max_size=25))


def made(criteria: list[Asked], people: People) -> Population:
    outcomes = np.array([row for row, _ in people], np.uint8).T
    return Population.of(criteria, outcomes, np.array([death for _, death in people], np.uint8))


def relaxed(criteria: list[Asked], people: People, ids: set[str]) -> list[int]:
    return [
        plain_verdict(
            criteria, [MET if c.id in ids else o for c, o in zip(criteria, row, strict=True)], death
        )
        for row, death in people
    ]


@given(populations(), st.data())
def test_verdicts_with_criteria_relaxed(made_of: tuple[list[Asked], People], data: st.DataObject) -> None:
    criteria, people = made_of
    population = made(criteria, people)
    ids = [criterion.id for criterion in population.criteria]
    chosen = data.draw(st.sets(st.sampled_from(range(len(ids)))))
    found = population.verdicts(chosen)[population.pattern].tolist()
    assert found == relaxed(criteria, people, {ids[number] for number in chosen})


@given(populations())
def test_costs_and_steps(made_of: tuple[list[Asked], People]) -> None:
    criteria, people = made_of
    population = made(criteria, people)
    now = relaxed(criteria, people, set())
    for cost in costs(population):
        then = relaxed(criteria, people, {cost.criterion.id})
        moved = list(zip(now, then, strict=True))
        assert (cost.to_pass, cost.to_review, cost.opened) == tuple(
            moved.count(pair) for pair in ((FAIL, PASS), (FAIL, REVIEW), (REVIEW, PASS))
        )
        assert cost.otherwise_not_met + cost.otherwise_unknown <= cost.otherwise_pass == then.count(PASS)
    dead = sum(death == TRUE for _, death in people)
    for order in (range(len(population.criteria)), telling_order(population)):
        found = steps(population, order)
        assert sum(step.excluded for step in found) + found[-1].left + dead == len(people)
        assert found[-1].left == len(people) - now.count(FAIL)
        assert found[-1].left_open == now.count(REVIEW)
        assert all(step.excluded >= 0 for step in found)


@given(populations())
def test_shares_are_the_average_over_all_orders(made_of: tuple[list[Asked], People]) -> None:
    criteria, people = made_of
    criteria, people = criteria[:6], [(row[:6], death) for row, death in people[:6]]
    population = made(criteria, people)
    if not population.criteria:
        return
    ids = [criterion.id for criterion in population.criteria]
    every = set(ids)
    dead = sum(death == TRUE for _, death in people)
    lost = {
        frozenset(placed): relaxed(criteria, people, every - set(placed)).count(FAIL) - dead
        for size in range(len(ids) + 1)
        for placed in {frozenset(order[:size]) for order in permutations(ids)}
    }
    value = dict.fromkeys(ids, 0.0)
    orders = list(permutations(ids))
    for order in orders:
        for place, name in enumerate(order):
            gain = lost[frozenset(order[: place + 1])] - lost[frozenset(order[:place])]
            value[name] += gain / len(orders)
    found = shares(population)
    assert found.value.tolist() == pytest.approx(list(value.values()))
    assert found.value.sum() == pytest.approx(lost[frozenset(ids)])
    assert not found.margin.any()


def test_sampled_shares_lie_about_the_exact_ones() -> None:
    """A pattern of many failed criteria is sampled, with an interval, and the same seed draws the same."""
    criteria = [Asked("A", "", Polarity.COHORT), Asked("B", "", Polarity.COHORT)]
    criteria += [Asked(f"C{n}", "", Polarity.INCLUDE, cohorts=(("A", "B")[n % 2],)) for n in range(5)]
    population = made(criteria, [([NOT_MET] * 7, FALSE)] * 100)
    exact = shares(population)
    first, again = (shares(population, seed=7, orders=4_000, exact_up_to=3) for _ in range(2))
    assert (first.value == again.value).all()
    assert first.sampled == 100
    assert first.value.sum() == pytest.approx(100)
    assert (np.abs(first.value - exact.value) <= 3 * first.margin).all()
    assert (first.margin > 0).all()


@given(populations())
def test_sets_built_step_by_step_say_so_and_claim_no_more(made_of: tuple[list[Asked], People]) -> None:
    population = made(*made_of)
    exact = {len(one.numbers): one for one in best_relaxations(population, 3)}
    greedy = {len(one.numbers): one for one in best_relaxations(population, 3, budget=0)}
    assert all(one.exact for one in exact.values())
    assert not any(one.exact for one in greedy.values())
    for size, one in greedy.items():
        assert one.back <= max(own.back for n, own in exact.items() if n <= size)
        assert len(one.numbers) == size


@given(populations(), st.data())
def test_parts_sum_to_the_whole(made_of: tuple[list[Asked], People], data: st.DataObject) -> None:
    population = made(*made_of)
    n = population.size
    group = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    parts = [costs(population.only(group == number)) for number in range(3)]
    for whole, own in zip(costs(population), zip(*parts, strict=True), strict=True):
        for name in ("not_met", "unknown", "first_fail", "to_pass", "to_review", "opened", "otherwise_pass"):
            assert getattr(whole, name) == sum(getattr(one, name) for one in own)


def test_moves_count_every_pair() -> None:
    before, after = np.array([0, 0, 1, 2, 2], np.uint8), np.array([0, 2, 2, 2, 1], np.uint8)
    assert moves(before, after).tolist() == [[1, 0, 1], [0, 0, 1], [0, 1, 1]]
