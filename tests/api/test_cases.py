"""Case files: what they give arrives as facts, what they expect is compared, what is wrong is said."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from api.authoring.cases.running import run_cases
from api.errors import UserError
from criteria_dsl.cases.diagnostics import CASE_DIAGNOSTICS

HERE = Path(__file__).parent / "cases"
ROOT = Path(__file__).resolve().parents[2]
BAD = sorted((HERE / "bad").glob("*.cases.elig"))
PROTOCOLS = [
    HERE / f"{name}.elig"
    for name in ("assumed", "clock", "conditions", "doubts", "events", "kinds", "questions")
]
PROTOCOLS.append(ROOT / "protocols" / "demo.elig")


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda path: path.stem)
def test_cases_come_out_as_expected(protocol: Path) -> None:
    tested = run_cases(protocol, None, [])
    assert [miss for result in tested.results for miss in result.misses] == []


def test_the_demo_protocol_has_a_case_for_every_outcome_of_the_record() -> None:
    tested = run_cases(ROOT / "protocols" / "demo.elig", None, [])
    assert set(tested.untested) == {"C1"}  # consent is asked, and no case answers


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_case_files(path: Path) -> None:
    with pytest.raises(UserError) as told:
        run_cases(HERE / "kinds.elig", path, [])
    shown = told.value.message + "\n"
    beside = path.with_suffix(".txt")
    if os.environ.get("UPDATE_CORPUS") == "1":
        beside.write_text(shown, encoding="utf-8")
    assert shown == beside.read_text(encoding="utf-8")
    assert path.name[:4] in shown


def test_every_code_has_a_file() -> None:
    assert {path.name[:4] for path in BAD} == set(CASE_DIAGNOSTICS)


def test_a_wrong_expectation_fails_with_what_was_found(tmp_path: Path) -> None:
    text = (HERE / "kinds.cases.elig").read_text(encoding="utf-8")
    turned = text.replace("expect I3 met because MET_EVIDENCE", "expect I3 not met because VALUE_HIGH")
    path = tmp_path / "turned.cases.elig"
    path.write_text(turned, encoding="utf-8")
    tested = run_cases(HERE / "kinds.elig", path, [])
    misses = [miss for result in tested.results for miss in result.misses]
    assert [(miss.expected, miss.found) for miss in misses] == [
        ("expect I3 not met because VALUE_HIGH", "met because MET_EVIDENCE")
    ]


def test_a_wrong_reason_fails_too(tmp_path: Path) -> None:
    text = (HERE / "kinds.cases.elig").read_text(encoding="utf-8")
    path = tmp_path / "turned.cases.elig"
    path.write_text(re.sub("CODE_UNMAPPED", "DATA_STALE", text), encoding="utf-8")
    assert run_cases(HERE / "kinds.elig", path, []).failed


def test_the_example_of_the_guide_holds(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    found = re.findall(r"^```cases\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    path = tmp_path / "guide.cases.elig"
    path.write_text(found[0], encoding="utf-8")
    assert not run_cases(ROOT / "protocols" / "demo.elig", path, []).failed
