"""What would settle an undecided finding, where it hangs on a choice, a conditional value or points."""

from __future__ import annotations

import pytest

from eligibility.facts import Kind
from eligibility.judging.judge import judge_with_context
from eligibility.judging.settling import phrase, settling_leaves
from eligibility.program import (
    AnyOf,
    Choice,
    Constant,
    Criterion,
    Exists,
    Pick,
    Picked,
    Points,
    Polarity,
    Program,
    Range,
    Statement,
    ValueChoice,
    ValueIs,
)
from tests.oracle.corpus import AS_OF, DENSE, day, fact, reading, rows, some
from tests.oracle.tables import UNITS, VALUE_SETS, Case, Fact, Table

MI = Exists(rows(some(Kind.ALLERGY)))  # a kind of which silence says nothing
DRUG = Exists(rows(some(Kind.MEDICATION)))
RESULT = Picked(Pick.MOST_RECENT, rows(some(Kind.OBSERVATION)), UNITS[0])
LOW, HIGH = (ValueIs(RESULT, Range(high=limit, unit=UNITS[0])) for limit in (3.0, 6.0))
SCORE = Points((2.0, 1.0), (MI, DRUG))
FACTOR = ValueChoice((MI,), (Constant(2), Constant(1)))
WITH_RESULT = ValueIs(ValueChoice((MI,), (RESULT, Constant(1))), Range(high=6.0, unit=UNITS[0]))


def asked(statement: Statement, *facts: Fact) -> set[Statement]:
    """The leaves that would settle the finding of the one patient, which is undecided."""
    program = Program("p", "1", "", (Criterion("C", "", Polarity.INCLUDE, statement),), VALUE_SETS)
    case = Case(program, Table(1, tuple((0, one) for one in facts)), AS_OF)
    judgement, context = judge_with_context(*case.parts(), evidence=True)
    assert judgement.findings[0].outcome.tolist() == [1]
    leaves = settling_leaves(program.criteria[0], judgement.leaves, 0)
    assert all(phrase(context, leaf, causes) for leaf, causes in leaves)
    return {leaf for leaf, _ in leaves}


@pytest.mark.parametrize(
    ("statement", "facts", "expected"),
    [
        # Only the open item, not the one that is known.
        (ValueIs(SCORE, Range(low=2.0)), DENSE, {MI}),
        (ValueIs(SCORE, Range(low=2.0)), [], {MI, DRUG}),
        (ValueIs(FACTOR, Range(low=2.0)), DENSE, {MI}),
        # A value that itself is open stays beside what it asks.
        (WITH_RESULT, DENSE, {MI, WITH_RESULT}),
        # The limit hangs on the condition, and the result is known: the condition alone.
        (Choice((MI,), (LOW, HIGH)), [reading(5, day(-3))], {MI}),
        # The condition is known: the part that it leaves, alone.
        (Choice((DRUG,), (LOW, HIGH)), [*DENSE, fact(Kind.MEDICATION, day(-3))], {LOW}),
        # Neither alone decides: all together.
        (Choice((MI,), (LOW, HIGH)), [], {MI, LOW, HIGH}),
        # Nothing that another statement has decided already is asked.
        (AnyOf((Choice((MI,), (LOW, HIGH)), DRUG)), [*DENSE, reading(5, day(-3))], {MI}),
    ],
)
def test_what_would_settle_it(statement: Statement, facts: list[Fact], expected: set[Statement]) -> None:
    assert asked(statement, *facts) == expected
