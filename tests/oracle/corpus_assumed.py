"""Small cases about answers that stand only by an assumption; see `corpus`."""

from __future__ import annotations

from dataclasses import replace

from eligibility.facts import Kind
from eligibility.program import (
    Answer,
    Arithmetic,
    Constant,
    Counted,
    Every,
    Exists,
    NumberTest,
    Operator,
    Pick,
    Picked,
    Points,
    Policy,
    Range,
    Selection,
    SetTest,
    Statement,
    Value,
    ValueChoice,
    ValueIs,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import (
    AT_LEAST_4,
    DENSE,
    NO,
    RECENT,
    RESULT,
    UNKNOWN,
    YES,
    day,
    entry,
    fact,
    reading,
    rows,
    some,
    starting,
    unconfirmed,
)
from tests.oracle.tables import UNITS

MI, DRUG = Exists(rows(some(Kind.CONDITION))), Exists(rows(some(Kind.MEDICATION)))
A_MI, A_DRUG = fact(Kind.CONDITION, day(-3)), fact(Kind.MEDICATION, day(-3))


def points(*items: tuple[float, Statement]) -> Points:
    return Points(tuple(number for number, _ in items), tuple(statement for _, statement in items))


def at_most(value: Value, limit: float) -> ValueIs:
    return ValueIs(value, Range(high=limit))


def at_least(value: Value, limit: float) -> ValueIs:
    return ValueIs(value, Range(low=limit))


# --- points and conditional values --------------------------------------------------------------------

SCORE = points((2, MI), (1, DRUG))
entry(
    "a score that is low because nothing is documented is low by assumption",
    at_most(SCORE, 0),
    ((YES, Cause.VALUE_LOW | Cause.ASSUMED), DENSE),
    ((NO, Cause.VALUE_HIGH), [*DENSE, A_MI]),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), []),
)
entry(
    "a score that what is documented raises to the limit is owed to nothing else",
    at_least(SCORE, 2),
    ((YES, Cause.VALUE_HIGH), [*DENSE, A_MI]),
    ((NO, Cause.VALUE_LOW | Cause.ASSUMED), [*DENSE, A_DRUG]),
)
entry(
    "nor is a score that stays below the limit whatever is not documented",
    at_most(SCORE, 3),
    ((YES, Cause.VALUE_LOW), DENSE),
)
entry(
    "a score of a score hands on what is assumed",
    at_most(points((1, at_least(SCORE, 2))), 0),
    ((YES, Cause.VALUE_LOW | Cause.ASSUMED), DENSE),
)
FACTOR = ValueChoice((MI,), (Constant(4), Constant(1)))
entry(
    "a value that silence chose is owed to it, unless the other one says the same",
    at_most(FACTOR, 2),
    ((YES, Cause.VALUE_LOW | Cause.ASSUMED), DENSE),
    ((NO, Cause.VALUE_HIGH), [*DENSE, A_MI]),
)
entry("whatever silence chose", at_most(FACTOR, 4), ((YES, Cause.VALUE_LOW), DENSE))
entry(
    "and so is what is computed with it",
    at_most(Arithmetic(Operator.PLUS, FACTOR, Constant(1), "1"), 2),
    ((YES, Cause.VALUE_LOW | Cause.ASSUMED), DENSE),
)

# --- policies -----------------------------------------------------------------------------------------

SEVERE = some(Kind.CONDITION, SetTest("severity", "alpha"), policy=Policy(missing=Answer.YES))
UNSAID, SAID = A_MI, fact(Kind.CONDITION, day(-3), severity="alpha")
EARLIER = replace(SAID, start=day(-9), end=day(-9))
entry(
    "missing means yes of what a record does not say; one that says it needs no assumption",
    Exists(rows(SEVERE)),
    ((YES, Cause.EVIDENCE | Cause.ASSUMED), [UNSAID]),
    ((YES, Cause.EVIDENCE), [UNSAID, SAID]),
)
entry(
    "so many of them by assumption, or without",
    Counted(rows(SEVERE), least=2),
    ((YES, Cause.COUNT | Cause.ASSUMED), [UNSAID, EARLIER]),
    ((YES, Cause.COUNT), [UNSAID, SAID, EARLIER]),
)


def settled(policy: Policy, *tests: NumberTest) -> Selection:
    return replace(RESULT, tests=tests, policy=policy)


STRADDLES = reading(2, day(-3), value_hi=5.0)
NO_UNIT = reading(2, day(-3), unit=-1)
for answer, state in ((Answer.YES, YES), (Answer.NO, NO)):
    unreadable = Policy(unreadable=answer)
    seen = Cause.VALUE_DIFFERENT | Cause.ASSUMED
    told = f"unreadable means {answer.value}"
    entry(
        f"{told}: of picks, computed values and all results",
        ValueIs(Picked(Pick.MOST_RECENT, rows(RESULT), UNITS[0]), AT_LEAST_4, unreadable),
        ((state, seen), [STRADDLES]),
        ((state, seen), [NO_UNIT]),
        ((YES, Cause.VALUE_HIGH), [reading(5, day(-3))]),
    )
    entry(
        f"{told}: the highest",
        ValueIs(Picked(Pick.HIGHEST, rows(RESULT), UNITS[0]), AT_LEAST_4, unreadable),
        ((state, seen), [STRADDLES]),
    )
    entry(
        f"{told}: every one",
        Every(rows(settled(unreadable)), AT_LEAST_4),
        ((state, seen), [STRADDLES]),
    )
    entry(
        f"{told}: some one",
        Exists(rows(settled(unreadable, NumberTest("value", AT_LEAST_4)))),
        (
            (YES, Cause.VALUE_HIGH | Cause.ASSUMED)
            if state == YES
            else (NO, Cause.VALUE_DIFFERENT | Cause.ASSUMED),
            [NO_UNIT],
        ),
    )
    outdated = some(Kind.CONDITION, starting(RECENT), policy=Policy(outdated=answer))
    entry(
        f"outdated means {answer.value}: of what lies outside the time",
        Exists(rows(outdated)),
        ((state, Cause.OUT_OF_WINDOW | Cause.ASSUMED), [fact(Kind.CONDITION, day(-200)), *DENSE]),
        ((YES, Cause.EVIDENCE), [fact(Kind.CONDITION, day(-20)), *DENSE]),
    )
entry(
    "an unconfirmed record that counts by the protocol's word",
    Exists(rows(some(Kind.CONDITION, policy=Policy(unconfirmed=Answer.YES)))),
    ((YES, Cause.EVIDENCE | Cause.ASSUMED), [unconfirmed(A_MI)]),
    ((YES, Cause.EVIDENCE), [A_MI]),
)
