"""Numbers and durations that a run gives, over the defaults of the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import UserError
from api.loading import load_question
from criteria_dsl import Compiled, compile_text
from eligibility import program as ir

TEXT = """protocol T version 1 "Test"
diagnosis diabetes: ICD-10-CM E11*
measurement weight in kg: LOINC 29463-7
parameter max-age is a number in years default 75
parameter washout is a duration default 30 days
parameter first-day is a date default 2026-01-01
include I1 "Age"
  age at index is <= max-age
include I2 "Washout"
  no diabetes starting within washout before index
"""


def compiled(**given: str) -> Compiled:
    return compile_text(TEXT, given={name.replace("_", "-"): text for name, text in given.items()})


def meaning(result: Compiled) -> tuple[object, ...]:
    program = result.require()
    return tuple(criterion.statement for criterion in program.criteria)


def test_an_age_that_nobody_has_is_an_error() -> None:
    result = compiled(max_age="9" * 20)
    assert result.program is None
    assert [problem.code for problem in result.problems] == ["E217"]


def test_given_is_as_if_written() -> None:
    written = TEXT.replace("default 75", "default 80").replace("30 days", "6 weeks")
    assert meaning(compiled(max_age="80", washout="6 weeks")) == meaning(compile_text(written))
    assert meaning(compiled(max_age="80 years")) == meaning(compiled(max_age="80"))
    assert meaning(compiled(max_age="80")) != meaning(compiled())


def test_values_in_force_are_shown() -> None:
    program = compiled(max_age="80", washout="1 day").require()
    assert {p.name: p.value for p in program.parameters} == {
        "max-age": "80 years",
        "washout": "1 day",
        "first-day": "",
    }
    first = program.criteria[0].statement
    assert isinstance(first, ir.AgeIs)
    assert first.text == "age at index is <= 80 years"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_age": "old"}, "what is given for `max-age` is no number"),
        ({"max_age": "80 kg"}, "what is given for `max-age` is no number"),
        ({"washout": "30"}, "what is given for `washout` is no duration"),
        ({"first_day": "30"}, "`first-day` is given with the run, and here it is a date"),
        ({"max_ages": "80"}, "`max-ages` is given with the run, and here it is no parameter"),
    ],
)
def test_what_does_not_fit(given: dict[str, str], message: str) -> None:
    result = compiled(**given)
    assert result.program is None
    assert [(p.code, p.message) for p in result.problems] == [("E321", message)]


def test_checks_hold_for_what_is_given() -> None:
    codes = [problem.code for problem in compiled(max_age="75.5", washout="0 days").problems]
    assert codes == ["E217", "E308"]


def test_given_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "t.elig"
    path.write_text(TEXT, encoding="utf-8")
    question = load_question(path, "2026-06-01", ["max-age=80", "first-day=2026-02-01"], [])
    assert {p.name: p.value for p in question.program.parameters}["max-age"] == "80 years"
    assert list(question.parameters) == ["first-day"]
    with pytest.raises(UserError, match="E321"):
        load_question(path, "2026-06-01", ["washout=soon"], [])
