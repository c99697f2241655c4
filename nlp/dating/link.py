"""Which date belongs to which thing of a text; see the package."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from eligibility.instants import is_finite
from nlp.dating import clauses, cues, ending, reports
from nlp.dating.dates import UNDATED, Dates
from nlp.document import Reach, Span, When
from nlp.scanning import lowered

_FAR = 90  # characters between a name and its date
_NEAR = 60
_JUST = 12  # as far as a date just before a name counts: one in brackets behind it is nearer
_AND_STOP = re.compile(
    r"\band\s+(?:was\s+|then\s+)?(?:stopped|discontinued|completed|finished|resolved|removed|started|"
    r"repaired|treated|quit)\b"
)
_BUT_STOP = re.compile(r"\bbut\s(?:he\s|she\s)?(?:stopped|quit|gave up|discontinued|came off)\b")
_GOES_ON = re.compile(r"\A\s(?:(?:has|have) been\b|since\b)")
_GOING_ON = re.compile(r"\b(?:residual|persistent|persisting|chronic|ongoing|resulting|subsequent)\s\Z")
_AFTER_BREAK = r"(?!\s+(?:was|were)\s+(?:diagnosed|found|removed|placed))"
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
_BARE = re.compile(r"[\d~<>]")
_SINCE_THE = re.compile(
    r"\bsince(?:\sthe)?(?:\s(?:early\s)?(?:morning|evening|night|afternoon)\sof)?(?:\sthe)?\s*\Z"
)
_LED = re.compile(r"(?:\A[\s,:–-]*|\b(?:over|of|for|about|around|now|x)\s*|×\s*)\Z")
_DIGIT = re.compile(r"\d")
_DOSED = re.compile(
    r"\d\s?(?:mg|mcg|g|ml|units?|puffs?)\b|\b(?:b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|daily|q\d+h?|po|iv|once|twice)\b"
)
_HAD = re.compile(
    r"\b(?:that |which )?(?:he|she|they|patient|pt)(?:['’]s| has| have|['’]ve) (?:had|been having)\b|"
    r"\b(?:that |which )(?:he|she|they|i)\s(?:had|got|developed|noticed|suffered|underwent|started|took)\b|"
    r"\A\s(?:he|she|they|i)\s(?:had|got|developed|suffered|underwent)\b"
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
_STOPPED_FOR = re.compile(
    r",?\s(?:was\s|were\s)?(?:stopped|held|discontinued|d/c'?d|withdrawn|withheld)\s"
    r"(?:because\sof|due\sto|with|for|in\sthe\ssetting\sof|after|2/2|on\saccount\sof)\s(?:a\s|an\s|the\s|his\s|her\s)?"
)
_FROM = re.compile(r"\b(?:switched|changed|transitioned|converted|rotated)\sfrom\s\Z")
_DUE = re.compile(r"\b(?:screening|surveillance|vaccine|check)\b.*\b(?:due|owed|from|overdue|next|until)\b")
_WITH_US = re.compile(r"\bwith\s(?:you|him|her|me|us)\b|\bseen\s(?:on|in|at|by)\b")
_WITH_IT = re.compile(r"\bwith\s(?:[a-z-]+\s){1,2}(?:on\s|in\s)?\Z")
_WINDOW = re.compile(
    r"(?:(?:over|in|within|during|for)\s)?(?:(?:(?:the|these|this)\s)?past|(?:the|these)\s(?:last|previous|recent)|"
    r"(?:last|previous)\s(?:\d|a\s|few|couple|several|two|three|four|five|six|ten|twelve))\b"
)
_DENIED_REACH = 48


class _Text(NamedTuple):
    """What the rules look at: the text, its lower-case form of the same length, the things in it."""

    text: str
    low: str
    mentions: Sequence[Span]
    ends: Sequence[int]  # where what is said of each thing ends
    found: list[Dates]
    costs: list[int]  # how far the date of each thing is
    elsewhere: Sequence[bool]  # whether no test can have found it; may be empty


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
    things = _Text(
        text, low, mentions, ends, [UNDATED] * len(mentions), [_FAR * 10] * len(mentions), elsewhere
    )
    starts = [mention.start for mention in mentions]
    sentence_starts = [sentence.start for sentence in sentences]
    own: list[tuple[int, int]] = []  # the clauses that dates stand in
    begins: list[int] = []
    named_behind: set[int] = set()  # dates that belong to a thing before them
    for position, when in enumerate(whens):
        begin, stop = clauses.bounds(text, low, when, sentences, sentence_starts)
        closed = low.find(")", when.end, when.end + _FAR) if low[when.start - 1 : when.start] == "(" else -1
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
    _fill(things, whens, own, begins, starts, named_behind)
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


def _end(things: _Text, begun: When, ended: When, first: int, last: int) -> bool:
    """Sets the end of what began at the first date of a stretch; whether there was such a thing."""
    done = False
    for number in range(first, last):
        start = things.found[number].start
        if start is not None and start.start == begun.start:
            things.found[number] = Dates(begun, ended)
            done = True
    return done


def _one(
    things: _Text, when: When, around: tuple[int, int, int, int], begin: int, starts: Sequence[int]
) -> bool:
    """Gives one date to the things of its clause that it belongs to; whether to one before it."""
    first, inside, behind, last = around
    low, mentions, ends = things.low, things.mentions, things.ends
    lasting = when.reach is not Reach.AT
    of = (lasting and _OF.match(low, when.end) is not None) or low[when.start : when.end].endswith(
        ("history", "h/o", "hx", "s/p")
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
    closed = low.find(")", when.end, when.end + _FAR) if inner else -1
    if closed > 0 and behind < last and mentions[behind].end <= closed:
        # (yesterday CRP 112): of what stands in the brackets
        _after(things, when, behind, bisect_left(starts, closed), False, True, False)
        return False
    back = target >= first and not of and _reaches(low, ends[target], when)
    within = target >= 0 and ends[target] >= when.end and mentions[target].end <= when.start
    if (within or back) and not _denied(low, mentions[target], when, begin):
        _give(things, when, target, mentions[target].end, abs(when.start - mentions[target].end))
        _siblings_before(things, when, target, first)
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


def _heads(low: str, when: When, begin: int) -> bool:
    """Whether a date with a colon heads what follows: nothing else, or a test, stands before it."""
    if when.reach is not Reach.AT:
        return False
    ahead = low[begin : when.start].strip(" -*•#(")
    if reports.studied(low, when, begin) or len(ahead) < 3:
        return True
    line = low.rfind("\n", max(0, begin - 2), when.start) + 1
    return not low[line:begin].strip(" -*•#") and len(ahead.split()) <= 4


def _reaches(low: str, end: int, when: When) -> bool:
    """Whether nothing between a thing and a date behind it says something new."""
    gap = low[end : when.start]
    if len(gap) > _FAR or "\n\n" in gap:
        return False
    inner = gap.rpartition("(")[2] if "(" in gap and ")" not in gap.rpartition("(")[2] else ""
    if _DIGIT.search(inner) is not None and not ending.stopped(inner):
        return False  # another thing of the brackets has it
    if (
        gap.endswith("in ")
        and low[when.start].isdigit()
        and when.reach is Reach.AT
        and when.end - when.start < 16
    ):
        counted = low[when.start : when.end].split()
        if len(counted) > 1 and len(gap.split()) > 2:
            return False  # "in 6 months" is said of what stands just before it
    if when.reach is Reach.FOR:
        if _DOSED.search(gap) is not None:
            return False  # how long a drug is to be taken
        if _BARE.match(low, when.start) and _LED.search(gap) is None:
            return False  # "3 days" alone is said of what stands just before it
    if gap.startswith(("-free", " free")):
        return False
    gap = _WITH_IT.sub(" ", _WITH_US.sub(" ", _HAD.sub(" ", gap)))
    if when.reach is not Reach.AT or gap.startswith(" since "):
        gap = _GOES_ON.sub(" ", gap)
    if cues.pattern("changed").search(gap) is not None or _DUE.search(gap) is not None:
        return False  # then it was changed, and had begun before
    if ")" in gap and "(" not in gap.partition(")")[0]:
        gap = gap.partition(")")[2]
    gap = cues.pattern("stopped").sub(" ", _BUT_STOP.sub(" ", _AND_STOP.sub(" ", gap)))
    if _STOPPED_FOR.match(low, end) is not None:
        gap = gap.replace("with", " ").replace("because", " ").replace("due", " ")
    gap = _SINCE_THE.sub("", gap)
    if gap.strip() == "with":
        gap = ""
    return cues.pattern("break", _AFTER_BREAK).search(gap) is None


def _denied(low: str, mention: Span, when: When, begin: int) -> bool:
    """Whether a stretch of time is that in which a thing was not there: no fever since Monday."""
    if when.reach is Reach.AT and _WINDOW.match(low, when.start) is None:
        return False
    ahead = low[max(begin, mention.start - _DENIED_REACH) : mention.start]
    ahead = ahead[max(ahead.rfind(";"), ahead.rfind(":"), ahead.rfind(" but "), ahead.rfind(". ")) + 1 :]
    if ending.stopped(low[mention.end : when.start]) or ending.stopped_ahead(low, mention.end):
        return False
    return cues.pattern("denied").search(ahead) is not None


def _give(things: _Text, when: When, number: int, end: int, cost: int) -> None:
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


def _siblings_before(things: _Text, when: When, target: int, first: int) -> None:
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
        stopped = _STOPPED_FOR.fullmatch(gap) is not None or (
            gap == " to "
            and _FROM.search(low, max(0, mentions[number].start - 20), mentions[number].start) is not None
        )
        if not (joined or listed or stopped or _FOR_A.match(gap) is not None or not gap.strip()):
            return
        chained = chained or joined
        if stopped and things.found[number].end is None:
            things.found[number] = things.found[number]._replace(end=when)
        elif things.found[number] == UNDATED:
            _give(things, when, number, mentions[number].end, _FAR + when.start - ends[number])


def _after(
    things: _Text, when: When, behind: int, last: int, shows: bool, then: bool, ends_all: bool
) -> None:
    """What follows a date: the first thing and those listed with it; everything a finding of then shows."""
    low, mentions = things.low, things.mentions
    place = when.end
    stretch = when.reach is not Reach.AT or _WINDOW.match(low, when.start) is not None
    for number in range(behind, last):
        gap = low[place : mentions[number].start]
        if number > behind and not shows and _JOIN.match(gap) is None:
            return
        if len(gap) > _FAR or (number > behind and _LATER.search(gap)):
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
            _give(things, when, number, when.end, _JUST if near else _FAR + mentions[number].start - when.end)
        place = things.ends[number]


def _fill(
    things: _Text,
    whens: Sequence[When],
    own: Sequence[tuple[int, int]],
    begins: Sequence[int],
    starts: Sequence[int],
    behind: set[int],
) -> None:
    """Dates the findings of dated tests that have no date of their own, then those of a dated report."""
    low = things.low
    reaches: list[int] = []
    for position, (when, begin) in enumerate(zip(whens, begins, strict=True)):
        known = is_finite(when.lo) and not (position in behind and not reports.headed(low, when))
        reaches.append(reports.reach(things.text, low, when, begin) if known else when.end)
    for position, (when, stop) in enumerate(zip(whens, reaches, strict=True)):
        if stop <= when.end:
            continue
        place = when.end
        for other in range(position + 1, len(whens)):
            begin, end = own[other]
            if begin >= stop or reaches[other] > whens[other].end:
                stop = min(stop, max(begin, place))
                break
            if not reports.entry(low, when) and low[whens[other].start - 1] != "(":
                stop = min(stop, max(begin, place))
                break
            # What has a date of its own in its clause is not of this one.
            _found(things, when, bisect_left(starts, place), bisect_left(starts, max(begin, place)))
            place = max(place, end)
        _found(things, when, bisect_left(starts, place), bisect_left(starts, stop))
    report = reports.head(low, whens)
    if report is not None:
        for part in report[1]:
            _found(things, report[0], bisect_left(starts, part.start), bisect_left(starts, part.end))


def _found(things: _Text, when: When, first: int, last: int) -> None:
    for number in range(first, last):
        if things.found[number] != UNDATED or (things.elsewhere and things.elsewhere[number]):
            continue
        if reports.finds(things.low, things.mentions[number]):
            things.found[number] = Dates(when)
