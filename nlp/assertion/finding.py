"""Which phrases of the tables stand in a sentence, and which of them count there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial

from nlp.assertion.folded import Folded
from nlp.assertion.lookup import Lookup
from nlp.assertion.scope import Item
from nlp.assertion.table import AXES, Entry, tables

_NEGATED, _POSSIBLE, _HISTORICAL = AXES["negated"], AXES["possible"], AXES["historical"]
_ANY = sum(AXES[name] for name in ("negated", "possible", "hypothetical", "historical", "someone else"))
_CLAUSE_STARTS = frozenset(".;:(>)")
_CLAUSE_ENDS = frozenset(",;.:)(!?/")
# Words before which a doubt ends as before a full stop: "remote given his adherence".
_GROUNDS = frozenset(
    [
        "given",
        "because",
        "as",
        "since",
        "but",
        "per",
        "though",
        "although",
        "until",
        "till",
        "if",
        "so",
        "at",
        "now",
        "today",
        "currently",
        "on",
        *("od", "os", "ou"),
    ]
)
_TIMES = frozenset(
    [
        "in",
        "on",
        "at",
        "last",
        "this",
        "today",
        "now",
        "since",
        "when",
        "during",
        "by",
        "per",
        "yesterday",
        "initially",
        "identified",
        "again",
        *("same", "ou", "od", "os", "bilat", "bilaterally", "b/l", "throughout", "anywhere", "elsewhere"),
    ]
)
_REASONS = frozenset(("b/c", "bc", "because", "due", "d/t", "given", "as", "despite"))
# Words before which an end ends a clause: "off since Monday", "stopped because of".
_SINCE = re.compile(
    r" (?:o[dsu]\b|at \d"
    r"|since|yesterday|last|because|b/c|bc|due|d/t|2/2|secondary|today|when|earlier|during|after"
    r"|spontaneously|by (?:it|him|her)self|on (?:its|his|her|their) own"
    r"|(?:(?:on|by|around|about|in|early|late|mid|approx|the end of) )?"
    r"(?:\d{1,2}/\d{1,2}|(?:19|20)\d\d|'\d\d|jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|january"
    r"|february|march|april|august|september|october|november|december))\b"
)
_BARE = (" not", "ever")

# What a phrase does, whether it is a cue, whether a clause must begin or end here, and what it does
# where none does.
_Phrase = tuple[Entry, bool, bool, Entry | None]
_item = partial(tuple.__new__, Item)  # `Item._make` without its check of the length


def items(folded: Folded, years: Sequence[Item], start: int, end: int, cues: bool) -> list[Item]:
    """Phrases of the tables within text[start:end], by end, the longest first at each end.

    None where no cue is among them, unless `cues` says that something speaks already: stops alone are mute.
    """
    here = [year for year in years if start <= year.start < end] if years else years
    lookup, phrases = _phrases()
    hits = lookup.find(folded.letters, max(start - 1, 0), end, cues or bool(here))
    if not hits and not here:
        return []
    raw: list[Item] = []
    for at, stop, phrase in zip(hits[::3], hits[1::3], hits[2::3], strict=True):
        entry, cue, placed, rest = phrases[phrase]
        if placed and not _in_place(folded, entry, at, stop, start, end):
            if rest is None:
                continue
            entry = rest
        cues = cues or cue
        raw.append(_item((at, stop, entry)))
    if here:
        return sorted([*raw, *here], key=lambda item: (item.end, item.start))
    return raw if cues else []


def _in_place(folded: Folded, entry: Entry, at: int, stop: int, start: int, end: int) -> bool:
    """Whether a clause ends behind a phrase, or begins with it, that counts only there."""
    text = folded.text
    if entry.at_end and not (_ends(text, stop, end) or folded.apart(stop) or _grounded(text, stop, entry)):
        return False
    return not entry.at_start or _begins(text, at, start)


def _begins(text: str, at: int, start: int) -> bool:
    """Whether a clause begins here, in a sentence from `start`."""
    while at > start and text[at - 1] == " ":
        at -= 1
    return at <= start or text[at - 1] in _CLAUSE_STARTS


def _grounded(text: str, at: int, entry: Entry) -> bool:
    """Whether a doubt is followed by its grounds, a denial or an end by its time or reason."""
    if entry.backward is None or text[at] != " ":
        return False
    following = text[at + 1 : text.find(" ", at + 1)]
    if entry.backward.axis == _NEGATED:
        told = text[at - 4 : at] not in _BARE and text[at - 3 : at] != " no"
        counted = following.lstrip("x")[:1].isdigit()  # "negative x3"
        return told and (counted or following in _TIMES or following in _REASONS)
    if entry.backward.axis == _HISTORICAL:
        return _SINCE.match(text, at) is not None
    return entry.backward.axis == _POSSIBLE and following in _GROUNDS


def _ends(text: str, at: int, end: int) -> bool:
    """Whether a clause ends here."""
    while at < end and text[at] == " ":
        at += 1
    return at >= end or (text[at] in _CLAUSE_ENDS and not (text[at] == "." and text[at + 1].isdigit()))


@cache
def _phrases() -> tuple[Lookup, Sequence[_Phrase]]:
    phrases: list[_Phrase] = []
    for entry in tables().entries.values():
        # Words that only go with others ("had" of a relative, "still" under past history) are no cues alone.
        cue = any(reach is not None and reach.axis & _ANY for reach in (entry.forward, entry.backward))
        placed = entry.at_end or entry.at_start
        phrases.append((entry, cue, placed, _out_of_place(entry) if placed else None))
    return Lookup(tuple(tables().entries), [phrase[1] for phrase in phrases]), phrases


def _out_of_place(entry: Entry) -> Entry | None:
    """What a phrase does where no clause ends behind it, or begins with it."""
    forward = None if entry.at_start else entry.forward
    backward, other = (None, None) if entry.at_end else (entry.backward, entry.else_backward)
    if forward is None and backward is None and not entry.stop:
        return None
    return entry._replace(
        forward=forward, backward=backward, else_backward=other, at_end=False, at_start=False
    )
