"""Cases about days at a stable dose: records of few doses, one after the other or side by side."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from eligibility.facts import Kind, Standing
from eligibility.instants import DAY, END_OF_TIME, day_start
from eligibility.program import (
    Answer,
    Counted,
    Criterion,
    Duration,
    Exists,
    Exposed,
    Given,
    NumberTest,
    Polarity,
    Policy,
    Program,
    Range,
    Relation,
    Rows,
    RowTest,
    Selection,
    TimeTest,
    Window,
)
from tests.oracle.strategies import AS_OF, Draw
from tests.oracle.tables import UNITS, VALUE_SETS, Case, Fact, Table

SETTLING = st.builds(
    Policy,
    missing=st.sampled_from((None, None, None, Answer.NO, Answer.YES)),
    undated=st.sampled_from((Answer.UNKNOWN, Answer.UNKNOWN, Answer.NO, Answer.YES)),
    unreadable=st.sampled_from((Answer.UNKNOWN, Answer.UNKNOWN, Answer.NO, Answer.YES)),
)
OPEN = st.just(Policy())


@st.composite
def steady_doses(draw: Draw, policies: st.SearchStrategy[Policy]) -> Case:
    """Records of one drug within some weeks, and days at a stable dose that are asked of them."""
    as_of = draw(st.sampled_from(AS_OF))
    today = day_start(as_of)
    rows = [(0, _record(draw, today)) for _ in range(draw(st.integers(1, 5)))]
    rows += [
        (0, Fact(Kind.ENCOUNTER, "foreign", day, day)) for day in ((today, today), (today - 900 * DAY,) * 2)
    ]
    length = Duration(draw(st.sampled_from((1, 4, 8, 12))), "day")
    window = draw(
        st.sampled_from(
            (
                None,
                Window(None, Given("index")),
                Window(Given("index", None, ((-1, Duration(15, "day")),)), Given("index")),
            )
        )
    )
    leaf = Exposed(
        Rows((Selection("it", Kind.MEDICATION, "alpha", policy=draw(policies)),)),
        length,
        strictly=draw(st.booleans()),
        gap=draw(st.sampled_from((0, 0, 2))),
        window=window,
        through=window is not None and draw(st.booleans()),
        steady=True,
        dose=draw(
            st.sampled_from((None, None, Range(low=3.0, unit=UNITS[0]), Range(high=3.0, unit=UNITS[0])))
        ),
    )
    criterion = Criterion("C", "", draw(st.sampled_from((Polarity.INCLUDE, Polarity.EXCLUDE))), leaf)
    return Case(Program("p", "1", "", (criterion,), VALUE_SETS), Table(1, tuple(rows)), as_of)


@st.composite
def doses_beside(draw: Draw, policies: st.SearchStrategy[Policy]) -> Case:
    """Records of one drug within some weeks, and some whose dose per day is asked for."""
    case = draw(steady_doses(policies))
    rows = case.table.rows
    window = Window(
        Given("index", None, ((-1, Duration(draw(st.sampled_from((0, 7, 15))), "day")),)), Given("index")
    )
    ends = draw(
        st.sampled_from((Range(low=3.0), Range(high=3.0), Range(low=5.0, low_open=True), Range(3.0, 5.0)))
    )
    tests: list[RowTest] = [NumberTest("dose_per_day", replace(ends, unit=UNITS[0]))]
    if draw(st.booleans()):
        relation = draw(st.sampled_from((Relation.OVERLAPPING, Relation.STARTING, Relation.ENTIRELY)))
        tests.insert(draw(st.integers(0, 1)), TimeTest(relation, window))
    plain = Selection("it", Kind.MEDICATION, "alpha", policy=draw(policies))
    asked = replace(plain, tests=tuple(tests))
    selection = draw(st.sampled_from((asked, asked, replace(plain, excepts=(asked,)))))
    leaf = draw(st.sampled_from((Exists(Rows((selection,))), Counted(Rows((selection,)), 2, None))))
    criterion = Criterion("C", "", draw(st.sampled_from((Polarity.INCLUDE, Polarity.EXCLUDE))), leaf)
    return Case(Program("p", "1", "", (criterion,), VALUE_SETS), Table(1, rows), case.as_of)


def _record(draw: Draw, today: int) -> Fact:
    first = draw(st.integers(-30, 1))
    last = first + draw(st.sampled_from((0, 1, 3, 7, 8, 14, 30)))
    start, end = _day(today, first), _day(today, last)
    blurred = draw(st.sampled_from(("", "", "", "start", "end", "no end")))
    if blurred == "start":
        start = start[0] - 3 * DAY, start[1]
    elif blurred == "end":
        end = start[0], end[1]
    elif blurred == "no end":
        end = start[0], END_OF_TIME
    columns: dict[str, object] = {"channel": draw(st.sampled_from(("active", "active", "stopped")))}
    dose = draw(st.sampled_from((2.0, 2.0, 2.0, 4.0, None)))
    if dose is not None:
        columns |= {
            "dose_per_day": dose,
            "dose_unit": draw(st.sampled_from((UNITS[0], UNITS[0], UNITS[0], UNITS[1]))),
        }
    standing = draw(
        st.sampled_from((Standing.COUNTS, Standing.COUNTS, Standing.COUNTS, Standing.UNCONFIRMED))
    )
    return Fact(Kind.MEDICATION, "alpha", start, end, standing, columns=columns)


def _day(today: int, offset: int) -> tuple[int, int]:
    return today + offset * DAY, today + (offset + 1) * DAY - 1
