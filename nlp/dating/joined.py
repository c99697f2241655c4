"""Gives a date to what it was linked to, and to what the words join to that: lists, reasons, findings."""

from __future__ import annotations

import re

from nlp.dating import cues, ending, gaps
from nlp.dating.dates import UNDATED, Things
from nlp.document import Reach, When
from nlp.phrases import shapes

_NEAR = 60  # characters between a date and what came with it
_JUST = 12  # as far as a date just before a name counts: one in brackets behind it is nearer
_GOING_ON = re.compile(r"\b(?:residual|persistent|persisting|chronic|ongoing|resulting|subsequent)\s\Z")
_PURPOSE = re.compile(
    r"\b(?:because|since|due to|but|want|exclude|rule out|r/o|evaluate|"
    r"to(?!\s(?:carry|have|be|harbou?r)\b))\b| – \w"
)
_LATER = re.compile(r"\b(?:but|today|now|previously|compared|because|having been|vs|versus|from)\b")
_FEWER = re.compile(r"\b(?:fewer|less|better|improved|improving|relief|resolution|resolved)\b")
_JOIN = re.compile(
    r"\s*(?:,|and|or|&|/|\+|,\s*and|,\s*or|as well as|with|,\s*with)\s*(?:(?:a|an|the|some|mild|severe|"
    r"worsening|new|intermittent|associated|low|high|grade|for|two|his|her|no|without|right|left|bilateral|r|l|"
    r"upper|lower|acute|recurrent|slight|occasional|productive|dry|sudden|increasing|increased|poor|diffuse|"
    r"generali[sz]ed|subjective|more|less|also)\s+|-)*\Z"
)
_AND = re.compile(r"(?:\s*(?:and|&|/|or)\s*(?:(?:the|his|her)\s+)?|,\s*(?:and|or)\s*)\Z")
_AND_A = re.compile(r"\s*(?:and|&|or)\s*an?\s+\Z")
_FOR_A = re.compile(r"\s(?:use\s)?(?:for|of|after|due to|because of)\s(?:a\s|an\s|the\s|her\s|his\s)?\Z")
# Behind the date of a drug: what it was for; behind any date: what came just before.
_A = r"\s(?:a\s|an\s|the\s|his\s|her\s|some\s)?(?:[a-z-]+\s)?\Z"
_REASON = re.compile(
    r"(?:\)?,?\s(?:x\s?\d+|completed,?|only))?\)?,?\s"
    r"(?:for|due\sto|d/t|because\sof|bc|b/c|owing\sto|on\saccount\sof|after)" + _A
)
_CAUSE = re.compile(r"\)?,?\safter" + _A)
_DRUG = re.compile(shapes()["drug"])
_DONE = re.compile(
    rf"{shapes()['drug']}|{shapes()['deed']}|"
    r"\b(?:leep|mohs|turp|turbt|tah|bso|orif|amp|aka|bka|tma|cryo|yag|phaco|fess|eswl|shock|bmt|rygb|whipple)\Z"
)
_LASTING = re.compile(rf"{shapes()['lasting']}|nephropathy|nephritis\b|\bpolyps?\b|\bpkd\b|disease\b")
_REPLACED = re.compile(
    r"(?:\b(?:changed|switched|converted|transitioned|rotated)\s(?:over\s)?to|\breplaced\s(?:by|with))\s\Z|\s?(?:→|-+>)\s?\Z"
)
_WHILE_ON = re.compile(r"\s(?:while\s)?(?:on|taking)\s")
_SINCE_IT = re.compile(r"\s(?:ever\s)?since(?:\s(?:the|his|her|a|an|their))?\s\Z")
_FROM = re.compile(r"\b(?:switched|changed|transitioned|converted|rotated)\sfrom\s\Z")


def give(things: Things, when: When, number: int, end: int, cost: int) -> None:
    """Sets start or end of one thing, unless a nearer date has."""
    dates = things.found[number]
    if ending.ended(things.low, when, end, dates.start is not None) or (
        when.reach is Reach.AT
        and end <= when.start
        and ending.headed(things.low, things.mentions[number].start)
    ):
        if dates.end is None:
            things.found[number] = dates._replace(end=when)
    elif dates.start is None or cost < things.costs[number]:
        things.costs[number] = cost
        things.found[number] = dates._replace(start=when)


