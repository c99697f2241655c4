"""Which date belongs to which thing of a text."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from eligibility.instants import day_end, day_start, is_finite, to_date
from nlp import dates, dating, values
from nlp.document import Span, When

WRITTEN = day_start(date(2024, 5, 15)), day_end(date(2024, 5, 15))
LINES = [
    line
    for line in (Path(__file__).parent / "corpus" / "dating.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
MARK = re.compile(r"\[([^]|]*)(?:\|([^]]*))?\]")


def holds(expected: str, when: When) -> bool:
    """Whether a day, month or year is what a date means (its length tells how exact)."""
    first, last = str(to_date(when.lo)), str(to_date(when.hi))
    return first.startswith(expected) and last.startswith(expected)


def bounded(when: When | None) -> When | None:
    """A date that is told from something without a date is as good as none."""
    return when if when is not None and is_finite(when.lo) else None


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40])
def test_corpus(line: str) -> None:
    line = line.replace("⏎", "\n")
    text, spans, expected, last = "", [], [], 0
    for mark in MARK.finditer(line):
        text += line[last : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[1])))
        told = (mark[2] or "").split("|")
        start = next((part for part in told if part and not part.startswith("until ")), None)
        end = next((part.removeprefix("until ") for part in told if part.startswith("until ")), None)
        expected.append((start, end))
        text += mark[1]
        last = mark.end()
    text += line[last:]
    linked = dating.link(text, spans, dates.find(text, *WRITTEN))
    for span, (start, end), found in zip(spans, expected, linked, strict=True):
        for told_, when in ((start, bounded(found.start)), (end, bounded(found.end))):
            assert (told_ is None) == (when is None), (text[span.start : span.end], when)
            assert told_ is None or when is None or holds(told_, when), (text[span.start : span.end], when)


def test_without_dates_nothing_is_dated() -> None:
    assert dating.link("cough", [Span(0, 5)], []) == [dating.UNDATED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Creatinine was 1.4 in January, 1.8 on 4/1.", [(1.4, "2024-01"), (1.8, "2024-04-01")]),
        ("PSA rose from 4.5 in 2022 to 6.7 in 2023.", [(4.5, "2022"), (6.7, "2023")]),
        ("HbA1c 8.2% (was 7.5% in March)", [(8.2, None), (7.5, "2024-03")]),
        ("creatinine 1.4 (baseline 1.1) on 3/4/2024", [(1.4, "2024-03-04"), (1.1, None)]),
        ("Labs 5/1/2024: Na 138, K 4.2", [(138, "2024-05-01"), (4.2, "2024-05-01")]),
        ("1 ppd x 20 years", [(1, None), (20, None)]),
        ("BP 145/92 on 3/4/2024", [(145, "2024-03-04"), (92, "2024-03-04")]),
    ],
)
def test_values_have_their_own_dates(text: str, expected: list[tuple[float, str | None]]) -> None:
    whens = dates.find(text, *WRITTEN)
    found = dating.link_values(text, values.find(text, (), whens), whens)
    assert [value.numbers[-1] for value in found] == [number for number, _ in expected]
    for value, (_, day) in zip(found, expected, strict=True):
        assert (value.when is None) == (day is None)
        assert value.when is None or day is None or holds(day, value.when)
