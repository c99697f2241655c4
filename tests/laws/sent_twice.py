"""Cases about readings of which some may have been sent twice."""

from __future__ import annotations

from hypothesis import strategies as st

from eligibility.facts import Kind, Standing, ValueState
from eligibility.instants import DAY, HOUR, day_start
from eligibility.program import (
    Change,
    Criterion,
    InARow,
    Pick,
    Picked,
    Polarity,
    Program,
    Range,
    Rows,
    Selection,
    Slope,
    Statement,
    ValueIs,
)
from tests.oracle.strategies import AS_OF, Draw
from tests.oracle.tables import UNITS, VALUE_SETS, Case, Fact, Table

_RESULTS = Rows((Selection("it", Kind.OBSERVATION, "either"),))


@st.composite
def sent_twice(draw: Draw) -> Case:
    """Readings of few instants and numbers, and what is asked of their order or their middle."""
    as_of = draw(st.sampled_from(AS_OF))
    rows = [(0, _reading(draw, day_start(as_of))) for _ in range(draw(st.integers(1, 7)))]
    criterion = Criterion("C", "", Polarity.INCLUDE, _asked(draw))
    return Case(Program("p", "1", "", (criterion,), VALUE_SETS), Table(1, tuple(rows)), as_of)


def _asked(draw: Draw) -> Statement:
    number = draw(st.sampled_from((3.0, 4.0, 5.0, 4.5)))
    ends = draw(st.sampled_from((Range(low=number, unit=UNITS[0]), Range(high=number, unit=UNITS[0]))))
    by_time = draw(st.sampled_from((Pick.MOST_RECENT, Pick.FIRST)))
    what = draw(st.sampled_from(("place", "mean", "mean", "median", "change", "slope", "row")))
    if what == "place":
        return ValueIs(Picked(by_time, _RESULTS, UNITS[0], place=draw(st.integers(2, 4))), ends)
    if what == "change":
        first, last = (Picked(pick, _RESULTS, UNITS[0]) for pick in (Pick.FIRST, Pick.MOST_RECENT))
        falls, least = draw(st.booleans()), Range(low=draw(st.sampled_from((0.0, 1.0))), unit=UNITS[0])
        return ValueIs(Change(first, last, falls, False, UNITS[0]), least)
    if what == "slope":
        limit = Range(high=draw(st.sampled_from((-1.0, -0.2, 0.2))), unit=UNITS[0])
        return ValueIs(Slope(_RESULTS, 2, "day", UNITS[0]), limit)
    if what == "row":
        return InARow(_RESULTS, ends, draw(st.integers(2, 3)))
    return ValueIs(Picked(Pick.MEAN if what == "mean" else Pick.MEDIAN, _RESULTS, UNITS[0]), ends)


def _reading(draw: Draw, today: int) -> Fact:
    first = today - draw(st.integers(1, 4)) * DAY
    length = draw(st.sampled_from((0, 0, 0, 0, DAY - 1, 3 * DAY - 1)))
    start = first, first + length
    end = draw(
        st.sampled_from((start, start, start, (start[0] + HOUR, start[1] + HOUR), (start[0], start[1] + DAY)))
    )
    low = draw(st.sampled_from((2.0, 3.0, 4.0, 4.0, 5.0, 6.0)))
    columns = {
        "value_state": draw(st.sampled_from((ValueState.NUMBER,) * 9 + (ValueState.TEXT,))),
        "value_lo": low,
        "value_hi": low + draw(st.sampled_from((0.0, 0.0, 0.0, 1.0))),
        "unit": UNITS[0],
    }
    sure = draw(st.sampled_from((Standing.COUNTS,) * 9 + (Standing.UNCONFIRMED,)))
    return Fact(
        Kind.OBSERVATION, draw(st.sampled_from(("alpha", "alpha", "beta"))), start, end, sure, columns=columns
    )