def siblings_before(things: Things, when: When, target: int, first: int) -> None:
    """What "and" joins to a dated thing shares its date; a list does where the date is a duration."""
    low, mentions, ends = things.low, things.mentions, things.ends
    bracketed = low[when.start - 1 : when.start] == "("
    lasting = when.reach is not Reach.AT
    chained = False
    for number in range(target - 1, first - 1, -1):
        gap = low[ends[number] : mentions[number + 1].start]
        joined = (
            _AND.match(gap) is not None or (lasting and _AND_A.match(gap) is not None)
        ) and not bracketed
        listed = chained and lasting and gap.strip() == ","
        measured = ends[number] > mentions[number].end and ends[number + 1] > mentions[number + 1].end
        listed = listed or (bracketed and measured and gap.strip() in (",", "and", ", and"))
        if joined and "," in gap and _dated_list(things, number):
            return  # gout (2009), stroke in 2011, AF, and asthma since 2019
        stopped = False
        if not (joined or listed or not gap.strip()):
            stopped = _ended_with_it(things, when, number, gap)
            if not (stopped or _led_to_it(things, when, number, gap) or _FOR_A.match(gap) is not None):
                return
        chained = chained or joined
        if stopped and things.found[number].end is None:
            things.found[number] = things.found[number]._replace(end=when)
        elif things.found[number] == UNDATED:
            give(things, when, number, mentions[number].end, gaps.FAR + when.start - ends[number])


def _dated_list(things: Things, number: int) -> bool:
    """Whether the thing before one, in its list, has a date of its own."""
    if not number or things.found[number - 1] == UNDATED:
        return False
    between = things.low[things.ends[number - 1] : things.mentions[number].start]
    return between.endswith(", ") and ". " not in between


def _ended_with_it(things: Things, when: When, number: int, gap: str) -> bool:
    """Whether a thing ended where the one behind it began: a drug stopped for it, or replaced by it."""
    if gaps.STOPPED_FOR.fullmatch(gap) is not None:
        return True
    start = things.mentions[number].start
    if gap == " to " and _FROM.search(things.low, max(0, start - 20), start) is not None:
        return True
    return things.found[number + 1].start is when and _replaced(things, number, gap)


def _led_to_it(things: Things, when: When, number: int, gap: str) -> bool:
    """Whether a thing began with the one behind it (since her stroke), or came while that was taken."""
    if "since" in gap:
        named = things.mentions[number]
        return _SINCE_IT.fullmatch(gap) is not None and not gaps.denied(things.low, named, when, 0)
    at_once = things.low[things.ends[number + 1] : when.start] in (" in ", " on ", " ")
    return when.reach is Reach.AT and at_once and _WHILE_ON.fullmatch(gap) is not None


def _replaced(things: Things, number: int, gap: str) -> bool:
    """Whether words between two drugs say that the second took the place of the first."""
    if _REPLACED.search(gap) is None or len(gap) > gaps.FAR:
        return False
    names = things.mentions[number : number + 2]
    return all(_DRUG.search(things.low[name.start : name.end]) is not None for name in names)


def after(
    things: Things, when: When, behind: int, last: int, shows: bool, then: bool, ends_all: bool
) -> None:
    """What follows a date: the first thing and those listed with it; everything a finding of then shows."""
    low, mentions = things.low, things.mentions
    place = when.end
    stretch = when.reach is not Reach.AT or gaps.WINDOW.match(low, when.start) is not None
    for number in range(behind, last):
        gap = low[place : mentions[number].start]
        if number > behind and not shows and _JOIN.match(gap) is None:
            return
        if len(gap) > gaps.FAR or (number > behind and _LATER.search(gap)):
            return
        if stretch and cues.pattern("denied").search(gap) is not None:
            return  # since Monday no fever
        if _FEWER.search(gap) is not None:
            return
        if number == behind and not shows and not then and _PURPOSE.search(gap) is not None:
            return
        if ends_all:
            if things.found[number].end is None and low[mentions[number].start - 1] != "(":
                things.found[number] = things.found[number]._replace(end=when)
        elif things.found[number].start is None and _GOING_ON.search(gap) is None:
            near = number == behind and not gap.strip()
            give(
                things,
                when,
                number,
                when.end,
                _JUST if near else gaps.FAR + mentions[number].start - when.end,
            )
        place = things.ends[number]


def reasons(things: Things, when: When, target: int, behind: int, last: int) -> None:
    """What a drug or an operation was for, and after what it was done: "azithromycin in May for otitis"."""
    low, place = things.low, when.end
    name = things.mentions[target]
    if when.reach is not Reach.AT or cues.pattern("started").search(low, name.end, when.start):
        return
    done = things.found[target].start is when and _DONE.search(low[name.start : name.end]) is not None
    for number in range(behind, last):
        gap = low[place : things.mentions[number].start]
        led = _AND if number > behind else _REASON if done else _CAUSE
        if led.match(gap) is None or len(gap) > _NEAR or (things.elsewhere and things.elsewhere[number]):
            return
        named = things.mentions[number]
        if things.found[number].start is None and _LASTING.search(low, named.start, named.end) is None:
            things.costs[number] = gaps.FAR * 2
            things.found[number] = things.found[number]._replace(start=when)
        place = things.ends[number]
