"""Amendments, priorities and routes where people see them: check, render, diff, findings, explain."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from api.authoring.comparing import Change, as_data, compare, print_difference
from api.authoring.rendering.markdown import markdown
from api.authoring.rendering.page import html
from api.authoring.rendering.reading import read_protocol
from api.checking import check_protocol, print_check
from api.explaining import explain
from api.findings import findings_table
from api.loading import load_question, read_extract
from api.screening import run
from fixtures.synthetic_fhir.write import write_ndjson

OLD = """protocol T version 1 "Test"
  amendment 1 on 2026-01-15 "Older people too"

include I1 "Age"
  changed by amendment 1 "was 65"
  age at index is 18 to 75 years

include I2 "Women"
  sex is female
"""
NEW = (
    OLD.replace('people too"\n', 'people too"\n  amendment 2 on 2026-04-02 "All ages"\n')
    .replace('was 65"\n', 'was 65"\n  changed by amendment 2 "no limit above"\n')
    .replace("18 to 75 years", ">= 18 years")
    .replace('Women"\n', 'Women"\n  priority 2\n  route to screener\n')
)


@pytest.fixture
def texts(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.elig", tmp_path / "new.elig"
    old.write_text(OLD, encoding="utf-8")
    new.write_text(NEW, encoding="utf-8")
    return old, new


def test_check_shows_them(texts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    content = check_protocol(texts[1])
    assert [one["date"] for one in content["protocol"]["amendments"]] == ["2026-01-15", "2026-04-02"]
    print_check(content, policies=False)
    shown = capsys.readouterr().out
    assert "amendment 2 of 2026-04-02: All ages" in shown
    assert "changed by amendment 2: no limit above" in shown
    assert "Women, priority 2, to the screener" in shown


def test_render_shows_them(texts: tuple[Path, Path]) -> None:
    for shown in (markdown(read_protocol(texts[1])), html(read_protocol(texts[1]))):
        assert "Amendment 2 of 2026-04-02: All ages" in shown
        assert "changed by amendment 2" in shown
        assert "route to screener" in shown


def test_diff_shows_them(texts: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    difference = compare(*texts)
    assert {one.id: one.change for one in difference.changes} == {
        "I1": Change.MEANING,
        "I2": Change.HANDLING,
    }
    print_difference(difference)
    shown = capsys.readouterr().out
    assert "amendment 2 of 2026-04-02: All ages" in shown
    assert "amendment 2: no limit above" in shown
    assert "amendment 1" not in shown
    assert [one["number"] for one in as_data(difference)["amendments"]] == [2]


def test_they_take_no_part_in_meaning(texts: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.elig"
    other.write_text(OLD.replace("was 65", "WAS 65").replace("Older", "OLDER"), encoding="utf-8")
    assert read_protocol(texts[0]).program == read_protocol(other).program


def test_findings_show_priority_and_route(texts: tuple[Path, Path], tmp_path: Path) -> None:
    write_ndjson(tmp_path / "ndjson", 3, 5, date(2026, 6, 1))
    judged = run(
        load_question(texts[1], "2026-06-01", [], []),
        read_extract(str(tmp_path / "ndjson"), "UTC", complete=True),
    )
    table = findings_table(judged.program, judged.facts, judged.judgement, judged.context)
    rows = {(row["criterion"], row["priority"], row["route"]) for row in table.to_pylist()}
    assert rows == {("I1", None, None), ("I2", 2, "screener")}
    told = explain(judged.program, judged.facts, judged.judgement, judged.context, 0)
    assert json.loads(json.dumps(told))["criteria"][1]["route"] == "screener"
