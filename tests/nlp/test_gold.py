"""The labelled notes parse, are many enough on every axis, and the two halves share no sentence."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from tests.nlp.gold.reader import (
    AXES,
    DEVELOPMENT,
    HALVES,
    NOTES,
    GoldError,
    Mention,
    Note,
    parse,
    read,
    read_half,
)

HEADER = "id: n\ndate: 2024-05-14\nkind: progress note\n\n"
ATTRIBUTES_COUNTED = ("concept", "date", "value", "event", "by")


def mentions(half: str) -> list[Mention]:
    return [mention for note in read_half(half) for mention in note.mentions]


def sentences(note: Note) -> set[str]:
    """Sentences of four words or more, without case, marks and spacing."""
    pieces = re.split(r"[.!?;:]\s|\n", note.text.casefold())
    cleaned = (" ".join(re.findall(r"\w+", piece)) for piece in pieces)
    return {piece for piece in cleaned if len(piece.split()) >= 4}


def test_every_file_is_in_a_half() -> None:
    assert {path.parent.name for path in NOTES.rglob("*") if path.is_file()} == {*HALVES, DEVELOPMENT}
    assert {path.suffix for path in NOTES.rglob("*") if path.is_file()} == {".txt"}


def test_ids_are_file_names() -> None:
    for path in NOTES.rglob("*.txt"):
        assert read(path).id == path.stem
    ids = [note.id for half in (*HALVES, DEVELOPMENT) for note in read_half(half)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("half", HALVES)
def test_each_half_has_enough(half: str) -> None:
    found = mentions(half)
    assert len(found) >= 300
    held = Counter(axis for mention in found for axis in mention.axes)
    near = Counter(axis for mention in found for axis in mention.near)
    assert min(held[axis] for axis in AXES) >= 30, held
    assert min(near[axis] for axis in AXES) >= 30, near
    given = Counter(key for mention in found for key in mention.attributes)
    assert min(given[key] for key in ATTRIBUTES_COUNTED) >= 30, given


@pytest.mark.parametrize("half", [*HALVES, DEVELOPMENT])
def test_mentions_lie_in_their_note(half: str) -> None:
    for note in read_half(half):
        ends = [0, *(mention.end for mention in note.mentions)]
        for mention, before in zip(note.mentions, ends, strict=False):
            assert before <= mention.start < mention.end <= len(note.text)
        assert not re.search(r"\[\[|\]\]|\|", note.text)


def test_halves_share_no_sentence() -> None:
    first, second = (set[str]().union(*map(sentences, read_half(half))) for half in HALVES)
    # The number only: the closed half is not to be read before the end.
    assert len(first & second) == 0


def test_a_mark_is_read() -> None:
    note = parse(HEADER + "No [[MI|absent|+someone-else|concept=myocardial infarction]] so far.\n", "n")
    assert (note.id, note.date, note.kind) == ("n", date(2024, 5, 14), "progress note")
    assert note.text == "No MI so far."
    (mention,) = note.mentions
    assert note.text[mention.start : mention.end] == "MI"
    assert mention.label == "absent"
    assert mention.axes == {"absent", "someone-else"}
    assert mention.attributes == {"concept": "myocardial infarction"}


def test_positions_count_lines() -> None:
    note = parse(HEADER + "A\n[[b|present]] c\n\n[[d|possible|near=absent,date]]", "n")
    assert [note.text[m.start : m.end] for m in note.mentions] == ["b", "d"]
    assert note.mentions[1].near == {"absent", "date"}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("[[cough]]", 5),
        ("fine\n[[cough|perhaps]]", 6),
        ("[[cough|present", 5),
        ("cough]] [[a|present]]", 5),
        ("a|b [[a|present]]", 5),
        ("[[cough |present]]", 5),
        ("[[cough|present|+absent]]", 5),
        ("[[cough|absent|+absent]]", 5),
        ("[[cough|absent|+present]]", 5),
        ("[[cough|absent|near=absent]]", 5),
        ("[[cough|present|near=cold]]", 5),
        ("[[cough|present|date=2024-13]]", 5),
        ("[[cough|present|date=2024-02-30]]", 5),
        ("[[cough|present|date=2024/]]", 5),
        ("[[cough|present|until=2024-05/2024-04]]", 5),
        ("[[cough|present|event=begin]]", 5),
        ("[[cough|present|age=ten]]", 5),
        ("[[cough|present|by=list]]", 5),
        ("[[cough|present|value=]]", 5),
        ("[[cough|present|value=1|value=2]]", 5),
        ("[[cough|present|colour=red]]", 5),
        ("no mention", 5),
        ("", 5),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(body: str, line: int) -> None:
    with pytest.raises(GoldError, match=f"^n.txt:{line}: "):
        parse(HEADER + body, "n.txt")


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("", 1),
        ("date: 2024-05-14\nid: n\nkind: k\n\n", 1),
        ("id: n\ndate: May\nkind: k\n\n", 2),
        ("id: n\ndate: 2024-05-14\nkind:\n\n", 3),
        ("id: n\ndate: 2024-05-14\nkind: k\nborn: 1990\n\n", 4),
        ("id: n\ndate: 2024-05-14\nkind: k", 4),
    ],
)
def test_a_wrong_header_is_refused_with_its_line(header: str, line: int) -> None:
    with pytest.raises(GoldError, match=f"^n.txt:{line}: "):
        parse(header + "[[cough|present]]" if header.endswith("\n") else header, "n.txt")


def test_there_is_no_third_half() -> None:
    with pytest.raises(GoldError):
        read_half("ajar")
