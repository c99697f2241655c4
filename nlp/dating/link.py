"""Which date belongs to which thing of a text; see the package."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from eligibility.instants import is_finite
from nlp.dating import clauses, cues, ending, findings, gaps, reports
from nlp.dating.dates import UNDATED, Dates, Things
from nlp.document import Reach, Span, When
from nlp.phrases import shapes
from nlp.scanning import lowered

_NEAR = 60
_JUST = 12  # as far as a date just before a name counts: one in brackets behind it is nearer
_GOING_ON = re.compile(r"\b(?:residual|persistent|persisting|chronic|ongoing|resulting|subsequent)\s\Z")
# Behind a date: what follows was found then.
_SHOWS = re.compile(
    r"\s?(?:\)?:|\)?\s?(?:which\s+)?(?:show(?:s|ed|ing)|reveal(?:s|ed|ing)|return(?:s|ed)|demonstrat(?:es|ed|ing)|"
    r"found|mention(?:s|ed|ing)|describ(?:es|ed|ing)|report(?:s|ed|ing)|was|were|is|measures?|measured|"
    r"confirmed|consistent|positive|negative|neg|normal|noted|suggest(?:s|ed)|remarkable|significant|"
    r"complicated by|c/b)(?!\w))"
)
_THEN = re.compile(
    r",?\s?\)?\s?(?:with\b|w/(?!o)|during\b|(?:after|upon|following)\swhich\b|when\s(?:he|she|they|it)\b|"
    r"(?:the\s)?(?:date|day|time|year)\sof\b)"
)
_OF = re.compile(
    r"[\s-]+(?:long\s)?(?:(?:history|h/o|hx|course|duration)\s)?(?:of|h/o|history|hx)\b|[\s-]+h/o\b"
)
_AFTER_EVENT = re.compile(r"\s?(?:s/p|status post|from|following|after)\b")
_ENDS_RANGE = re.compile(r"\s?(?:to|until|till|til|through|thru|-|–)\s?'?")
_PURPOSE = re.compile(
    r"\b(?:because|since|due to|but|want|exclude|rule out|r/o|evaluate|"
    r"to(?!\s(?:carry|have|be|harbou?r)\b))\b| – \w"
)
_LATER = re.compile(r"\b(?:but|today|now|previously|compared|because|having been|vs|versus|from)\b")
# All that stands before a date in its clause: an event of its own, as in "Intubated 5/12, fever".
_EVENT = re.compile(
    r"[\s(\[*•-]*(?!diagnosed|presented|admitted|noted|developed|started)[a-z-]+ed\s(?:on\s|in\s)?[(\[]?"
)
_JOIN = re.compile(
    r"\s*(?:,|and|or|&|/|\+|,\s*and|,\s*or|as well as|with|,\s*with)\s*(?:(?:a|an|the|some|mild|severe|"
    r"worsening|new|intermittent|associated|low|high|grade|for|two|his|her|no|without|right|left|bilateral|r|l|"
    r"upper|lower|acute|recurrent|slight|occasional|productive|dry|sudden|increasing|increased|poor|diffuse|"
    r"generali[sz]ed|subjective|more|less|also)\s+|-)*\Z"
)
_AND = re.compile(r"(?:\s*(?:and|&|/|or)\s*(?:(?:the|his|her)\s+)?|,\s*(?:and|or)\s*)\Z")
_AND_A = re.compile(r"\s*(?:and|&|or)\s*an?\s+\Z")
_FOR_A = re.compile(r"\s(?:use\s)?(?:for|of|after|due to|because of)\s(?:a\s|an\s|the\s|her\s|his\s)?\Z")
_BEFORE_IT = re.compile(r"\b(?:prior to|before|pre)[\s-]\Z")
_LETTERED = re.compile(r"\d{1,2}[dw]")
# Behind the date of a drug: what it was for; behind any date: what came just before.
_A = r"\s(?:a\s|an\s|the\s|his\s|her\s|some\s)?(?:[a-z-]+\s)?\Z"
_REASON = re.compile(
    r"(?:\)?,?\s(?:x\s?\d+|completed,?|only))?\)?,?\s(?:for|due\sto|d/t|because\sof|after)" + _A
)
_CAUSE = re.compile(r"\)?,?\safter" + _A)
_DRUG = re.compile(shapes()["drug"])
_LASTING = re.compile(shapes()["lasting"])
_FROM = re.compile(r"\b(?:switched|changed|transitioned|converted|rotated)\sfrom\s\Z")


def link(
    text: str,
    mentions: Sequence[Span],
    whens: Sequence[When],
    sentences: Sequence[Span] = (),
    extents: Sequence[int] = (),
    elsewhere: Sequence[bool] = (),
) -> list[Dates]:
    """The dates of each mention, by position. Mentions stand in order of the text.

    `extents[i]`: where what is said of mention i ends, such as its value; without it its own end.
    `elsewhere[i]`: whether mention i is not the patient's or may only come, so that no test found it.
    """
    if not whens or not mentions:
        return [UNDATED] * len(mentions)
    low = lowered(text)
    ends = list(extents) if extents else [mention.end for mention in mentions]
    things = Things(
        text, low, mentions, ends, [UNDATED] * len(mentions), [gaps.FAR * 10] * len(mentions), elsewhere
    )
    starts = [mention.start for mention in mentions]
    sentence_starts = [sentence.start for sentence in sentences]
    own: list[tuple[int, int]] = []  # the clauses that dates stand in
    begins: list[int] = []
    named_behind: set[int] = set()  # dates that belong to a thing before them
    for position, when in enumerate(whens):
        begin, stop = clauses.bounds(text, low, when, sentences, sentence_starts)
        closed = (
            low.find(")", when.end, when.end + gaps.FAR) if low[when.start - 1 : when.start] == "(" else -1
        )
        own.append((begin, stop) if closed < 0 else (when.start, closed))
        begins.append(begin if closed <= when.end else when.start)
        before = whens[position - 1] if position else None
        if before is not None and _is_range(low, before, when):
            _end(things, before, when, bisect_left(starts, own[position - 1][0]), bisect_right(starts, stop))
            continue
        if (
            before is not None
            and before.start >= begin
            and ending.at_once(low[before.end : when.start])
            and _end(things, before, when, bisect_left(starts, begin), bisect_left(starts, before.start))
        ):
            continue
        if before is not None:
            told = before.reach is Reach.AT and is_finite(before.lo) and before.start >= begin
            near = when.start - before.end < _NEAR
            of_it = _OF.match(low, when.end) is not None
            of_it = of_it or low[before.end : before.end + 1] == ":"  # that is a heading
            if when.reach is Reach.FOR and told and near and before.hi < when.lo and not of_it:
                continue  # how long it lasted then
            # "2 years after her stent" reaches over the stent and has no bounds itself.
            begin = max(begin, before.end if is_finite(before.lo) else before.start)
        place = position + 1
        if place < len(whens) and _is_range(low, when, whens[place]):
            when = when._replace(end=whens[place].end)
            place += 1
        following = whens[place].start if place < len(whens) else len(low)
        first = bisect_left(starts, begin)
        inside = bisect_left(starts, when.start)
        behind = bisect_left(starts, when.end)
        last = bisect_right(starts, min(stop, following) - 1)
        if _one(things, when, (first, inside, behind, last), begin, starts):
            named_behind.add(position)
    findings.date(things, whens, own, begins, starts, named_behind)
    return things.found


def _is_range(low: str, one: When, other: When) -> bool:
    """Whether two dates are the ends of one stretch: from 2010 to 2014, between May and July."""
    if other.start - one.end > 12:
        return False
    if _ENDS_RANGE.fullmatch(low, one.end, other.start) is not None:
        return True
    if low[one.end : other.start] == " / " and one.end - one.start == other.end - other.start:
        return one.hi < other.lo  # a table of starts and ends
    return low[one.end : other.start] == " and " and low.startswith("between ", max(0, one.start - 8))


def _end(things: Things, begun: When, ended: When, first: int, last: int) -> bool:
    """Sets the end of what began at the first date of a stretch; whether there was such a thing."""
    done = False
    for number in range(first, last):
        start = things.found[number].start
        if start is not None and start.start == begun.start:
            things.found[number] = Dates(begun, ended)
            done = True
    return done


def _one(
    things: Things, when: When, around: tuple[int, int, int, int], begin: int, starts: Sequence[int]
) -> bool:
    """Gives one date to the things of its clause that it belongs to; whether to one before it."""
    first, inside, behind, last = around
    low, mentions, ends = things.low, things.mentions, things.ends
    if when.reach is Reach.AT and _BEFORE_IT.search(low, max(0, when.start - 12), when.start) is not None:
        return False  # "all prior to 2020" tells no time
    if (
        behind < last
        and low[when.end : mentions[behind].start] in (" ", ": ")
        and _is_number(low, mentions[behind])
    ):
        # "A1c 4/17 7.4 %, 1/16 8.6 %": each number behind its day
        if inside > first and things.found[inside - 1].start is None and ends[inside - 1] + 1 >= when.start:
            _give(things, when, inside - 1, mentions[inside - 1].end, 1)
        things.costs[behind] = 0
        things.found[behind] = Dates(when)
        return True
    lasting = when.reach is not Reach.AT
    of = (lasting and _OF.match(low, when.end) is not None) or low[when.start : when.end].endswith(
        ("history", "h/o", "hx", "s/p")
    )
    of = of or (
        when.reach is Reach.FOR
        and _LETTERED.fullmatch(low, when.start, when.end) is not None
        and low[max(0, when.start - 2) : when.start] not in ("x ", "× ")
    )
    of = of or (low.startswith(("pod", "post"), when.start) and _AFTER_EVENT.match(low, when.end) is not None)
    shows = _SHOWS.match(low, when.end)
    elsewhere = False
    if shows is not None and shows.group().endswith(":") and not _heads(low, when, begin):
        shows, elsewhere = None, True
    target = inside - 1
    if target > first and ending.stopped(low[ends[target] : when.start]):
        opened = low[ends[target - 1] : mentions[target].start]
        if "(" in opened and ")" not in opened:  # smoker (35 pack-years, quit in 2009)
            target -= 1
    inner = low[when.start - 1 : when.start] == "(" and low[when.end : when.end + 1] == " "
    closed = low.find(")", when.end, when.end + gaps.FAR) if inner else -1
    if closed > 0 and behind < last and mentions[behind].end <= closed:
        # (yesterday CRP 112): of what stands in the brackets
        _after(things, when, behind, bisect_left(starts, closed), False, True, False)
        return False
    back = target >= first and not of and gaps.reaches(low, ends[target], when)
    within = target >= 0 and ends[target] >= when.end and mentions[target].end <= when.start
    if (within or back) and not gaps.denied(low, mentions[target], when, begin):
        _give(things, when, target, mentions[target].end, abs(when.start - mentions[target].end))
        _siblings_before(things, when, target, first)
        _reasons(things, when, target, behind, last)
    bracketed = low[when.start - 1 : when.start] == "(" or low[when.end : when.end + 1] == ")"
    counted = low.startswith(("pod", "post"), when.start)
    if counted and behind < last and "," in low[when.end : mentions[behind].start]:
        return False  # POD 4 from a thing that has no name here
    if counted:
        last = min(last, behind + 1)
    forward = of or shows or within or not back
    then = None
    if back and not (of or shows or within):
        then = _THEN.match(low, when.end)
        # "carcinoma, May 2020, pT2N1M0": between two names with nothing but commas.
        gap = low[ends[target] : when.start].strip(" ,-–")
        listed = gap in ("", "dx") and low[when.end : when.end + 2] == ", " and not bracketed
        listed = listed and low[ends[target] : ends[target] + 2].strip(" ") in (",", "-", "–")
        listed = listed or (
            low[when.start - 1 : when.start] == "(" and low[when.end : when.end + 2] in ("; ", ", ")
        )
        forward = listed or then is not None
    if low[when.end : when.end + 1] == "," and not (back or of or shows):
        forward = forward and _EVENT.fullmatch(low, begin, when.start) is None
    if not forward or elsewhere or behind >= last or (bracketed and not shows and not back and not then):
        return within or back
    ends_all = shows is not None and shows.group().endswith(":") and ending.heads(low, when.start)
    _after(things, when, behind, last, bool(shows), of or then is not None, ends_all)
    return within or back


def _is_number(low: str, mention: Span) -> bool:
    """Whether a thing is the bare number of a value."""
    return low[mention.start : mention.start + 1].isdigit() and not low[mention.start : mention.end].isalpha()


def _reasons(things: Things, when: When, target: int, behind: int, last: int) -> None:
    """What a drug was for, and after what something was done, on a date: "azithromycin in May for otitis"."""
    low, place = things.low, when.end
    name = things.mentions[target]
    if when.reach is not Reach.AT or cues.pattern("started").search(low, name.end, when.start):
        return
    begun = things.found[target].start is when and _DRUG.search(low, name.start, name.end) is not None
    for number in range(behind, last):
        gap = low[place : things.mentions[number].start]
        led = _AND if number > behind else _REASON if begun else _CAUSE
        if led.match(gap) is None or len(gap) > _NEAR or (things.elsewhere and things.elsewhere[number]):
            return
        named = things.mentions[number]
        if things.found[number].start is None and _LASTING.search(low, named.start, named.end) is None:
            things.costs[number] = gaps.FAR * 2
            things.found[number] = things.found[number]._replace(start=when)
        place = things.ends[number]


def _heads(low: str, when: When, begin: int) -> bool:
    """Whether a date with a colon heads what follows: nothing else, or a test, stands before it."""
    if when.reach is not Reach.AT:
        return False
    ahead = low[begin : when.start].strip(" -*•#(")
    if reports.studied(low, when, begin) or len(ahead) < 3:
        return True
    line = low.rfind("\n", max(0, begin - 2), when.start) + 1
    return not low[line:begin].strip(" -*•#") and len(ahead.split()) <= 4


def _give(things: Things, when: When, number: int, end: int, cost: int) -> None:
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


def _siblings_before(things: Things, when: When, target: int, first: int) -> None:
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
        stopped = gaps.STOPPED_FOR.fullmatch(gap) is not None or (
            gap == " to "
            and _FROM.search(low, max(0, mentions[number].start - 20), mentions[number].start) is not None
        )
        if not (joined or listed or stopped or _FOR_A.match(gap) is not None or not gap.strip()):
            return
        chained = chained or joined
        if stopped and things.found[number].end is None:
            things.found[number] = things.found[number]._replace(end=when)
        elif things.found[number] == UNDATED:
            _give(things, when, number, mentions[number].end, gaps.FAR + when.start - ends[number])


def _after(
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
        if number == behind and not shows and not then and _PURPOSE.search(gap) is not None:
            return
        if ends_all:
            if things.found[number].end is None and low[mentions[number].start - 1] != "(":
                things.found[number] = things.found[number]._replace(end=when)
        elif things.found[number].start is None and _GOING_ON.search(gap) is None:
            near = number == behind and not gap.strip()
            _give(
                things,
                when,
                number,
                when.end,
                _JUST if near else gaps.FAR + mentions[number].start - when.end,
            )
        place = things.ends[number]
