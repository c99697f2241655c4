"""Every piece of evidence on a page is the fact that decided: words, points, bars, limits and windows.

Pages are compared with the facts as they are read from the records anew, and with the protocol's own program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.exhibits import Exhibits, texts_of
from api.explaining import explain
from api.loading import Question
from api.noting.reader import reader_for
from api.pages.cases.excerpts import excerpts
from api.pages.cases.reading import exhibit
from api.pages.charts.course import Course, course
from api.pages.charts.spans import spans
from api.pages.environment import environment
from api.screening import Run, run
from criteria_dsl import compile_text
from eligibility.facts import Kind, ValueState
from eligibility.program import Program
from eligibility.showing import show_row
from eligibility.units import from_canonical, resolve
from fhir_adapters import read_bundle
from fhir_adapters.elements import element_path
from fixtures.synthetic_fhir.patients import Mix
from fixtures.synthetic_fhir.write import write_bundles
from tests.pages.scene import DEMO, PROTOCOL, bundle, fine, note

AS_OF = date(2026, 6, 1)
DAY = datetime(2026, 6, 1)  # noqa: DTZ001 - wall clock, as the facts have it
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clock, as the facts have it


def program_of(text: str) -> Program:
    compiled = compile_text(text)
    assert compiled.program is not None
    return compiled.program


def judged(program: Program, data: bytes, **more: Any) -> Run:
    extract = read_bundle(data, delivered=None, keep_texts=True, **more)
    return run(Question(program, {}, AS_OF, {}), extract)


def shown(one: Run, whole: bool = False) -> Iterator[tuple[str, dict[str, Any]]]:
    """Criterion and exhibit of what is open for the first patient; of all criteria of a `whole` review."""
    made = Exhibits(one.facts, one.context, texts_of(one.extract))
    content = explain(one.program, one.facts, one.judgement, one.context, 0, made, whole)
    # What is kept has passed through JSON.
    for criterion in json.loads(json.dumps(content["criteria"])):
        for told in criterion.get("shown", ()):
            yield criterion["id"], told


class _Marks(HTMLParser):
    """The shapes of a drawing that stand for something, with what they say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.points: list[dict[str, str]] = []
        self.bars: list[dict[str, str]] = []
        self.limits: list[dict[str, str]] = []
        self.windows: list[dict[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kinds = given.get("class", "").split()
        for kind, where in (("point", self.points), ("bar", self.bars), ("limit", self.limits)):
            if kind in kinds:
                where.append(given)
        if "window" in kinds:
            self.windows.append(given)


def _drawn(name: str, chart: object) -> _Marks:
    return _Marks(str(getattr(environment().get_template("charts.html").module, name)(chart)))


def check(one: Run, whole: bool) -> int:
    """Hold all exhibits of a patient against the facts; how many facts it were."""
    known = _known(one)
    seen = 0
    for _, told in shown(one, whole):
        for term in told["terms"]:
            for fact in [*term["facts"], *told["others"]]:
                seen += 1
                _check_fact(fact, known, one)
            chart = course(term, DAY)
            if chart is not None:
                _check_course(chart, term, one)
        _check_seen_at_once(told)
        bars = spans(told["terms"], DAY)
        if bars is not None:
            marks = _drawn("spans", bars)
            facts = {
                (f["resource"], f["path"], f["start_lo"] or "None") for t in told["terms"] for f in t["facts"]
            }
            for bar in marks.bars:
                assert (bar["data-resource"], bar["data-path"], bar["data-at"]) in facts
    return seen


def _check_seen_at_once(told: dict[str, Any]) -> None:
    """What is in question is drawn, quoted or in the table that is always open, each fact once."""
    shown_at_once = exhibit(told, DAY)
    seen = [point.fact for chart in shown_at_once.courses for point in chart.points]
    seen += [bar.fact for bar in shown_at_once.spans.bars] if shown_at_once.spans else []
    seen += [fact for excerpt in shown_at_once.notes for fact in excerpt.facts]
    kept = [*told["others"], *(fact for term in told["terms"] for fact in term["facts"])]
    hidden = [fact for fact in kept if fact["decided"] and fact not in seen]
    assert sorted(map(str, hidden)) == sorted(map(str, shown_at_once.undrawn))
    html = str(environment().get_template("evidence.html").module.exhibit(shown_at_once))  # type: ignore[attr-defined]
    at_once = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    for fact in hidden:
        assert escape(fact["resource"]) in at_once
    for chart in (*shown_at_once.courses, *([shown_at_once.spans] if shown_at_once.spans else [])):
        assert chart.as_of is not None
        assert chart.left < chart.as_of < chart.right


def _known(one: Run) -> dict[tuple[str, str], list[tuple[Kind, int]]]:
    """Rows of the facts by record and element."""
    found: dict[tuple[str, str], list[tuple[Kind, int]]] = {}
    for kind, block in one.facts.blocks.items():
        if kind is Kind.CONTACT:
            continue
        for row in range(len(block)):
            told = show_row(one.facts, kind, row)
            found.setdefault((told.resource, element_path(told.resource, told.path)), []).append((kind, row))
    return found


def _check_fact(fact: dict[str, Any], known: dict[tuple[str, str], list[tuple[Kind, int]]], one: Run) -> None:
    rows = known[fact["resource"], fact["path"]]
    times = [
        tuple(
            _instant(int(one.facts.blocks[k].column(n)[r]))
            for n in ("start_lo", "start_hi", "end_lo", "end_hi")
        )
        for k, r in rows
    ]
    assert tuple(fact[name] for name in ("start_lo", "start_hi", "end_lo", "end_hi")) in times


def _instant(value: int) -> str | None:
    if abs(value) >= 1 << 60:
        return None
    try:
        return (EPOCH + timedelta(milliseconds=value)).isoformat()
    except OverflowError:
        return None


def _check_course(chart: Course, term: dict[str, Any], one: Run) -> None:
    marks = _drawn("course", chart)
    block = one.facts.blocks[Kind.OBSERVATION]
    names = {one.facts.resources.name(int(n)): row for row, n in enumerate(block.column("resource"))}
    facts = {(f["resource"], f["path"]): f for f in term["facts"]}
    for mark, point in zip(marks.points, chart.points, strict=True):
        fact = facts[mark["data-resource"], mark["data-path"]]
        assert point.fact["resource"] == fact["resource"]
        assert mark["data-at"] == fact["start_lo"]
        # The number on the page is the record's own, in the unit that the page names.
        rows = [
            row
            for row in np.flatnonzero(
                block.column("resource") == block.column("resource")[names[fact["resource"]]]
            )
            if int(block.column("value_state")[row]) == ValueState.NUMBER
        ]
        unit = resolve(chart.unit)
        assert unit is not None
        values = [
            {
                from_canonical(float(block.column(end)[row]), unit)
                for row in rows
                if np.isfinite(block.column(end)[row])
            }
            for end in ("value_lo", "value_hi")
        ]
        for end, possible in zip(("data-low", "data-high"), values, strict=True):
            assert (
                not mark[end]
                or any(abs(float(mark[end]) - value) < 1e-9 for value in possible)
                or (unit.dimension != int(block.column("unit")[rows[0]]))
            )
        # Higher is higher, later is further to the right.
        for other in chart.points:
            if fact["start_lo"] < other.fact["start_lo"]:
                assert point.x <= other.x
            if None not in (fact["low"], other.fact["low"], fact["high"], other.fact["high"]) and (
                fact["high"] < other.fact["low"]
            ):
                assert point.at >= other.at
    limits = [float(mark["data-value"]) for mark in marks.limits]
    assert limits == [v for v in (term["limits"] or {}).values() if isinstance(v, float)]
    for mark in marks.windows:
        assert (mark["data-from"] or None, mark["data-to"] or None) == (
            term["window"]["from"],
            term["window"]["to"],
        )


# What demo.elig asks for: the limits and the first day of the window of each criterion with numbers.
ASKED = {
    "I3": ("2026-03-03", 7.0, 10.5),
    "I4": ("2025-12-03", 45.0, None),
    "I5": ("2025-12-01", 130.0, None),
    "I7": ("2025-12-03", 10.0, None),
    "E5": ("2025-12-03", 120.0, None),
}
WINDOWS = {"I6": "2026-03-03", "I8": "2025-06-01", "E1": "2025-12-03", "E2": "2021-06-01", "E3": "2026-04-02"}


def _check_asked(one: Run, whole: bool) -> None:
    for criterion, told in shown(one, whole):
        for term in told["terms"]:
            if criterion in ASKED:
                first, low, high = ASKED[criterion]
                assert term["window"]["from"].startswith(first)
                assert term["window"]["to"].startswith("2026-06-01")
                limits = term["limits"]
                assert [limits["low"], limits["high"]] == pytest.approx([low, high])
            elif criterion in WINDOWS:
                assert term["window"]["from"].startswith(WINDOWS[criterion])


def _cases(folder: Path, count: int, seed: int) -> Iterator[bytes]:
    write_bundles(folder, count, seed, AS_OF, mix=Mix(5, 5, 90))
    for path in sorted(folder.glob("*.json")):
        yield path.read_bytes()


@pytest.mark.parametrize(
    ("count", "seed"), [(40, 3), pytest.param(1000, 5, marks=pytest.mark.slow)], ids=["40", "1000"]
)
def test_what_is_shown_is_the_fact_that_decided(tmp_path: Path, count: int, seed: int) -> None:
    program, facts, cases = program_of(DEMO.read_text()), 0, 0
    for data in _cases(tmp_path / "records", count, seed):
        one = judged(program, data)
        found = check(one, whole=False)
        # Of a case that is reviewed as a whole, what settled the other criteria is shown as well.
        assert check(one, whole=True) >= found
        _check_asked(one, whole=True)
        facts += found
        cases += bool(found)
    assert cases >= count // 10
    assert facts >= cases


def test_words_of_notes_are_sliced_where_they_stand() -> None:
    program = program_of(PROTOCOL)
    before = "Long history. " * 40
    texts = (
        "She has asthma. Lungs clear.",
        f"{before}Possible asthma, and later possible asthma again. {before}",
        f"{before}She has asthma.{before} Mother well. {before} Father has asthma, she has asthma too.",
        "Ängstlich — “asthma” 🫁 is what she has: asthma since 2001.",
    )
    for number, text in enumerate(texts):
        key = f"n{number}"
        one = judged(program, bundle(*fine(key), note(key, text)), notes=reader_for([program]))
        quoted = [
            fact
            for _, told in shown(one)
            for fact in (*told["others"], *(f for term in told["terms"] for f in term["facts"]))
            if "quote" in fact
        ]
        assert quoted, text
        for fact in quoted:
            start, end = fact["span"]
            assert text[start:end] == fact["quote"]
            around = fact["around"]
            assert text[around["start"] :].startswith(around["text"])
            assert around["before"] == (around["start"] > 0)
            assert around["after"] == (around["start"] + len(around["text"]) < len(text))
        for excerpt in excerpts(quoted):
            assert "".join(piece for piece, _ in excerpt.pieces) == excerpt.text
            assert text[excerpt.start : excerpt.end] == excerpt.text
            marked = " ".join(piece for piece, is_marked in excerpt.pieces if is_marked)
            assert all(fact["quote"] in marked for fact in excerpt.facts)
            html = str(environment().get_template("evidence.html").module.note(excerpt))  # type: ignore[attr-defined]
            marks = re.findall(r"<mark>(.*?)</mark>", html, re.DOTALL)
            assert len(marks) == sum(is_marked for _, is_marked in excerpt.pieces)
