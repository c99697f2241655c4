"""The corpus of what is compared and computed: reference limits, picks, functions, changes, runs."""

from __future__ import annotations

import math
from dataclasses import replace

from eligibility.facts import Kind, ValueState
from eligibility.instants import DAY, HOUR
from eligibility.manifest import Manifest
from eligibility.program import (
    AgeIs,
    Arithmetic,
    Change,
    Constant,
    Counted,
    Duration,
    Every,
    Exists,
    Function,
    FunctionName,
    Given,
    GreatestChange,
    InARow,
    NumberTest,
    Operator,
    Pick,
    Picked,
    Policy,
    Range,
    Reference,
    ReferenceEnd,
    Rows,
    Selection,
    ValueIs,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import NO, TODAY, UNKNOWN, YES, day, entry, person, reading, unconfirmed
from tests.oracle.tables import UNITS

RESULTS = Rows((Selection("it", Kind.OBSERVATION, "alpha"),))
ULN = Reference(ReferenceEnd.UPPER)
LATEST = Picked(Pick.MOST_RECENT, RESULTS, UNITS[0], multiple_of=ULN)
AT_MOST_3 = Range(high=3.0)

entry(
    "a multiple is of the result's own limit, and 3.3 is three times 1.1",
    ValueIs(LATEST, AT_MOST_3),
    ((YES, Cause.VALUE_LOW), [reading(3.3, day(-1), range_hi=1.1)]),
    ((NO, Cause.VALUE_HIGH), [reading(3.3, day(-1), range_hi=1.09)]),
)

entry(
    "three times 1.1 is not more than three times the limit",
    ValueIs(LATEST, Range(low=3.0, low_open=True)),
    ((NO, Cause.VALUE_LOW), [reading(3.3, day(-1), range_hi=1.1)]),
)

entry(
    "more than 60 is more than three times 20",
    ValueIs(LATEST, Range(low=3.0, low_open=True)),
    ((YES, Cause.VALUE_HIGH), [reading(60, day(-1), value_hi=float("inf"), value_flags=1, range_hi=20.0)]),
)

entry(
    "without a limit of its own, or with one of zero, the multiple is not known",
    ValueIs(LATEST, AT_MOST_3),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(3.0, day(-1))]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(3.0, day(-1), range_hi=0.0)]),
    (
        (UNKNOWN, Cause.UNIT_UNRESOLVED),
        [reading(3.0, day(-1), range_hi=2.0, value_state=ValueState.UNIT_UNRESOLVED, unit=-1)],
    ),
)

entry(
    "what the term states stands in where the result states no range at all, and for no other",
    ValueIs(replace(LATEST, multiple_of=Reference(ReferenceEnd.UPPER, 2.0)), AT_MOST_3),
    ((YES, Cause.VALUE_LOW), [reading(6.0, day(-1))]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(6.0, day(-1), range_lo=5.0)]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(6.0, day(-1), range_hi=-math.inf)]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(6.0, day(-1), range_lo=7.0, range_hi=2.0)]),
    ((NO, Cause.VALUE_HIGH), [reading(6.0, day(-1), range_hi=1.0)]),
)

entry(
    "the highest of two laboratories is the highest multiple",
    ValueIs(replace(LATEST, pick=Pick.HIGHEST), AT_MOST_3),
    ((NO, Cause.VALUE_HIGH), [reading(8.0, day(-9), range_hi=4.0), reading(4.0, day(-1), range_hi=1.0)]),
)

FIRST = Picked(Pick.FIRST, RESULTS, UNITS[0])
LAST = Picked(Pick.MOST_RECENT, RESULTS, UNITS[0])
LOGARITHM = Function(FunctionName.NATURAL_LOGARITHM, LAST)

entry(
    "1.5 minus 1.2 is 0.3",
    ValueIs(Arithmetic(Operator.MINUS, LAST, FIRST, UNITS[0]), Range(low=0.3, high=0.3)),
    ((YES, Cause.EVIDENCE), [reading(1.2, day(-9)), reading(1.5, day(-1))]),
    ((NO, Cause.VALUE_HIGH), [reading(1.2, day(-9)), reading(1.6, day(-1))]),
)

