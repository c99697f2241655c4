"""Texts made to be slow are read in time that grows as they do."""

from __future__ import annotations

import time
from datetime import date

import pytest

from eligibility.instants import day_end, day_start
from nlp import dates, dating, values
from nlp.document import Span

WRITTEN = day_start(date(2024, 5, 15)), day_end(date(2024, 5, 15))
PATTERNS = {
    "commas": "," * 1_000_000,
    "digits": "1" * 100_000,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "separate digits": "1 " * 50_000,
    "names": "creatinine " * 10_000,
    "short names": "Na 1 " * 20_000,
    "name far from its number": "creatinine" + "," * 200_000 + "5",
    "name and spaces": "hgb " + " " * 100_000 + "5",
    "counts back": "3 weeks ago " * 10_000,
    "units of time": "days " * 20_000,
    "slashes": "1/" * 50_000,
    "dashes": "2015-" * 20_000,
    "days in brackets": "(5/8 " * 20_000,
    "reports": "CT 3/4/24 a; Sunday (5/12) POD 3 " * 3_000,
    "admissions": "admitted 3/4/2024 on admission " * 4_000,
    "pressures": "BP 120/80 " * 10_000,
    "arrows": "hgb " + "5->" * 30_000,
    "tumours": "T2 " * 30_000,
    "units": "hgb 1 " + "mg/" * 30_000,
    "letters and digits": "T2" * 50_000,
    "words before": "one and a half " * 5_000 + "drinks per week",
    "blocks": "hgb " + "[**" * 30_000,
}


def seconds(text: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        whens = dates.find(text, *WRITTEN)
        found = values.find(text, (), whens)
        dating.link_values(text, found, whens)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("pattern", PATTERNS)
def test_twice_the_text_takes_about_twice_the_time(pattern: str) -> None:
    text = PATTERNS[pattern]
    once, twice = seconds(text), seconds(text + text)
    assert twice < 3.2 * once + 0.02


def test_many_sentences_with_dates() -> None:
    """Each date finds its sentence without going through all of them."""

    def spent(count: int) -> float:
        text = "Gout in 2015. " * count
        sentences = [Span(14 * number, 14 * number + 13) for number in range(count)]
        mentions = [Span(sentence.start, sentence.start + 4) for sentence in sentences]
        whens = dates.find(text, *WRITTEN)
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            found = dating.link(text, mentions, whens, sentences)
            best = min(best, time.process_time() - start)
        assert all(dated.start is not None for dated in found)
        return best

    assert spent(8_000) < 3.2 * spent(4_000) + 0.02
