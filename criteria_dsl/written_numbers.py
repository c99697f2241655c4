"""Numbers that stand in a protocol's criteria and definitions, and the text with another one in place.

What is asked with another limit is asked of the text that an author would write, compiled as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from criteria_dsl import tree as t
from criteria_dsl.blocks import cut
from criteria_dsl.parse import parse
from criteria_dsl.problem import Report
from criteria_dsl.source import read
from criteria_dsl.tree.walk import nodes

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number, the words it stands in (`>= 45 mL/min/{1.73_m2}`, `180 days`), and its place in the text."""

    number: str
    words: str
    start: int
    end: int


def written_numbers(text: str) -> Mapping[str, tuple[WrittenNumber, ...]]:
    """By the name of each criterion and definition its numbers, in the order of the text.

    They are limits, lengths of time, and how many of something there have to be. Blocks that cannot be read
    are left out.
    """
    found: dict[str, tuple[WrittenNumber, ...]] = {}
    report = Report()
    for block in cut(read("", text), report):
        node = parse(block, report)
        if isinstance(node, t.Criterion | t.Define):
            found[node.name.text] = tuple(sorted(_numbers(node), key=lambda one: one.start))
    return found


def with_number(text: str, number: WrittenNumber, value: str) -> str:
    """The text with another value in the place of a number."""
    plain = read("", text).text
    return plain[: number.start] + value + plain[number.end :]


def _numbers(node: t.Criterion | t.Define) -> Iterator[WrittenNumber]:
    for part in nodes(node):
        match part:
            case t.Limit(number=first, upper=upper):
                words: tuple[t.Word | None, ...] = (first, upper)
            case t.Length() | t.HalfLives() | t.Counted() | t.InARow() | t.Group():
                words = (part.number,)
            case _:
                continue
        for word in words:
            if word is not None and _NUMBER.fullmatch(word.text):
                yield WrittenNumber(word.text, part.span.text, word.span.start, word.span.end)
