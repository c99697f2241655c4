"""What the passes over a note hand to each other. All positions count characters of the note's text.

A pass reads the text and the results of the passes before it, and never changes either:
mentions -> sections -> assertions -> dates -> values -> rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple


class Span(NamedTuple):
    """text[start:end]."""

    start: int
    end: int


class Doubt(IntFlag):
    """Why a mention can only raise a question."""

    NONE = 0
    MISSPELT = 1  # found by likeness
    AMBIGUOUS = 2  # a name or abbreviation with several meanings


class Axis(IntFlag):
    """What words around a mention say of it; several may hold at once."""

    NONE = 0
    NEGATED = 1
    POSSIBLE = 2
    HYPOTHETICAL = 4
    HISTORICAL = 8
    SOMEONE_ELSE = 16

    __bool__ = int.__bool__  # that of flags runs as Python, and is asked of every mention


class Mention(NamedTuple):
    """A name found in the text. `term` is its position in the lexicon it was found with."""

    start: int
    end: int
    term: int
    doubt: Doubt = Doubt.NONE


class Asserted(NamedTuple):
    """What holds of a mention, and the words that say so (one span per axis, in the order of Axis).

    `relative` is the position of the word for the relative ("mother") where SOMEONE_ELSE holds and one
    was named, else None.
    """

    axes: Axis
    cues: tuple[Span, ...] = ()
    relative: Span | None = None


class Section(NamedTuple):
    """A part of the note: `name` is the usual name of its header (`family history`), "" before any."""

    start: int
    end: int
    name: str
    header: Span


class Reach(IntEnum):
    """How what a date belongs to lies to it."""

    AT = 0  # at some time within it
    SINCE = 1  # it began within it, and lasted until the note ("since March", "for the past 3 days")
    FOR = 3  # it lasted that long, and began within it if until the note ("for 3 days", "x3 days")
    AGE = 2  # an age of the person ("at age 12"): without the birth date it says nothing, all of time


class When(NamedTuple):
    """A date that the text states: first and last instant that it may mean.

    BEGINNING and END_OF_TIME where it is said from something we cannot date ("2 days before surgery").
    """

    start: int
    end: int
    lo: int
    hi: int
    reach: Reach = Reach.AT


@dataclass(frozen=True, slots=True)
class Marked:
    """A note with everything that was found in it. `asserted[i]` is of `mentions[i]`."""

    text: str
    sections: Sequence[Section]
    sentences: Sequence[Span]
    mentions: Sequence[Mention]
    asserted: Sequence[Asserted]
