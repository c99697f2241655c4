"""A statement kept of a run, tried with other limits, says what judging with these limits says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.attrition.from_limits import put
from eligibility.facts import Kind
from eligibility.instants import DAY, day_start
from eligibility.judging.evidence import leaves_of
from eligibility.judging.judge import judge_with_context
from eligibility.judging.kept import Kept, can_be_kept, keep
from eligibility.program import (
    AgeIs,
    All,
    AnyOf,
    Criterion,
    Leaf,
    Not,
    Parameter,
    Pick,
    Picked,
    Polarity,
    Program,
    Rows,
    Selection,
    Statement,
    ValueIs,
)
from tests.laws.outcomes import nodes
from tests.oracle.profiles import fixed
from tests.oracle.strategies import AS_OF, Maker, cases, givens, policies, tables
from tests.oracle.tables import UNITS, VALUE_SETS, Case

ENDS = st.sampled_from((None, 0.0, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0))
YEARS = st.sampled_from((None, 0, 17, 18, 30, 39, 40, 41, 90))


def other(leaf: Kept, data: st.DataObject) -> Kept:
    """The statement with other limits."""
    if isinstance(leaf, AgeIs):
        return replace(leaf, low=data.draw(YEARS), high=data.draw(YEARS))
    ends = {name: data.draw(ENDS) for name in ("low", "high")}
    opened = {name: data.draw(st.booleans()) for name in ("low_open", "high_open")}
    return replace(leaf, range=replace(leaf.range, **ends, **opened))


def asked_by_values(thing: Any) -> Iterator[Leaf]:
    """The statements that values ask."""
    for node in nodes(thing):
        if isinstance(node, ValueIs):
            yield from (inner for inner in nodes(node.value) if can_be_kept(inner))


@st.composite
def comparing(draw: st.DrawFn) -> Case:
    """A case whose criteria compare the first or most recent result, alone or among other statements."""
    as_of = draw(st.sampled_from(AS_OF))
    today = day_start(as_of)
    kinds = (Kind.OBSERVATION, draw(st.sampled_from((Kind.OBSERVATION, Kind.CONDITION))))
    maker = Maker(draw, kinds, today, policies)
    maker.fill()

    def compared() -> Statement:
        plain = Rows((Selection("either", Kind.OBSERVATION, "either", policy=draw(policies)),))
        results = plain if maker.chance(2) else maker.results() or plain
        if maker.chance(5):
            return AgeIs(draw(givens(today)), draw(YEARS), draw(YEARS), maker.one(0.0, 0.125))
        pick, place = maker.one(Pick.MOST_RECENT, Pick.FIRST), maker.one(1, 1, 1, 2)
        value = Picked(pick, results, UNITS[0], multiple_of=maker.reference(results), place=place)
        return ValueIs(value, maker.limit(), draw(policies))

    def statement() -> Statement:
        made = compared()
        sort = draw(st.integers(0, 4))
        if sort <= 1:
            return made
        if sort == 2:
            return Not(made)
        return (All, AnyOf)[sort - 3]((made, maker.statement(1)))

    polarity = draw(st.sampled_from((Polarity.INCLUDE, Polarity.EXCLUDE)))
    applies = compared() if maker.chance(4) else None
    criteria = tuple(Criterion(f"C{n}", "", polarity, statement(), applies) for n in range(2))
    first = today // DAY
    period = Parameter("period", "period", (first, first + 30))
    program = Program("p", "1", "", criteria, VALUE_SETS, (period,))
    return Case(program, draw(tables(kinds, today)), as_of)


@fixed(250)
@given(st.one_of(comparing(), comparing(), cases()), st.data())
def test_a_kept_statement_says_what_judging_says(case: Case, data: st.DataObject) -> None:
    program, facts, membership, as_of = case.parts()
    judgement, context = judge_with_context(program, facts, membership, as_of, evidence=True)
    for number, found in enumerate(judgement.findings):
        kept = {one.place: one for one in keep(context, found, judgement.leaves)}
        inner = set(asked_by_values((found.criterion.statement, found.criterion.applies_to)))
        own = leaves_of(found.criterion)
        wanted = {at for at, leaf in enumerate(own) if can_be_kept(leaf) and leaf not in inner}
        assert kept.keys() == wanted
        for place, one in kept.items():
            leaf = own[place]
            assert can_be_kept(leaf)
            changed = other(leaf, data)
            criterion = put(found.criterion, leaf, changed)
            criteria = (*program.criteria[:number], criterion, *program.criteria[number + 1 :])
            anew = judge_with_context(replace(program, criteria=criteria), facts, membership, as_of)[0]
            assert np.array_equal(one.outcome(changed), anew.findings[number].outcome)
