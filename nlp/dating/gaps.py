"""What stands between a thing and a date behind it: whether the date is still said of the thing."""

from __future__ import annotations

import re

from nlp.dating import cues, ending
from nlp.document import Reach, Span, When
from nlp.phrases import shapes

_PLAIN = frozenset({" ", " in ", " on ", " (", ", ", " since ", ": ", " - "})  # said of the thing at once
FAR = 90  # characters between a name and its date
_AND_STOP = re.compile(
    r"\band\s+(?:was\s+|then\s+)?(?:stopped|discontinued|completed|finished|resolved|removed|started|"
    r"repaired|treated|quit)\b"
)
_BUT_STOP = re.compile(r"\bbut\s(?:he\s|she\s)?(?:stopped|quit|gave up|discontinued|came off)\b")
_GOES_ON = re.compile(r"\A\s(?:(?:has|have) been\b|since\b)")
_AFTER_BREAK = r"(?!\s+(?:was|were)\s+(?:diagnosed|found|removed|placed))"
_BARE = re.compile(r"[\d~<>]")
_SINCE_THE = re.compile(
    r"\bsince(?:\s(?:the|his|her|a|an|their))?(?:\s(?:early\s)?(?:morning|evening|night|afternoon)\sof|"
    r"(?:\s(?!(?:the|that|when|she|he|they|it)\b)[a-z-]+){1,2}(?:\s(?:in|on))?)?(?:\sthe)?\s*\Z"
)
_LED = re.compile(r"(?:\A[\s,:–-]*|,\s|\b(?:over|of|for|about|around|now|x)\s*|×\s*)\Z")
_DIGIT = re.compile(r"\d")
_DOSED = re.compile(
    r"\d\s?(?:mg|mcg|g|ml|units?|puffs?)\b|\b(?:b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|daily|q\d+h?|po|iv|once|twice)\b"
)
_NAME = 48
_ORDERED = re.compile(r"\b(?:prescribed|ordered|sent|rx'?d?|dispensed|called\sin|to\stake|course)\b")
_TAKE = re.compile(
    r"\b(?:take|give|prescribe[ds]?|rx|start|started\son|begin|continue|course\sof|treat\swith)(?:\s[\w-]+){1,3}\Z"
)
_HAD = re.compile(
    r"\b(?:that |which )?(?:he|she|they|patient|pt)(?:['’]s| has| have|['’]ve) (?:had|been having)\b|"
    r"\b(?:that |which )(?:he|she|they|i)\s(?:had|got|developed|noticed|suffered|underwent|started|took)\b|"
    r"\A\s(?:he|she|they|i)\s(?:had|got|developed|suffered|underwent)\b"
)
STOPPED_FOR = re.compile(
    r",?\s(?:was\s|were\s)?(?:stopped|held|discontinued|d/c'?d|withdrawn|withheld)\s"
    r"(?:because\sof|due\sto|with|for|in\sthe\ssetting\sof|after|2/2|on\saccount\sof)\s(?:a\s|an\s|the\s|his\s|her\s)?"
)
_DUE = re.compile(r"\b(?:screening|surveillance|vaccine|check)\b.*\b(?:due|owed|from|overdue|next|until)\b")
_FOLLOWED = re.compile(r"\A\sfollowed\s(?=(?:in|on)\s)")
_DRUG = re.compile(shapes()["drug"])
_WITH_US = re.compile(r"\bwith\s(?:you|him|her|me|us)\b|\bseen\s(?:on|in|at|by)\b")
_WITH_IT = re.compile(r"\bwith\s(?:[a-z-]+\s){1,2}(?:on\s|in\s)?\Z")
WINDOW = re.compile(
    r"(?:(?:over|in|within|during|for)\s)?(?:(?:(?:the|these|this)\s)?past|(?:the|these)\s(?:last|previous|recent)|"
    r"(?:last|previous)\s(?:\d|a\s|few|couple|several|two|three|four|five|six|ten|twelve))\b"
)
_DENIED_REACH = 48


def reaches(low: str, end: int, when: When) -> bool:
    """Whether nothing between a thing and a date behind it says something new."""
    gap = low[end : when.start]
    if gap in _PLAIN and when.reach is not Reach.FOR:
        return True
    if len(gap) > FAR or "\n\n" in gap:
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
    if gap.startswith(" on ") and not gap.endswith((" in ", " on ")) and _DRUG.search(gap) is not None:
        return False  # said of a drug that has no name here
    gap = gap.replace(" first seen ", " ")
    if gap.startswith(" followed "):
        gap = _FOLLOWED.sub(" ", gap)
    gap = ending.without_course(gap)
    gap = _WITH_IT.sub(" ", _WITH_US.sub(" ", _HAD.sub(" ", gap)))
    if when.reach is not Reach.AT or gap.startswith(" since "):
        gap = _GOES_ON.sub(" ", gap)
    if cues.pattern("changed").search(gap) is not None or _DUE.search(gap) is not None:
        return False  # then it was changed, and had begun before
    if ")" in gap and "(" not in gap.partition(")")[0]:
        gap = gap.partition(")")[2]
    gap = cues.pattern("stopped").sub(" ", _BUT_STOP.sub(" ", _AND_STOP.sub(" ", gap)))
    if STOPPED_FOR.match(low, end) is not None:
        gap = gap.replace("with", " ").replace("because", " ").replace("due", " ")
    gap = _SINCE_THE.sub("", gap)
    if gap.strip() == "with":
        gap = ""
    return cues.pattern("break", _AFTER_BREAK).search(gap) is None


def ordered(low: str, end: int, when: When) -> bool:
    """Whether a stretch of time is how long a drug before it is to be taken."""
    if when.reach is not Reach.FOR or when.start - end > FAR:
        return False
    if _TAKE.search(low, max(0, end - _NAME), end) is not None:
        return True
    return _ORDERED.search(low, end, when.start) is not None


def denied(low: str, mention: Span, when: When, begin: int) -> bool:
    """Whether a stretch of time is that in which a thing was not there: no fever since Monday."""
    since = when.reach is not Reach.AT or "since " in low[mention.end : when.start]
    if not since and WINDOW.match(low, when.start) is None:
        return False
    ahead = low[max(begin, mention.start - _DENIED_REACH) : mention.start]
    ahead = ahead[max(ahead.rfind(";"), ahead.rfind(":"), ahead.rfind(" but "), ahead.rfind(". ")) + 1 :]
    if ending.stopped(low[mention.end : when.start]) or ending.stopped_ahead(low, mention.end):
        return False
    return cues.pattern("denied").search(ahead) is not None
