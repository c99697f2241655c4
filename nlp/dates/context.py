"""What the readers of one text share."""

from __future__ import annotations

from dataclasses import dataclass, field

from eligibility.instants import BEGINNING, END_OF_TIME
from nlp.dates.calendar import Pair
from nlp.dates.words import words
from nlp.document import Reach

# start, end, first and last instant, reach: the fields of `nlp.document.When`
Found = tuple[int, int, int, int, Reach]

_LOOK_BACK = 48
_LINE = 400  # characters in which the beginning of a line is looked for
_STOPS = ".;\n"


@dataclass(slots=True)
class Context:
    """The text, its lower-case form of the same length, and the days on which it may be written.

    `done` is where `last`, the date before, ends: no reader looks further back.
    """

    text: str
    low: str
    base: Pair  # the day from which words count: that of the note, or of an entry in it
    known: bool  # whether there is a day of writing
    month_first: bool
    either: bool
    done: int = 0
    last: Found | None = None
    day: Found | None = None  # the last of the dates before that is a day
    written: Pair = (0, 0)  # the day of the note itself, the last on which a day without its year may be
    days_written: bool = False  # whether a slashed date with its year stood before
    looked_for: dict[tuple[str, ...], bool] = field(default_factory=dict)

    @property
    def capitals(self) -> bool:
        """Whether the head of the text is written in capitals throughout."""
        return not any(letter.islower() for letter in self.text[:200])

    def has(self, *words_: str) -> bool:
        """Whether any of some words stands anywhere in the text; looked for once."""
        known = self.looked_for.get(words_)
        if known is None:
            known = self.looked_for[words_] = any(word in self.low for word in words_)
        return known

    def before(self, start: int, reach: int = _LOOK_BACK) -> str:
        """Lower-case text before a place, at most so much, and not before the date before."""
        return self.low[max(self.done, start - reach) : start]

    def word_before(self, start: int) -> str:
        """The word that stands before a place, "" where something else does."""
        ahead = self.before(start, 24).split()
        return ahead[-1].strip("([,:*") if ahead else ""

    def planned(self, start: int) -> bool:
        """Whether words before a place, in its sentence, speak of what is to come."""
        ahead = self.low[max(0, start - 60) : start]
        for stop in _STOPS:
            ahead = ahead[ahead.rfind(stop) + 1 :]
        return not words().plans.isdisjoint(ahead.replace(",", " ").replace(":", " ").split())

    def planned_day(self, start: int) -> bool:
        """Whether a day without its year is to come: behind words of plans or under such a heading."""
        if self.planned(start):
            return True
        if self.word_before(start) in ("done", "given", "had", "last", "was", "since", "from"):
            return False
        line = self.low.rfind("\n", max(0, start - _LINE), start) + 1
        if not line and start > _LINE:
            return False
        heading, colon, _ = self.low[line : min(start, line + 24)].partition(":")
        return bool(colon) and heading.strip(" -*#") in words().plan_headings


def dated(start: int, end: int, pair: Pair | None, reach: Reach = Reach.AT) -> Found | None:
    """What was found, where the calendar has it."""
    return None if pair is None else (start, end, *pair, reach)


def unbounded(start: int, end: int, reach: Reach = Reach.AT) -> Found:
    """A date told from something that has none."""
    return start, end, BEGINNING, END_OF_TIME, reach
