"""From the text of a note to rows: what is stated, when, and the very words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from criteria_dsl import compile_text
from eligibility.concepts import Concepts, Words
from eligibility.facts import Assertion, Kind, Source, columns_of
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, day_start, to_date
from eligibility.notes import Note, NoteRows
from eligibility.program import Program
from eligibility.stated import mentioned_coding, stated_coding
from nlp.reader import Reader
from tests.nlp.gold.reader import read_half

HERE = Path(__file__).parent
WRITTEN = day_start(date(2024, 5, 1))


def note(text: str) -> Note:
    return Note(text, WRITTEN, WRITTEN + DAY - 1)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def cases() -> Iterator[tuple[str, list[str]]]:
    """Texts and the statements beneath them."""
    for block in (HERE / "statements.txt").read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            yield lines[0].removeprefix("> ").replace("\\n", "\n"), lines[1:]


def shown(rows: NoteRows, concepts: Concepts, words: Words) -> Iterator[tuple[int, str]]:
    """Rows as the lines of the corpus, each with its place in the text."""
    columns = rows.columns
    for at in range(len(rows.note)):
        held = {name: column[at] for name, column in columns.items()}
        how = Assertion(held["assertion"]).name.lower().replace("_", "-") + "?" * bool(held["doubtful"])
        times = [_day(held[name]) for name in ("start_lo", "start_hi", "end_lo", "end_hi")]
        line = [
            rows.kind.name.lower(),
            concepts.displays[held["concept"]],
            how,
            "{}/{} {}/{}".format(*times),
        ]
        if rows.kind is Kind.OBSERVATION:
            line.append(f"{held['value_lo']:g}..{held['value_hi']:g}")
        if rows.kind is Kind.MEDICATION and held["dose_unit"] >= 0:
            line.append(f"{held['dose_per_day']:g} a day")
        if rows.kind is Kind.FAMILY_HISTORY:
            line.append(concepts.codings[held["relationship"]][0][1])
        yield int(held["span_lo"]), "  ".join(line)


def _day(instant: int) -> str:
    return "…" if instant in (BEGINNING, END_OF_TIME) else to_date(int(instant)).isoformat()


@pytest.mark.parametrize(
    ("text", "expected"), list(cases()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_statements(reader: Reader, text: str, expected: list[str]) -> None:
    concepts, words = Concepts(), Words()
    read = reader.read([note(text)], concepts, words)
    lines = [line for rows in read.rows for line in shown(rows, concepts, words)]
    assert sorted(line for _, line in lines) == sorted(expected)


def test_quotes_are_the_very_words_and_columns_those_of_the_kind(reader: Reader) -> None:
    notes = [note(one.text) for one in read_half("open")]
    concepts, words = Concepts(), Words()
    read = reader.read(notes, concepts, words)
    assert sum(len(rows.note) for rows in read.rows) > 700
    for rows in read.rows:
        assert rows.columns.keys() <= columns_of(rows.kind).keys()
        assert {len(column) for column in rows.columns.values()} == {len(rows.note)}
        assert np.all(rows.columns["source"] == Source.NOTE)
        for at, position in enumerate(rows.note.tolist()):
            held: dict[str, Any] = {name: column[at] for name, column in rows.columns.items()}
            quote = words.texts[held["quote"]]
            assert quote
            assert notes[position].text[held["span_lo"] : held["span_hi"]] == quote
            edges = [held[name] for name in ("start_lo", "start_hi", "end_lo", "end_hi")]
            assert edges[0] <= min(edges[1:3])
            assert max(edges[1:3]) <= edges[3]


def protocol(*lines: str) -> Program:
    text = "\n".join(('protocol p version 1 "P"', "", *lines, ""))
    compiled = compile_text(text, name="p.elig")
    assert compiled.program is not None, [problem.render() for problem in compiled.problems]
    return compiled.program


def test_phrases_of_a_protocol_are_found_and_carry_their_coding() -> None:
    program = protocol(
        'diagnosis wet-lung also "wetlung syndrome": ICD-10-CM J81*',
        'mention frailty: "failure to thrive"',
        'include A "A"',
        "  wet-lung starting before index",
        'include B "B"',
        "  frailty within 6 months before index",
    )
    concepts, words = Concepts(), Words()
    text = "Known wet lung (Wetlung  Syndrome). Failure-to-thrive noted. Heart failure."
    read = Reader([program]).read([note(text)], concepts, words)
    found = {
        (rows.kind, words.texts[quote]): set(concepts.codings[concept])
        for rows in read.rows
        for concept, quote in zip(rows.columns["concept"], rows.columns["quote"], strict=True)
    }
    assert stated_coding("wet lung") in found[Kind.CONDITION, "wet lung"]
    assert stated_coding("wetlung syndrome") in found[Kind.CONDITION, "Wetlung  Syndrome"]
    assert found[Kind.MENTION, "Failure-to-thrive"] == {mentioned_coding("failure to thrive")}
    assert (Kind.CONDITION, "Heart failure") in found


def test_a_text_is_read_once_and_its_copies_are_told_the_same(reader: Reader) -> None:
    concepts, words = Concepts(), Words()
    once = reader.read([note("Known COPD.")], concepts, words).rows
    twice = reader.read([note("Known COPD."), note("Known COPD.")], concepts, words).rows
    assert [len(rows.note) * 2 for rows in once] == [len(rows.note) for rows in twice]


def test_a_text_that_takes_too_long_is_told_apart() -> None:
    slow = Reader(seconds=-1.0)
    read = slow.read([note("Known COPD."), note("")], Concepts(), Words())
    assert list(read.unread) == [0, 1]
    assert not read.rows


HOSTILE = {
    "no spaces": "x" * 100_000,
    "commas": "," * 1_000_000,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "cues": "no " * 50_000,
    "digits": "1/" * 50_000,
    "empty lines": "\n" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_read_in_time(reader: Reader, name: str) -> None:
    assert not reader.read([note(HOSTILE[name])], Concepts(), Words()).unread


def test_words_of_a_long_run_keep_their_ids(reader: Reader) -> None:
    concepts, words = Concepts(), Words()
    for number in range(40_000):
        words.intern(f"quote {number}")
    (rows,) = reader.read([note("PMH: COPD.")], concepts, words).rows
    assert words.texts[int(rows.columns["section"][0])] == "past medical history"
