"""Wordings of each axis, as clinicians vary them: terms of `corpus/assertion` get what stands behind them.

A case is a line; "\\n" is a line's end. `[term:y]` is a term with the axes of the letters, `{term}` one with
none: a absent, p possible, y hypothetical, h historical, s someone else's.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlp import sections, sentences
from nlp.assertion import assert_all
from nlp.document import Axis, Mention

CORPUS = Path(__file__).parent / "corpus" / "assertion"
TERM = re.compile(r"\[([^\]]+?):([apyhs]+)\]|\{([^}]+)\}")
LETTERS = {
    "a": Axis.NEGATED,
    "p": Axis.POSSIBLE,
    "y": Axis.HYPOTHETICAL,
    "h": Axis.HISTORICAL,
    "s": Axis.SOMEONE_ELSE,
}
CASES = [
    line.replace("\\n", "\n")
    for path in sorted(CORPUS.glob("*.txt"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def letters(axes: Axis) -> str:
    return "".join(letter for letter, axis in LETTERS.items() if axes & axis)


def told(case: str) -> tuple[list[str], list[str]]:
    """The terms of a case with the letters they should get, and with those they get."""
    text, mentions, expected, last = "", [], [], 0
    for term in TERM.finditer(case):
        text += case[last : term.start()]
        words = term[1] or term[3]
        mentions.append(Mention(len(text), len(text) + len(words), 0))
        expected.append(f"{words}:{''.join(sorted(term[2] or '', key=list(LETTERS).index))}")
        text += words
        last = term.end()
    text += case[last:]
    parts = sections.find(text)
    found = assert_all(text, parts, sentences.split(text, parts), mentions)
    return expected, [
        f"{text[m.start : m.end]}:{letters(one.axes)}" for m, one in zip(mentions, found, strict=True)
    ]


@pytest.mark.parametrize("case", CASES)
def test_wording(case: str) -> None:
    expected, found = told(case)
    assert found == expected
