"""From a name to its number: over separators, empty words, dates and comparators, and no further."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from nlp.values.cues import cues
from nlp.values.shapes import Operator

_SPACE = re.compile(r"(?:[\s:=\-–*#(|\",'’]|\[(?!\*)|(?<=\()!\))*+")
_TIGHT = re.compile(r"[ \t:=\-–*#(|.]*+")
_WORD = re.compile(r"[a-z][a-z'’/-]*+")
_BLOCK = re.compile(r"\[\*\*[^\]\n]{0,60}\*\*\]")
_NORMAL_RANGE = re.compile(r"\((?:normal|ref|reference|nl|normal range|range)[^()\n]{0,40}\)")
_SPOKEN = frozenset(
    (
        "of",
        "was",
        "is",
        "at",
        "to",
        "up",
        "down",
        "now",
        "rose",
        "fell",
        "improved",
        "dropped",
        "trending",
        "remains",
    )
)
_UNKNOWN = 3  # words that we do not know and that may stand between
_FAR = 12  # words in all


class Walked(NamedTuple):
    """Where the number begins, and what the words before it say."""

    at: int
    value_start: int  # of the comparator where there is one
    operator: Operator | None = None
    between: bool = False
    change: bool = False
    earlier: bool = False
    aim: bool = False
    linked: bool = True  # False: words that we do not know stand just before the number


def to_number(
    low: str, at: int, limit: int, skips: Mapping[int, int], tight: bool, spoken: bool = False
) -> Walked | None:
    """From the end of a name; None where no number of its own follows before `limit`.

    `skips`: start → end of dates. `tight`: only separators may stand between; and, of names that are `spoken`
    of, a few words that lead to their number ("K was 5.9").
    """
    table = cues()
    operator: Operator | None = None
    value_start = -1
    between = change = earlier = aim = False
    linked = True
    unknown = total = 0
    start = at
    if low[at : at + 1] == "." and low[at + 1 : at + 2] == " ":
        at += 1  # "Temp. 98.5"
    while True:
        gap = (_TIGHT if tight else _SPACE).match(low, at)
        if gap is not None and gap.end() > at:
            if "\n" in gap.group() and not _over_line(low, start, at, gap.end()):
                return None
            if "(" in gap.group():
                normal = _NORMAL_RANGE.match(low, low.index("(", at))
                if normal is not None:
                    at = normal.end()
                    continue
            if ":" in gap.group() or "=" in gap.group():
                linked = True
            at = gap.end()
        if at >= limit:
            return None
        if at in skips:
            at = skips[at]
            continue
        letter = low[at]
        if letter.isdigit() or (letter == "." and low[at + 1 : at + 2].isdigit()):
            sure = linked or not unknown or operator is not None or low[at - 1] == "("
            start_ = value_start if value_start >= 0 else at
            return Walked(at, start_, operator, between, change, earlier, aim, sure)
        if letter == "[":
            block = _BLOCK.match(low, at)
            if block is None:
                return None
            at = block.end()
            continue
        word_match = _WORD.match(low, at)
        word = word_match.group() if word_match is not None else letter
        phrase = _compared(low, at, word)
        if phrase is not None:
            if value_start < 0:
                value_start = at
            if operator is None or operator is Operator.ABOUT:
                operator = phrase[1]
            at = phrase[0]
            linked = True
            continue
        if word_match is None or (tight and not (spoken and word in _SPOKEN)):
            return None
        total += 1
        if total > _FAR or word in table.stops:
            return None
        at = word_match.end()
        if low[at : at + 2] == ". " and word not in ("approx", "ca"):
            return None
        linked = word in table.links
        known = linked or word in table.fillers
        if word in table.changes:
            change, known = True, True
        if word in table.between:
            between, known = True, True
        if word in table.earlier:
            earlier, known = True, True
        if word in table.aims:
            aim, known = True, True
        if not known:
            unknown += 1
            if unknown > _UNKNOWN:
                return None


def _over_line(low: str, start: int, at: int, end: int) -> bool:
    """A line break directly behind the name, as in a table of one column."""
    return at == start and low.count("\n", at, end) == 1


def _compared(low: str, at: int, word: str) -> tuple[int, Operator] | None:
    for phrase, operator in cues().compared.get(word if word[0].isalpha() else low[at], ()):
        if low.startswith(phrase, at):
            end = at + len(phrase)
            if phrase[-1].isalpha() and low[end : end + 1].isalpha():
                continue
            return end, operator
    return None
