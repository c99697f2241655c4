"""The runner of the benchmarks works on little data, and its lines hold what they say."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest

from benchmarks import bundling, cohort, extracting, noting, speed
from benchmarks.judging import protocol
from benchmarks.ratios import NotRunError, Ratio, at_least, at_most, in_turn


def test_ratio_at_its_limit_holds() -> None:
    assert at_most("a", 0.5, 0.5, "b").holds
    assert not at_most("a", 0.51, 0.5, "b").holds
    assert at_least("a", 1.0, 1.0, "b").holds
    assert not at_least("a", 0.99, 1.0, "b").holds


def test_subjects_take_turns() -> None:
    order: list[str] = []
    times = in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b"] * 3
    assert len(times["a"].wall) == len(times["b"].processor) == 2


def test_small_run_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed, "OUTPUT", tmp_path / "speed.json")
    monkeypatch.setattr(speed, "PARTS", {"help": lambda _: [at_most("a", 2.0, 1.0, "b")]})
    assert speed.main(["--small"]) == 0
    assert not (tmp_path / "speed.json").exists()
    assert "MISSED" in capsys.readouterr().out


def test_one_part_keeps_the_lines_of_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    output = tmp_path / "speed.json"
    monkeypatch.setattr(speed, "OUTPUT", output)
    monkeypatch.setattr(
        speed,
        "PARTS",
        {"extract": lambda _: [at_most("x", 0.5, 1.0, "b")], "help": lambda _: [at_most("y", 2.0, 1.0, "c")]},
    )
    assert speed.main([]) == 1
    assert speed.main(["--only", "extract"]) == 0
    lines = json.loads(output.read_text("utf-8"))
    assert sorted(line["name"] for line in lines) == ["x", "y"]
    assert set(lines[0]) == {"name", "ratio", "baseline", "target", "holds"}


def test_part_that_cannot_be_run_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(small: bool) -> list[Ratio]:
        raise NotRunError("no notes")

    monkeypatch.setattr(speed, "OUTPUT", tmp_path / "speed.json")
    monkeypatch.setattr(speed, "PARTS", {"notes": absent, "help": lambda _: [at_most("a", 1.0, 1.0, "b")]})
    assert speed.main([]) == 1
    assert "NOT RUN notes: no notes" in capsys.readouterr().out
    monkeypatch.setenv("ELIGIBILITY_TEST_DATA", str(tmp_path))
    with pytest.raises(NotRunError):
        noting.notes()


def test_bundle_is_one_persons_and_is_screened() -> None:
    data = bundling.bundle(200_000)
    assert 200_000 <= len(data) < 300_000
    kinds = [entry["resource"]["resourceType"] for entry in orjson.loads(data)["entry"]]
    assert kinds.count("Patient") == 1
    verdict, told = bundling.Service(protocol()).screen(data)
    assert verdict in (0, 1, 2)
    assert told
    assert any(shown for _, _, shown, _ in told)


def test_extract_of_doubled_bytes_holds_the_same_facts() -> None:
    fast, memory = extracting.measure(small=True)
    assert fast.ratio > 0
    kept = memory.note.rpartition("; ")[2].removesuffix(" facts").split(" and ")
    assert kept[0] == kept[1]


def test_a_query_by_hand_finds_the_same_cohort() -> None:
    assert all(ratio.ratio > 0 for ratio in cohort.measure(small=True))
