"""Nothing shown certain is false in a possible world, and nothing shown impossible is true in one.

With policies that settle nothing: an author's "means no" is an order, not knowledge. A policy that settles
one sort of doubt settles no other: worlds that leave that sort as it is contradict nothing either.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws.around_events import OTHERS, around_events
from tests.laws.outcomes import contradictions, said
from tests.laws.steady_doses import OPEN as STABLE_OPEN
from tests.laws.steady_doses import doses_beside, steady_doses
from tests.laws.worlds import confirmed_world, world
from tests.oracle.profiles import fixed, random
from tests.oracle.strategies import OPEN, cases
from tests.oracle.tables import Case

seeds = st.integers(0, 2**32)


def undamaged(case: Case) -> Case:
    return replace(case, table=replace(case.table, corrupt=(), unread=()))


@fixed(300)
@given(cases(OPEN), seeds, st.booleans())
def test_no_world_contradicts(case: Case, seed: int, whole: bool) -> None:
    resolved = undamaged(world(case, seed, whole))
    assert not contradictions(said(case), said(resolved))


@fixed(300)
@given(steady_doses(STABLE_OPEN), seeds, st.booleans())
def test_no_world_contradicts_a_stable_dose(case: Case, seed: int, whole: bool) -> None:
    assert not contradictions(said(case), said(world(case, seed, whole)))


@fixed(300)
@given(doses_beside(STABLE_OPEN), seeds, st.booleans())
def test_no_world_contradicts_a_dose_that_may_add_up(case: Case, seed: int, whole: bool) -> None:
    assert not contradictions(said(case), said(world(case, seed, whole)))


@fixed(400)
@given(around_events(OTHERS), seeds)
def test_a_policy_for_dates_settles_no_event(case: Case, seed: int) -> None:
    assert not contradictions(said(case), said(confirmed_world(case, seed)))


@pytest.mark.slow
@random(10_000)
@given(around_events(OTHERS), seeds)
def test_a_policy_for_dates_settles_no_event_at_length(case: Case, seed: int) -> None:
    assert not contradictions(said(case), said(confirmed_world(case, seed)))


@pytest.mark.slow
@random(5_000)
@given(cases(OPEN), seeds, st.booleans())
def test_no_world_contradicts_at_length(case: Case, seed: int, whole: bool) -> None:
    resolved = undamaged(world(case, seed, whole))
    assert not contradictions(said(case), said(resolved))


@pytest.mark.slow
@random(5_000)
@given(steady_doses(STABLE_OPEN), seeds, st.booleans())
def test_no_world_contradicts_a_stable_dose_at_length(case: Case, seed: int, whole: bool) -> None:
    assert not contradictions(said(case), said(world(case, seed, whole)))


@pytest.mark.slow
@random(5_000)
@given(doses_beside(STABLE_OPEN), seeds, st.booleans())
def test_no_world_contradicts_a_dose_that_may_add_up_at_length(case: Case, seed: int, whole: bool) -> None:
    assert not contradictions(said(case), said(world(case, seed, whole)))
