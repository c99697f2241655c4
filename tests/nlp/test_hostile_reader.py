"""Texts made to be slow pass through the whole reader in time that grows as they do."""

from __future__ import annotations

import time
from datetime import date

import pytest

from eligibility.concepts import Concepts, Words
from eligibility.instants import day_end, day_start
from eligibility.notes import Note
from nlp.reader import Reader

WRITTEN = day_start(date(2024, 5, 15)), day_end(date(2024, 5, 15))
PATTERNS = {
    "no spaces": "denieschestpain" * 3_500,
    "names without spaces": "gout-" * 10_000,
    "nested brackets": "(" * 25_000 + "gout" + ")" * 25_000,
    "nested brackets with names": "no (gout " * 4_000 + ")" * 4_000,
    "commas": "gout" + "," * 400_000 + "gout",
    "newlines": "\n" * 50_000,
    "names on lines": "gout\n" * 8_000,
    "sentences": "No gout. " * 4_000,
    "one line": "word " * 40_000,
    "one line of names": "no gout, asthma or diabetes " * 1_500,
    "misspelt names": "diabtes mellitus " * 1_500,
    "headers": "PMH: " * 8_000,
    "boxes": "[ ] gout " * 3_000,
    "signs": "-gout, +asthma, " * 2_000,
    "spaces": "gout" + " " * 200_000 + "gout",
    "gaps": "chest  pain,  no  gout " * 2_000,
    "dates": "gout in 2015, " * 2_500,
    "allergies": "allergic to codeine, aspirin and penicillin, " * 800,
    "reactions": "gets hives with codeine and morphine, " * 1_000,
    "denied allergies": "no known " * 4_000 + "allergies",
    "letters that grow": "\u0130gout " * 5_000,
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    made = Reader(remembered=0, seconds=60.0)
    spent(made, "gout")
    return made


def spent(reader: Reader, text: str) -> float:
    """Processor time of the quicker of two readings."""
    best = float("inf")
    for _ in range(2):
        begun = time.process_time()
        read = reader.read([Note(text, *WRITTEN)], Concepts(), Words())
        best = min(best, time.process_time() - begun)
        assert not read.unread
    return best


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS)
def test_four_times_the_text_takes_about_four_times_the_time(reader: Reader, pattern: str) -> None:
    text = PATTERNS[pattern]
    once, more = spent(reader, text), spent(reader, text * 4)
    # Many small objects cost more where there are more of them; the square of four would be sixteen.
    assert more < 9 * once + 0.05