entry(
    "a power of what may be negative, and a logarithm of zero, are not computable",
    ValueIs(
        Arithmetic(Operator.PLUS, Arithmetic(Operator.POWER, FIRST, Constant(2.0), "1"), LOGARITHM, "1"),
        Range(low=0.0),
    ),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(-2.0, day(-9)), reading(1.0, day(-1))]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(2.0, day(-9)), reading(0.0, day(-1))]),
    ((YES, Cause.VALUE_HIGH), [reading(2.0, day(-9)), reading(1.0, day(-1))]),
)

entry(
    "the higher of two lies where the higher ends lie",
    ValueIs(Arithmetic(Operator.HIGHER, LAST, Constant(4.0), "1"), Range(low=4.0, high=5.0)),
    ((YES, Cause.EVIDENCE), [reading(0.0, day(-1), value_hi=5.0)]),
    ((UNKNOWN, Cause.VALUE_IMPRECISE), [reading(0.0, day(-1), value_hi=6.0)]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE), []),
)

SECOND = replace(LAST, place=2)
HIGH = Range(low=4.0)

entry(
    "the second most recent is the one before the last; alone, a reading is no second",
    ValueIs(SECOND, HIGH),
    ((YES, Cause.VALUE_HIGH), [reading(2.0, day(-1)), reading(5.0, day(-9)), reading(2.0, day(-20))]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [reading(5.0, day(-1))]),
)

entry(
    "a later reading that may not count leaves open which one is the second",
    ValueIs(SECOND, HIGH),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED),
        [unconfirmed(reading(2.0, day(-1))), reading(5.0, day(-9)), reading(2.0, day(-20))],
    ),
    (
        (YES, Cause.VALUE_HIGH),
        [unconfirmed(reading(2.0, day(-1))), reading(5.0, day(-9)), reading(5.0, day(-20))],
    ),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [unconfirmed(reading(2.0, day(-1))), reading(5.0, day(-9))]),
)

entry(
    "of two readings of one day either is the second",
    ValueIs(SECOND, HIGH),
    ((UNKNOWN, Cause.PARTIAL_DATE), [reading(2.0, day(-1)), reading(5.0, day(-1)), reading(6.0, day(0))]),
    ((YES, Cause.VALUE_HIGH), [reading(4.0, day(-1)), reading(5.0, day(-1)), reading(6.0, day(0))]),
)

entry(
    "the median is the middle one, or the mean of the middle two",
    ValueIs(replace(LAST, pick=Pick.MEDIAN), HIGH),
    ((YES, Cause.VALUE_HIGH), [reading(4.0, day(-1)), reading(9.0, day(-2)), reading(0.0, day(-3))]),
    ((NO, Cause.VALUE_LOW), [reading(3.0, day(-1)), reading(4.5, day(-2))]),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [reading(3.0, day(-1)), unconfirmed(reading(9.0, day(-2)))]),
)

FALL = Change(replace(LAST, pick=Pick.HIGHEST), LAST, falls=True, share=True, unit="1")
RISE = Change(FIRST, replace(LAST, pick=Pick.HIGHEST), falls=False, share=False, unit=UNITS[0])
BY_30_PERCENT = Range(low=0.3)

entry(
    "from 2 to 1.4 is a fall of 30 %; one reading alone has not changed",
    ValueIs(FALL, BY_30_PERCENT),
    ((YES, Cause.VALUE_HIGH), [reading(2.0, day(-9)), reading(1.4, day(-1))]),
    ((NO, Cause.VALUE_LOW), [reading(2.0, day(-9)), reading(1.5, day(-1))]),
    ((NO, Cause.VALUE_LOW), [reading(2.0, day(-1)), reading(1.4, day(-9))]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE), [reading(2.0, day(-9))]),
    ((UNKNOWN, Cause.NOT_COMPUTABLE), [reading(0.0, day(-9)), reading(0.0, day(-1))]),
)

entry(
    "a second reading that may not count leaves the change open",
    ValueIs(FALL, BY_30_PERCENT),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED | Cause.DATA_NOT_FOUND),
        [unconfirmed(reading(2.0, day(-9))), reading(1.4, day(-1))],
    ),
)

entry(
    "a rise by an amount",
    ValueIs(
        Change(FIRST, replace(LAST, pick=Pick.HIGHEST), falls=False, share=False, unit=UNITS[0]),
        Range(low=0.3),
    ),
    ((YES, Cause.VALUE_HIGH), [reading(0.9, day(-9)), reading(1.2, day(-5)), reading(1.0, day(-1))]),
    ((NO, Cause.VALUE_LOW), [reading(0.9, day(-9)), reading(1.1, day(-5))]),
)

