"""Small cases about notes: what they state or deny beside what is coded; see `corpus`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eligibility.facts import Assertion, Kind, Source, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.program import (
    Answer,
    Counted,
    Duration,
    Exists,
    Given,
    Notes,
    NoteTest,
    Pick,
    Picked,
    Policy,
    Range,
    Relation,
    TimeTest,
    ValueIs,
    Window,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import DENSE, NO, UNKNOWN, YES, Fact, day, entry, fact, reading, rows, some
from tests.oracle.tables import UNITS

NEVER = (BEGINNING, BEGINNING)
MONTH = TimeTest(Relation.OVERLAPPING, Window(Given("index", None, ((-1, Duration(30, "day")),))))
BELOW = Range(high=6.0, unit=UNITS[0])


def noted(found: Fact, assertion: Assertion = Assertion.PRESENT, **columns: Any) -> Fact:
    """The same as a note tells it."""
    held = {"source": Source.NOTE, "assertion": assertion, **columns}
    return replace(found, columns={**found.columns, **held})


def diagnosis(offset: int, **columns: Any) -> Fact:
    """A diagnosis that goes on."""
    return replace(fact(Kind.CONDITION, day(offset), **columns), end=(END_OF_TIME, END_OF_TIME))


def coded_and(policy: Notes, *tests: Any, kind: Kind = Kind.CONDITION) -> Exists:
    return Exists(rows(some(kind, *tests, policy=Policy(notes=policy))))


SAID = noted(diagnosis(-20))
DENIED = noted(fact(Kind.CONDITION, day(-10)), Assertion.ABSENT)
NEVER_HAD = replace(DENIED, start=NEVER)
REFUTED = replace(diagnosis(-20, verification_status="refuted"), standing=Standing.DOES_NOT_COUNT)
UNKNOWN_STILL = (UNKNOWN, Cause.NOTE_ONLY)
ASSUMED = (NO, Cause.ABSENCE_ASSUMED)
SHOWN = (YES, Cause.EVIDENCE)
LOW = (YES, Cause.VALUE_LOW)

for policy, said in (
    (Notes.IGNORED, ASSUMED),
    (Notes.REVIEW, UNKNOWN_STILL),
    (Notes.FILL_GAPS, SHOWN),
    (Notes.DECIDE, SHOWN),
):
    conflict = SHOWN if policy is Notes.IGNORED else (UNKNOWN, Cause.SOURCE_CONFLICT)
    also = conflict[1] | Cause.NOTE_ONLY if policy is Notes.REVIEW else conflict[1]
    beside = conflict[1] | (Cause(0) if policy is Notes.DECIDE else Cause.NOTE_ONLY)
    heard = policy in (Notes.FILL_GAPS, Notes.DECIDE)
    vague = Cause.NOTE_UNCERTAIN | (Cause.NOTE_ONLY if policy is Notes.REVIEW else Cause(0))
    entry(
        f"notes {policy.value}: a diagnosis that only a note states",
        coded_and(policy),
        (said, [SAID, *DENSE]),
        (said, [noted(SAID, Assertion.HISTORICAL), *DENSE]),
        (ASSUMED, [noted(SAID, Assertion.HYPOTHETICAL), *DENSE]),
        (ASSUMED, [noted(SAID, Assertion.SOMEONE_ELSE), *DENSE]),
        (SHOWN, [SAID, diagnosis(-400), *DENSE]),
    )
    entry(
        f"notes {policy.value}: a hedged or ambiguous statement is a question",
        coded_and(policy),
        (
            ASSUMED if policy is Notes.IGNORED else (UNKNOWN, vague),
            [noted(SAID, Assertion.POSSIBLE), *DENSE],
        ),
        (ASSUMED if policy is Notes.IGNORED else (UNKNOWN, vague), [noted(SAID, doubtful=1), *DENSE]),
    )
    entry(
        f"notes {policy.value}: a note that denies what is coded, and a refuted record of what it states",
        coded_and(policy),
        (conflict, [diagnosis(-400), DENIED, *DENSE]),
        (SHOWN, [fact(Kind.CONDITION, day(-400)), DENIED, *DENSE]),
        (conflict, [fact(Kind.CONDITION, day(-400)), NEVER_HAD, *DENSE]),
        (ASSUMED if policy is Notes.IGNORED else (UNKNOWN, also), [REFUTED, SAID, *DENSE]),
        (SHOWN, [diagnosis(-400), noted(DENIED, Assertion.ABSENT, doubtful=1), *DENSE]),
    )
    entry(
        f"notes {policy.value}: a denial beside silence",
        coded_and(policy, kind=Kind.ALLERGY),
        (
            (NO, Cause.DENIED)
            if heard
            else (UNKNOWN, Cause.DATA_NOT_FOUND)
            if policy is Notes.IGNORED
            else (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.NOTE_ONLY),
            [noted(fact(Kind.ALLERGY, NEVER), Assertion.ABSENT)],
        ),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), [noted(fact(Kind.ALLERGY, day(-10)), Assertion.ABSENT)]),
    )
    entry(
        f"notes {policy.value}: a denial of that time is enough where a time is asked about",
        coded_and(policy, MONTH),
        ((NO, Cause.DENIED) if heard else ASSUMED, [DENIED, *DENSE]),
        (ASSUMED, [replace(DENIED, start=day(-60), end=day(-60)), *DENSE]),
    )
    entry(
        f"notes {policy.value}: a result in a note beside a coded one",
        ValueIs(
            Picked(Pick.MOST_RECENT, rows(some(Kind.OBSERVATION, policy=Policy(notes=policy))), UNITS[0]),
            BELOW,
        ),
        (LOW, [reading(4.0, day(-9)), noted(reading(4.03, day(-9)))]),
        (LOW, [reading(4.0, day(-9)), noted(reading(8.0, day(-20)))]),
        (
            LOW
            if policy is Notes.IGNORED
            else (NO, Cause.VALUE_HIGH)
            if policy is Notes.DECIDE
            else (UNKNOWN, Cause.NOTE_ONLY),
            [reading(4.0, day(-9)), noted(reading(8.0, day(-5)))],
        ),
        (
            LOW if policy is Notes.IGNORED else (UNKNOWN, beside),
            [reading(4.0, day(-9)), noted(reading(8.0, day(-9)))],
        ),
        (
            (UNKNOWN, Cause.DATA_NOT_FOUND)
            if policy is Notes.IGNORED
            else LOW
            if heard
            else (UNKNOWN, Cause.NOTE_ONLY),
            [noted(reading(4.0, day(-9)))],
        ),
    )
entry(
    "what a coded row restates is not counted again, what it may restate perhaps",
    Counted(rows(some(Kind.CONDITION, policy=Policy(notes=Notes.DECIDE))), least=2),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [diagnosis(-400), SAID, *DENSE]),
    (
        (UNKNOWN, Cause.NOTE_ONLY | Cause.PARTIAL_DATE | Cause.RECORDED_TWICE),
        [fact(Kind.CONDITION, day(-10)), noted(fact(Kind.CONDITION, day(-30, 60))), *DENSE],
    ),
    ((YES, Cause.COUNT), [fact(Kind.CONDITION, day(-10)), noted(fact(Kind.CONDITION, day(-30))), *DENSE]),
)
entry(
    "statements themselves can be asked for",
    Exists(
        rows(
            some(
                Kind.CONDITION,
                NoteTest((Assertion.POSSIBLE, Assertion.ABSENT), ("active",)),
                policy=Policy(notes=Notes.DECIDE, missing=Answer.NO),
            )
        )
    ),
    ((YES, Cause.EVIDENCE), [noted(SAID, Assertion.POSSIBLE, section="active"), *DENSE]),
    ((YES, Cause.EVIDENCE), [noted(SAID, Assertion.ABSENT, section="active"), diagnosis(-20), *DENSE]),
    ((NO, Cause.ABSENCE_ASSUMED), [noted(SAID, Assertion.POSSIBLE, section="stopped"), *DENSE]),
    ((NO, Cause.ABSENCE_ASSUMED), [noted(SAID, section="active"), diagnosis(-20), *DENSE]),
)


def noted_as(*assertions: Assertion, sections: tuple[str, ...] = ()) -> NoteTest:
    return NoteTest(assertions, sections)


DECIDED = Policy(notes=Notes.DECIDE)
entry(
    "a statement is worded as every test names, and tests without a wording name none",
    Exists(
        rows(
            some(
                Kind.CONDITION,
                noted_as(sections=("active",)),
                noted_as(Assertion.ABSENT, Assertion.PRESENT),
                noted_as(Assertion.ABSENT, Assertion.POSSIBLE),
                policy=DECIDED,
            )
        )
    ),
    (SHOWN, [noted(SAID, Assertion.ABSENT, section="active"), *DENSE]),
    (ASSUMED, [noted(SAID, section="active"), *DENSE]),
    ((UNKNOWN, Cause.NOTE_UNCERTAIN), [noted(SAID, Assertion.POSSIBLE, section="active"), *DENSE]),
    (ASSUMED, [noted(SAID, Assertion.ABSENT, section="stopped"), *DENSE]),
)
entry(
    "wordings that exclude each other leave nothing, be it hedged",
    Exists(
        rows(
            some(Kind.CONDITION, noted_as(Assertion.ABSENT), noted_as(Assertion.PRESENT), policy=DECIDED),
        )
    ),
    (ASSUMED, [noted(SAID, Assertion.ABSENT), *DENSE]),
    (ASSUMED, [SAID, *DENSE]),
    (ASSUMED, [noted(SAID, Assertion.POSSIBLE), *DENSE]),
)
ALLERGIC = fact(Kind.ALLERGY, NEVER)
entry(
    "a denial answers for what is stated as present, not for statements of another wording",
    Exists(rows(some(Kind.ALLERGY, noted_as(Assertion.HISTORICAL, Assertion.PRESENT), policy=DECIDED))),
    ((NO, Cause.DENIED), [noted(ALLERGIC, Assertion.ABSENT)]),
)
entry(
    "a denial does not answer whether a note speaks of somebody else's",
    Exists(rows(some(Kind.ALLERGY, noted_as(Assertion.SOMEONE_ELSE), policy=DECIDED))),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [noted(ALLERGIC, Assertion.ABSENT)]),
    (SHOWN, [noted(ALLERGIC, Assertion.SOMEONE_ELSE)]),
)
LATE = fact(Kind.ALLERGY, day(-20, 60))
for undated, outcome in (
    (Answer.UNKNOWN, (UNKNOWN, Cause.DATA_NOT_FOUND)),
    (Answer.NO, (UNKNOWN, Cause.DATA_NOT_FOUND)),
    (Answer.YES, (NO, Cause.DENIED | Cause.ASSUMED)),
):
    entry(
        f"a denial that may be of a day after the record's last, undated {undated.value}",
        Exists(
            rows(
                some(
                    Kind.ALLERGY,
                    MONTH,
                    policy=Policy(notes=Notes.DECIDE, undated=undated),
                )
            )
        ),
        (outcome, [noted(LATE, Assertion.ABSENT)]),
    )
entry(
    "an exception for what is noted takes out statements of that wording only",
    Exists(
        rows(
            some(
                Kind.CONDITION,
                policy=DECIDED,
                excepts=(some(Kind.CONDITION, noted_as(Assertion.HISTORICAL), policy=DECIDED),),
            )
        )
    ),
    (SHOWN, [SAID, *DENSE]),
    (ASSUMED, [noted(SAID, Assertion.HISTORICAL), *DENSE]),
    ((UNKNOWN, Cause.NOTE_UNCERTAIN), [noted(SAID, Assertion.HISTORICAL, doubtful=1), *DENSE]),
    ((UNKNOWN, Cause.NOTE_UNCERTAIN), [noted(SAID, Assertion.POSSIBLE), *DENSE]),
    (SHOWN, [diagnosis(-20), *DENSE]),
)
