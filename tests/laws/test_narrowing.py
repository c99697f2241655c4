"""Knowing an interval better never turns true into false, nor takes back what was decided."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.facts import Kind, ValueFlag, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.program import DEFAULT_POLICY, Answer, Policy
from tests.laws.outcomes import contradictions, said
from tests.oracle.profiles import fixed, random
from tests.oracle.strategies import cases
from tests.oracle.tables import Case, Fact

Span = tuple[int, int]

# What a doubt means is left open; what absence means may be settled, and limits may have margins.
NARROWABLE = st.one_of(
    st.just(DEFAULT_POLICY),
    st.builds(
        Policy,
        missing=st.sampled_from((None, *Answer)),
        outdated=st.sampled_from((None, *Answer)),
        borderline=st.sampled_from((0.0, 0.25)),
    ),
)


def narrowed(case: Case, seed: int) -> Case:
    """The same facts with some intervals made smaller."""
    chance = Random(seed)
    rows = tuple((patient, _fact(fact, chance)) for patient, fact in case.table.rows)
    return replace(case, table=replace(case.table, rows=rows))


def _fact(fact: Fact, chance: Random) -> Fact:
    if chance.random() < 0.3:
        return fact
    columns = dict(fact.columns)
    if fact.kind is Kind.DEMOGRAPHIC:
        if columns["birth_hi"] < END_OF_TIME:
            columns["birth_lo"], columns["birth_hi"] = _span(
                (columns["birth_lo"], columns["birth_hi"]), chance
            )
        return replace(fact, columns=columns)
    if fact.start == (BEGINNING, END_OF_TIME):
        return fact
    start = _span(fact.start, chance)
    end = start if fact.end == fact.start else (max(fact.end[0], start[0]), max(fact.end[1], start[1]))
    if columns.get("value_state") is ValueState.NUMBER and columns["value_lo"] < columns["value_hi"]:
        lo, hi = max(columns["value_lo"], -50.0), min(columns["value_hi"], 50.0)
        middle = (lo + hi) / 2
        columns |= chance.choice(
            (
                {"value_lo": middle, "value_flags": columns.get("value_flags", 0) & ValueFlag.HIGH_OPEN},
                {"value_hi": middle, "value_flags": columns.get("value_flags", 0) & ValueFlag.LOW_OPEN},
                {"value_lo": middle, "value_hi": middle, "value_flags": 0},
            )
        )
    return replace(fact, start=start, end=end, columns=columns)


def _span(span: Span, chance: Random) -> Span:
    lo, hi = span
    if lo == BEGINNING or hi == END_OF_TIME:
        return span
    inside = sorted((chance.randint(lo, hi), chance.randint(lo, hi)))
    cuts: tuple[Span, ...] = ((lo, inside[0]), (inside[0], hi), (lo, lo), (hi, hi), (inside[0], inside[1]))
    return chance.choice(cuts)


@fixed(250)
@given(cases(NARROWABLE), st.integers(0, 2**32))
def test_narrowing_never_flips(case: Case, seed: int) -> None:
    assert not contradictions(said(case), said(narrowed(case, seed)))


@pytest.mark.slow
@random(5_000)
@given(cases(NARROWABLE), st.integers(0, 2**32))
def test_narrowing_never_flips_at_length(case: Case, seed: int) -> None:
    assert not contradictions(said(case), said(narrowed(case, seed)))
