"""Whether a date tells when a thing ended, and not when it was or began."""

from __future__ import annotations

import re

from nlp.dating import cues
from nlp.document import When

_OFF = re.compile(
    r"\b(?:(?:sober|abstinent|clean) from|hold|holding|held|stop|stopping|stopped|quitting|discontinuing|"
    r"discontinue|discontinued|d/c|d/c'd|off|quit|"
    r"gave up|given up|finished|completed|(?:ran )?out of|not been taking|not taking|has not taken|came off|"
    r"weaned off|ex|former|last (?:dose|tablet|pill|cycle|injection|infusion) of|"
    r"last (?:took|used|smoked|drank))[\s-]+"
    r"(?!(?:for|because|due|after|pending)\b)(?:his\s|her\s|the\s|their\s|all\s)?[a-z-]*\s?[a-z-]*\Z"
)
_ALMOST = r"\s(?:(?:early|late|mid|about|around|the|end of|last)[\s-]?)*\Z"
_TO = re.compile(r"(?:\s(?:until|through|till|til|to)|–)\s?\Z")
_DAYS_DONE = re.compile(r"\d\s?(?:d|days?|wks?|weeks?)\s(?:done|complete|given)\b")
_HEADING = re.compile(
    r"[^.;,(]{0,24}\b(?:discontinued|stopped|d/c'?d|held|on hold|ceased|no longer taking)\b"
    r"[^:\n;]{0,32}(?::|\Z)"
)


_ON_AND_OFF = re.compile(r"\b(?:on\sand\soff|off\sand\son|up\sand\sdown)\b")


def without_course(gap: str) -> str:
    """The words without "on and off", which ends nothing."""
    return _ON_AND_OFF.sub(" ", gap) if " and " in gap else gap


def stopped(gap: str) -> bool:
    """Whether words between a thing and a date say that it ended, and not that it began again."""
    gap = without_course(gap)
    until = cues.pattern("until", _ALMOST).search(gap) is not None or gap.strip() == "to"
    until = until and not gap.endswith(("ruled out ", "ruled out on "))
    if not until and cues.pattern("stopped").search(gap) is None and _DAYS_DONE.search(gap) is None:
        return False
    return cues.pattern("started").search(gap) is None


_DEVICE = re.compile(
    r"(?:drain|foley|catheter|line|picc|cvc|port|tube|pacer|pump|iud|cast|splint|brace|sutures?|staples|packing|"
    r"lights|trach|stockings|boot|collar|vac|epidural|peg|stent|hardware|spacer|halo|fixator|stoma|ileostomy|colostomy|"
    r"nephrostomy|implant|balloon|tampon|pessary|nexplanon)s?\Z"
)
_TAKEN_OUT = re.compile(
    r"[\s:,-]*(?:(?:was|were|came|has been|then)\s)?"
    r"(?:removed|pulled|out|taken out|taken down|explanted|reversed|closed)\b"
    r"(?:\s(?:on|in|since|at))?\s*\Z"
)


def taken_out(low: str, end: int, when: When) -> bool:
    """Whether a device that ends at a place was removed on a date: "drain removed on POD 3"."""
    if _DEVICE.search(low, max(0, end - 14), end) is None or when.start - end > 32:
        return False
    return _TAKEN_OUT.fullmatch(low, end, when.start) is not None


def ended(low: str, when: When, end: int, begun: bool) -> bool:
    """Whether a date ended the thing that ends at a place. `begun`: whether it has a first date."""
    if end <= when.start and taken_out(low, end, when):
        return True
    if end <= when.start and stopped(low[end : when.start]):
        return True
    if begun and _TO.search(low, max(0, when.start - 12), when.start) is not None:
        return True
    return stopped_ahead(low, end)


def stopped_ahead(low: str, end: int) -> bool:
    """Whether what stands before a thing says that it ended: quit smoking, off the drug."""
    return _OFF.search(low, max(0, end - 60), end) is not None


def headed(low: str, place: int) -> bool:
    """Whether a thing stands in a line whose heading says that all of it ended."""
    line = low.rfind("\n", max(0, place - 400), place) + 1
    colon = low.find(":", line, min(place, line + 80))
    return colon > 0 and _HEADING.match(low, line, colon + 1) is not None


_HEADS = re.compile(
    r"[\s*#-]*(?:(?:home\s)?(?:meds?|medications?|drugs?)\s)?(?:discontinued|stopped|held|on hold|ceased)\b"
    r"[^.;:\n]{0,32}\Z"
)


def heads(low: str, place: int) -> bool:
    """Whether the line up to a place is a heading for what ended: HELD ON ADMISSION."""
    return _HEADS.match(low, low.rfind("\n", max(0, place - 80), place) + 1, place) is not None


_AT_ONCE = re.compile(r"[\s,;()-]*(?:and\s|but\s|then\s|was\s|were\s|has\s)*")
_REMOVED = re.compile(r"(?:removed|pulled|out|taken\s(?:out|down)|explanted|reversed|closed|decannulated)\b")


def at_once(gap: str) -> bool:
    """Whether words between two dates begin with an end: "started 2019, stopped 2021"."""
    if len(gap) > 32:
        return False
    lead = _AT_ONCE.match(gap)
    return lead is not None and (
        cues.pattern("stopped").match(gap, lead.end()) is not None
        or _REMOVED.match(gap, lead.end()) is not None
    )
