"""The tables of cues, stops and scopes, read once: what words say, and how far.

`cues.csv` holds words that say how a mention stands, `stops.csv` words that end or divide their reach,
`scopes.csv` which stops end which kind of cue. A table that contradicts itself raises `CueError`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from nlp.document import Axis
from nlp.phrases import rows_of, shapes, spelled

_HERE = "nlp.assertion"
_FILES = (
    (_HERE, "cues.csv"),
    (_HERE, "stops.csv"),
    (_HERE, "scopes.csv"),
    (_HERE, "shapes.csv"),
    ("nlp", "words.csv"),
    ("eligibility", "sections.csv"),
)

STOPS = (
    "break",
    "contrast",
    "turn",
    "cause",
    "with",
    "who",
    "clause",
    "subject",
    "be",
    "finite",
    "report",
    "positive",
    "place",
    "comma",
    "join",
    "or",
    "phrase",
    "open",
    "shut",
    "colon",
    "for",
    "possessive",
)
BIT = {name: 1 << at for at, name in enumerate(STOPS)}
DIVIDES = BIT["comma"] | BIT["join"] | BIT["or"]
# Not an axis of a mention: words that say that something goes on, against a section's default of the past.
GOING_ON = 1 << 8
# Nor this: words that tell of the past where somebody else is spoken of, and not of the patient alone.
THEIRS = 1 << 9
# Nor this: words that say that what is feared or guarded against has been before.
AGAIN = 1 << 10
# Bits of `Axis` as plain integers: flags are slow to compare and to look up.
AXES: dict[str, int] = {
    "nothing": int(Axis.NONE),
    "negated": int(Axis.NEGATED),
    "possible": int(Axis.POSSIBLE),
    "hypothetical": int(Axis.HYPOTHETICAL),
    "historical": int(Axis.HISTORICAL),
    "someone else": int(Axis.SOMEONE_ELSE),
    "someone else's absence": int(Axis.SOMEONE_ELSE | Axis.NEGATED),
    "someone else's past": int(Axis.SOMEONE_ELSE | Axis.HISTORICAL),
    "gone": int(Axis.NEGATED | Axis.HISTORICAL),
    "hardly": int(Axis.NEGATED | Axis.POSSIBLE),
    "going on": GOING_ON,
    "theirs": THEIRS,
    "again": AGAIN,
}
# "either": backward where it reaches nothing ahead ("asthma likely" and "likely asthma").
_DIRECTIONS = {
    "forward": (True, False),
    "backward": (False, True),
    "both": (True, True),
    "either": (True, True),
}
_WHERE = ("", "end", "start")
_MOST_BEFORE_BEGIN = 7  # words between a cue and the words with which it begins to reach
_MOST_BEHIND_MODAL = 4
_LISTING = ("help", "list")  # where a colon or a bracket begins as well
_MOST_PHRASES = 60_000


class CueError(ValueError):
    """A row of the tables that cannot be meant so."""


class Reach(NamedTuple):
    """How far a cue reaches in one direction."""

    axis: int
    ends: int  # bits of stops that end it
    ends_divided: int  # and of those that do once a comma or join lies between
    words: int
    nearest: bool  # only the nearest mention
    begins: re.Pattern[str] | None  # what must come first: "call the office *for*", "*may* occur"
    past: frozenset[str]  # words that do not end it, whatever stops they are: "plan to *have*"
    of: str  # what it can speak of, see `supposing`: "" for anything


class Entry(NamedTuple):
    """What a phrase does. All `None` and 0: a pseudo-cue."""

    forward: Reach | None = None
    backward: Reach | None = None
    else_forward: Reach | None = None  # of other things than `forward` speaks of: deeds, and not problems
    else_backward: Reach | None = None
    stop: int = 0  # bits of the stops that it is
    either: bool = False  # its backward reach counts only where it reaches nothing ahead
    at_end: bool = False  # its backward reach counts only where a clause ends behind it
    at_start: bool = False  # its forward reach counts only where a clause begins with it
    relative: bool = False  # names a relative
    only_stops: bool = False  # it takes no cue's words away ("and *denies*")


@dataclass(frozen=True, slots=True)
class Cue:
    """A row of `cues.csv`."""

    phrase: str
    axis: int
    direction: str
    kind: str
    words: int | None
    where: str
    example: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Phrases as they stand in folded text, and what each does. `version` changes with any table."""

    entries: Mapping[str, Entry]
    cues: tuple[Cue, ...]
    stops: tuple[tuple[str, str, str], ...]
    version: str


