"""The judge equals the oracle where notes speak of the very things that are coded, or deny them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.facts import Assertion, Kind, Reading, Source, Standing, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, day_start
from eligibility.manifest import Manifest
from eligibility.program import (
    Analyte,
    Answer,
    Counted,
    Criterion,
    Duration,
    Every,
    Exists,
    Given,
    Notes,
    NoteTest,
    NumberTest,
    Pick,
    Picked,
    Polarity,
    Policy,
    Program,
    Range,
    Relation,
    Rows,
    Selection,
    Statement,
    TimeTest,
    ValueIs,
    Window,
)
from tests.laws.outcomes import contradictions
from tests.laws.outcomes import said as outcomes
from tests.laws.test_worlds import undamaged
from tests.laws.worlds import world
from tests.oracle.profiles import fixed, random
from tests.oracle.tables import ANALYTE, UNITS, VALUE_SETS, Case, Fact, Table
from tests.oracle.test_equal import expected, said

Draw = Any
AS_OF = date(2024, 3, 31)
TODAY = day_start(AS_OF)
KINDS = (Kind.CONDITION, Kind.OBSERVATION, Kind.ALLERGY, Kind.MEDICATION, Kind.MENTION)
NOTHING_SAID = ("no-allergy", "alpha-denied", "unknown-words")
DENSE = tuple(
    Fact(Kind.ENCOUNTER, "foreign", (TODAY - days * DAY, TODAY - days * DAY), (TODAY - days * DAY,) * 2)
    for days in (3, 800)
)


@st.composite
def _spans(draw: Draw) -> tuple[tuple[int, int], tuple[int, int]]:
    day = TODAY - draw(st.sampled_from((1, 2, 20, 400))) * DAY
    start = draw(st.sampled_from(((day, day), (day, day + DAY - 1), (day - 40 * DAY, day), (BEGINNING, day))))
    going_on = ((END_OF_TIME, END_OF_TIME), (start[1], END_OF_TIME))
    return start, draw(st.sampled_from((start, start, *going_on)))


@st.composite
def _values(draw: Draw) -> dict[str, Any]:
    low = draw(st.sampled_from((4.0, 4.02, 8.0)))
    high = draw(st.sampled_from((low, low, low, 8.5)))
    unit = draw(st.sampled_from((UNITS[0], UNITS[0], UNITS[1], -1)))
    state = ValueState.UNIT_UNRESOLVED if unit == -1 else ValueState.NUMBER
    return {"value_state": state, "value_lo": low, "value_hi": max(low, high), "unit": unit}


@st.composite
def _facts(draw: Draw, kind: Kind) -> Fact:
    start, end = draw(_spans())
    columns: dict[str, Any] = draw(_values()) if kind is Kind.OBSERVATION else {}
    concept = draw(st.sampled_from(("alpha", "alpha-icd", "alpha-icd", "beta", "words", *NOTHING_SAID)))
    if draw(st.booleans()):
        columns |= {
            "source": Source.NOTE,
            "assertion": draw(st.sampled_from((*Assertion, Assertion.PRESENT, Assertion.ABSENT))),
            "doubtful": draw(st.sampled_from((0, 0, 0, 1))),
            "section": draw(st.sampled_from(("active", "stopped"))),
        }
        if columns["assertion"] == Assertion.ABSENT and draw(st.booleans()):
            start = (BEGINNING, BEGINNING)
        return Fact(kind, concept, start, end, columns=columns)
    standing = draw(st.sampled_from((Standing.COUNTS, Standing.COUNTS, *Standing)))
    if standing is Standing.DOES_NOT_COUNT and kind in (Kind.CONDITION, Kind.ALLERGY):
        columns["verification_status"] = draw(st.sampled_from(("refuted", "entered-in-error")))
    return Fact(kind, concept, start, end, standing, columns=columns)


note_tests = st.builds(
    NoteTest,
    st.sampled_from(
        (
            (),
            (Assertion.ABSENT,),
            (Assertion.HISTORICAL,),
            (Assertion.SOMEONE_ELSE,),
            (Assertion.POSSIBLE, Assertion.PRESENT),
            (Assertion.ABSENT, Assertion.PRESENT),
        )
    ),
    st.sampled_from(((), (), ("active",))),
)


@st.composite
def _selections(draw: Draw, kind: Kind, policies: st.SearchStrategy[Policy]) -> Selection:
    tests: list[Any] = []
    days = draw(st.sampled_from((None, None, 30, 2)))
    if days:
        lower = Given("index", None, ((-1, Duration(days, "day")),))
        tests.append(TimeTest(draw(st.sampled_from(Relation)), Window(lower)))
    if kind is Kind.OBSERVATION and draw(st.booleans()):
        tests.append(NumberTest("value", Range(low=5.0, unit=UNITS[0])))
    tests += [draw(note_tests) for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2))))]
    excepts: tuple[Selection, ...] = ()
    if draw(st.integers(0, 4)) == 4:
        named = tuple(draw(note_tests) for _ in range(draw(st.sampled_from((1, 1, 2)))))
        excepts = (
            Selection("but", kind, draw(st.sampled_from(("alpha", "beta"))), named, (), draw(policies)),
        )
    analyte = Analyte(ANALYTE, UNITS[0]) if kind is Kind.OBSERVATION and draw(st.booleans()) else None
    value_set = draw(st.sampled_from(("alpha", "alpha", "alpha", "every")))
    return Selection("it", kind, value_set, tuple(tests), excepts, draw(policies), analyte)


@st.composite
def cases(draw: Draw, policies: st.SearchStrategy[Policy]) -> Case:
    kind = draw(st.sampled_from(KINDS))
    rows = Rows((draw(_selections(kind, policies)),))
    statements: tuple[Statement, ...] = (
        Exists(rows),
        Exists(rows),
        Counted(rows, *draw(st.sampled_from(((2, None), (None, 1), (1, None))))),
    )
    if kind is Kind.OBSERVATION:
        above = Range(low=5.0, unit=UNITS[0])
        statements += (Every(rows, above), ValueIs(Picked(Pick.MOST_RECENT, rows, UNITS[0]), above))
    statement = draw(st.sampled_from(statements))
    program = Program("p", "1", "", (Criterion("C0", "", Polarity.INCLUDE, statement),), VALUE_SETS)
    facts = draw(st.lists(_facts(kind), min_size=1, max_size=4))
    dense = DENSE if draw(st.booleans()) else ()
    unread = draw(st.sampled_from(((), (), (), (Reading.TOO_SLOW,), (Reading.DAMAGED,), tuple(Reading)[3:6])))
    corrupt = draw(st.sampled_from(((),) * 8 + (((0, kind),), ((0, Kind.NOTE),))))
    rows_of = tuple((0, fact) for fact in (*dense, *facts))
    manifest = Manifest(delivered=None, notes_read=draw(st.booleans()))
    return Case(program, Table(1, rows_of, manifest, corrupt, tuple((0, how) for how in unread)), AS_OF)


policies = st.builds(Policy, notes=st.sampled_from(Notes))
ordered = st.builds(
    Policy,
    st.sampled_from((None, None, *Answer)),
    st.sampled_from((None, None, *Answer)),
    st.sampled_from(Answer),
    st.sampled_from(Answer),
    st.sampled_from(Answer),
    notes=st.sampled_from(Notes),
)


@fixed(400)
@given(cases(policies))
def test_judge_equals_oracle(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(250)
@given(cases(ordered))
def test_judge_equals_oracle_whatever_the_policy(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.slow
@random(20_000)
@given(cases(st.one_of(policies, ordered)))
def test_judge_equals_oracle_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(150)
@given(cases(policies), st.integers(0, 2**32), st.booleans())
def test_no_world_contradicts(case: Case, seed: int, whole: bool) -> None:
    assert not contradictions(outcomes(case), outcomes(undamaged(world(case, seed, whole))))
