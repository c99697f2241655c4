"""Small cases of readings that may be one which was sent twice: places, means, medians, changes, slopes."""

from __future__ import annotations

from dataclasses import replace

from eligibility.facts import Kind, ValueState
from eligibility.instants import DAY, HOUR, MINUTE
from eligibility.program import Change, Pick, Picked, PickedIsIn, Range, Rows, Selection, Slope, ValueIs
from eligibility.reasons import Cause
from tests.oracle.corpus import AT_LEAST_4, NO, TODAY, UNKNOWN, YES, Fact, day, entry, reading, unconfirmed
from tests.oracle.tables import UNITS

RESULTS = Rows((Selection("it", Kind.OBSERVATION, "alpha"),))
TWICE = (UNKNOWN, Cause.RECORDED_TWICE)
HIGH, LOW = (YES, Cause.VALUE_HIGH), (NO, Cause.VALUE_LOW)
FEW = (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.RECORDED_TWICE)


def at(number: float, offset: int, minutes: int = 0) -> Fact:
    """A reading of eight o'clock, or some minutes later."""
    instant = TODAY + offset * DAY + 8 * HOUR + minutes * MINUTE
    return reading(number, (instant, instant))


def picked(pick: Pick, place: int = 1) -> Picked:
    return Picked(pick, RESULTS, UNITS[0], place=place)


entry(
    "a result sent twice is not the one before the last",
    ValueIs(picked(Pick.MOST_RECENT, 2), AT_LEAST_4),
    (TWICE, [at(3, -30), at(5, -3), at(5, -3)]),
    (TWICE, [at(3, -30), at(5, -3), at(5.04, -3)]),
    (HIGH, [at(4, -30), at(5, -3), at(5, -3)]),
    (HIGH, [at(3, -30), at(5, -3), at(5, -3, minutes=1)]),
    (LOW, [at(3, -30), at(3, -30), at(5, -3)]),
    (LOW, [at(3, -30), at(5, -3)]),
    (TWICE, [at(5, -3), at(5, -3)]),
    (
        (UNKNOWN, Cause.RECORDED_TWICE | Cause.STATUS_UNCONFIRMED),
        [at(5, -3), at(5, -3), unconfirmed(at(3, -30))],
    ),
)
entry(
    "the third, with one or two that were sent twice",
    ValueIs(picked(Pick.MOST_RECENT, 3), AT_LEAST_4),
    (TWICE, [at(3, -30), at(5, -9), at(5, -3), at(5, -3)]),
    (TWICE, [at(3, -40), at(3, -30), at(5, -3), at(5, -3), at(5, -3)]),
    (LOW, [at(3, -40), at(3, -30), at(5, -3)]),
    (LOW, [at(3, -50), at(3, -40), at(3, -30), at(5, -3), at(3, -3)]),
)
entry(
    "counted from the first",
    ValueIs(picked(Pick.FIRST, 2), AT_LEAST_4),
    (TWICE, [at(5, -30), at(5, -30), at(3, -3)]),
    (HIGH, [at(3, -30), at(5, -3), at(5, -3)]),
)
entry(
    "a coded answer",
    PickedIsIn(Pick.MOST_RECENT, RESULTS, "alpha", place=2),
    (
        TWICE,
        [
            replace(at(0, when), columns={"value_state": ValueState.CODED, "value_concept": concept})
            for concept, when in (("beta", -9), ("alpha", -3), ("alpha", -3))
        ],
    ),
)
entry(
    "days without a time leave open whether two readings are one",
    ValueIs(picked(Pick.MOST_RECENT, 2), AT_LEAST_4),
    (TWICE, [reading(5, day(-3)), reading(6, day(-3)), reading(3, day(-4))]),
    (HIGH, [reading(5, day(-3)), reading(6, day(-4)), reading(3, day(-5))]),
)
entry(
    "a mean weighs a reading once or twice",
    ValueIs(picked(Pick.MEAN), Range(high=140, high_open=True, unit=UNITS[0])),
    (TWICE, [at(130, -9), at(130, -9), at(152, -3)]),
    ((YES, Cause.VALUE_LOW), [at(130, -9), at(130, -9), at(148, -3)]),
    ((NO, Cause.VALUE_HIGH), [at(140, -9), at(140, -9), at(152, -3)]),
    ((YES, Cause.VALUE_LOW), [at(130, -9), at(130, -9, minutes=1), at(152, -3)]),
    # Of 136 and 146, which may be one, either may be the reading.
    (TWICE, [at(136, -9), at(146, -9), at(138, -3)]),
    ((YES, Cause.VALUE_LOW), [at(136, -9), at(141, -9), at(138, -3)]),
)
entry(
    "a median moves by as many places as readings may be too many",
    ValueIs(picked(Pick.MEDIAN), Range(high=140, high_open=True, unit=UNITS[0])),
    (TWICE, [at(130, -9), at(130, -9), at(152, -3)]),
    ((YES, Cause.VALUE_LOW), [at(130, -9), at(130, -9), at(148, -3)]),
    ((YES, Cause.VALUE_LOW), [at(150, -9), at(150, -9), at(130, -3), at(120, -2), at(135, -1)]),
)
entry(
    "one that is not sure leaves any mean, sent twice or not",
    ValueIs(picked(Pick.MEAN), AT_LEAST_4),
    (HIGH, [at(5, -9), at(5, -9), unconfirmed(at(4, -3))]),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [at(5, -9), at(5, -9), unconfirmed(at(3, -3))]),
)
entry(
    "a change needs two readings",
    ValueIs(
        Change(picked(Pick.HIGHEST), picked(Pick.MOST_RECENT), True, True, "1"), Range(low=0.3, unit="1")
    ),
    (FEW, [at(90, -3), at(90, -3)]),
    ((NO, Cause.VALUE_LOW), [at(90, -3), at(90, -3), at(80, -2)]),
    (HIGH, [at(90, -3), at(90, -3), at(60, -2)]),
)
entry(
    "a slope with a reading that may be there once or twice turns no further than leaving one out turns it",
    ValueIs(Slope(RESULTS, 3, "day", UNITS[0]), Range(high=-1.0, unit=UNITS[0])),
    ((YES, Cause.VALUE_LOW), [at(9, -3), at(9, -3), at(8, -2), at(7, -1)]),
    (TWICE, [at(9, -3), at(9, -3), at(8.5, -2), at(7, -1)]),
    ((NO, Cause.VALUE_HIGH), [at(9, -3), at(9, -3), at(8.5, -2), at(8, -1)]),
    ((YES, Cause.VALUE_LOW), [at(9, -3), at(9, -3), at(8.5, -2), at(6, -1)]),
    # With intervals, and where there is little but what may be left out, any two results bound it.
    (TWICE, [at(9, -3), at(9, -3), at(8, -2), reading(6, day(-1), value_hi=7.5)]),
    (TWICE, [at(9, -3), at(7, -3), at(8, -2), at(6, -2), at(7, -1), at(5, -1)]),
    ((YES, Cause.VALUE_LOW), [at(9, -3), at(9, -3, minutes=1), at(8.5, -2), at(6, -1)]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOT_COMPUTABLE), [at(9, -3), at(9, -3), at(7, -1)]),
)
entry(
    "a reading of a stretch of time may be that of the day on which it begins",
    ValueIs(Slope(RESULTS, 3, "day", UNITS[0]), Range(high=-1.0, unit=UNITS[0])),
    (FEW, [at(9, -3), replace(at(8, -3), end=day(-2)), at(7, -1)]),
)
