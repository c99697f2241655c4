"""Texts against what they mean and what is said about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from criteria_dsl.diagnostics import DIAGNOSTICS
from criteria_dsl.problem import Problem
from tests.criteria_dsl.corpus import BAD, GOOD, HERE, compiled, expected, rendered
from tests.criteria_dsl.dump import dump

ROOM = HERE.parents[1] / "criteria_dsl"
# Shown in test_limits.py, because a file of their size is better made than kept, and in
# test_parameters.py, because it is about what is given with a run.
MADE_IN_TESTS = {"E001", "E002", "E321"}


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_texts_mean_what_stands_beside_them(path: Path) -> None:
    result = compiled(path)
    assert rendered(result) == ""
    assert result.program is not None
    assert dump(result.program) == expected(path, dump(result.program))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_texts_are_told_what_would_be_right(path: Path) -> None:
    result = compiled(path)
    assert rendered(result) == expected(path, rendered(result))
    has_error = any(problem.severity == "error" for problem in result.problems)
    assert (result.program is None) == has_error
    code = re.match(r"[EW]\d{3}", path.name)
    assert code is None or code[0] in {problem.code for problem in result.problems}


def test_every_code_is_in_the_table_and_in_the_corpus() -> None:
    raised = {
        code
        for file in ROOM.rglob("*.py")
        if file.name != "diagnostics.py"
        for code in re.findall(r'"([EW]\d{3})"', file.read_text(encoding="utf-8"))
    }
    assert raised == set(DIAGNOSTICS)
    shown = {match[0] for path in BAD if (match := re.match(r"[EW]\d{3}", path.name))}
    assert shown | MADE_IN_TESTS == set(DIAGNOSTICS)


def test_no_code_stands_twice_in_the_table() -> None:
    """The table is made from a list, where the later of two entries of one code would win unseen."""
    table = (ROOM / "diagnostics.py").read_text(encoding="utf-8")
    written = re.findall(r'Diagnostic\(\s*"([EW]\d{3})"', table)
    assert sorted(set(written)) == sorted(written)
    assert set(written) == set(DIAGNOSTICS)


def test_suggestions_of_one_phrase_compile() -> None:
    """`write …` and `did you mean …` quote our own language: the first quoted text is whole words."""
    for path in BAD:
        for problem in compiled(path).problems:
            assert problem.suggestion.count("`") % 2 == 0, problem


def test_render_from_the_text_alone() -> None:
    problem = Problem("E110", "error", "a.elig", 2, 3, 6, "`foo` is not defined")
    assert problem.render("include I1\n  foo bar\n") == (
        "E110 a.elig:2:3: `foo` is not defined\n  |   foo bar\n  |   ^^^"
    )