TWO_DAYS = GreatestChange(RESULTS, Duration(48, "hour"), falls=False, share=False, unit=UNITS[0])
WEEK = replace(TWO_DAYS, within=Duration(7, "day"), share=True)
BY_03 = Range(low=0.3)


def at(offset: int, hour: int) -> tuple[int, int]:
    """An instant."""
    instant = TODAY + offset * DAY + hour * HOUR
    return instant, instant


entry(
    "a rise over at most 48 hours: to the instant, and only upwards in time",
    ValueIs(TWO_DAYS, BY_03),
    ((YES, Cause.VALUE_HIGH), [reading(1.2, at(-9, 8)), reading(1.5, at(-7, 8))]),
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE),
        [reading(1.2, at(-9, 8)), reading(1.5, at(-7, 9))],
    ),
    ((NO, Cause.VALUE_LOW), [reading(1.5, at(-9, 8)), reading(1.2, at(-7, 8))]),
    ((NO, Cause.VALUE_LOW), [reading(1.0, at(-9, 8)), reading(1.2, at(-8, 8)), reading(1.5, at(-2, 8))]),
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE),
        [reading(1.2, at(-9, 8)), reading(1.5, at(-9, 8))],
    ),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE), [reading(1.2, at(-9, 8))]),
)

entry(
    "a rise over at most 48 hours that went by while the clocks were put back",
    ValueIs(TWO_DAYS, BY_03),
    ((YES, Cause.VALUE_HIGH), [reading(1.2, at(-155, 8)), reading(1.5, at(-153, 7))]),
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE),
        [reading(1.2, at(-155, 8)), reading(1.5, at(-153, 8))],
    ),
    # Half past two came twice: in the order of the clock, or in the other.
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.PARTIAL_DATE),
        [reading(1.5, at(-154, 2)), reading(1.2, at(-154, 2))],
    ),
    manifest=Manifest(zone="Europe/Berlin", delivered=None),
)

entry(
    "days are calendar days, and a share is one of the earlier result",
    ValueIs(WEEK, Range(low=0.5)),
    ((YES, Cause.VALUE_HIGH), [reading(1.0, at(-9, 8)), reading(1.5, at(-2, 23))]),
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE),
        [reading(1.0, at(-9, 8)), reading(1.5, at(-1, 1))],
    ),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE), [reading(0.0, day(-9)), reading(1.5, day(-8))]),
)

entry(
    "an open order is unknown only where it matters",
    ValueIs(TWO_DAYS, BY_03),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.PARTIAL_DATE), [reading(1.2, day(-9)), reading(1.5, day(-9))]),
    ((YES, Cause.VALUE_HIGH), [reading(1.2, day(-9)), reading(1.5, day(-9)), reading(1.8, day(-8))]),
    ((NO, Cause.VALUE_LOW), [reading(1.2, day(-9)), reading(1.3, day(-9)), reading(1.3, day(-8))]),
)

entry(
    "an unconfirmed result can make no rise, and hides none",
    ValueIs(TWO_DAYS, BY_03),
    (
        (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.STATUS_UNCONFIRMED),
        [reading(1.2, at(-9, 8)), unconfirmed(reading(1.6, at(-8, 8)))],
    ),
    (
        (YES, Cause.VALUE_HIGH),
        [reading(1.2, at(-9, 8)), unconfirmed(reading(1.6, at(-8, 9))), reading(1.6, at(-8, 8))],
    ),
)

entry(
    "a damaged record can add a rise and take none away",
    ValueIs(TWO_DAYS, BY_03),
    ((YES, Cause.VALUE_HIGH), [reading(1.2, at(-9, 8)), reading(1.5, at(-8, 8))]),
    ((UNKNOWN, Cause.DATA_CORRUPT), [reading(1.2, at(-9, 8)), reading(1.3, at(-8, 8))]),
    corrupt=((0, Kind.OBSERVATION), (1, Kind.OBSERVATION)),
)

TWO_HIGH = InARow(RESULTS, Range(low=4.0, unit=UNITS[0]), 2)
RAISED, HIGHER, LOW = 4.0, 5.0, 2.0

