"""Kleene's identities, on states and, where they hold, on causes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eligibility.judging.truth import Truth, at_least, conjunction, disjunction, negate, number_of
from tests.oracle.profiles import fixed

PATIENTS = 7

truths = st.builds(
    lambda states, causes: Truth(np.array(states, np.uint8), np.array(causes, np.uint32)),
    st.lists(st.integers(0, 2), min_size=PATIENTS, max_size=PATIENTS),
    st.lists(st.integers(1, 2**31 - 1), min_size=PATIENTS, max_size=PATIENTS),
)
several = st.lists(truths, min_size=1, max_size=4)


def same(left: Truth, right: Truth) -> bool:
    return bool((left.state == right.state).all() and (left.causes == right.causes).all())


@fixed(200)
@given(truths, truths, truths)
def test_lattice(a: Truth, b: Truth, c: Truth) -> None:
    for join in (conjunction, disjunction):
        assert same(join([a, b]), join([b, a]))
        assert same(join([a, a]), a)
        assert same(join([join([a, b]), c]), join([a, b, c]))
        assert same(join([a, join([b, c])]), join([a, b, c]))
    assert (conjunction([a, disjunction([a, b])]).state == a.state).all()
    assert (disjunction([a, conjunction([a, b])]).state == a.state).all()
    left = conjunction([a, disjunction([b, c])]).state
    assert (left == disjunction([conjunction([a, b]), conjunction([a, c])]).state).all()


@fixed(200)
@given(several)
def test_negation(parts: list[Truth]) -> None:
    assert same(negate(negate(parts[0])), parts[0])
    turned = [negate(part) for part in parts]
    assert same(negate(conjunction(parts)), disjunction(turned))
    assert same(negate(disjunction(parts)), conjunction(turned))
    assert (parts[0].certain <= parts[0].possible).all()


@fixed(200)
@given(several, st.integers(0, 4))
def test_numbers(parts: list[Truth], count: int) -> None:
    assert same(at_least(parts, 1), disjunction(parts))
    assert same(at_least(parts, len(parts)), conjunction(parts))
    few = number_of(parts, None, count)
    turned = [negate(part) for part in parts]
    assert (few.state == at_least(turned, len(parts) - count).state).all()


@fixed(200)
@given(several, st.data())
def test_learning_never_takes_back(parts: list[Truth], data: st.DataObject) -> None:
    """Settling an unknown part leaves what was decided as it was."""
    at = data.draw(st.integers(0, len(parts) - 1))
    settled = np.where(parts[at].state == 1, data.draw(st.sampled_from((0, 2))), parts[at].state)
    wiser = [*parts]
    wiser[at] = Truth(settled.astype(np.uint8), parts[at].causes)
    for join in (conjunction, disjunction, lambda p: number_of(p, 1, 2)):
        before, after = join(parts).state, join(wiser).state
        assert (after[before != 1] == before[before != 1]).all()
