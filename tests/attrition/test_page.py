"""The page of a report: whole in itself, without script, readable in its colours, and true to the report."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.attrition.asked import asked_sweep
from api.attrition.cells import Cells
from api.attrition.changed import amendment, version_of
from api.attrition.charts import curve
from api.attrition.content import content
from api.attrition.groups import groupings, parse_ages
from api.attrition.page import page
from api.attrition.stored import read_run
from api.cli import app
from criteria_dsl.written_numbers import written_numbers
from tests.attrition.synthetic import RESCUE, Screened, screened

_VOID = frozenset(("meta", "br", "rect", "path", "circle"))


class Seen(HTMLParser):
    """Tags that are opened and closed in order, with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return screened(tmp_path_factory.mktemp("page"), RESCUE, 100)


@pytest.fixture(scope="module")
def report(made: Screened) -> dict[str, Any]:
    run = read_run(made.folder)
    groups = groupings(run, parse_ages("18,65"), None)
    own = version_of(run)
    found = content(run, Cells(), groups)
    return {**found, "sweeps": [], "amendment": amendment(("1", own), ("2", own), Cells(), groups)}


def test_a_page_is_whole_and_asks_for_nothing(made: Screened, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    source = ["--protocol", str(RESCUE), "--input", str(made.source)]
    options = ["--sweep", "I4:75=60,45", "--sweep", "E1=90", "--amended", str(RESCUE), "--html", str(path)]
    outcome = CliRunner().invoke(app, ["attrition", str(made.folder), *source, *options])
    assert outcome.exit_code == 0, outcome.output
    text = path.read_text(encoding="utf-8")
    seen = Seen(text)
    assert not seen.open
    tags = {tag for tag, _ in seen.tags}
    assert not tags & {"script", "link", "img", "iframe", "form", "object"}
    assert "url(" not in text
    assert "@import" not in text
    assert not re.search(r"https?:", text)
    links = [str(held["href"]) for tag, held in seen.tags if tag == "a"]
    ids = [str(held["id"]) for _, held in seen.tags if "id" in held]
    assert sorted(set(ids)) == sorted(ids)
    assert all(link[:1] == "#" and link[1:] in ids for link in links)
    assert {"criteria", "flow", "order", "relaxed", "sweeps", "amendment", "groups", "words"} <= set(ids)
    charts = [held for tag, held in seen.tags if tag == "svg"]
    assert all(held.get("aria-hidden") == "true" or held.get("aria-label") for held in charts)
    assert sum(held.get("role") == "img" for held in charts) == 3  # the flow and two curves
    # What is wider than a phone can be reached by the keyboard.
    assert all("tabindex" in held for tag, held in seen.tags if held.get("class") == "wide")


def test_a_page_says_what_the_report_says(report: dict[str, Any]) -> None:
    words = " ".join(" ".join(Seen(page(report)).text).split())
    for step in report["flow"]:
        assert f"{step['excluded']:,} {step['id']} {step['label']}" in words
        assert f"{step['left']:,} left" in words
    for grouping in report["groups"]:
        for group in grouping["groups"]:
            assert group["name"] in words


def test_what_a_protocol_says_is_text(report: dict[str, Any]) -> None:
    nasty = '<script>alert("x")</script>'
    changed = {**report, "criteria": [{**report["criteria"][0], "label": nasty}, *report["criteria"][1:]]}
    changed["flow"] = [{**report["flow"][0], "label": nasty}, *report["flow"][1:]]
    changed["groups"] = [{**report["groups"][0], "by": nasty}]
    seen = Seen(page(changed))
    assert "script" not in {tag for tag, _ in seen.tags}
    assert nasty in "".join(seen.text)


def test_hidden_counts_are_hidden_on_the_page(made: Screened) -> None:
    run = read_run(made.folder)
    found = content(run, Cells(5), groupings(run, parse_ages("18,45,65,75"), None))
    text = page({**found, "sweeps": [], "amendment": None})
    assert "&lt;5" in text
    assert "rounded to multiples of 5" in text
    cells = re.findall(r"<td>([\d,]+)</td>", text)
    assert all(int(cell.replace(",", "")) % 5 == 0 for cell in cells)


def test_a_curve_leaves_hidden_counts_out_and_stands_one_value() -> None:
    verdicts = {"pass": "<5", "needs-clinician-review": 10, "fail": 5}
    step = {"value": "60", "verdicts": verdicts}
    sweep = {"name": "I4", "words": ">= 75", "written": "75 years", "steps": [step]}
    drawn = str(curve(sweep))
    assert "circle" not in drawn
    assert "now 75" in drawn
    plan = asked_sweep("I1:30=30", written_numbers(RESCUE.read_text(encoding="utf-8")), {})
    alone = {
        **sweep,
        "written": "60",
        "steps": [{"value": plan.values[0], "verdicts": {**verdicts, "pass": 5}}],
    }
    assert str(curve(alone)).count("circle") == 2


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_keep_their_contrast() -> None:
    """WCAG 2.2 AA, 1.4.3 and 1.4.11: text 4.5 to 1, what is drawn 3 to 1; in light and in dark."""
    style = (files("api.attrition") / "templates" / "report.css").read_text(encoding="utf-8")
    schemes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", scheme))
        for ground in ("ground", "card", "shade"):
            for text in ("ink", "soft", "accent", "yes", "no", "open"):
                assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for drawn in ("yes", "no", "open", "edge", "others"):
            for ground in ("card", "shade"):
                assert _contrast(colours[drawn], colours[ground]) >= 3, (drawn, ground)
