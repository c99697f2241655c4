"""Random small fact tables and random programs that meet each other.

The dates lie around the edges that matter (index, look-backs, the spans of `coverage`), and one
example uses few kinds, concepts and values, so that its parts interact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from eligibility.facts import ATTRIBUTES, Assertion, Kind, NotDone, Source, Standing, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, HOUR, day_start
from eligibility.manifest import Manifest
from eligibility.program import (
    DEFAULT_POLICY,
    AgeIs,
    AgeValue,
    All,
    Analyte,
    Answer,
    AnyEvent,
    AnyOf,
    Arithmetic,
    Ask,
    Birth,
    Change,
    Choice,
    Constant,
    Counted,
    Counting,
    Criterion,
    Died,
    Duration,
    Edge,
    EdgeIs,
    Event,
    Every,
    Exists,
    Exposed,
    FirstAvailable,
    Function,
    FunctionName,
    Given,
    GreatestChange,
    HasValue,
    InARow,
    Length,
    LengthTest,
    Literal,
    LongerOf,
    Moment,
    Not,
    Notes,
    NoteTest,
    NumberOf,
    NumberTest,
    Operator,
    Parameter,
    PersonIs,
    Pick,
    Picked,
    PickedIsIn,
    Points,
    Polarity,
    Policy,
    Program,
    Range,
    Reference,
    ReferenceEnd,
    Relation,
    Rows,
    RowTest,
    SameDayRatio,
    SameVisit,
    Selection,
    SetTest,
    Slope,
    Stage,
    Statement,
    TimeTest,
    Value,
    ValueChoice,
    ValueInSet,
    ValueIs,
    Window,
    WordTest,
)
from tests.oracle.asking import questions
from tests.oracle.instants import length_of_month
from tests.oracle.selections import is_value_test
from tests.oracle.tables import (
    ANALYTE,
    CONCEPTS,
    CONVERTIBLE,
    KIN,
    LOINC,
    SNOMED,
    UNITS,
    VALUE_SETS,
    WITH_VALUES,
    WORDS,
    Case,
    Fact,
    Table,
    concept_columns,
    number_columns,
    word_columns,
)

Draw = Callable[..., Any]

AS_OF = (date(2024, 3, 31), date(2024, 2, 29), date(2023, 12, 31))
OFFSETS = (0, -1, -30, -2, -90, -365, 1, -29, -31, -89, -91, -364, -366, -7, -400, -729, -730, -731, -800, 30)
CARE = (-3, -364, -365, -366, -729, -730, -731, -90, -30, -900, 0, 1)
KINDS = (
    Kind.OBSERVATION,
    Kind.CONDITION,
    Kind.MEDICATION,
    Kind.ALLERGY,
    Kind.ENCOUNTER,
    Kind.PROCEDURE,
    Kind.ANSWER,
    Kind.IMMUNIZATION,
    Kind.ORDER,
    Kind.DEVICE_ORDER,
    Kind.REPORT,
    Kind.NOTE,
    Kind.FAMILY_HISTORY,
    Kind.COVERAGE,
    Kind.CONSENT,
    Kind.DEVICE,
    Kind.SURVEY,
)
NUMBERS = (4.0, 2.0, 8.0, 3.0, 5.0, 4.5, 0.0, -2.0)
# What 1, 2 and 4 mmol/L are in mg/dL, so that converted results meet limits.
LIMITS = (4.0078, 8.0156, 16.0312, 4.0)
DURATIONS = (
    Duration(30, "day"),
    Duration(1, "day"),
    Duration(1, "month"),
    Duration(1, "year"),
    Duration(90, "day"),
    Duration(2, "week"),
    Duration(12, "hour"),
    Duration(6, "month"),
)

NOT_DONE = tuple(kind for kind in KINDS if "not_done_reason" in ATTRIBUTES[kind])

offsets = st.sampled_from(OFFSETS)
numbers = st.sampled_from(NUMBERS)
durations = st.sampled_from(DURATIONS)
longer = st.builds(LongerOf, st.tuples(durations, durations), st.booleans())
value_sets = st.sampled_from(tuple(VALUE_SETS))
concepts = st.sampled_from(tuple(CONCEPTS))
common_concepts = st.sampled_from(("alpha", "alpha", "alpha-icd", "beta", "alpha-beta", "delta"))
answers = st.sampled_from((None, None, None, Answer.NO, Answer.YES, Answer.UNKNOWN))
doubts = st.sampled_from((Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN, Answer.NO, Answer.YES))


def often(draw: Draw, value: Any, other: Any, odds: int = 3) -> Any:
    """`value`, or one time in `odds + 1` a draw from `other`."""
    return draw(other) if draw(st.integers(0, odds)) == odds else value


# --- facts ----------------------------------------------------------------------------------------


@st.composite
def dates(draw: Draw, today: int) -> tuple[int, int]:
    """An interval a date can lie in: a day, a time, a month, a year, or open."""
    day = today + draw(offsets) * DAY
    sort = draw(st.integers(0, 9))
    if sort <= 4:
        return day, day + DAY - 1
    if sort <= 6:
        instant = day + draw(st.sampled_from((0, 9 * HOUR, 23 * HOUR, DAY - 1)))
        return instant, instant
    if sort == 7:
        then = date.fromordinal(date(1970, 1, 1).toordinal() + day // DAY)
        if draw(st.booleans()):
            return day_start(date(then.year, 1, 1)), day_start(date(then.year, 12, 31)) + DAY - 1
        last = length_of_month(then.year, then.month)
        first = day_start(then.replace(day=1))
        return first, first + last * DAY - 1
    if sort == 8:
        return day, day + draw(st.integers(1, 40)) * DAY - 1
    open_ended = ((BEGINNING, END_OF_TIME), (BEGINNING, day + DAY - 1), (day, END_OF_TIME))
    chosen: tuple[int, int] = draw(st.sampled_from(open_ended))
    return chosen


@st.composite
def periods(draw: Draw, today: int) -> tuple[tuple[int, int], tuple[int, int]]:
    start = draw(dates(today))
    sort = draw(st.integers(0, 6))
    if sort <= 3:
        return start, start
    if sort == 4:
        return start, (END_OF_TIME, END_OF_TIME)
    if sort == 5:
        return start, (start[0], END_OF_TIME)
    end = draw(dates(today))
    return start, (max(start[0], end[0]), max(start[1], end[1]))


@st.composite
def value_columns(draw: Draw) -> dict[str, Any]:
    sort = draw(st.integers(0, 11))
    if sort == 0:
        return {}
    if sort == 1:
        return {"value_state": ValueState.CODED, "value_concept": draw(concepts)}
    if sort == 2:
        return {"value_state": ValueState.TEXT, "value_concept": draw(st.sampled_from(("nothing", "words")))}
    number = draw(numbers)
    columns = {
        "value_state": ValueState.NUMBER,
        "value_lo": number,
        "value_hi": number,
        "unit": often(draw, UNITS[0], st.sampled_from((*CONVERTIBLE, "1")), 5),
    }
    if sort == 3:
        columns |= {"value_state": ValueState.UNIT_UNRESOLVED, "unit": -1}
    elif sort == 4:
        columns |= {"value_hi": number + draw(st.sampled_from((1.0, 0.5, 4.0)))}
        columns["value_flags"] = draw(st.integers(0, 3))
    elif sort == 5:
        end = draw(st.sampled_from(("value_lo", "value_hi")))
        columns[end] = float("-inf") if end == "value_lo" else float("inf")
        columns["value_flags"] = 3 if draw(st.booleans()) else (1 if end == "value_lo" else 2)
    return columns


@st.composite
def facts_of(draw: Draw, kind: Kind, today: int) -> Fact:
    start, end = draw(periods(today))
    columns: dict[str, Any] = {}
    if kind in WITH_VALUES:
        columns |= draw(value_columns())
    if draw(st.booleans()):
        columns["status"] = draw(st.sampled_from(WORDS))
    if draw(st.integers(0, 2)) == 0:
        for name in word_columns(kind)[1:3]:
            columns[name] = draw(st.sampled_from(WORDS))
        for name in concept_columns(kind)[:2]:
            columns[name] = draw(concepts)
        for name in number_columns(kind)[:2]:
            columns[name] = draw(numbers)
            if name == "range_hi" and draw(st.booleans()):
                columns[name] = abs(columns[name]) + 1.0
        if kind is Kind.FAMILY_HISTORY and "onset_age" in columns and draw(st.booleans()):
            columns["onset_age_hi"] = columns["onset_age"] + draw(st.sampled_from((0.0, 1.0, 4.0)))
        if kind is Kind.ALLERGY:
            columns["category"] = draw(st.sampled_from(("", "medication", "food", "food+medication")))
            columns["clinical_status"] = draw(st.sampled_from(("active", "active", "resolved")))
        if kind is Kind.FAMILY_HISTORY:
            columns |= {"relationship": draw(st.sampled_from(KIN)), "resource": draw(st.integers(0, 2))}
            columns["relative_sex"] = draw(st.sampled_from(("nothing", "a-man")))
        if kind is Kind.MEDICATION and draw(st.booleans()):
            columns["dose_unit"] = draw(st.sampled_from(UNITS))
    if kind is Kind.MEDICATION and draw(st.booleans()):
        columns |= {"dose_per_day": draw(st.sampled_from((4.0, 2.0))), "dose_unit": UNITS[0]}
    standing = often(draw, Standing.COUNTS, st.sampled_from((Standing.UNCONFIRMED, Standing.DOES_NOT_COUNT)))
    if standing is Standing.DOES_NOT_COUNT and kind in NOT_DONE and draw(st.booleans()):
        columns["not_done"] = draw(st.sampled_from((NotDone.YES, NotDone.YES, NotDone.UNCONFIRMED)))
    if draw(st.integers(0, 4)) == 4:
        columns |= draw(statements())
        standing = Standing.COUNTS
        if kind in (Kind.OBSERVATION, Kind.ANSWER) or draw(st.booleans()):
            end = start
        columns.pop("not_done", None)
        if columns["assertion"] is Assertion.ABSENT and draw(st.booleans()):
            start = (BEGINNING, BEGINNING)
    concept = draw(common_concepts) if draw(st.integers(0, 3)) else draw(concepts)
    if kind is Kind.ALLERGY and draw(st.integers(0, 2)) == 0:
        concept = draw(st.sampled_from(("no-allergy", "no-drug-allergy")))
    recorded = END_OF_TIME
    if draw(st.integers(0, 3)) == 3:
        columns["recorded_lo"], recorded = draw(dates(today))
    return Fact(
        kind,
        concept,
        start,
        end,
        standing,
        recorded,
        columns,
        draw(st.sampled_from(("", "", "v1", "v1", "v2"))),
        draw(st.sampled_from(("", "", "", "v1", "v3"))) if kind is Kind.ENCOUNTER else "",
    )


@st.composite
def statements(draw: Draw) -> dict[str, Any]:
    """What only rows from notes have."""
    said = st.sampled_from((*Assertion, Assertion.PRESENT, Assertion.PRESENT, Assertion.ABSENT))
    return {
        "source": Source.NOTE,
        "assertion": draw(said),
        "doubtful": int(draw(st.integers(0, 5)) == 5),
        "section": draw(st.sampled_from(WORDS)),
    }


@st.composite
def people(draw: Draw, today: int) -> Fact:
    birth = today + (draw(st.sampled_from((0, 1, -1, 30, -200))) - 6574) * DAY
    width = draw(st.sampled_from((1, 1, 30, 365)))
    born = often(draw, (birth, birth + width * DAY - 1), st.just((BEGINNING, END_OF_TIME)), 6)
    columns: dict[str, Any] = {"birth_lo": born[0], "birth_hi": born[1]}
    death, dead = (END_OF_TIME, END_OF_TIME), 0
    if draw(st.integers(0, 6)) == 6:
        dead, death = 1, draw(st.one_of(st.just(death), dates(today)))
    columns |= {"deceased": dead, "death_lo": death[0], "death_hi": death[1]}
    if draw(st.booleans()):
        columns["sex"] = draw(st.sampled_from(("female", "male", "unknown")))
        columns["race"] = draw(concepts)
    if draw(st.booleans()):
        columns["state"] = draw(st.sampled_from(("MA", "ma", "Massachusetts", "New York", "unknown")))
        columns["postal_code"] = draw(st.sampled_from(("02139", "02139-4307", "021", "10001")))
    return Fact(Kind.DEMOGRAPHIC, "nothing", born, (END_OF_TIME, END_OF_TIME), columns=columns)


@st.composite
def manifests(draw: Draw, kinds: tuple[Kind, ...]) -> Manifest:
    names = [kind.name.lower() for kind in kinds]
    delivered = often(draw, None, st.frozensets(st.sampled_from(names)))
    systems = {}
    if draw(st.integers(0, 3)) == 3:
        systems = {draw(st.sampled_from(names)): draw(st.frozensets(st.sampled_from((SNOMED, LOINC))))}
    return Manifest(delivered=delivered, systems=systems)


@st.composite
def tables(draw: Draw, kinds: tuple[Kind, ...], today: int) -> Table:
    count = draw(st.integers(1, 3))
    rows: list[tuple[int, Fact]] = []
    for patient in range(count):
        if draw(st.integers(0, 3)):
            rows.append((patient, draw(people(today))))
        for offset in draw(st.lists(st.sampled_from(CARE), max_size=3)):
            day = (today + offset * DAY, today + offset * DAY + DAY - 1)
            rows.append((patient, Fact(Kind.ENCOUNTER, "foreign", day, day)))
        chosen = draw(st.lists(st.sampled_from(kinds), max_size=5))
        rows.extend((patient, draw(facts_of(kind, today))) for kind in chosen)
    marks = st.tuples(st.integers(0, count - 1), st.sampled_from((*kinds, Kind.DEMOGRAPHIC)))
    corrupt = often(draw, [], st.lists(marks, min_size=1, max_size=2), 5)
    return Table(count, tuple(rows), draw(manifests(kinds)), tuple(corrupt))


# --- programs -------------------------------------------------------------------------------------


@st.composite
def shifts(draw: Draw) -> tuple[tuple[int, Length], ...]:
    count = draw(st.sampled_from((1, 1, 0, 1, 2)))
    return tuple(
        (draw(st.sampled_from((-1, -1, 1))), often(draw, draw(durations), longer, 5)) for _ in range(count)
    )


@st.composite
def givens(draw: Draw, today: int) -> Given | Literal:
    sort = draw(st.integers(0, 5))
    if sort == 4:
        return Literal(today // DAY + draw(offsets), draw(shifts()))
    if sort == 5:
        return Given("period", draw(st.sampled_from((Edge.START, Edge.END))), draw(shifts()))
    return Given("index", None, draw(shifts()))


policies = st.one_of(
    st.just(DEFAULT_POLICY),
    st.just(DEFAULT_POLICY),
    st.builds(
        Policy,
        answers,
        answers,
        doubts,
        doubts,
        doubts,
        doubts,
        st.sampled_from((0.0, 0.0, 0.125, 0.25)),
        st.sampled_from(Notes),
    ),
)


Policies = st.SearchStrategy[Policy]

# Policies that settle nothing: every doubt stays one, and absence means what its kind means.
OPEN = st.just(DEFAULT_POLICY)


class Maker:
    """Draws the parts of one program; selections that exist may be used as events of later ones."""

    def __init__(self, draw: Draw, kinds: tuple[Kind, ...], today: int, policy: Policies) -> None:
        self.draw, self.kinds, self.today, self.policy = draw, kinds, today, policy
        self.pool: list[Selection] = []

    def one(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, odds: int) -> bool:
        """True once in `odds`."""
        return bool(self.draw(st.integers(1, odds)) == odds)

    def moment(self) -> Moment:
        if self.pool and self.chance(3):
            rows = Rows((self.one(*self.pool),))
            if self.chance(2):
                return AnyEvent(self.one(*Edge), rows, self.draw(shifts()))
            pick = self.one(Pick.MOST_RECENT, Pick.FIRST)
            return Event(self.one(*Edge), pick, rows, self.draw(shifts()))
        if self.chance(8):
            return Birth(
                (
                    (1, Duration(self.one(17, 18, 216), self.one("year", "year", "month"))),
                    *self.draw(shifts()),
                )
            )
        given: Moment = self.draw(givens(self.today))
        return given

    def window(self) -> Window:
        lower = None if self.chance(4) else self.moment()
        upper = None if self.chance(3) and lower is not None else self.moment()
        if isinstance(lower, AnyEvent) and isinstance(upper, AnyEvent):
            upper = AnyEvent(self.one(lower.edge, Edge.END), lower.rows, self.draw(shifts()))
        exact = isinstance(lower or upper, Event | AnyEvent) and self.chance(2)
        asks_later = upper is not None and self.chance(4)
        return Window(lower, upper, exact, asks_later)

    def limit(self) -> Range:
        limits = numbers if self.chance(2) else st.sampled_from(LIMITS)
        low = None if self.chance(2) else self.draw(limits)
        high = None if low is not None and self.chance(2) else self.draw(limits)
        if low is not None and high is not None and low >= high:
            low, high = high, low + 1
        return Range(low, high, self.chance(2), self.chance(2), UNITS[0])

    def length(self) -> LengthTest:
        return LengthTest(self.draw(durations), self.chance(3), self.chance(3), self.chance(3))

    def reference(self, rows: Rows) -> Reference | None:
        """Sometimes a reference limit to take multiples of; only observations have one."""
        if self.chance(3) and all(selection.kind is Kind.OBSERVATION for selection in rows.selections):
            return Reference(self.one(*ReferenceEnd), self.one(None, None, 2.0))
        return None

    def change(self, rows: Rows) -> Change:
        first, last = self.one(Pick.FIRST, Pick.HIGHEST), self.one(Pick.MOST_RECENT, Pick.LOWEST)
        begin, end = (Picked(pick, rows, UNITS[0]) for pick in (first, last))
        return Change(begin, end, self.chance(2), self.chance(2), UNITS[0])

    def greatest_change(self, rows: Rows) -> GreatestChange:
        within = self.one(
            Duration(2, "day"),
            Duration(1, "day"),
            Duration(12, "hour"),
            Duration(1, "month"),
            Duration(1, "year"),
        )
        return GreatestChange(rows, within, self.chance(2), self.chance(2), UNITS[0])

    def same_day_ratio(self, rows: Rows) -> SameDayRatio:
        pick = self.one(Pick.MOST_RECENT, Pick.FIRST, Pick.HIGHEST, Pick.LOWEST)
        other = self.results() or rows
        return SameDayRatio(pick, rows, other, (UNITS[0], UNITS[0]), "1", self.one(1.0, 2.0, 1000.0))

    def slope(self, rows: Rows) -> Slope:
        return Slope(rows, self.one(2, 3), self.one("day", "week", "month", "year"), UNITS[0])

    def picked(self, rows: Rows) -> Picked:
        pick = self.one(*Pick)
        place = self.one(2, 2, 3) if pick in (Pick.FIRST, Pick.MOST_RECENT) and self.chance(3) else 1
        return Picked(pick, rows, UNITS[0], multiple_of=self.reference(rows), place=place)

    def test(self, kind: Kind) -> RowTest:
        sort = self.draw(st.integers(0, 13))
        if sort == 13:
            said = self.one((), (), (Assertion.POSSIBLE,), (Assertion.ABSENT, Assertion.PRESENT))
            return NoteTest(said, self.one((), ("active",)))
        if sort == 12:
            return self.length()
        if sort <= 4:
            if self.pool and self.chance(6):
                return SameVisit(Rows(tuple(self.one(*self.pool) for _ in range(self.one(1, 1, 2)))))
            return TimeTest(self.one(*Relation), self.window())
        if kind in WITH_VALUES and sort <= 8:
            if sort <= 6:
                here = Rows((Selection("it", kind, "alpha"),))
                return NumberTest("value", replace(self.limit(), multiple_of=self.reference(here)))
            if sort == 7:
                return ValueInSet(self.draw(value_sets), self.chance(2))
            return HasValue(self.chance(3))
        if number_columns(kind) and sort <= 6:
            return NumberTest(self.one(*number_columns(kind)[:2]), self.limit())
        if concept_columns(kind) and sort <= 9:
            return SetTest(self.one(*concept_columns(kind)[:2]), self.draw(value_sets), self.chance(3))
        words = self.one(("active",), ("active", "unknown"), ("never said",))
        return WordTest(self.one(*word_columns(kind)[:3]), words, self.chance(3))

    def selection(self, kind: Kind, excepts: int = 2) -> Selection:
        tests = tuple(self.test(kind) for _ in range(self.one(0, 1, 1, 2, 3)))
        others: tuple[Selection, ...] = ()
        if excepts and self.chance(4):
            others = (self.selection(kind, excepts - 1),)
        analyte = Analyte(ANALYTE, UNITS[0]) if kind in WITH_VALUES and self.chance(3) else None
        not_done = kind in NOT_DONE and self.chance(8)
        policy = self.draw(self.policy)
        return Selection("it", kind, self.draw(value_sets), tests, others, policy, analyte, not_done)

    def fill(self) -> None:
        for _ in range(self.one(1, 2, 3, 4)):
            self.pool.append(self.selection(self.one(*self.kinds)))

    def rows(self) -> Rows:
        return Rows(tuple(self.one(*self.pool) for _ in range(self.one(1, 1, 1, 2))))

    def results(self) -> Rows | None:
        held = [selection for selection in self.pool if selection.kind in WITH_VALUES]
        return Rows(tuple(self.one(*held) for _ in range(self.one(1, 1, 1, 2)))) if held else None

    def value(self, depth: int = 2) -> Value:
        rows = self.results()
        sort = self.draw(st.integers(0, 11 if depth else 6))
        if sort <= 5 and rows is not None:
            return self.picked(rows)
        if sort == 6:
            return AgeValue(self.draw(givens(self.today)))
        if sort == 8 and rows is not None and self.chance(2):
            return self.change(rows) if self.chance(2) else self.greatest_change(rows)
        if sort == 7 and rows is not None and self.chance(3):
            return self.same_day_ratio(rows) if self.chance(2) else self.slope(rows)
        if sort == 7 and self.chance(3):
            return Function(self.one(*FunctionName), self.value(depth - 1))
        if sort in (7, 8):
            operator = self.one(*Operator)
            scale = self.one(1.0, 2.0, 0.5)
            return Arithmetic(operator, self.value(depth - 1), self.value(depth - 1), UNITS[0], scale)
        if sort == 9:
            return FirstAvailable(tuple(self.value(depth - 1) for _ in range(2)))
        if sort == 10:
            asked = tuple(self.statement(depth - 1) for _ in range(self.one(1, 2)))
            return ValueChoice(asked, tuple(self.value(depth - 1) for _ in range(len(asked) + 1)))
        if sort == 11:
            asked = tuple(self.statement(depth - 1) for _ in range(self.one(1, 2, 3)))
            return Points(tuple(self.draw(numbers) for _ in asked), asked)
        return Constant(self.draw(numbers), UNITS[0])

    def in_a_row(self, rows: Rows) -> InARow:
        """Results of either kind of row: chosen by their value already, or not."""
        plain = tuple(
            replace(one, tests=tuple(test for test in one.tests if not is_value_test(test)))
            for one in rows.selections
        )
        limit = replace(self.limit(), multiple_of=self.reference(rows))
        return InARow(rows if self.chance(3) else Rows(plain), limit, self.one(2, 2, 3))

    def exposed(self) -> Statement | None:
        """Days of the kinds that last and of which silence means no."""
        lasting = (Kind.CONDITION, Kind.MEDICATION, Kind.ENCOUNTER)
        held = [selection for selection in self.pool if selection.kind in lasting]
        if not held:
            return None
        drugs = [selection for selection in held if selection.kind is Kind.MEDICATION]
        steady = bool(drugs) and self.chance(2)
        if steady:
            held = drugs
        total = not steady and self.chance(3)
        units = ("day", "week") if total else ("day", "day", "week", "month")
        lower = None if self.chance(3) else self.draw(givens(self.today))
        upper = None if self.chance(3) else self.draw(givens(self.today))
        window = None if self.chance(4) else Window(lower, upper, False, upper is not None and self.chance(4))
        return Exposed(
            Rows(tuple(self.one(*held) for _ in range(self.one(1, 1, 2)))),
            Duration(self.one(1, 2, 7, 30, 60), self.one(*units)),
            self.chance(3),
            total,
            self.one(0, 0, 1, 14),
            window,
            not total and not steady and self.chance(4),
            not total and window is not None and self.chance(2),
            steady,
            self.limit() if steady and self.chance(2) else None,
        )

    def leaf(self) -> Statement:
        if self.chance(6):
            made = self.exposed()
            if made is not None:
                return made
        sort = self.draw(st.integers(0, 15))
        results = self.results()
        if sort <= 1:
            return EdgeIs(
                Event(self.one(*Edge), self.one(Pick.MOST_RECENT, Pick.FIRST), self.rows()), self.window()
            )
        if sort == 2:
            at = self.draw(givens(self.today))
            return AgeIs(at, self.one(None, 17, 18), self.one(None, 18, 40), self.one(0.0, 0.0, 0.125))
        if sort == 3 and self.chance(3):
            return self.place()
        if sort == 3:
            words = self.one(("female",), ("female", "unknown"))
            policy = self.draw(self.policy)
            if self.chance(3):
                return PersonIs("race", value_set="alpha", policy=policy, negated=self.chance(3))
            return PersonIs("sex", words, policy=policy, negated=self.chance(3))
        if sort == 4 and self.chance(2):
            if self.chance(2):
                asked: Ask = self.draw(questions(self.today))
                return asked
            return Died(self.window(), self.draw(self.policy))
        if sort <= 7:
            least = None if self.chance(3) else self.one(1, 2, 3)
            most = self.one(0, 1, 2) if least is None else (least + 1 if self.chance(4) else None)
            apart = self.draw(durations) if self.chance(2) else None
            found = self.rows()
            kinds = {selection.kind for selection in found.selections}
            counting = self.one(Counting.EVENTS, Counting.EVENTS, Counting.EVENTS, Counting.RECORDS)
            if kinds == {Kind.FAMILY_HISTORY} and self.chance(2):
                apart, counting = None, Counting.RELATIVES
            return Counted(found, least, most, apart, counting=counting)
        if sort <= 12 and results is not None:
            if sort <= 8 and self.chance(2):
                return self.in_a_row(results)
            if sort <= 8:
                return Every(results, replace(self.limit(), multiple_of=self.reference(results)))
            if sort <= 9:
                pick = self.one(Pick.MOST_RECENT, Pick.FIRST)
                return PickedIsIn(
                    pick, results, self.draw(value_sets), self.chance(2), place=self.one(1, 1, 2)
                )
            value = self.picked(results) if self.chance(2) else self.value()
            if self.chance(5):
                making = self.one(self.greatest_change, self.same_day_ratio, self.slope)
                value = making(results)
            return ValueIs(value, self.limit(), self.draw(self.policy))
        return Exists(self.rows())

    def place(self) -> Statement:
        policy = self.draw(self.policy)
        if self.chance(2):
            words = self.one(("MA",), ("MA", "Massachusetts"), ("new*",), ("unknown",))
            return PersonIs("state", words, policy=policy, negated=self.chance(3))
        words = self.one(("02139",), ("02139-4307",), ("0213*", "10001"))
        return PersonIs("postal_code", words, policy=policy, negated=self.chance(3))

    def statement(self, depth: int = 2) -> Statement:
        sort = self.draw(st.integers(0, 8 if depth else 3))
        if sort <= 3:
            return self.leaf()
        if sort == 4:
            return Not(self.statement(depth - 1))
        parts = tuple(self.statement(depth - 1) for _ in range(2))
        if sort == 5:
            return All(parts)
        if sort == 6:
            return AnyOf(parts)
        if sort == 8:
            asked = tuple(self.statement(depth - 1) for _ in range(self.one(1, 2)))
            return Choice(asked, tuple(self.statement(depth - 1) for _ in range(len(asked) + 1)))
        least = None if self.chance(3) else self.one(1, 2)
        most = 1 if least is None or self.chance(3) else None
        return NumberOf(parts, least, most)

    def cohorts(self, criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        """The same, some of them asked of some cohorts only."""
        names = tuple(one.id for one in criteria if one.polarity is Polarity.COHORT)
        return tuple(
            replace(one, cohorts=(self.one(*names),))
            if names and one.id not in names and self.chance(2)
            else one
            for one in criteria
        )

    def criterion(self, at: int) -> Criterion:
        return Criterion(
            f"C{at}",
            "",
            self.one(*Polarity),
            self.statement(),
            self.statement(1) if self.chance(4) else None,
            self.one(Stage.PRE_SCREEN, Stage.PRE_SCREEN, Stage.SCREENING),
        )


@st.composite
def programs(draw: Draw, kinds: tuple[Kind, ...], today: int, policy: Policies) -> Program:
    maker = Maker(draw, kinds, today, policy)
    maker.fill()
    criteria = maker.cohorts(tuple(maker.criterion(at) for at in range(draw(st.sampled_from((1, 2, 2, 3))))))
    first = today // DAY + draw(offsets)
    period = Parameter("period", "period", (first, first + draw(st.sampled_from((0, 30, 365)))))
    index = often(draw, None, st.just(Given("period", Edge.END)))
    return Program("p", "1", "", criteria, VALUE_SETS, (period,), index)


@st.composite
def cases(draw: Draw, policy: Policies = policies) -> Case:
    """A program and a table that use the same few kinds."""
    as_of = draw(st.sampled_from(AS_OF))
    today = day_start(as_of)
    kinds = (Kind.OBSERVATION,) if draw(st.booleans()) else ()
    kinds += tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2)))
    return Case(draw(programs(kinds, today, policy)), draw(tables(kinds, today)), as_of)
