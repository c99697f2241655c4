"""Words of notes with what stands around them: several of one place as one excerpt with several marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a note. `start` is its first character's place in the note, `facts` what is read in it."""

    text: str
    start: int
    before: bool
    after: bool
    facts: tuple[Told, ...]
    alone: bool = False  # nothing but the words themselves was kept

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it decided. Joined they are the text."""
        marked = [False] * len(self.text)
        for fact in self.facts:
            for at in range(fact["span"][0] - self.start, fact["span"][1] - self.start):
                marked[at] = True
        found: list[tuple[str, bool]] = []
        begin = 0
        for at in range(1, len(self.text) + 1):
            if at == len(self.text) or marked[at] != marked[begin]:
                found.append((self.text[begin:at], marked[begin]))
                begin = at
        return found


def excerpts(facts: Sequence[Told]) -> list[Excerpt]:
    """Excerpts in the order of records and of places in them."""
    found: list[Excerpt] = []
    for fact in sorted(facts, key=lambda one: (one["resource"], one["path"], one["span"])):
        one = _excerpt(fact)
        last = found[-1] if found else None
        if last is not None and _joins(last, one):
            text = last.text + one.text[max(0, last.end - one.start) :]
            found[-1] = replace(
                last,
                text=text,
                after=one.after if one.end >= last.end else last.after,
                facts=(*last.facts, *one.facts),
            )
        else:
            found.append(one)
    return found


def _excerpt(fact: Told) -> Excerpt:
    around = fact.get("around")
    if around is None:
        return Excerpt(str(fact["quote"]), int(fact["span"][0]), False, False, (fact,), alone=True)
    return Excerpt(str(around["text"]), int(around["start"]), around["before"], around["after"], (fact,))


def _joins(one: Excerpt, other: Excerpt) -> bool:
    same = all(one.facts[0][name] == other.facts[0][name] for name in ("resource", "path"))
    return same and not (one.alone or other.alone) and other.start <= one.end
