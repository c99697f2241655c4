"""One sentence: which cues reach which mentions.

Cues and stops come sorted by their ends. A walk to the right carries the cues that reach forward, a
walk to the left those that reach backward; a stop ends what it ends. Each walk looks at every cue, stop
and mention once, so that the work grows with the sentence and no faster.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import NamedTuple

from nlp.assertion.supposing import may_mean
from nlp.assertion.table import AXES, BIT, DIVIDES, Entry, Reach
from nlp.document import Span

# No clinical sentence has more cues at work at once; the rest of a longer row would only cost time.
_MOST_OPEN = 8
_FAR = 60  # characters before a cue in which the words with which it begins to reach may stand
_MOST_OUT_OF_BRACKETS = 2  # words of a bracket before a cue that speaks of what stands before it
_BE, _PHRASE, _COMMA, _OR = BIT["be"], BIT["phrase"], BIT["comma"], BIT["or"]
_AUXILIARY = _BE | BIT["finite"]
_VERB = _AUXILIARY | BIT["report"]
_MEASURED = re.compile(
    r"(?: was| were| of| is|:| =)* ?[(<>~]?(?:\d+(?:\.\d+)?(?!\d*/)|positive|negative|normal|pos|neg)\b"
)
_RESULT = re.compile(
    r"(?: was| were| of|:)? [(<>~]?(?!(?:19|20)\d\d\b)\d+(?:\.\d+)?(?!\d*/)(?! stents| times)"
)
# "no anemia, *A1c* 5.9", but not "no fever, cough 3 days".
_VALUE = re.compile(
    r"(?: of| is| was|:| =)? [<>~]?\d+(?:\.\d+)?"
    r"(?! ?(?:d|days?|weeks?|wks?|months?|mos?|years?|yrs?|h|hours?|hrs?|x)\b)"
)
_JOINED = (" and ", " & ", " and a ", " and an ", " with ")  # what so stands together has one time
# How times begin that are counted, by four letters.
_COUNTED = frozenset(
    (
        *("year", "yrs ", "yr a", "yr b", "mont", "mo a", "mo b", "mos ", "week", "wks ", "wk a", "wk b"),
        *("deca", "fort", "wint", "summ", "spri", "preg"),
    )
)
_SUBJECT = BIT["subject"]
_COLON, _OPEN, _SHUT = BIT["colon"], BIT["open"], BIT["shut"]
_BRACKETS = _OPEN | _SHUT
_NEGATED, _POSSIBLE = AXES["negated"], AXES["possible"]
_TOLD = sum(AXES[name] for name in ("negated", "possible", "hypothetical", "historical"))


class Item(NamedTuple):
    """A phrase of the tables where it stands in the folded text."""

    start: int
    end: int
    entry: Entry


class Claim(NamedTuple):
    """A cue that reaches a mention."""

    axis: int
    start: int
    end: int
    relative: bool
    distance: int


_claim = partial(tuple.__new__, Claim)


class _Open:
    """A cue on its way."""

    __slots__ = ("after_comma", "after_or", "divided", "end", "ends", "reach", "relative", "start")

    def __init__(self, item: Item, reach: Reach) -> None:
        self.start = item.start
        self.end = item.end
        self.reach = reach
        self.ends = reach.ends  # bits of stops that end it as it now stands
        self.relative = item.entry.relative
        self.divided = self.after_comma = self.after_or = False


def claims(text: str, items: Sequence[Item], mentions: Sequence[Span]) -> list[list[Claim]]:
    """For each mention (ordered by start) the cues that reach it, nearest last in each direction."""
    found: list[list[Claim]] = [[] for _ in mentions]
    kept, within = _apart(items, mentions)
    forward = backward = False
    for _, _, entry in kept:
        forward = forward or entry.forward is not None
        backward = backward or entry.backward is not None
    if forward or within:
        _rightwards(text, kept, within, mentions, found)
    if backward:
        _leftwards(text, kept, mentions, found)
    return found


def longest(raw: Sequence[Item]) -> list[Item]:
    """Without items that lie inside another. `raw` is ordered by end, the longest first at each end."""
    kept: list[Item] = []
    last_end = -1
    last_start = -1  # of kept[-1], as is its end
    for item in raw:
        start, end, entry = item
        if start > last_start and end != last_end:
            kept.append(item)
            last_start, last_end = start, end
            continue
        if end == last_end and kept[-1].start <= start:
            if not entry.only_stops and kept[-1].entry.only_stops and kept[-1].start < start:
                kept.append(item)
                last_start = start
            continue
        inner = []
        while kept and kept[-1].start >= start:
            last = kept.pop()
            if entry.only_stops and not last.entry.only_stops:
                inner.append(last)
        kept.append(item)
        kept.extend(reversed(inner))
        last_start, last_end, _ = kept[-1]
    return kept


def _end(item: Item) -> int:
    return item.end


def _apart(raw: Sequence[Item], mentions: Sequence[Span]) -> tuple[list[Item], dict[int, list[Item]]]:
    """Items that count for all mentions, and those that count for one alone.

    A cue inside a longer name is part of the name. A cue that holds a mention ("no *signs* of") counts
    for the others; for that mention only the shorter cues before it do.
    """
    kept = longest(raw)
    within: dict[int, list[Item]] = {}
    at, count = 0, len(mentions)
    result: list[Item] = []
    mention = mentions[0]
    begin, over = mention
    for item in kept:
        start, end, _ = item
        while over <= start and at < count:
            at += 1
            if at < count:
                mention = mentions[at]
                begin, over = mention
        if at == count or begin >= end:
            result.append(item)
            continue
        if mention.start <= item.start and item.end <= mention.end:
            # The name itself may be a cue ("denied" as an event): then it speaks of the others.
            if mention == (item.start, item.end):
                result.append(item)
            continue
        if item.start < mention.start:
            first = bisect_left(raw, item.start, key=_end)
            last = bisect_right(raw, mention.start, key=_end)
            within[at] = longest([r for r in raw[first:last] if r.start >= item.start])
        if mention.end <= item.end:
            result.append(item)
    return result, within


def _rightwards(
    text: str,
    items: Sequence[Item],
    within: dict[int, list[Item]],
    mentions: Sequence[Span],
    found: list[list[Claim]],
) -> None:
    opened: list[_Open] = []
    brackets: list[list[_Open]] = []
    at, count = 0, len(items)
    for number, mention in enumerate(mentions):
        predicate = False
        begin = mention.start
        while at < count:
            item = items[at]
            _, end, entry = item
            if end > begin:
                break
            stop = entry.stop
            if stop & _BE and end + 1 == begin and not _divided(opened):
                predicate = True  # "no murmur was *heard*": what is said of a subject that is denied
                break
            at += 1
            if entry.forward is not None or stop & _BRACKETS or (stop and opened):
                _pass(text, opened, brackets, item)
        own = opened
        if number in within:
            own, own_brackets = list(opened), list(brackets)
            for item in within[number]:
                _pass(text, own, own_brackets, item)
        if not own:
            continue
        after = at + predicate
        own_stop = (
            items[after] if not predicate and after < count and items[after].start == mention.start else None
        )
        if own_stop is not None and not (own_stop.entry.stop & _SUBJECT and own_stop.end == mention.end):
            _pass(text, opened, brackets, items[after])  # an event that is a verb begins a clause itself
            at = after = after + 1
        for cue in own:
            if (
                cue.after_comma
                and not cue.after_or
                and cue.reach.axis == _NEGATED
                and _heads(text, mention, items[after] if after < count else None)
            ):
                continue  # "no edema, *lungs* are clear", "denies pain, *foley* removed": a new clause
            reach = cue.reach
            if cue.end > mention.start or text.count(" ", cue.end, mention.start) - 1 > reach.words:
                continue
            if reach.of and not may_mean(text, reach, mention):
                continue
            claim = _claim((reach.axis, cue.start, cue.end, cue.relative, mention.start - cue.end))
            found[number].append(claim)


def _heads(text: str, name: Span, behind: Item | None) -> bool:
    """Whether a name heads a clause: a value stands behind it, or words that say something of it."""
    if behind is not None and behind.start - name.end <= 1:
        _, _, entry = behind
        if entry.stop & _VERB or (entry.backward is not None and (entry.forward is None or entry.either)):
            return True
    return _VALUE.match(text, name.end) is not None


def _divided(opened: Sequence[_Open]) -> bool:
    return any(cue.divided for cue in opened)


def _pass(text: str, opened: list[_Open], brackets: list[list[_Open]], item: Item) -> None:
    """Go past a phrase to the right: it ends, divides or opens.

    `brackets`: for each bracket that is open, the cues that were on their way when it began. What brackets
    say stays in them: behind one all is as it was before it.
    """
    stop = item.entry.stop
    if stop & _BRACKETS:
        if stop & _OPEN:
            brackets.append([copy(cue) for cue in opened])
        elif brackets:
            opened[:] = brackets.pop()
    if stop and opened:
        start = item.start
        opened[:] = [
            cue
            for cue in opened
            # Words that the cue shares with a stop ("resolution *of* the") do not end it.
            if not stop & cue.ends
            or start < cue.end
            or (cue.reach.past and text[start : item.end] in cue.reach.past)
        ]
        if stop & (DIVIDES | _PHRASE):
            for cue in opened:
                if not cue.divided:
                    cue.divided = True
                    cue.ends |= cue.reach.ends_divided
                cue.after_comma = cue.after_comma or bool(stop & _COMMA)
                cue.after_or = cue.after_or or bool(stop & _OR)
    for reach in (item.entry.forward, item.entry.else_forward):
        if reach is None:
            continue
        cue = _Open(item, reach)
        if reach.begins is not None:
            words = reach.begins.match(text, item.end)
            if words is None:
                continue
            cue.end = words.end()
        opened.append(cue)
        if len(opened) > _MOST_OPEN:
            del opened[0]


def _leftwards(text: str, items: Sequence[Item], mentions: Sequence[Span], found: list[list[Claim]]) -> None:
    opened: list[_Open] = []
    either = [item.start for item in items if item[2].either]
    ahead = {claim.start for claimed in found for claim in claimed if claim.start in either} if either else ()
    at = len(items) - 1
    for number in range(len(mentions) - 1, -1, -1):
        mention = mentions[number]
        over = mention.end
        behind = mentions[number + 1].start if number + 1 < len(mentions) else len(text)
        while at >= 0:
            item = items[at]
            start, _, entry = item
            if start < over:
                break
            if entry.backward is not None or (opened and entry.stop):
                _pass_left(text, opened, item, behind)
            at -= 1
        for cue in tuple(opened):
            if cue.reach.of and not may_mean(text, cue.reach, mention):
                continue
            between = text.count(" ", mention.end, cue.start) - 1
            if cue.reach.nearest:
                number_behind = _MEASURED.match(text, mention.end, cue.start)
                if (number_behind and _is_value(text, number_behind.end(), cue.start)) or _RESULT.match(
                    text, cue.end
                ):
                    continue  # "EF 35 % in 2019": a result is of its time and no event
                if number == 0 or text[mentions[number - 1].end : mention.start] not in _JOINED:
                    opened.remove(cue)
            if between <= cue.reach.words and cue.start >= mention.end and cue.start not in ahead:
                claim = _claim((cue.reach.axis, cue.start, cue.end, cue.relative, cue.start - mention.end))
                found[number].append(claim)


def _is_value(text: str, end: int, cue: int) -> bool:
    """Whether a number that ends at `end` is a value, not the count of a time at `cue` ("4 weeks ago")."""
    return end + 1 < cue or (end < cue and text[cue : cue + 4] not in _COUNTED)


def _pass_left(text: str, opened: list[_Open], item: Item, behind: int) -> None:
    """Go past a phrase to the left; `behind` is where the next mention behind it begins."""
    stop = item.entry.stop
    if stop and opened:
        still = []
        for cue in opened:
            # "was subsequently ruled out": the auxiliary belongs to the cue.
            if stop & cue.ends and not (
                not cue.divided
                and (
                    (stop & _AUXILIARY and text.count(" ", item.end, cue.start) <= 2)
                    # "Delayed graft function: did not occur": what a colon leads to at once.
                    or (stop & _COLON and cue.start - item.end <= 1)
                )
            ):
                continue
            if stop & _OPEN and (
                text.count(" ", item.end, cue.start) > _MOST_OUT_OF_BRACKETS
                or (cue.reach.axis == _POSSIBLE and item.end <= behind < cue.start)
            ):
                continue  # "lymphopenia (HIV serologies negative)", "hydroxychloroquine (maculopathy?)"
            if stop & DIVIDES and not cue.divided:
                cue.divided = True
                cue.ends |= cue.reach.ends_divided
            still.append(cue)
        opened[:] = still
    if opened and item.entry.backward is not None and item.entry.backward.axis & _TOLD:
        # "*hematuria* resolved, bladder cancer to be excluded": what is told of the one is not of the other.
        opened[:] = [cue for cue in opened if not cue.divided or cue.start < behind]
    for reach in (item.entry.backward, item.entry.else_backward):
        if reach is None:
            continue
        cue = _Open(item, reach)
        if reach.begins is not None:
            begun = reach.begins.search(text, max(0, item.start - _FAR), item.start)
            if begun is None:
                continue
            cue.start = begun.start()
        opened.append(cue)
        if len(opened) > _MOST_OPEN:
            del opened[0]
