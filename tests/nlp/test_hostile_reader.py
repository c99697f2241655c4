"""Texts made to be slow pass through the whole reader in time that grows as they do."""

from __future__ import annotations

import time
from datetime import date

import pytest

from eligibility.concepts import Concepts, Words
from eligibility.instants import day_end, day_start
from eligibility.notes import Note
from nlp import sections, sentences
from nlp.assertion import assert_all, boxes
from nlp.document import Asserted, Axis, Mention
from nlp.limit import Limit, TooSlowError
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


def grows_as(reader: Reader, pattern: str, length: int, times: int, at_most: float) -> None:
    text = PATTERNS[pattern][:length]
    once, more = spent(reader, text), spent(reader, text * times)
    assert more < at_most * once + 0.05


# Many small objects cost more where there are more of them, and so does a busy machine: the margins are wide,
# and still far below the squares.
@pytest.mark.parametrize("pattern", PATTERNS)
def test_eight_times_a_short_text_takes_about_eight_times_the_time(reader: Reader, pattern: str) -> None:
    grows_as(reader, pattern, 4_000, times=8, at_most=24)


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS)
def test_four_times_the_text_takes_about_four_times_the_time(reader: Reader, pattern: str) -> None:
    grows_as(reader, pattern, 1_000_000, times=4, at_most=9)


def test_what_is_said_of_names_looks_at_the_clock_between_sentences() -> None:
    text = "No gout. " * 500
    parts = sections.find(text)
    pieces = sentences.split(text, parts)
    mentions = [Mention(at + 3, at + 7, 0) for at in range(0, len(text), 9)]
    looks = []

    def check() -> None:
        looks.append(1)
        if len(looks) > 100:
            raise TooSlowError

    with pytest.raises(TooSlowError):
        assert_all(text, parts, pieces, mentions, check)
    assert len(looks) == 101


def test_boxes_look_at_the_clock() -> None:
    text = "[ ] gout\n" * 300
    mentions = [Mention(at + 4, at + 8, 0) for at in range(0, len(text), 9)]
    looks = []
    boxes.apply(text, mentions, [Asserted(Axis.NONE)] * len(mentions), lambda: looks.append(1))
    assert len(looks) == 300


def test_statements_are_made_within_the_limit() -> None:
    over = Limit(-1.0)
    with pytest.raises(TooSlowError):
        list(over.watched([1]))
    assert list(Limit(60.0).watched(range(200))) == list(range(200))
