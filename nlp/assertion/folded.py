"""Text as the tables of cues are written: lower case, one kind of space, dash and apostrophe.

Folding keeps every character's place but where runs of spaces inside a sentence are drawn together;
`Folded.to` and `Folded.back` translate positions then.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.assertion.lookup import letters_of

# Signs that only set words apart become spaces; a hyphen is one ("rule-out", "follow-up").
# Every sign of ASCII has its entry: looking for one in vain would cost more than the rest of folding.
_SIGNS = {code: chr(code) for code in range(128)}
_SIGNS |= {ord(sign): " " for sign in '\n\t\r\v\f\u00a0\u2009\u202f"`[{<*_#-\u2010\u2011\u201c\u201d\u2018'}
_SIGNS |= {ord("\u2019"): "'", ord("\u2013"): " ", ord("\u2014"): ","}
# No run behind these: there two spaces are the custom, and no phrase goes on.
_RUN = re.compile("  (?<![.:;?! ]  ) *")
# What stands before the sign is asked behind it: only a pattern that begins with its sign is quick to find.
_MINUS = re.compile(r"-(?<=[a-z0-9]-)(?=[,.;]|\Z)")
_MINUS_APART = re.compile(r" -(?<=[a-z)] -)(?=[ \t]*[,.;\n]|\Z)")
_LEADER = re.compile(r"(?<!\.)\.{4,}+(?= ?[a-z0-9])")
_BEHIND_MINUS = (",", ".", ";", "")
_SIGNS_AHEAD = re.compile(r"(?:\A|[.:;,\n])[ \t]*\([-+]\) ?[a-z]")


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text. It begins and ends with a space that the original does not have."""

    text: str
    original: str
    gaps: tuple[int, ...]  # positions in the original behind which characters were dropped
    dropped: tuple[int, ...]  # how many up to there
    begun: tuple[int, ...]  # positions in the folded text, without its first space, from which they lack
    letters: NDArray[np.uint8]  # of the folded text, as phrases are looked up in it

    def to(self, position: int) -> int:
        """Position in the folded text of one in the original."""
        if not self.gaps:
            return position + 1
        at = bisect_right(self.gaps, position)
        before = self.dropped[at - 1] if at else 0
        if at < len(self.gaps):
            # A position among characters that were dropped is where they were.
            position = min(position, self.gaps[at] - (self.dropped[at] - before))
        return position + 1 - before

    def shift(self, start: int, end: int) -> int | None:
        """What `to` adds to each position from `start` to `end`, None where that is not one number."""
        if not self.gaps:
            return 1
        at = bisect_right(self.gaps, start)
        before = self.dropped[at - 1] if at else 0
        if at < len(self.gaps) and end > self.gaps[at] - (self.dropped[at] - before):
            return None
        return 1 - before

    def apart(self, position: int) -> bool:
        """Whether wide space or a line's end follows a position of the folded text."""
        at = self.back(position)
        return self.original[at : at + 1] in ("\n", "\t") or self.original[at : at + 2] == "  "

    def back(self, position: int) -> int:
        """Position in the original of one in the folded text."""
        position -= 1
        at = bisect_right(self.begun, position)
        return position + self.dropped[at - 1] if at else position


def _led(dots: re.Match[str]) -> str:
    """A row of dots that leads to an answer, as spaces and the colon that it stands for."""
    return ":".rjust(len(dots[0]))


def fold(text: str) -> Folded:
    """Fold a text."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    # A text is looked through for one sign far quicker than for two: hyphens tell what stands beside them.
    parts = lower.split("-") if "-" in lower else ()
    before = {part[-1:] for part in parts[:-1]}
    behind = {part[:1] for part in parts[1:]}
    if ")" in behind:
        # "(-) fever (-) chills": the sign stands before its name; elsewhere behind it.
        ahead = _SIGNS_AHEAD.search(lower) is not None
        lower = lower.replace("(-)", " no" if ahead else "neg").replace("(+)", "pos")
    if "\u2013)" in lower:
        lower = lower.replace("(\u2013)", "neg")
    if " " in before:
        lower = _MINUS_APART.sub(" \u00ac", lower)  # "clonus -": set apart from its name
        lower = lower.replace(" - ", " : ")
    if "...." in lower:
        lower = _LEADER.sub(_led, lower)  # "Psoriasis ....... no"
    if "|" in lower:
        lower = lower.replace(" |", " :")  # the cells of a table
    if "/" in lower:
        lower = lower.replace(" / ", " ; ")
    if "(" in lower:
        lower = lower.replace(" (", "( ")  # a bracket is a stop, and the word behind it begins with a space
    if not behind.isdisjoint(_BEHIND_MINUS):
        lower = _MINUS.sub("\u00ac", lower)  # "DM-, HTN+": a sign of its own, which is a cue
    lower = lower.translate(_SIGNS)
    gaps, dropped, begun, kept, total, last = [], [], [], [], 0, 0
    for run in _RUN.finditer(lower):
        at, end = run.span()
        # In a blank line no phrase goes on either.
        if at and "\n\n" not in text[at:end]:
            kept.append(lower[last : at + 1])
            last = end
            total += end - at - 1
            gaps.append(end)
            dropped.append(total)
            begun.append(end - total)
    if gaps:
        kept.append(lower[last:])
        lower = "".join(kept)
    lower = f" {lower} "
    return Folded(lower, text, tuple(gaps), tuple(dropped), tuple(begun), letters_of(lower))
