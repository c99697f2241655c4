"""The dates of one thing, and what the rules that find them look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nlp.document import Axis, Span, When


class Dates(NamedTuple):
    """When something was or began, and when it ended; None where the text ties no date to it."""

    start: When | None = None
    end: When | None = None


UNDATED = Dates()

# What is said so is not what a test of the patient found.
ELSEWHERE = Axis.HYPOTHETICAL | Axis.SOMEONE_ELSE


class Things(NamedTuple):
    """What the rules look at: the text, its lower-case form of the same length, the things in it."""

    text: str
    low: str
    mentions: Sequence[Span]
    ends: Sequence[int]  # where what is said of each thing ends
    found: list[Dates]
    costs: list[int]  # how far the date of each thing is
    elsewhere: Sequence[bool]  # whether no test can have found it; may be empty
