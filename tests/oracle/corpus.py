"""Small cases, each with a sentence: what once came out wrong, or differed between judge and oracle.

A case is one criterion (`include`), the facts of patients p0, p1, …, and what has to come out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from eligibility.facts import Kind, Standing, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, HOUR, day_start
from eligibility.manifest import Manifest
from eligibility.program import (
    AgeIs,
    AgeValue,
    Answer,
    AnyEvent,
    Counted,
    Criterion,
    Duration,
    Edge,
    EdgeIs,
    Event,
    Every,
    Exists,
    Exposed,
    Given,
    Length,
    LengthTest,
    LongerOf,
    NumberTest,
    PersonIs,
    Pick,
    Picked,
    Polarity,
    Policy,
    Program,
    Range,
    Relation,
    Rows,
    Selection,
    SetTest,
    Statement,
    TimeTest,
    ValueInSet,
    ValueIs,
    Window,
)
from eligibility.reasons import Cause
from tests.oracle.oracle import opinions
from tests.oracle.tables import UNITS, VALUE_SETS, Case, Table
from tests.oracle.tables import Fact as Fact  # what the files of small cases are made of

AS_OF = date(2024, 3, 31)
TODAY = day_start(AS_OF)
NO, UNKNOWN, YES = 0, 1, 2

Outcome = tuple[int, Cause]


@dataclass(frozen=True)
class Entry:
    """A case and the outcome of its one criterion, patient by patient."""

    case: Case
    expected: Mapping[str, Outcome]

    def outcome(self, patient: str) -> Outcome:
        program, facts, membership, as_of = self.case.parts()
        opinion = opinions(program, facts, membership, as_of)[list(facts.patients).index(patient)]
        return opinion.findings[0].state, opinion.findings[0].causes


CASES: dict[str, Entry] = {}


def entry(
    name: str,
    statement: Statement,
    *patients: tuple[Outcome, list[Fact]],
    corrupt: tuple[tuple[int, Kind], ...] = (),
    manifest: Manifest = Manifest(delivered=None),  # noqa: B008 - frozen
) -> None:
    rows = tuple((at, fact) for at, (_, facts) in enumerate(patients) for fact in facts)
    program = Program("p", "1", "", (Criterion("C", "", Polarity.INCLUDE, statement),), VALUE_SETS)
    case = Case(program, Table(len(patients), rows, manifest, corrupt), AS_OF)
    CASES[name] = Entry(case, {f"p{at}": outcome for at, (outcome, _) in enumerate(patients)})


def day(offset: int, width: int = 1) -> tuple[int, int]:
    """A day counted from the as-of day, or a stretch of days in which a date lies."""
    return TODAY + offset * DAY, TODAY + (offset + width) * DAY - 1


UNDATED = (BEGINNING, END_OF_TIME)


def fact(kind: Kind, when: tuple[int, int], concept: str = "alpha", **columns: Any) -> Fact:
    return Fact(kind, concept, when, when, columns=columns)


def reading(number: float, when: tuple[int, int], **columns: Any) -> Fact:
    held = {
        "value_state": ValueState.NUMBER,
        "value_lo": number,
        "value_hi": number,
        "unit": UNITS[0],
    }
    return fact(Kind.OBSERVATION, when, **{**held, **columns})


def person(**columns: Any) -> Fact:
    """Somebody whose eighteenth birthday is the as-of day."""
    birth = day_start(date(2006, 3, 31)), day_start(date(2006, 3, 31)) + DAY - 1
    held = {
        "birth_lo": birth[0],
        "birth_hi": birth[1],
        "deceased": 0,
        "death_lo": END_OF_TIME,
        "death_hi": END_OF_TIME,
    }
    return fact(Kind.DEMOGRAPHIC, birth, "nothing", **{**held, **columns})


def unconfirmed(found: Fact) -> Fact:
    return replace(found, standing=Standing.UNCONFIRMED)


def care(*offsets: int) -> list[Fact]:
    """Days of contact that no criterion asks about."""
    return [fact(Kind.ENCOUNTER, day(offset), "foreign") for offset in offsets]


def some(kind: Kind, *tests: Any, value_set: str = "alpha", **rest: Any) -> Selection:
    return Selection("it", kind, value_set, tests, **rest)


def rows(*selections: Selection) -> Rows:
    return Rows(selections)


def starting(window: Window) -> TimeTest:
    return TimeTest(Relation.STARTING, window)


DENSE = care(-900, -3)
MI, DRUG = some(Kind.CONDITION), some(Kind.MEDICATION)
RECENT = Window(Given("index", None, ((-1, Duration(90, "day")),)))
LAST_MI = Event(Edge.START, Pick.MOST_RECENT, rows(MI))
ANY_MI = AnyEvent(Edge.START, rows(MI))
AT_LEAST_4 = Range(low=4.0, unit=UNITS[0])
HIGH = NumberTest("value", AT_LEAST_4)
RESULT = some(Kind.OBSERVATION)

# --- coverage ---------------------------------------------------------------------------------------

entry(
    "a first contact 364 days ago is no look-back of a year, one of 365 days is",
    Exists(rows(MI)),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), care(-364, -3)),
    ((NO, Cause.ABSENCE_ASSUMED), care(-365, -3)),
)
entry(
    "a last contact 730 days ago is still care, one of 731 days is not",
    Exists(rows(MI)),
    ((NO, Cause.ABSENCE_ASSUMED), care(-900, -730)),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), care(-900, -731)),
)

# --- events -----------------------------------------------------------------------------------------

entry(
    "the edge of a picked row may be tested against any event",
    EdgeIs(Event(Edge.START, Pick.FIRST, rows(DRUG)), Window(lower=ANY_MI)),
    ((YES, Cause.EVIDENCE), [fact(Kind.MEDICATION, day(-3)), fact(Kind.CONDITION, day(-5))]),
)
entry(
    "an event that nobody knows to exist leaves the edge of another one open",
    EdgeIs(Event(Edge.START, Pick.FIRST, rows(DRUG)), Window(lower=LAST_MI)),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.MEDICATION, day(-3))]),
    ((NO, Cause.OUT_OF_WINDOW), [fact(Kind.MEDICATION, day(-3)), *DENSE]),
)
entry(
    "a row that only may be there, outside the window, does not say that none is inside",
    EdgeIs(Event(Edge.START, Pick.FIRST, rows(RESULT)), RECENT),
    ((NO, Cause.OUT_OF_WINDOW), [reading(4, day(-200))]),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [unconfirmed(reading(4, day(-200)))]),
)
entry(
    "a damaged record could be the more recent one",
    EdgeIs(LAST_MI, RECENT),
    ((UNKNOWN, Cause.DATA_CORRUPT), [fact(Kind.CONDITION, day(-3))]),
    corrupt=((0, Kind.CONDITION),),
)
entry(
    "a window may begin with one event and end with any other",
    Exists(rows(some(Kind.MEDICATION, starting(Window(LAST_MI, AnyEvent(Edge.START, rows(RESULT))))))),
    (
        (YES, Cause.WASHOUT),
        [fact(Kind.CONDITION, day(-9)), fact(Kind.MEDICATION, day(-5)), reading(4, day(-1))],
    ),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), DENSE),
)
entry(
    "an event without any date took place by the cutoff",
    Exists(rows(some(Kind.MEDICATION, starting(Window(LAST_MI, asks_later=True, exact=True))))),
    ((YES, Cause.WASHOUT), [fact(Kind.CONDITION, UNDATED), fact(Kind.MEDICATION, day(5))]),
)
entry(
    "a damaged record could be the event that a window hangs on",
    Exists(rows(some(Kind.PROCEDURE, starting(Window(lower=LAST_MI))))),
    (
        (UNKNOWN, Cause.DATA_CORRUPT),
        [fact(Kind.PROCEDURE, day(-3)), fact(Kind.CONDITION, day(-9))],
    ),
    corrupt=((0, Kind.CONDITION),),
)
entry(
    "a damaged record can only add to the events to choose from",
    Exists(rows(some(Kind.PROCEDURE, starting(Window(lower=ANY_MI))))),
    ((YES, Cause.EVIDENCE), [fact(Kind.PROCEDURE, day(-3)), fact(Kind.CONDITION, day(-9))]),
    ((UNKNOWN, Cause.DATA_CORRUPT), [fact(Kind.PROCEDURE, day(-9)), fact(Kind.CONDITION, day(-3)), *DENSE]),
    corrupt=((0, Kind.CONDITION), (1, Kind.CONDITION)),
)

entry(
    "an unknown event stays unknown where nobody in the table has a row of the kind asked for",
    Exists(rows(some(Kind.PROCEDURE, starting(Window(lower=LAST_MI)), policy=Policy(missing=Answer.NO)))),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), []),
)
entry(
    "a window between any event and a picked one hangs on both",
    EdgeIs(LAST_MI, Window(ANY_MI, Event(Edge.START, Pick.FIRST, rows(DRUG)), exact=True)),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONDITION, day(-3))]),
)

# --- exceptions -------------------------------------------------------------------------------------

AFTER_DRUG = some(
    Kind.PROCEDURE, starting(Window(lower=Event(Edge.START, Pick.FIRST, rows(DRUG)))), value_set="alpha"
)
entry(
    "an exception around an event that may have been: perhaps excepted",
    Exists(rows(some(Kind.PROCEDURE, excepts=(AFTER_DRUG,)))),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.PROCEDURE, day(-3))]),
    ((YES, Cause.EVIDENCE), [fact(Kind.PROCEDURE, day(-3)), *DENSE]),
    ((NO, Cause.ABSENCE_ASSUMED), [fact(Kind.PROCEDURE, day(-3)), fact(Kind.MEDICATION, day(-9)), *DENSE]),
)
entry(
    "an exception that surely misses by one test leaves no doubt by another",
    Exists(
        rows(
            some(
                Kind.CONDITION,
                starting(RECENT),
                excepts=(
                    some(
                        Kind.CONDITION,
                        SetTest("severity", "beta"),
                        SetTest("body_site", "beta"),
                    ),
                ),
            )
        )
    ),
    (
        (UNKNOWN, Cause.PARTIAL_DATE),
        [fact(Kind.CONDITION, day(-100, 20), severity="alpha", body_site="nothing")],
    ),
)

# --- attributes -------------------------------------------------------------------------------------

entry(
    "an attribute in words or of another system is a question, one of the same system a no",
    Exists(rows(some(Kind.CONDITION, SetTest("severity", "alpha")))),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [fact(Kind.CONDITION, day(-3), severity="words"), *DENSE]),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [fact(Kind.CONDITION, day(-3), severity="foreign"), *DENSE]),
    ((NO, Cause.ABSENCE_ASSUMED), [fact(Kind.CONDITION, day(-3), severity="beta"), *DENSE]),
)
entry(
    "an attribute that is not said is no code, also where any code would do",
    Exists(rows(some(Kind.CONDITION, SetTest("severity", "every")))),
    ((YES, Cause.EVIDENCE), [fact(Kind.CONDITION, day(-3), severity="foreign")]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONDITION, day(-3))]),
)
entry(
    "a personal detail in words or of another system is a question, one of the same system a no",
    PersonIs("race", value_set="alpha"),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [person(race="words")]),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [person(race="foreign")]),
    ((NO, Cause.DEMOGRAPHIC), [person(race="beta")]),
)
entry(
    "a dose in a unit that cannot be compared is not a dose below the limit",
    Exists(rows(some(Kind.MEDICATION, NumberTest("dose_per_day", AT_LEAST_4)))),
    ((UNKNOWN, Cause.UNIT_UNRESOLVED), [fact(Kind.MEDICATION, day(-3), dose_per_day=2.0), *DENSE]),
    (
        (UNKNOWN, Cause.UNIT_UNRESOLVED),
        [fact(Kind.MEDICATION, day(-3), dose_per_day=2.0, dose_unit=UNITS[1]), *DENSE],
    ),
    (
        (NO, Cause.ABSENCE_ASSUMED),
        [fact(Kind.MEDICATION, day(-3), dose_per_day=2.0, dose_unit=UNITS[0]), *DENSE],
    ),
)

# --- outside the window -----------------------------------------------------------------------------

RECENT_ALLERGY = some(Kind.ALLERGY, starting(RECENT))
entry(
    "an allergy that only may be there, outside the window, does not say no",
    Exists(rows(RECENT_ALLERGY)),
    ((NO, Cause.OUT_OF_WINDOW), [fact(Kind.ALLERGY, day(-200))]),
    ((UNKNOWN, Cause.DATA_STALE), [unconfirmed(fact(Kind.ALLERGY, day(-200)))]),
    ((UNKNOWN, Cause.DATA_STALE), [fact(Kind.ALLERGY, day(-200), "words")]),
)

# --- lengths ----------------------------------------------------------------------------------------


def stay(first: int, last: int, kind: Kind = Kind.ENCOUNTER) -> Fact:
    return Fact(kind, "alpha", day(first), day(last))


def going_on(first: int, kind: Kind = Kind.ENCOUNTER) -> Fact:
    return Fact(kind, "alpha", day(first), (END_OF_TIME, END_OF_TIME))


THREE_DAYS = LengthTest(Duration(3, "day"))
entry(
    "a stay from the 1st to the 4th lasts three days",
    Exists(rows(some(Kind.ENCOUNTER, THREE_DAYS))),
    ((YES, Cause.EVIDENCE), [stay(-9, -6)]),
    ((NO, Cause.ABSENCE_ASSUMED), [stay(-9, -7), *DENSE]),
    ((YES, Cause.EVIDENCE), [going_on(-3)]),
    ((NO, Cause.ABSENCE_ASSUMED), [going_on(-2), *DENSE]),
)
entry(
    "a length between dates known in part is a question",
    Exists(rows(some(Kind.ENCOUNTER, THREE_DAYS))),
    ((UNKNOWN, Cause.PARTIAL_DATE), [Fact(Kind.ENCOUNTER, "alpha", day(-9), (day(-9)[0], END_OF_TIME))]),
    ((UNKNOWN, Cause.PARTIAL_DATE), [Fact(Kind.ENCOUNTER, "alpha", day(-9, 3), day(-5)), *DENSE]),
)
entry(
    "on both days of a supply the drug was there",
    Exists(rows(some(Kind.MEDICATION, LengthTest(Duration(4, "day"), both_days=True)))),
    ((YES, Cause.EVIDENCE), [stay(-9, -6, Kind.MEDICATION)]),
    ((NO, Cause.ABSENCE_ASSUMED), [stay(-9, -7, Kind.MEDICATION), *DENSE]),
)
entry(
    "days do not tell hours",
    Exists(rows(some(Kind.ENCOUNTER, LengthTest(Duration(12, "hour"))))),
    ((UNKNOWN, Cause.PARTIAL_DATE), [stay(-9, -9)]),
    ((YES, Cause.EVIDENCE), [stay(-9, -7)]),
)

BERLIN = Manifest(zone="Europe/Berlin", delivered=None)
HALF_A_DAY = LengthTest(Duration(12, "hour"))


def hours(first: int, last: int) -> Fact:
    """A stay between two hours counted from the beginning of the as-of day."""
    return Fact(Kind.ENCOUNTER, "alpha", (TODAY + first * HOUR,) * 2, (TODAY + last * HOUR,) * 2)


IN_SPRING = -371 * 24  # 26 March 2023, when the clocks were put forward at 2
IN_AUTUMN = -154 * 24  # 29 October 2023, when they were put back at 3
entry(
    "hours that went by are counted, not those of a clock that is put forward or back",
    Exists(rows(some(Kind.ENCOUNTER, HALF_A_DAY))),
    ((NO, Cause.ABSENCE_ASSUMED), [hours(IN_SPRING - 4, IN_SPRING + 8), *DENSE]),
    ((YES, Cause.EVIDENCE), [hours(IN_SPRING - 4, IN_SPRING + 9)]),
    ((YES, Cause.EVIDENCE), [hours(IN_AUTUMN - 4, IN_AUTUMN + 7)]),
    ((NO, Cause.ABSENCE_ASSUMED), [hours(IN_AUTUMN - 4, IN_AUTUMN + 6), *DENSE]),
    # Half past two came twice.
    ((UNKNOWN, Cause.PARTIAL_DATE), [hours(IN_AUTUMN + 2, IN_AUTUMN + 13), *DENSE]),
    ((YES, Cause.EVIDENCE), [hours(IN_AUTUMN + 2, IN_AUTUMN + 14)]),
    manifest=BERLIN,
)

# --- days in a row and in total ---------------------------------------------------------------------


def supply(first: int, last: int) -> Fact:
    return stay(first, last, Kind.MEDICATION)


NO_END = Fact(Kind.MEDICATION, "alpha", day(-20), (day(-20)[1], END_OF_TIME))
DRUGS = rows(DRUG)
TWO_WEEKS = Duration(14, "day")
UP_TO_INDEX = Window(None, Given("index"))
entry(
    "two supplies in a row are as long as both together",
    Exposed(DRUGS, TWO_WEEKS),
    ((YES, Cause.COUNT), [supply(-20, -14), supply(-13, -7)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-20, -14), supply(-12, -6), *DENSE]),
    ((YES, Cause.COUNT), [supply(-20, -10), supply(-16, -7)]),
)
entry(
    "a gap is closed up to the length that is said",
    Exposed(DRUGS, TWO_WEEKS, gap=2),
    ((YES, Cause.COUNT), [supply(-20, -14), supply(-11, -7)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-20, -14), supply(-10, -7), *DENSE]),
)
entry(
    "a drug without an end may have been taken long enough",
    Exposed(DRUGS, TWO_WEEKS),
    ((UNKNOWN, Cause.PARTIAL_DATE), [NO_END, *DENSE]),
    ((YES, Cause.COUNT), [NO_END, supply(-20, -7)]),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), []),
)
entry(
    "only the days in the window count, or days that reach into it",
    Exposed(rows(some(Kind.MEDICATION, TimeTest(Relation.OVERLAPPING, RECENT))), TWO_WEEKS, window=RECENT),
    ((YES, Cause.COUNT), [supply(-100, -77)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-100, -78), *DENSE]),
)
entry(
    "days in a row that reach into a window may begin before it",
    Exposed(DRUGS, TWO_WEEKS, window=RECENT, whole=True),
    ((YES, Cause.COUNT), [supply(-110, -90)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-110, -91), *DENSE]),
)
entry(
    "no days reach into a window whose bounds are turned round",
    Exposed(DRUGS, TWO_WEEKS, window=Window(RECENT.upper or Given("index"), RECENT.lower), whole=True),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-110, -1), *DENSE]),
)
entry(
    "until index includes index",
    Exposed(DRUGS, TWO_WEEKS, window=UP_TO_INDEX, through=True),
    ((YES, Cause.COUNT), [supply(-13, 20)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-30, -1), *DENSE]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-12, 20), *DENSE]),
)
entry(
    "days in total count once, however many supplies lie on them",
    Exposed(DRUGS, TWO_WEEKS, total=True),
    ((YES, Cause.COUNT), [supply(-40, -34), supply(-20, -14)]),
    ((NO, Cause.COUNT | Cause.ABSENCE_ASSUMED), [supply(-20, -9), supply(-18, -10), *DENSE]),
)

# --- the longer of two ------------------------------------------------------------------------------


def within(length: Length) -> TimeTest:
    return starting(Window(Given("index", None, ((-1, length),))))


# From 31 March 2024 a month goes back to 29 February, 31 days; 30 days go back to 1 March.
MONTH_OR_30_DAYS = (Duration(1, "month"), Duration(30, "day"))
entry(
    "the longer of a month and 30 days before 31 March is the month",
    Exists(rows(some(Kind.CONDITION, within(LongerOf(MONTH_OR_30_DAYS))))),
    ((YES, Cause.EVIDENCE), [fact(Kind.CONDITION, day(-31))]),
    ((NO, Cause.ABSENCE_ASSUMED | Cause.OUT_OF_WINDOW), [fact(Kind.CONDITION, day(-32)), *DENSE]),
)
entry(
    "the shorter of a month and 30 days before 31 March is 30 days",
    Exists(rows(some(Kind.CONDITION, within(LongerOf(MONTH_OR_30_DAYS, shorter=True))))),
    ((YES, Cause.EVIDENCE), [fact(Kind.CONDITION, day(-30))]),
    ((NO, Cause.ABSENCE_ASSUMED | Cause.OUT_OF_WINDOW), [fact(Kind.CONDITION, day(-31)), *DENSE]),
)

# --- counts -----------------------------------------------------------------------------------------

HIGH_RESULT = some(Kind.OBSERVATION, HIGH)
entry(
    "a row that two selections hold is one row",
    Counted(rows(MI, some(Kind.CONDITION, value_set="either")), least=2),
    ((UNKNOWN, Cause.RECORD_TOO_THIN), [fact(Kind.CONDITION, day(-3))]),
)
entry(
    "missing means yes speaks of nothing recorded, not of too little",
    Counted(rows(replace(MI, policy=Policy(missing=Answer.YES))), least=2),
    ((YES, Cause.ABSENCE_ASSUMED), []),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [fact(Kind.CONDITION, day(-3))]),
)
entry(
    "readings that are too close together are too few to know",
    Counted(rows(HIGH_RESULT), least=2, apart=Duration(2, "week")),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [reading(2, day(-3)), reading(3, day(-3))]),
    ((NO, Cause.COUNT), [reading(2, day(-3)), reading(3, day(-30))]),
    ((UNKNOWN, Cause.COUNT), [reading(8, day(-3)), reading(9, day(-5))]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [reading(8, day(-3))]),
)
entry(
    "a damaged record is named beside other doubts of a count",
    Counted(rows(MI), least=1),
    (
        (UNKNOWN, Cause.DATA_CORRUPT | Cause.STATUS_UNCONFIRMED),
        [unconfirmed(fact(Kind.CONDITION, day(-3)))],
    ),
    corrupt=((0, Kind.CONDITION),),
)

# --- values -----------------------------------------------------------------------------------------

entry(
    "a reading that only may be there spoils `every`, and says why",
    Every(rows(RESULT), AT_LEAST_4),
    (
        (UNKNOWN, Cause.STATUS_UNCONFIRMED),
        [reading(5, day(-3)), unconfirmed(reading(2, day(-4)))],
    ),
)
entry(
    "the eve of a birthday stays the eve when hours are counted",
    AgeIs(Given("index", None, ((-1, Duration(12, "hour")),)), 18, None),
    ((NO, Cause.DEMOGRAPHIC), [person()]),
)
BORN = day_start(date(2006, 3, 31))
MONTHS_AGO = Given("index", None, ((-1, Duration(216, "month")),))
entry(
    "who has completed so many months was born by the day so many months ago",
    AgeIs(MONTHS_AGO, 0, None),
    ((YES, Cause.DEMOGRAPHIC), [person()]),
    ((NO, Cause.DEMOGRAPHIC), [person(birth_lo=BORN + DAY, birth_hi=BORN + 2 * DAY - 1)]),
    ((UNKNOWN, Cause.PARTIAL_DATE), [person(birth_lo=BORN - 9 * DAY, birth_hi=BORN + 2 * DAY - 1)]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), []),
)
entry(
    "who has not was born later",
    AgeIs(MONTHS_AGO, None, -1),
    ((NO, Cause.DEMOGRAPHIC), [person()]),
    ((YES, Cause.DEMOGRAPHIC), [person(birth_lo=BORN + DAY, birth_hi=BORN + 2 * DAY - 1)]),
)
entry(
    "an age in a damaged record is not known, also as a value",
    ValueIs(AgeValue(Given("index")), Range(low=18.0, unit="a")),
    ((UNKNOWN, Cause.DATA_CORRUPT), [person()]),
    corrupt=((0, Kind.DEMOGRAPHIC),),
)
entry(
    "unreadable means no settles a value, not whether the row is there",
    ValueIs(Picked(Pick.HIGHEST, rows(RESULT), UNITS[0]), AT_LEAST_4, Policy(unreadable=Answer.NO)),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [reading(2, day(-3)), unconfirmed(reading(5, day(-4)))]),
    ((NO, Cause.VALUE_DIFFERENT | Cause.ASSUMED), [reading(2, day(-3), value_hi=5.0)]),
)
entry(
    "an open end without a limit stays infinite",
    ValueIs(Picked(Pick.MEAN, rows(RESULT), UNITS[0]), AT_LEAST_4),
    (
        (UNKNOWN, Cause.VALUE_IMPRECISE),
        [
            reading(5, day(-3), value_lo=float("-inf"), value_flags=3),
            reading(5, day(-4), value_lo=float("-inf"), value_flags=3),
        ],
    ),
)
entry(
    "readings that fail and only may be there: unknown, and why they are in doubt",
    Exists(rows(HIGH_RESULT)),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED), [unconfirmed(reading(2, day(-3)))]),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [replace(reading(2, day(-3)), concept="words")]),
)
entry(
    "two tests that fail are both named",
    Exists(rows(some(Kind.OBSERVATION, HIGH, NumberTest("value", Range(low=3.0, unit=UNITS[0]))))),
    ((NO, Cause.VALUE_LOW), [reading(3.5, day(-3))]),
)
entry(
    "a coded value that fails only the first of two tests is still different",
    Exists(rows(some(Kind.OBSERVATION, ValueInSet("beta"), ValueInSet("alpha")))),
    (
        (NO, Cause.VALUE_DIFFERENT),
        [fact(Kind.OBSERVATION, day(-3), value_state=ValueState.CODED, value_concept="alpha")],
    ),
)