@cache
def tables() -> Tables:
    """The tables that come with the project."""
    scopes = {row["kind"]: row for row in rows_of(_HERE, "scopes.csv")}
    cues = tuple(_cue(row) for row in rows_of(_HERE, "cues.csv"))
    stops = tuple((row["phrase"], row["class"], row["example"]) for row in rows_of(_HERE, "stops.csv"))
    entries: dict[str, Entry] = {}
    for phrase, kind, _ in stops:
        for form in spelled(phrase):
            before = entries.get(form, Entry())
            entries[form] = before._replace(stop=before.stop | BIT[kind])
    for cue in cues:
        related = "{relative}" in cue.phrase
        reach = _reach_of(cue, scopes[cue.kind])
        alone = _with_cue(Entry(), cue, reach, related)  # most of a cue's many forms are no other's
        for form in spelled(cue.phrase):
            held = entries.get(form)
            entries[form] = alone if held is None else _with_cue(held, cue, reach, related)
    if len(entries) > _MOST_PHRASES:
        raise CueError(f"{len(entries)} phrases are more than {_MOST_PHRASES}")
    for form, entry in entries.items():
        if entry.stop and entry.forward is None and entry.backward is None:
            entries[form] = entry._replace(only_stops=True)
    content = b"".join((files(package) / name).read_bytes() for package, name in _FILES)
    return Tables(entries, cues, stops, hashlib.sha256(content).hexdigest()[:16])


def _cue(row: Mapping[str, str]) -> Cue:
    if row["axis"] not in AXES or row["direction"] not in _DIRECTIONS or row["where"] not in _WHERE:
        raise CueError(f"cue {row['phrase']!r}: unknown axis, direction or place")
    words = int(row["words"]) if row["words"] else None
    axis = AXES[row["axis"]]
    return Cue(row["phrase"], axis, row["direction"], row["kind"], words, row["where"], row["example"])


def _reach_of(cue: Cue, scope: Mapping[str, str]) -> Reach:
    words = int(scope["words"]) if cue.words is None else cue.words
    return _reach(cue.axis, scope, words, _DIRECTIONS[cue.direction][0])


def _with_cue(before: Entry, cue: Cue, reach: Reach, related: bool) -> Entry:
    """An entry that also does what a cue says. A form keeps the first cue of each direction."""
    if not cue.axis:
        # Words that are a cue of their own as well are no pseudo-cue.
        return before
    forward, backward = _DIRECTIONS[cue.direction]
    return before._replace(
        forward=before.forward or (reach if forward else None),
        backward=before.backward or (reach if backward else None),
        else_forward=before.else_forward
        or (reach if forward and _of_others(before.forward, reach) else None),
        else_backward=before.else_backward
        or (reach if backward and _of_others(before.backward, reach) else None),
        at_end=cue.where == "end" if backward and before.backward is None else before.at_end,
        at_start=cue.where == "start" if forward and before.forward is None else before.at_start,
        either=before.either or cue.direction == "either",
        relative=before.relative or related,
    )


def _of_others(held: Reach | None, reach: Reach) -> bool:
    """Whether a cue speaks of other things than a phrase does already: "considered" of tests, of ills."""
    return held is not None and {held.of, reach.of} in (
        {"problem", "act"},
        {"unmeasured problem", "act"},
        {"problem", "drug"},
        {"problem", "deed"},
    )


def _reach(axis: int, scope: Mapping[str, str], words: int, forward: bool = True) -> Reach:
    return Reach(
        axis,
        _bits(scope["ends"]),
        _bits(scope["ends once divided"]),
        words,
        nearest=scope["speaks of"].startswith("nearest"),
        begins=_begins(scope["begins"], forward),
        past=frozenset(scope["goes past"].split()),
        of=scope["speaks of"].removeprefix("nearest").strip(),
    )


@cache
def _begins(names: str, forward: bool) -> re.Pattern[str] | None:
    """The words with which a cue begins to reach, up to some words behind it or before it."""
    if not names:
        return None
    words = "|".join(shapes()[f"begins: {name}"] for name in names.split())
    if forward:
        signs = r"|[:(]" if names in _LISTING else ""
        return re.compile(
            rf"(?:[ (,]+[^ .;:(]+){{0,{_MOST_BEFORE_BEGIN}}}?(?:[ (,]+(?:{words})(?=[ :(,]){signs})"
        )
    return re.compile(rf"(?<= )(?:{words})(?: [^ .;:,(]+){{0,{_MOST_BEHIND_MODAL}}} \Z")


def _bits(names: str) -> int:
    return sum(BIT[name] for name in names.split())


@cache
def time_entry(before: bool, ahead: str) -> Entry:
    """A time at which something was: past is what stands before it, or what `ahead`, a kind, leads to."""
    scopes = {row["kind"]: row for row in rows_of(_HERE, "scopes.csv")}
    dated, led = (
        _reach(AXES["historical"], scopes[kind], int(scopes[kind]["words"])) if kind else None
        for kind in ("dated", ahead)
    )
    return Entry(forward=led, backward=dated if before else None)