entry(
    "two in a row have no other between them",
    TWO_HIGH,
    ((YES, Cause.COUNT), [reading(LOW, day(-9)), reading(RAISED, day(-8)), reading(HIGHER, day(-7))]),
    ((NO, Cause.COUNT), [reading(RAISED, day(-9)), reading(LOW, day(-8)), reading(HIGHER, day(-7))]),
    ((NO, Cause.COUNT), [reading(LOW, day(-9)), reading(LOW, day(-8))]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [reading(LOW, day(-9))]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), []),
)

entry(
    "an order that is open is unknown where it matters",
    TWO_HIGH,
    (
        (UNKNOWN, Cause.SOURCE_CONFLICT),
        [reading(RAISED, at(-9, 8)), reading(LOW, at(-8, 8)), reading(HIGHER, at(-8, 8))],
    ),
    (
        (UNKNOWN, Cause.PARTIAL_DATE),
        [reading(RAISED, day(-9)), reading(LOW, day(-8)), reading(HIGHER, day(-8))],
    ),
    (
        (UNKNOWN, Cause.RECORDED_TWICE | Cause.PARTIAL_DATE),
        [reading(RAISED, day(-9)), reading(HIGHER, day(-9)), reading(LOW, day(-8))],
    ),
    (
        (UNKNOWN, Cause.PARTIAL_DATE),
        [reading(RAISED, day(-9)), reading(HIGHER, day(-7)), reading(LOW, day(-20, 30))],
    ),
)

entry(
    "what only may be there breaks a row and makes none",
    TWO_HIGH,
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED),
        [reading(RAISED, day(-9)), unconfirmed(reading(LOW, day(-8))), reading(HIGHER, day(-7))],
    ),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED),
        [reading(RAISED, day(-9)), unconfirmed(reading(HIGHER, day(-8))), reading(LOW, day(-7))],
    ),
    (
        (YES, Cause.COUNT),
        [unconfirmed(reading(LOW, day(-9))), reading(RAISED, day(-8)), reading(HIGHER, day(-7))],
    ),
    (
        (UNKNOWN, Cause.VALUE_IMPRECISE),
        [reading(RAISED, day(-9)), reading(LOW, day(-8), value_hi=8.0), reading(LOW, day(-7))],
    ),
)

entry(
    "a damaged record could break any row",
    TWO_HIGH,
    ((UNKNOWN, Cause.DATA_CORRUPT), [reading(RAISED, day(-9)), reading(HIGHER, day(-8))]),
    corrupt=((0, Kind.OBSERVATION),),
)

MARGIN = Policy(borderline=0.25)
CLOSE = Rows(
    (
        Selection(
            "it",
            Kind.OBSERVATION,
            "alpha",
            (NumberTest("value", Range(low=4.0, unit=UNITS[0])),),
            policy=MARGIN,
        ),
    )
)

entry(
    "a value within the margin of a limit is in doubt as a row, on either side",
    Exists(CLOSE),
    ((UNKNOWN, Cause.BORDERLINE), [reading(4.5, day(-1))]),
    ((UNKNOWN, Cause.BORDERLINE), [reading(3.5, day(-1))]),
    ((YES, Cause.VALUE_HIGH), [reading(6, day(-1)), reading(3.5, day(-2))]),
    ((NO, Cause.VALUE_LOW), [reading(1, day(-1))]),
)

entry(
    "a value within the margin may be one more to count",
    Counted(CLOSE, least=2),
    ((UNKNOWN, Cause.BORDERLINE), [reading(6, day(-1)), reading(4.5, day(-2))]),
    ((NO, Cause.COUNT), [reading(6, day(-1)), reading(1, day(-2))]),
)

entry(
    "every reading, and one within the margin",
    Every(Rows((replace(RESULTS.selections[0], policy=MARGIN),)), Range(low=4.0, unit=UNITS[0])),
    ((UNKNOWN, Cause.BORDERLINE), [reading(6, day(-1)), reading(4.5, day(-2))]),
    ((NO, Cause.VALUE_LOW), [reading(4.5, day(-1)), reading(1, day(-2))]),
)

entry(
    "an age within the margin of a birthday: 5 % of 18 years are 328 days",
    AgeIs(Given("index", None, ((-1, Duration(328, "day")),)), 18, None, 0.05),
    ((UNKNOWN, Cause.BORDERLINE), [person()]),
)

entry(
    "an age outside of the margin",
    AgeIs(Given("index", None, ((-1, Duration(329, "day")),)), 18, None, 0.05),
    ((NO, Cause.DEMOGRAPHIC), [person()]),
)
