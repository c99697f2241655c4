"""Which date belongs to which thing of a text; see the package."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from eligibility.instants import is_finite
from nlp.dating import beside, clauses, ending, findings, gaps, joined, reports
from nlp.dating.dates import UNDATED, Dates, Things
from nlp.document import Reach, Span, When
from nlp.scanning import lowered

_NEAR = 60
# Behind a date: what follows was found then.
_SHOWS = re.compile(
    r"\s?(?:\)?:|\)?\s?(?:which\s+)?(?:show(?:s|ed|ing)|reveal(?:s|ed|ing)|return(?:s|ed)|demonstrat(?:es|ed|ing)|"
    r"found|mention(?:s|ed|ing)|describ(?:es|ed|ing)|report(?:s|ed|ing)|was|were|is|measures?|measured|"
    r"confirmed|consistent|positive|negative|neg|normal|noted|suggest(?:s|ed)|remarkable|significant|"
    r"captur(?:ed|ing)|identif(?:ied|ying)|detect(?:ed|ing)|document(?:ed|ing)|visuali[sz]ed|exclud(?:ed|ing)|"
    r"ruled\sout|grew|indicat(?:ed|ing)|complicated by|c/b)(?!\w))"
)
_THEN = re.compile(
    r",?\s?\)?\s?(?:with\b|w/(?!o)|during\b|(?:after|upon|following)\swhich\b|when\s(?:he|she|they|it)\b|"
    r"(?:the\s)?(?:date|day|time|year)\sof\b)"
)
# A stretch of time before a colon: that of the complaints behind it.
_SYMPTOMS = re.compile(r"\b(?:symptoms|sx|complaints|unwell|sick|ill|illness)\s(?:since\s|for\s|x\s?)?\Z")
_HAS_HAD = re.compile(
    r",?\s(?:he|she|they|pt|(?:the\s)?patient)(?:['’](?:s|ve)|\s(?:has|have|had|reports|notes))\b"
)
_SINCE_IT = re.compile(r"\bsince\s(?:the\s|his\s|her\s|an?\s)?\Z")
_TOO = re.compile(r"\s(?:too|also|as\swell)\b")
_OF = re.compile(
    r"[\s-]+(?:long\s)?(?:(?:history|h/o|hx|course|duration)\s)?(?:of|h/o|history|hx)\b|[\s-]+h/o\b"
)
_AFTER_EVENT = re.compile(r"\s?(?:s/p|status post|from|following|after)\b")
_ENDS_RANGE = re.compile(
    r"\s?(?:to|until|till|til|through|thru|-|–)\s?'?|\s(?:until|till|til)\s(?:[a-z]+\s){1,2}(?:in\s|on\s)?"
)
# All that stands before a date in its clause: an event of its own, as in "Intubated 5/12, fever".
_EVENT = re.compile(
    r"[\s(\[*•-]*(?!diagnosed|presented|admitted|noted|developed|started)[a-z-]+ed\s(?:on\s|in\s)?[(\[]?"
)
# Between the date of a test and what it found, where no verb says so: "EKG 2/13 LBBB".
_FOUND = re.compile(
    r"\)?\s(?:(?:neg(?:ative)?|pos(?:itive)?|no|mild|moderate|severe|new|small|large|clear|without)\s(?:for\s)?)?"
)
# What may come by then, and when somebody was seen: "if no better by Friday", "since I last saw her in May".
_NO_DATE = re.compile(
    r"\b(?:(?:if|unless)\s[^.;:]*|last\s(?:saw|seen|met|reviewed|spoke)\b(?:\s(?:him|her|them|you|with))*\s(?:in|on)?\s?)\Z"
)
_DIRECT = re.compile(r"\s(?:an?\s|the\s)?")
_LISTED = re.compile(r"(?:[,;]\s(?:and\s|then\s)?|\sand\s)(?:in\s|on\s)?|,|\s")
_BEFORE_IT = re.compile(r"\b(?:prior to|before|pre)[\s-]\Z")
_LETTERED = re.compile(r"\d{1,2}[dw]")


def link(
    text: str,
    mentions: Sequence[Span],
    whens: Sequence[When],
    sentences: Sequence[Span] = (),
    extents: Sequence[int] = (),
    elsewhere: Sequence[bool] = (),
    within: Sequence[tuple[int, int]] = (),
) -> list[Dates]:
    """The dates of each mention, by position. Mentions stand in order of the text.

    `extents[i]`: where what is said of mention i ends, such as its value; without it its own end.
    `elsewhere[i]`: whether mention i is not the patient's or may only come, so that no test found it.
    `within`: the clauses of the dates (`clauses.of_dates`), where they are known already.
    """
    if not whens or not mentions:
        return [UNDATED] * len(mentions)
    low = lowered(text)
    ends = list(extents) if extents else [mention.end for mention in mentions]
    things = Things(
        text, low, mentions, ends, [UNDATED] * len(mentions), [gaps.FAR * 10] * len(mentions), elsewhere
    )
    starts = [mention.start for mention in mentions]
    bounds = within or clauses.of_dates(text, whens, sentences)
    own: list[tuple[int, int]] = []  # the clauses that dates stand in
    begins: list[int] = []
    named_behind: set[int] = set()  # dates that belong to a thing before them
    for position, when in enumerate(whens):
        begin, stop = bounds[position]
        closed = (
            low.find(")", when.end, when.end + gaps.FAR) if low[when.start - 1 : when.start] == "(" else -1
        )
        own.append((begin, stop) if closed < 0 else (when.start, closed))
        begins.append(begin if closed <= when.end else when.start)
        before = whens[position - 1] if position else None
        if before is not None and _is_range(low, before, when):
            first = bisect_left(starts, min(begins[position - 1], begin))
            _end(things, before, when, first, bisect_right(starts, stop))
            continue
        if (
            before is not None
            and before.start >= begin
            and ending.at_once(low[before.end : when.start])
            and bisect_left(starts, before.end) == bisect_left(starts, when.start)
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
        place, ranged = position + 1, False
        if place < len(whens) and _is_range(low, when, whens[place]):
            when = when._replace(end=whens[place].end)
            place, ranged = place + 1, True
        following = whens[place].start if place < len(whens) else len(low)
        first = bisect_left(starts, begin)
        inside = bisect_left(starts, when.start)
        behind = bisect_left(starts, when.end)
        last = bisect_right(starts, min(stop, following) - 1)
        if ranged:
            following = -1
        elif place < len(whens) and whens[place].reach is Reach.FOR:
            following = len(low)  # how long it lasted, not when
        if _one(things, when, (first, inside, behind, last), begin, starts, following):
            named_behind.add(position)
    findings.date(things, whens, own, begins, starts, named_behind)
    return things.found


def _is_range(low: str, one: When, other: When) -> bool:
    """Whether two dates are the ends of one stretch: from 2010 to 2014, between May and July."""
    if other.start - one.end > 32:
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
    things: Things,
    when: When,
    around: tuple[int, int, int, int],
    begin: int,
    starts: Sequence[int],
    following: int,
) -> bool:
    """Gives one date to the things of its clause that it belongs to; whether to one before it.

    `following`: where the next date begins, -1 where that is the other end of a stretch.
    """
    first, inside, behind, last = around
    low, mentions, ends = things.low, things.mentions, things.ends
    if when.reach is Reach.AT and _BEFORE_IT.search(low, max(0, when.start - 12), when.start) is not None:
        return False  # "all prior to 2020" tells no time
    ahead = low[max(begin, when.start - _NEAR) : when.start]
    if "if " in ahead or "last " in ahead or "unless " in ahead:
        none = _NO_DATE.search(ahead)
        if none is not None and bisect_left(starts, when.start - len(ahead) + none.start()) == inside:
            return False
    if (
        behind < last
        and low[when.end : mentions[behind].start] in (" ", ": ")
        and _is_number(low, mentions[behind])
    ):
        # "A1c 4/17 7.4 %, 1/16 8.6 %": each number behind its day
        if inside > first and things.found[inside - 1].start is None and ends[inside - 1] + 1 >= when.start:
            joined.give(things, when, inside - 1, mentions[inside - 1].end, 1)
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
    if lasting and low.startswith(":", when.end):
        of = of or _SYMPTOMS.search(low, begin, when.start) is not None
    shows = _SHOWS.match(low, when.end)
    elsewhere = False
    if shows is not None and shows.group().endswith(":") and not _heads(low, when, begin):
        shows, elsewhere = None, not of
    target = inside - 1
    if target > first and ending.stopped(low[ends[target] : when.start]):
        opened = low[ends[target - 1] : mentions[target].start]
        if "(" in opened and ")" not in opened:  # smoker (35 pack-years, quit in 2009)
            target -= 1
    inner = low[when.start - 1 : when.start] == "(" and low[when.end : when.end + 1] in (" ", ":")
    closed = low.find(")", when.end, when.end + gaps.FAR) if inner else -1
    if closed > 0 and behind < last and mentions[behind].end <= closed:
        # (yesterday CRP 112): of what stands in the brackets
        joined.after(things, when, behind, bisect_left(starts, closed), False, True, False)
        return False
    if behind < last and target >= first and _alternates(things, when, target, behind):
        things.costs[behind] = 1
        things.found[behind] = Dates(when)
        return True
    if (
        behind < last
        and _FOUND.fullmatch(low, when.end, mentions[behind].start)
        and reports.tested(low, when)
    ):
        joined.after(things, when, behind, last, True, False, False)
    if target >= first and not of and gaps.ordered(low, ends[target], when):
        return False
    back = target >= first and not of and gaps.reaches(low, ends[target], when)
    within = target >= 0 and ends[target] >= when.end and mentions[target].end <= when.start
    if (within or back) and not gaps.denied(low, mentions[target], when, begin):
        joined.give(things, when, target, mentions[target].end, abs(when.start - mentions[target].end))
        joined.siblings_before(things, when, target, first)
        joined.reasons(things, when, target, behind, last)
        if behind < last and _HAS_HAD.match(low, when.end) is not None and _since(low, mentions[target]):
            joined.after(things, when._replace(reach=Reach.SINCE), behind, last, False, True, False)
        if behind < last and low[when.end : mentions[behind].start] == ", " and _TOO.match(low, ends[behind]):
            joined.give(things, when, behind, when.end, _NEAR)
        if following >= 0:
            beside.follow(things, when, target, (behind, last), following)
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
    joined.after(things, when, behind, last, bool(shows), of or then is not None, ends_all)
    return within or back


def _since(low: str, mention: Span) -> bool:
    """Whether "since" leads to a thing: "since her stroke in 2021 she has had spasms"."""
    return _SINCE_IT.search(low, max(0, mention.start - 12), mention.start) is not None


def _alternates(things: Things, when: When, target: int, behind: int) -> bool:
    """Whether each date stands before its thing: "2018 AVA 1.4, 2021 AVA 1.1"."""
    low, start = things.low, things.found[target].start
    if start is None or when.reach is not Reach.AT or start.reach is not Reach.AT:
        return False
    named, before = things.mentions[behind].start, things.mentions[target].start
    if start.end > before or _DIRECT.fullmatch(low, when.end, named) is None:
        return False
    if _DIRECT.fullmatch(low, start.end, before) is None:
        return False
    return _LISTED.fullmatch(low, things.ends[target], when.start) is not None


def _is_number(low: str, mention: Span) -> bool:
    """Whether a thing is the bare number of a value."""
    return low[mention.start : mention.start + 1].isdigit() and not low[mention.start : mention.end].isalpha()


def _heads(low: str, when: When, begin: int) -> bool:
    """Whether a date with a colon heads what follows: nothing else, or a test, stands before it."""
    if when.reach is not Reach.AT:
        return False
    ahead = low[begin : when.start].strip(" -*•#(")
    if reports.studied(low, when, begin) or len(ahead) < 3:
        return True
    line = low.rfind("\n", max(0, begin - 2), when.start) + 1
    return not low[line:begin].strip(" -*•#") and len(ahead.split()) <= 4
