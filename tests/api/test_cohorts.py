"""Verdicts of cohorts: beside the patient's own, in tables, in counts and in explanations."""

from __future__ import annotations

from datetime import date

from api.explaining import explain
from api.findings import findings_table, verdicts_table
from eligibility.facts import Kind
from eligibility.instants import DAY, END_OF_TIME, day_start
from eligibility.judging.judge import judge_with_context
from eligibility.program import (
    AgeIs,
    Ask,
    Criterion,
    Exists,
    Given,
    Polarity,
    Program,
    Rows,
    Selection,
    Stage,
    Statement,
)
from eligibility.terminology import bind
from tests.oracle.tables import VALUE_SETS, Fact, Table, build

AS_OF = date(2024, 3, 31)
TODAY = day_start(AS_OF)


def found(value_set: str) -> Exists:
    return Exists(Rows((Selection(value_set, Kind.CONDITION, value_set),)))


def criterion(name: str, polarity: Polarity, statement: Statement, *cohorts: str) -> Criterion:
    return Criterion(name, "", polarity, statement, cohorts=cohorts)


PROGRAM = Program(
    "p",
    "1",
    "",
    (
        criterion("I1", Polarity.INCLUDE, AgeIs(Given("index"), 18, None)),
        criterion("A", Polarity.COHORT, found("alpha")),
        criterion("B", Polarity.COHORT, found("beta")),
        criterion("Q", Polarity.INCLUDE, Ask("?", "clinician"), "B"),
        Criterion("C", "", Polarity.COHORT, found("delta"), stage=Stage.SCREENING),
    ),
    VALUE_SETS,
)
WITHOUT_C = Program("p", "1", "", PROGRAM.criteria[:4], VALUE_SETS)


def person(years: int) -> Fact:
    born = TODAY - int(years * 365.25) * DAY
    columns = {"birth_lo": born, "birth_hi": born + DAY - 1, "deceased": 0}
    columns |= {"death_lo": END_OF_TIME, "death_hi": END_OF_TIME}
    return Fact(Kind.DEMOGRAPHIC, "nothing", (born, born), (END_OF_TIME, END_OF_TIME), columns=columns)


def record(patient: int, years: int, *concepts: str) -> list[tuple[int, Fact]]:
    """A patient in care, of an age, with conditions."""
    days = [(TODAY - back * DAY, TODAY - back * DAY + DAY - 1) for back in (900, 3)]
    rows = [Fact(Kind.ENCOUNTER, "foreign", day, day) for day in days]
    rows += [Fact(Kind.CONDITION, concept, days[0], days[1]) for concept in concepts]
    return [(patient, fact) for fact in (person(years), *rows)]


FACTS = build(
    Table(
        5,
        (
            *record(0, 40, "alpha"),
            *record(1, 40, "beta"),
            *record(2, 40),
            *record(3, 10, "alpha"),
            *record(4, 40, "alpha", "beta"),
        ),
    )
)


def test_verdicts() -> None:
    judgement, context = judge_with_context(
        WITHOUT_C, FACTS, bind(WITHOUT_C, {}, FACTS.concepts), AS_OF, evidence=True
    )
    table = verdicts_table(FACTS, judgement).select(
        ["verdict", "cohorts", "open_cohorts", "not_met", "unknown"]
    )
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("pass", ["A"], [], [], []),
        ("needs-clinician-review", [], ["B"], [], ["Q"]),
        ("fail", [], [], ["A", "B"], []),
        ("fail", [], [], ["I1"], []),
        ("pass", ["A"], ["B"], [], []),
    ]
    assert explain(WITHOUT_C, FACTS, judgement, context, 4)["cohorts"] == {
        "A": "pass",
        "B": "needs-clinician-review",
    }
    findings = findings_table(WITHOUT_C, FACTS, judgement, context)
    asked = {row["criterion"]: (row["polarity"], row["cohorts"]) for row in findings.to_pylist()}
    assert asked["B"] == ("cohort", [])
    assert asked["Q"] == ("include", ["B"])


def test_a_cohort_of_a_later_stage_stays_possible() -> None:
    """Nobody is turned away by a group whose own question is still to be asked."""
    judgement, _ = judge_with_context(PROGRAM, FACTS, bind(PROGRAM, {}, FACTS.concepts), AS_OF)
    assert judgement.cohorts["C"].tolist() == [2, 2, 2, 0, 2]
    assert verdicts_table(FACTS, judgement)["pending"].to_pylist()[0] == ["C"]
