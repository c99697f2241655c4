"""The clause that a date stands in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from nlp.document import Span, When
from nlp.scanning import lowered

_REACH = 240  # characters to each side
# A dash before words of beginning or ending goes on with the thing before it.
_ENDS = re.compile(
    r"[;\n]|[.!?](?=\s|\Z)| / | - (?=[a-z])"
    r"(?!(?:onset|since|dx|diagnosed|began|begun|started|stopped|quit|held|off|resolved|discontinued|last|until)\b)"
)
_TITLE = re.compile(r"\b(?:dr|mr|ms|mrs|vs)\Z")
_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|mr|ms|mrs|vs|approx|st|no|pt|dx|hx|s\.p|i\.e|e\.g|b\.i\.d|p\.o|q\.d)|(?<![/\w])[a-z]|\d)\Z"
)


def of_dates(text: str, whens: Sequence[When], sentences: Sequence[Span] = ()) -> list[tuple[int, int]]:
    """Where the clause of each date begins and ends."""
    low = lowered(text)
    starts = [sentence.start for sentence in sentences]
    return [bounds(text, low, when, sentences, starts) for when in whens]


def bounds(
    text: str, low: str, when: When, sentences: Sequence[Span], starts: Sequence[int]
) -> tuple[int, int]:
    """Where the clause of a date begins and ends. `starts`: those of the sentences, which may be none."""
    begin, stop = max(0, when.start - _REACH), min(len(low), when.end + _REACH)
    number = bisect_right(starts, when.start) - 1
    if number >= 0 and when.start < sentences[number].end:
        begin, stop = max(begin, sentences[number].start), min(stop, sentences[number].end)
    for match in _ENDS.finditer(low, begin, when.start):
        if not abbreviated(text, low, match):
            begin = match.end()
    for match in _ENDS.finditer(low, when.end, stop):
        if not abbreviated(text, low, match):
            stop = match.start()
            break
    return begin, stop


def abbreviated(text: str, low: str, match: re.Match[str]) -> bool:
    """Whether a full stop ends a shortened word and not the sentence."""
    place = match.start()
    if low[place] != "." or match.end() - place != 1:
        return False
    if low[place - 1 : place] in "rs" and _TITLE.search(low, max(0, place - 4), place) is not None:
        return True
    return (
        text[place + 2 : place + 3].islower()
        and not low[place - 1].isdigit()
        and _ABBREVIATION.search(low, max(0, place - 8), place) is not None
    )
