"""Small cases about what settles a doubt, and results of which nobody says anything; see `corpus`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eligibility.facts import Kind, ValueState
from eligibility.program import (
    Answer,
    Counted,
    Every,
    Exists,
    InARow,
    NumberTest,
    PersonIs,
    Pick,
    PickedIsIn,
    Policy,
    Range,
    SetTest,
    ValueInSet,
    WordTest,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import DENSE, NO, UNKNOWN, YES, day, entry, fact, person, reading, rows, some
from tests.oracle.tables import UNITS, Fact

NO_RESULT = fact(Kind.OBSERVATION, day(-3))


def coded(concept: str, offset: int = -3) -> Fact:
    columns: dict[str, Any] = {"value_state": ValueState.CODED, "value_concept": concept}
    return fact(Kind.OBSERVATION, day(offset), **columns)


def worded(concept: str = "foreign") -> Fact:
    columns: dict[str, Any] = {"value_state": ValueState.TEXT, "value_concept": concept}
    return fact(Kind.OBSERVATION, day(-3), **columns)


# --- results without a value ------------------------------------------------------------------------

for negated in (False, True):
    told = "not " if negated else ""
    entry(
        f"a result without a value is no answer to `of {told}positive`, neither yes nor no",
        Exists(rows(some(Kind.OBSERVATION, ValueInSet("alpha", negated)))),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), [NO_RESULT]),
        ((NO if negated else YES, Cause.VALUE_DIFFERENT if negated else Cause.EVIDENCE), [coded("alpha")]),
        (
            (YES if negated else NO, Cause.EVIDENCE if negated else Cause.VALUE_DIFFERENT),
            [NO_RESULT, coded("beta", -9)],
        ),
    )
entry(
    "results without a value are none of those that are counted",
    Counted(rows(some(Kind.OBSERVATION, ValueInSet("alpha"))), least=1),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [NO_RESULT]),
)
entry(
    "where missing means no, a result without a value is no answer and so no",
    Exists(rows(some(Kind.OBSERVATION, ValueInSet("alpha"), policy=Policy(missing=Answer.NO)))),
    ((NO, Cause.ABSENCE_ASSUMED), [NO_RESULT]),
)
LOW = NumberTest("value", Range(high=4.0, unit=UNITS[0]))
for test in (ValueInSet("alpha"), LOW):
    entry(
        f"a result without a value may be the excepted one: {type(test).__name__}",
        Exists(rows(some(Kind.OBSERVATION, excepts=(some(Kind.OBSERVATION, test),)))),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), [NO_RESULT]),
    )

# --- policies answer the test as it is written, `not` included --------------------------------------

SAYS = {Answer.NO: NO, Answer.YES: YES}
for answer, state in SAYS.items():
    for negated in (False, True):
        written = f"{'not ' if negated else ''}it, and missing or unmapped means {answer.value}"
        policy = Policy(missing=answer, unmapped=answer)
        seen = Cause.ASSUMED | (Cause.EVIDENCE if state == YES else Cause.VALUE_DIFFERENT)
        entry(
            f"sex is {written}",
            PersonIs("sex", ("female",), policy=policy, negated=negated),
            ((state, Cause.ABSENCE_ASSUMED), [person()]),
        )
        entry(
            f"race is {written}",
            PersonIs("race", value_set="alpha", policy=policy, negated=negated),
            ((state, Cause.ABSENCE_ASSUMED), [person()]),
            ((state, Cause.DEMOGRAPHIC | Cause.ASSUMED), [person(race="words")]),
        )
        entry(
            f"the most recent result is {written}",
            PickedIsIn(
                Pick.MOST_RECENT, rows(some(Kind.OBSERVATION, policy=policy)), "alpha", negated=negated
            ),
            ((state, seen), [worded()]),
            ((state, seen), [reading(5, day(-3))]),
        )
        entry(
            f"a result of {written}",
            Exists(rows(some(Kind.OBSERVATION, ValueInSet("alpha", negated), policy=policy))),
            ((state, seen), [worded()]),
        )
        sure = (YES, seen) if state == YES else (NO, Cause.ABSENCE_ASSUMED)
        attribute = some(Kind.CONDITION, SetTest("severity", "alpha", negated), policy=policy)
        entry(
            f"whose severity is {written}",
            Exists(rows(attribute)),
            (sure, [fact(Kind.CONDITION, day(-3)), *DENSE]),
            (sure, [fact(Kind.CONDITION, day(-3), severity="words"), *DENSE]),
        )

# --- records of several terms, each by its own policy -------------------------------------------------

NEVER = Policy(unreadable=Answer.NO, unmapped=Answer.NO)
PLAIN, STRICT = some(Kind.OBSERVATION), some(Kind.OBSERVATION, value_set="beta", policy=NEVER)
AT_LEAST = Range(low=4.0, unit=UNITS[0])
STRADDLES = reading(2, day(-3), value_hi=5.0)
RIGHT = reading(5, day(-9))
SETTLED = (NO, Cause.VALUE_DIFFERENT | Cause.ASSUMED)
for order in (rows(PLAIN, STRICT), rows(STRICT, PLAIN)):
    told = f"of two terms, {order.selections[0].value_set} first"
    entry(
        f"every one {told}",
        Every(order, AT_LEAST),
        (SETTLED, [RIGHT, replace(STRADDLES, concept="beta")]),
        ((UNKNOWN, Cause.VALUE_IMPRECISE), [RIGHT, STRADDLES]),
    )
    entry(
        f"two in a row {told}",
        InARow(order, AT_LEAST, 2),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), [RIGHT, replace(STRADDLES, concept="beta")]),
        ((UNKNOWN, Cause.VALUE_IMPRECISE), [RIGHT, STRADDLES]),
    )
    entry(
        f"the most recent answer {told}",
        PickedIsIn(Pick.MOST_RECENT, order, "alpha"),
        (SETTLED, [replace(worded(), concept="beta")]),
        ((UNKNOWN, Cause.CODE_UNMAPPED), [worded()]),
    )
ACTIVE = some(Kind.CONDITION, WordTest("clinical_status", ("active",)))
entry(
    "what an exception excepts is not taken out",
    Exists(rows(some(Kind.CONDITION, excepts=(some(Kind.CONDITION, excepts=(ACTIVE,)),)))),
    ((YES, Cause.EVIDENCE), [fact(Kind.CONDITION, day(-20), clinical_status="active"), *DENSE]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONDITION, day(-20)), *DENSE]),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED),
        [fact(Kind.CONDITION, day(-20), clinical_status="unknown"), *DENSE],
    ),
    ((NO, Cause.ABSENCE_ASSUMED), [fact(Kind.CONDITION, day(-20), clinical_status="resolved"), *DENSE]),
)
