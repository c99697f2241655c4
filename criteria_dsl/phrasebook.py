"""Common English that is not ours, with what to write instead. It only ever makes a suggestion.

The phrases are data (phrasebook.toml): a pattern over the text, and the suggestion it gives.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from criteria_dsl.problem import Report
from criteria_dsl.source import Span

_REACH = 200  # characters to either side
_WORD_IN_FRONT = re.compile(r"([\w-]+) +$")


@dataclass(frozen=True, slots=True)
class Phrase:
    english: str  # as the phrase book has it
    pattern: re.Pattern[str]
    suggestion: str


@cache
def phrases() -> tuple[Phrase, ...]:
    """The phrase book in file order; earlier phrases win."""
    data = tomllib.loads(files(__package__).joinpath("phrasebook.toml").read_text(encoding="utf-8"))
    return tuple(
        Phrase(
            entry["english"],
            re.compile(rf"(?<![\w-])(?:{entry['english']})(?![\w-])", re.IGNORECASE),
            entry["write"],
        )
        for entry in data["phrase"]
    )


def report(span: Span, within: Span, found: Report) -> bool:
    """Reports the first phrase that touches `span` on its line, else the word in front of it."""
    if found.is_long:
        return False
    if _touching(span, within, found):
        return True
    text = within.source.text
    line = max(within.start, text.rfind("\n", 0, span.start) + 1, span.start - _REACH)
    front = _WORD_IN_FRONT.search(text, line, span.start)
    return front is not None and _touching(Span(span.source, front.start(1), front.end(1)), within, found)


def _touching(span: Span, within: Span, found: Report) -> bool:
    text = within.source.text
    begin = max(within.start, text.rfind("\n", 0, span.start) + 1, span.start - _REACH)
    end = text.find("\n", span.end)
    end = min(within.end, len(text) if end < 0 else end, span.end + _REACH)
    line = text[begin:end]
    for phrase in phrases():
        for match in phrase.pattern.finditer(line):
            lead = len(match[0]) - len(match[0].lstrip(" -"))  # before a phrase that begins a line
            start, stop = begin + match.start() + lead, begin + match.end()
            if start < span.end and span.start < stop:
                found.add(
                    "E102",
                    Span(span.source, start, stop),
                    f"`{' '.join(match[0][lead:].split())}` is English, but not our phrase for it",
                    f"write {match.expand(phrase.suggestion)}",
                )
                return True
    return False
