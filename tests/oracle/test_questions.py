"""Questions with many answers: the fast judge equals the oracle."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eligibility.facts import Kind
from eligibility.instants import day_start
from eligibility.manifest import Manifest
from eligibility.program import Criterion, Polarity, Program
from tests.oracle.asking import answers, questions
from tests.oracle.profiles import fixed
from tests.oracle.tables import Case, Table
from tests.oracle.test_equal import expected, said

Draw = Any
TODAY = date(2024, 6, 15)


@st.composite
def asked(draw: Draw) -> Case:
    """A program of questions, and patients with answers."""
    today = day_start(TODAY)
    criteria = tuple(
        Criterion(f"Q{at}", "", Polarity.INCLUDE, draw(questions(today)))
        for at in range(draw(st.integers(1, 3)))
    )
    count = draw(st.integers(1, 2))
    rows = draw(st.lists(st.tuples(st.integers(0, count - 1), answers(today)), max_size=5))
    corrupt = ((0, Kind.ANSWER),) if draw(st.integers(0, 9)) == 0 else ()
    table = Table(count, tuple(rows), Manifest(delivered=None), corrupt)
    return Case(Program("P", "1", "", criteria, {}), table, TODAY)


@fixed(600)
@given(asked())
def test_judge_equals_oracle(case: Case) -> None:
    assert said(case, evidence=True) == expected(case)
