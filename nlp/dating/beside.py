"""What stands just behind a dated thing and came with it: "MI 2010 → stent", "ectopic 2004 (ruptured)"."""

from __future__ import annotations

import re

from nlp.dating import gaps
from nlp.dating.dates import UNDATED, Things
from nlp.document import Reach, When
from nlp.phrases import shapes

_FAR = 40  # characters between a date and what came with it
_DEED = re.compile(shapes()["deed"])
_DONE_TO = re.compile(
    r"(?:banded|clipped|coiled|stented|treated|repaired|excised|drained|plated|grafted|resected|ablated|"
    r"hospitali[sz]ed|admitted|intubated|hospitali[sz]ation|seeds|debrided)\Z"
)
_LASTING = re.compile(shapes()["lasting"])
_A = r"(?:a\s|an\s|the\s|his\s|her\s|some\s)?(?:[a-z]{1,9}\s)?"
# A dated thing, its date, then in brackets or behind an arrow what goes with it.
_OPENED = re.compile(
    r"\)?\s\((?:(?:gave|caused|with|w/|from|after|for|s/p|got|needed|required)\s)?" + _A + r"\Z"
)
_INSIDE = re.compile(
    r"[;,]\s(?:(?:gave|caused|with|w/|stopped(?::|\sfor)|d/c'?d?(?::|\sfor))\s?)?" + _A + r"\Z"
)
_ARROW = re.compile(r"\)?\s?(?:→|-+>|=+>)\s?" + _A + r"\Z")
_THEN = re.compile(r"\)?(?:,\s|\s[-–]\s)(?:(?:then|and|requiring|needing|needed|required)\s)?" + _A + r"\Z")
_MADE = re.compile(
    r"\)?,?\s(?:but|and|which)\s(?:it\s)?(?:made\s(?:him|her|them)|caused|gave\s(?:him|her|them)|led\sto)\s"
    + _A
    + r"\Z"
)
# Between a thing and the next date: that date is its own.
_OWN = re.compile(r"[^.;,()]{0,24}\(?\Z")
_WHICH = re.compile(
    r",?\sfor\swhich\s(?:he|she|they|pt|the\spatient)\s(?:got|had|underwent|received|was\sgiven)\s"
    + _A
    + r"\Z"
)
_AND = re.compile(r"\s?(?:,|\+|/|&|and|,\sand)\s" + _A + r"\Z")


def follow(things: Things, when: When, target: int, around: tuple[int, int], following: int) -> None:
    """Gives the date of a thing to what stands behind the date and came with it, where that has none.

    `around`: the first thing behind the date and that behind the last of its clause. `following`: where the
    next date begins.
    """
    behind, last = around
    if when.reach is not Reach.AT or behind >= last or things.found[target].start is not when:
        return
    low, mentions = things.low, things.mentions
    if _OWN.fullmatch(low, mentions[behind].end, following) is not None:
        return
    bracketed = low[when.start - 1 : when.start] == "("
    gap = low[when.end : mentions[behind].start]
    if len(gap) > _FAR or "\n" in gap:
        return
    name, other = _words(things, target), _words(things, behind)
    if bracketed and ")" not in gap:
        led = _INSIDE.match(gap) is not None
    else:
        led = (
            _OPENED.match(gap) is not None
            or _ARROW.match(gap) is not None
            or _MADE.match(gap) is not None
            or _WHICH.match(gap) is not None
        )
        led = led or (
            _THEN.match(gap) is not None
            and (_DEED.search(other) is not None or _DONE_TO.search(other) is not None)
            and _DEED.search(name) is None
        )
    if not led:
        return
    for number in range(behind, last):
        if number > behind and _AND.match(low[things.ends[number - 1] : mentions[number].start]) is None:
            return
        if things.found[number] == UNDATED and not _lasts(things, number):
            things.costs[number] = gaps.FAR * 2
            things.found[number] = things.found[number]._replace(start=when)


def _words(things: Things, number: int) -> str:
    return things.low[things.mentions[number].start : things.mentions[number].end]


def _lasts(things: Things, number: int) -> bool:
    """Whether a thing is one that goes on, or no test could have found it then."""
    if things.elsewhere and things.elsewhere[number]:
        return True
    words = _words(things, number)
    return _LASTING.search(words) is not None and _DEED.search(words) is None
