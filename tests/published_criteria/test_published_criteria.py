"""120 criteria drawn from published trials and 13 of a challenge: written, or said why not; each with cases.

The `.toml` files beside the criteria name each by trial, section and line, in order, with a status:

- `expressed`: what it says is computable, and the language says exactly that;
- `beyond`: it is computable, and the language lacks something (`reason` says what);
- `asked`: it takes a person's knowledge or judgement and is written as a question;
- `no criterion`: the line says nothing that could be true or false of a patient (`reason`).
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from api.authoring.cases.running import run_cases
from criteria_dsl import compile_file
from criteria_dsl.linting.text import nodes
from eligibility.program import Ask, Criterion
from tests.published_criteria.sentences import COUNT, DATA, challenge, sentences

HERE = Path(__file__).parent / "criteria"
PARTS = ("part1", "part2", "part3", "challenge")
INDEX: list[dict[str, Any]] = [
    one
    for part in PARTS
    for one in tomllib.loads((HERE / f"{part}.toml").read_text(encoding="utf-8"))["criterion"]
]
FILES = sorted(path for path in HERE.glob("*.elig") if not path.name.endswith(".cases.elig"))
POLARITY = {"inclusion": "include", "exclusion": "exclude"}
STATUSES = ("expressed", "beyond", "asked", "no criterion")


def status(one: dict[str, Any]) -> str:
    return str(one["status"])


@cache
def criteria() -> dict[str, Criterion]:
    found: dict[str, Criterion] = {}
    for path in FILES:
        for criterion in compile_file(path).require().criteria:
            assert criterion.id not in found
            found[criterion.id] = criterion
    return found


results_of = cache(lambda path: run_cases(path, None, []))


def test_every_entry_has_a_status_and_its_criterion() -> None:
    assert {one["id"] for one in INDEX if status(one) in ("expressed", "asked")} == set(criteria())
    for one in INDEX:
        assert status(one) in STATUSES
        assert status(one) == "expressed" or len(one["reason"]) > 10, one["id"]
        if status(one) in ("expressed", "asked"):
            asks = any(True for _ in nodes(criteria()[one["id"]].statement, Ask))
            assert asks == (status(one) == "asked"), one["id"]
            assert criteria()[one["id"]].polarity.value == POLARITY[one["section"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cases_come_out_as_expected(path: Path) -> None:
    assert [miss for result in results_of(path).results for miss in result.misses] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_expressed_criterion_has_a_met_a_not_met_and_an_unknown_case(path: Path) -> None:
    expressed = {one["id"] for one in INDEX if status(one) == "expressed"}
    assert {name: lacking for name, lacking in results_of(path).untested.items() if name in expressed} == {}


def test_of_what_is_computable_nearly_all_is_expressed() -> None:
    """The figure of the index: at least 95 % of the computable ones."""
    counts = {one: sum(status(entry) == one for entry in INDEX) for one in STATUSES}
    assert sum(counts.values()) == COUNT + 13
    assert counts["expressed"] >= 0.95 * (counts["expressed"] + counts["beyond"]), counts


@pytest.mark.thirdparty
@pytest.mark.skipif(not DATA.is_dir(), reason=f"NOT RUN: no folder {DATA}; set ELIGIBILITY_TEST_DATA")
def test_the_index_is_what_the_rule_chooses() -> None:
    chosen = [(one.trial, one.section, one.line) for one in (*sentences(), *challenge())]
    assert [(one["trial"], one["section"], one["line"]) for one in INDEX] == chosen


@pytest.mark.thirdparty
@pytest.mark.skipif(not DATA.is_dir(), reason=f"NOT RUN: no folder {DATA}; set ELIGIBILITY_TEST_DATA")
def test_labels_are_our_own_words() -> None:
    """The published sentences stay where they are published."""
    texts = {(one.trial, one.section, one.line): one.text for one in (*sentences(), *challenge())}
    for entry in INDEX:
        criterion = criteria().get(entry["id"])
        text = texts[entry["trial"], entry["section"], entry["line"]]
        if criterion is not None and len(text.split()) > 6:
            assert text.lower().strip(" .,;") not in f"{criterion.label} {criterion.source}".lower()
