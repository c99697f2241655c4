"""Which record a pick means: the words in front of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility import program as ir

_PLACES = {"second": 2, "third": 3, "fourth": 4, "fifth": 5}


@dataclass(frozen=True, slots=True)
class Which:
    """A pick and, counted from its end, the place: `third most recent` is the third from the last."""

    pick: ir.Pick
    place: int = 1
    words: str = ""

    @property
    def by_time(self) -> bool:
        return self.pick in (ir.Pick.MOST_RECENT, ir.Pick.FIRST)


def which(words: str) -> Which:
    """The pick of the words of the grammar's `pick` rule."""
    ordinal, _, rest = words.partition(" ")
    if ordinal in _PLACES:
        return Which(ir.Pick.MOST_RECENT if rest else ir.Pick.FIRST, _PLACES[ordinal], words)
    return Which(ir.Pick(words), 1, words)
