"""Small cases about family, insurance, consent, devices, answers, places; see `corpus`."""

from __future__ import annotations

from eligibility.facts import Kind, ValueState
from eligibility.program import (
    Duration,
    Exists,
    Given,
    NumberTest,
    PersonIs,
    Pick,
    PickedIsIn,
    Range,
    Relation,
    TimeTest,
    Window,
    WordTest,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import DENSE, NO, UNKNOWN, YES, day, entry, fact, person, rows, some, unconfirmed

LATELY = TimeTest(Relation.ENDING, Window(Given("index", None, ((-1, Duration(90, "day")),))))
YOUNG = NumberTest("onset_age", Range(high=55.0, high_open=True, unit="a"))

entry(
    "a dense record without family history says nothing of the family",
    Exists(rows(some(Kind.FAMILY_HISTORY))),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), DENSE),
    ((YES, Cause.EVIDENCE), [fact(Kind.FAMILY_HISTORY, day(-9))]),
)
entry(
    "family history told outside the window is no, insurance and consent outside it are unknown",
    Exists(rows(some(Kind.FAMILY_HISTORY, LATELY))),
    ((NO, Cause.OUT_OF_WINDOW), [fact(Kind.FAMILY_HISTORY, day(-200))]),
)
for kind in (Kind.COVERAGE, Kind.CONSENT, Kind.SURVEY, Kind.ANSWER):
    entry(
        f"{kind.name.lower()}: nothing recorded, or only outside the window, is unknown",
        Exists(rows(some(kind, LATELY))),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), DENSE),
        ((UNKNOWN, Cause.DATA_STALE), [fact(kind, day(-200)), *DENSE]),
    )
entry(
    "a dense record without a device means that there is none",
    Exists(rows(some(Kind.DEVICE))),
    ((NO, Cause.ABSENCE_ASSUMED), DENSE),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [unconfirmed(fact(Kind.DEVICE, day(-3))), *DENSE]),
)
entry(
    "an age at onset that is known as a range decides where all of it agrees",
    Exists(rows(some(Kind.FAMILY_HISTORY, YOUNG))),
    ((YES, Cause.EVIDENCE), [fact(Kind.FAMILY_HISTORY, day(-9), onset_age=40.0, onset_age_hi=54.0)]),
    (
        (UNKNOWN, Cause.VALUE_IMPRECISE),
        [fact(Kind.FAMILY_HISTORY, day(-9), onset_age=50.0, onset_age_hi=59.0)],
    ),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.FAMILY_HISTORY, day(-9), onset_age=55.0)]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.FAMILY_HISTORY, day(-9))]),
)
entry(
    "a consent of which nobody says what was decided is a question",
    Exists(rows(some(Kind.CONSENT, WordTest("decision", ("permit",))))),
    ((YES, Cause.EVIDENCE), [fact(Kind.CONSENT, day(-9), decision="permit")]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONSENT, day(-9), decision="deny"), *DENSE]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONSENT, day(-9)), *DENSE]),
)
entry(
    "an answer in words is not compared",
    PickedIsIn(Pick.MOST_RECENT, rows(some(Kind.ANSWER)), "alpha"),
    (
        (UNKNOWN, Cause.CODE_UNMAPPED),
        [fact(Kind.ANSWER, day(-3), value_state=ValueState.TEXT, value_concept="foreign")],
    ),
)
entry(
    "a state written in another way is a question, another one of the same way is not",
    PersonIs("state", ("MA", "NY")),
    ((YES, Cause.DEMOGRAPHIC), [person(state="ma")]),
    ((NO, Cause.DEMOGRAPHIC), [person(state="CA")]),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [person(state="Massachusetts")]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [person()]),
)
entry(
    "five digits of a postal code hold nine, and nine may be five",
    PersonIs("postal_code", ("02139", "10001-0001")),
    ((YES, Cause.DEMOGRAPHIC), [person(postal_code="02139-4307")]),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [person(postal_code="10001")]),
    ((NO, Cause.DEMOGRAPHIC), [person(postal_code="02140")]),
)
