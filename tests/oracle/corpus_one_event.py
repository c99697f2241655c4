"""Small cases of one event that stands in several records, and of relatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eligibility.facts import Kind, ValueState
from eligibility.instants import DAY, HOUR, MINUTE
from eligibility.program import Answer, Counted, Counting, InARow, Policy
from eligibility.reasons import Cause
from tests.oracle.corpus import (
    AT_LEAST_4,
    DENSE,
    HIGH,
    MI,
    NO,
    TODAY,
    UNDATED,
    UNKNOWN,
    YES,
    Fact,
    day,
    entry,
    fact,
    reading,
    rows,
    some,
    unconfirmed,
)

TWICE = (UNKNOWN, Cause.RECORDED_TWICE)
MET = (YES, Cause.COUNT)
FEWER = (NO, Cause.COUNT | Cause.ABSENCE_ASSUMED)


def stroke(start: int, width: int = 1) -> Fact:
    return fact(Kind.CONDITION, day(start, width))


def injury(concept: str, start: int) -> Fact:
    return fact(Kind.CONDITION, day(start), concept)


LISTED, AT_VISIT = stroke(-30), replace(stroke(-30), visit="v1")
TWO = Counted(rows(MI), least=2)

entry(
    "a diagnosis on the problem list and at a visit, of one onset, may be one",
    TWO,
    (TWICE, [LISTED, AT_VISIT]),
    (MET, [LISTED, AT_VISIT, stroke(-34)]),
    (TWICE, [LISTED, stroke(-27)]),
    (MET, [LISTED, stroke(-26)]),
    (TWICE, [injury("injury", -90), injury("injury-healing", -30)]),
    (TWICE, [injury("injury", -110), injury("injury-too", -20)]),
    (MET, [injury("injury", -120), injury("injury", -29), injury("injury-healing", -20)]),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), [LISTED]),
    (FEWER, [LISTED, *DENSE]),
)
entry(
    "a date known in part may be that of another record, and one without a date any",
    TWO,
    (TWICE, [LISTED, stroke(-40, 20)]),
    (MET, [LISTED, stroke(-64, 30)]),
    (TWICE, [LISTED, fact(Kind.CONDITION, UNDATED)]),
)
entry(
    "dates that overlap one by one are no more events than those that cannot be the same",
    Counted(rows(MI), least=3),
    (
        TWICE,
        [
            fact(Kind.CONDITION, day(-40, 3)),
            fact(Kind.CONDITION, day(-38, 3)),
            fact(Kind.CONDITION, day(-36)),
        ],
    ),
    (MET, [fact(Kind.CONDITION, day(-40)), fact(Kind.CONDITION, day(-36)), fact(Kind.CONDITION, day(-32))]),
)
entry(
    "diagnoses of one category of ICD may be one, as may those of two systems; others are not",
    Counted(rows(some(Kind.CONDITION, value_set="either")), least=2),
    (TWICE, [fact(Kind.CONDITION, day(-3), "alpha-icd"), fact(Kind.CONDITION, day(-3), "alpha-icd-too")]),
    (TWICE, [fact(Kind.CONDITION, day(-3), "alpha-icd"), fact(Kind.CONDITION, day(-3), "alpha")]),
    (TWICE, [fact(Kind.CONDITION, day(-3), "alpha"), fact(Kind.CONDITION, day(-3), "beta")]),
)
entry(
    "the most there may be is known by the records, so too many of them may be no more than enough",
    Counted(rows(MI), most=1),
    (TWICE, [LISTED, AT_VISIT]),
    ((NO, Cause.COUNT), [LISTED, stroke(-90)]),
    ((YES, Cause.COUNT | Cause.ABSENCE_ASSUMED), [LISTED, *DENSE]),
)
entry(
    "exactly so many",
    Counted(rows(MI), least=2, most=2),
    (TWICE, [LISTED, AT_VISIT, *DENSE]),
    (TWICE, [LISTED, AT_VISIT, stroke(-90), *DENSE]),
    ((YES, Cause.COUNT | Cause.ABSENCE_ASSUMED), [LISTED, stroke(-90), *DENSE]),
)
entry(
    "a record that only may be there is one more doubt",
    TWO,
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED | Cause.RECORDED_TWICE), [LISTED, unconfirmed(AT_VISIT)]),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [LISTED, unconfirmed(stroke(-90))]),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED | Cause.RECORDED_TWICE),
        [LISTED, AT_VISIT, unconfirmed(stroke(-90))],
    ),
)
entry(
    "a damaged record is named beside",
    TWO,
    ((UNKNOWN, Cause.RECORDED_TWICE | Cause.DATA_CORRUPT), [LISTED, AT_VISIT]),
    corrupt=((0, Kind.CONDITION),),
)
entry(
    "each record counts where records are counted",
    Counted(rows(MI), least=2, counting=Counting.RECORDS),
    (MET, [LISTED, AT_VISIT]),
)
entry(
    "no policy settles whether two records are of one event",
    Counted(
        rows(
            replace(MI, policy=Policy(Answer.YES, Answer.YES, Answer.YES, Answer.YES, Answer.YES, Answer.YES))
        ),
        least=2,
    ),
    (TWICE, [LISTED, AT_VISIT]),
)

# --- results ------------------------------------------------------------------------------------------


def at_visit(found: Fact, visit: str) -> Fact:
    return replace(found, visit=visit)


HIGH_ONES = Counted(rows(some(Kind.OBSERVATION, HIGH)), least=2)
entry(
    "one result twice at one time; neither number nor visit, but a day tells two apart",
    HIGH_ONES,
    (TWICE, [reading(5, day(-3)), reading(5, day(-3))]),
    (TWICE, [reading(5, day(-3)), reading(5.04, day(-3))]),
    (TWICE, [reading(5, day(-3)), reading(8, day(-3))]),
    (TWICE, [at_visit(reading(5, day(-3)), "v1"), at_visit(reading(5, day(-3)), "v2")]),
    (TWICE, [at_visit(reading(5, day(-3)), "v1"), reading(5, day(-3))]),
    (MET, [reading(5, day(-3)), reading(5, day(-2))]),
)
entry(
    "numbers each close to the next are one as far as anybody knows; intervals that overlap as well",
    HIGH_ONES,
    (TWICE, [reading(5, day(-3)), reading(5.04, day(-3)), reading(5.08, day(-3))]),
    (TWICE, [reading(5, day(-3), value_hi=7.0), reading(6, day(-3))]),
)
entry(
    "a number under two codes may be sent in two units",
    Counted(rows(some(Kind.OBSERVATION, HIGH, value_set="either")), least=2),
    (TWICE, [reading(5, day(-3)), replace(reading(5, day(-3)), concept="beta")]),
    (TWICE, [reading(5, day(-3)), replace(reading(6, day(-3)), concept="beta")]),
)
entry(
    "one reading sent twice is no second reading that fails",
    HIGH_ONES,
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [reading(2, day(-3)), reading(2, day(-3))]),
    ((NO, Cause.COUNT), [reading(2, day(-3)), reading(3, day(-2))]),
)

entry(
    "one reading sent twice is no two in a row",
    InARow(rows(some(Kind.OBSERVATION)), AT_LEAST_4, 2),
    ((UNKNOWN, Cause.RECORDED_TWICE | Cause.PARTIAL_DATE), [reading(5, day(-3)), reading(5, day(-3))]),
    (MET, [reading(5, day(-3)), reading(5, day(-3)), reading(5, day(-2))]),
    (
        (UNKNOWN, Cause.RECORDED_TWICE | Cause.PARTIAL_DATE),
        [reading(5, day(-3)), reading(5, day(-3)), reading(1, day(-2)), reading(5, day(-1))],
    ),
    ((NO, Cause.COUNT), [reading(5, day(-3)), reading(1, day(-2)), reading(5, day(-1))]),
)


def answered(concept: str) -> Fact:
    return reading(0, day(-3), value_state=ValueState.CODED, value_concept=concept)


entry(
    "coded answers of one system are different ones",
    Counted(rows(some(Kind.OBSERVATION)), least=2),
    (TWICE, [answered("alpha"), answered("alpha")]),
    (MET, [answered("alpha"), answered("beta")]),
    (TWICE, [answered("alpha"), answered("delta")]),
)


def cancer(concept: str, start: int) -> Fact:
    return fact(Kind.CONDITION, day(start), concept)


entry(
    "a metastasis is no second cancer beside the one that it may be of, however much later",
    Counted(rows(some(Kind.CONDITION, value_set="cancer")), least=2),
    (TWICE, [cancer("lung", -900), cancer("in-brain", -90)]),
    (
        TWICE,
        [cancer("lung", -900), cancer("in-brain", -90), cancer("in-brain", -30), cancer("somewhere", -9)],
    ),
    (MET, [cancer("lung", -900), cancer("colon", -900), cancer("in-brain", -90)]),
    (MET, [cancer("in-liver", -90), cancer("in-brain", -90)]),
    (TWICE, [cancer("somewhere", -90), cancer("in-brain", -90)]),
)


def minutes(kind: Kind, offset: int, since_noon: int, concept: str = "alpha") -> Fact:
    at = TODAY + offset * DAY + 12 * HOUR + since_noon * MINUTE
    return fact(kind, (at, at), concept)


for kind in (Kind.PROCEDURE, Kind.IMMUNIZATION, Kind.ENCOUNTER):
    entry(
        f"each {kind.name.lower()} around one midnight may be the same",
        Counted(rows(some(kind)), least=2),
        (TWICE, [minutes(kind, -3, 710), minutes(kind, -2, -710)]),
        (MET, [minutes(kind, -3, 300), minutes(kind, -2, -700)]),
        (MET, [minutes(kind, -3, 710), minutes(kind, -2, 300)]),
        (TWICE, [minutes(kind, -3, -700), minutes(kind, -3, 700)]),
        (TWICE, [minutes(kind, -3, 710), fact(kind, day(-2))]),
        (MET, [minutes(kind, -3, 300), fact(kind, day(-2))]),
    )

for kind in (Kind.PROCEDURE, Kind.IMMUNIZATION):
    entry(
        f"each {kind.name.lower()} of one day may be the same, whatever its code",
        Counted(rows(some(kind, value_set="either")), least=2),
        (TWICE, [fact(kind, day(-3)), fact(kind, day(-3), "beta")]),
        (MET, [fact(kind, day(-3)), fact(kind, day(-2), "beta")]),
    )


def stay(first: int, last: int, concept: str = "alpha") -> Fact:
    return replace(fact(Kind.ENCOUNTER, day(first), concept), end=day(last))


entry(
    "stays that overlap may be one, whatever their codes",
    Counted(rows(some(Kind.ENCOUNTER, value_set="either")), least=2),
    (TWICE, [stay(-20, -10), stay(-15, -12)]),
    (TWICE, [stay(-20, -10), stay(-20, -10, "beta")]),
    (MET, [stay(-20, -16), stay(-15, -12)]),
)


def part(first: int, last: int, name: str, whole: str = "") -> Fact:
    return replace(stay(first, last), visit=name, part_of=whole)


entry(
    "parts of one stay are perhaps one with it and with each other, whenever they are",
    Counted(rows(some(Kind.ENCOUNTER)), least=2),
    (TWICE, [part(-20, -20, "v1"), part(-15, -12, "v2", "v1")]),
    (TWICE, [part(-20, -18, "v2", "v1"), part(-15, -12, "v3", "v1")]),
    (TWICE, [part(-20, -18, "v3", "v2"), part(-15, -12, "v2", "v1"), part(-9, -9, "v1")]),
    (MET, [part(-20, -18, "v2", "v1"), part(-15, -12, "v3", "v1"), part(-9, -9, "v4")]),
    (MET, [part(-20, -18, "v1"), part(-15, -12, "v2")]),
)
entry(
    "what is a part, and with what, another patient's stays do not change",
    Counted(rows(some(Kind.ENCOUNTER)), least=2),
    (MET, [part(-20, -20, "v1"), part(-15, -15, "v2")]),
    (MET, [part(-20, -20, "v3", "v1"), part(-9, -9, "v4", "v2")]),
)

# --- drugs --------------------------------------------------------------------------------------------


def drug(start: int, end: int, channel: str, concept: str = "alpha") -> Fact:
    return replace(fact(Kind.MEDICATION, day(start), concept, channel=channel), end=day(end))


entry(
    "an order and a statement that run side by side may tell of one drug; two orders are two by their start",
    Counted(rows(some(Kind.MEDICATION, value_set="either")), least=2),
    (TWICE, [drug(-90, -60, "ordered"), drug(-80, -50, "stated")]),
    (MET, [drug(-90, -60, "ordered"), drug(-50, -40, "stated")]),
    (MET, [drug(-90, -60, "ordered"), drug(-80, -50, "ordered")]),
    (TWICE, [drug(-90, -60, "ordered"), drug(-90, -50, "ordered")]),
    (MET, [drug(-90, -60, "ordered"), drug(-90, -60, "ordered", "beta")]),
    (TWICE, [drug(-90, -60, "ordered"), drug(-90, -60, "stated", "beta")]),
)

# --- relatives ----------------------------------------------------------------------------------------

ILL = some(Kind.FAMILY_HISTORY)


def relative(record: int, role: str, concept: str = "alpha", **columns: Any) -> Fact:
    return fact(Kind.FAMILY_HISTORY, day(-9), concept, relationship=role, resource=record, **columns)


MOTHER, SISTER = relative(1, "mother"), relative(2, "sister")
entry(
    "relatives: those that surely are different people, and no more than there are records",
    Counted(rows(ILL), least=2, counting=Counting.RELATIVES),
    (MET, [MOTHER, SISTER]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [MOTHER, relative(1, "mother", "alpha-icd")]),
    (TWICE, [SISTER, relative(3, "sister")]),
    (TWICE, [MOTHER, relative(3, "parent")]),
    (MET, [MOTHER, relative(3, "parent", relative_sex="a-man")]),
    (MET, [relative(1, "maternal-aunt"), relative(2, "paternal-aunt")]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [relative(1, "natural-mother"), relative(2, "natural-mother")]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), []),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [MOTHER, unconfirmed(SISTER)]),
)
entry(
    "at most so many relatives is never known of a family, and surely not so where there are more",
    Counted(rows(ILL), most=1, counting=Counting.RELATIVES),
    ((NO, Cause.COUNT), [MOTHER, SISTER]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [MOTHER]),
)
entry(
    "illnesses of one relative may be one, whenever they were told",
    Counted(rows(ILL), least=2),
    (TWICE, [MOTHER, replace(MOTHER, start=day(-90), end=day(-90))]),
    (TWICE, [MOTHER, relative(1, "mother", "alpha-icd")]),
    (MET, [MOTHER, SISTER]),
)
