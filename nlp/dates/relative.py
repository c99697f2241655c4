"""Counts from the day of the note or from an event: three weeks ago, for 6 months, last year."""

from __future__ import annotations

import re

from nlp.dates import again, calendar, numbered, numeric
from nlp.dates.back import ago, lasted, lasting
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, dated, unbounded
from nlp.dates.periods import calendar_unit, past
from nlp.dates.quantity import last_word, quantity, spread
from nlp.dates.words import words
from nlp.document import Reach

_WORD = re.compile(r"\S+")
_AGO = re.compile(r"s?\s?(?:ago|back|earlier today)\b")
_HISTORY = re.compile(
    r"['’]?s?['’]?(?:[\s-]+(?:long\s)?(?:history|h/o|hx|course|duration)\b|['’]\s?(?:history|duration))"
)
_OLD = re.compile(r"[\s-]*(?:old\b|of age\b|gestation|pregnant|y/?o\b)")
_EVENT = re.compile(
    r"\s(?:(?:prior|earlier|later|previously|before|afterwards?|after|post(?:[\s-]?op\w*)?|following|"
    r"from|out from|out\b|into|s/p)(?:\s+to\b)?)"
    r"(?:\s+(?:the\s|her\s|his\s|their\s|this\s)?([^\s,;:()]*[^\s,;:().]))?"
)
_LETTER_BEHIND = re.compile(r"\s(?:ago|hx|h/o|history|prior)\b")
_LETTERS = {"d": "day", "h": "hour", "w": "week", "y": "year"}
_IN_FUTURE = frozenset(["in"])
_LASTING = frozenset(["past", "last", "previous", "prior", "recent", "preceding"])


def units(context: Context, unit: str, start: int, end: int) -> Found | None:
    """A number of hours, days … years, with the words that say from when."""
    low = context.low
    from_ = max(context.done, start - 40)
    if unit == "d" and low[end : end + 1].isdigit():
        return numbered.course(context, start, end)
    near = low[start - 1] if start else " "
    if not (near in "-~" or near.isdigit() or near.isspace()):
        return None
    if len(unit) == 1:
        if low[end : end + 1] in ("/", "\\", "-"):
            return None
        if not near.isdigit() and "x" not in low[from_:start] and "×" not in low[from_:start]:
            return None
    ahead = [(from_ + m.start(), m.group()) for m in _WORD.finditer(low[from_:start])]
    if not ahead:
        return numbered.ordinal(context, unit, start, end, ahead)
    if from_ and from_ != context.done and not low[from_ - 1].isspace():
        del ahead[0]  # cut in the middle
    if not ahead or (low[start - 1] not in " -\n~" and not low[start - 1].isdigit()):
        return None
    if len(unit) == 1:  # a letter: only in "x2d", "x 48 h", "3d ago", "for 5 d", "2y hx"
        before = ahead[-2][1] if len(ahead) > 1 else ""
        counted = low[start - 1].isdigit() and (before in ("for", "past", "last", "since") or unit != "h")
        behind_it = _LETTER_BEHIND.match(low, end) is not None or before in ("for", "past", "last", "since")
        shown = _lettered(context, ahead, start, end)
        if not (ahead[-1][1][:1] in "x×" or before in ("x", "×") or (counted and behind_it) or shown):
            return None
        if shown and not behind_it:
            number, most_, place = float(ahead[-1][1]), float(ahead[-1][1]), ahead[-1][0]
            return lasted(context, place, end, (number, most_, _LETTERS[unit], False))
        unit = _LETTERS[unit]
    begins, least, most, hedged = quantity(ahead, start)
    behind = _AGO.match(low, end)
    if most is None:
        return numbered.ordinal(context, unit, start, end, ahead) or calendar_unit(
            context, unit, start, end, ahead
        )
    if _OLD.match(low, end) and last_word(ahead) not in ("x", "×"):
        return None
    if behind is not None:
        pair = ago(context, least, most, unit, hedged)
        reach = Reach.SINCE if last_word(ahead) == "since" else Reach.AT
        return (begins, behind.end(), *pair, reach) if pair else unbounded(begins, behind.end(), reach)
    told = _EVENT.match(low, end) if last_word(ahead) not in ("x", "×") else None
    if told is not None and last_word(ahead) == "for" and _no_event(told):
        return lasted(context, ahead[-1][0], end, (least, most, unit, hedged))
    if told is not None:
        return _from_event(context, (begins, least, most, hedged), unit, told)
    behind = _HISTORY.match(low, end)
    lead = last_word(ahead)
    if behind is not None:
        return lasting(context, begins, behind.end(), (least, most, unit, hedged))
    if lead in _LASTING:
        return past(context, ahead, end, (least, most, unit, hedged))
    if lead in ("for", "x", "×", "since"):
        begins = begins if lead != "for" else ahead[-1][0]
        return lasted(context, begins, end, (least, most, unit, hedged))
    # "2 days of fever", "worse over six months", "knee pain, 8 months, no trauma"
    following = low[end : end + 4]
    over = low[begins : begins + 5] == "over " and unit != "hour"
    alone = low[max(0, begins - 2) : begins] == ", " and following[:1] in (",", ".", ";") and unit != "hour"
    alone = alone or (
        (following[:1] in ("", ",", ";", ".", ")", "\n", ":") or following == " and")
        and _after_noun(context, begins, lead, unit)
    )
    if (
        lead == "of"
        and unit != "hour"
        and following != " of "
        and not _pregnant(context, unit)
        and not _TOTAL.search(low, max(0, begins - 24), begins)
    ):
        return lasted(context, begins, end, (least, most, unit, hedged))
    if (following == " of " and lead not in ("every", "after", "next", "another", "within")) or over or alone:
        return lasted(context, begins, end, (least, most, unit, hedged and not over))
    if lead in _IN_FUTURE and context.planned_day(ahead[-1][0]):
        ends = context.base
        if not context.known:
            return unbounded(begins, end)
        around = spread(least, hedged)
        lo, hi = calendar.around(ends, -(most + around), -(least - around), unit)
        return begins, end, max(lo, ends[0]), hi, Reach.AT
    return None


_LETTERED = re.compile(r"(?:\A|[,;:(\n]|\b(?:with|w/|c/o|has|had|of|reports))\s*\Z")
_SCANNED = re.compile(r"\s(?!(?:echo|ct|mri|us|ultrasound|imaging|recon|mode|views?|and|or|to|per)\b)[a-z]")


def _lettered(context: Context, ahead: list[tuple[int, str]], start: int, end: int) -> bool:
    """Whether a number with a letter heads what lasts so long: "44F, 2d dyspnea", but not "2D echo"."""
    place, word = ahead[-1]
    if not word.isdigit() or len(word) > 2 or place + len(word) != start or not context.text[start].islower():
        return False
    if context.low[start] not in "dw" or _SCANNED.match(context.low, end) is None:
        return False
    return _LETTERED.search(context.low, max(0, place - 10), place) is not None


def _no_event(told: re.Match[str]) -> bool:
    """Whether "for so long" is not told from an event: "for three days prior", "for a week after moving"."""
    target = told.group(1) or ""
    return not target or (target.endswith("ing") and told.group().split()[0] in ("after", "following"))


_TOTAL = re.compile(
    r"\b(?:age|period|course|courses|total|interval|window|survival|supply|aged?|end|last|rest|each|maximum|max|"
    r"minimum|average|mean|median|week|weeks|day|days|out|instead|use|because)\sof\s\Z"
)


def _pregnant(context: Context, unit: str) -> bool:
    """Whether weeks may be those of a pregnancy."""
    return unit == "week" and context.has("pregnan", "gestation", "fetal", "fetus", "lmp")


def _after_noun(context: Context, begins: int, lead: str, unit: str) -> bool:
    """Whether a count stands behind a plain word, as in "dysuria 3 days;": what it is, the linking sees."""
    if unit == "hour" or not lead.isalpha() or lead in words().no_duration_behind:
        return False
    return context.low[begins - 1 : begins] == " " and not context.planned(begins)


def _from_event(
    context: Context, told: tuple[int, float, float, bool], unit: str, match: re.Match[str]
) -> Found | None:
    begins, least, most, hedged = told
    words_ = match.group(0).split()
    target = match.group(1) or ""
    target_start = match.start(1)
    if words_[0] == "out" and len(words_) == 1:  # "TKA, 12 weeks out"
        pair = ago(context, least, most, unit, hedged)
        return (begins, match.end(), *pair, Reach.AT) if pair else unbounded(begins, match.end())
    if words_[0] == "s/p":
        pair = ago(context, least, most, unit, hedged)
        stop = match.start() + 4
        return (begins, stop, *pair, Reach.AT) if pair else unbounded(begins, stop)
    stop = match.end() if target_start < 0 else target_start
    if words_[0] in ("from",) and target.startswith("now"):
        pair = _ahead(context, least, most, unit, hedged)
        return dated(begins, match.end(1), pair) if pair else unbounded(begins, match.end(1))
    # Told from a day that stands there: as far from it.
    if target[:1].isdigit():
        length = len(target) - len(target.lstrip("0123456789"))
        anchor = numeric.read(context, target_start, target_start + length)
        if anchor is not None:
            sign = 1 if words_[0] in ("prior", "before", "earlier") else -1
            around = spread(most, hedged) if unit not in ("day", "hour") else 0.0
            ends = (least - around, most + around) if sign > 0 else (-most - around, -least + around)
            return dated(begins, anchor[1], calendar.around((anchor[2], anchor[3]), *ends, unit))
    if words_[0] in ("later", "afterwards", "afterward") or (words_[0] == "after" and not target):
        close = match.start() + match.group().index(words_[0]) + len(words_[0])
        found = again.later(context, (begins, close), least, most, unit)
        if found is not None:
            return found
    return unbounded(begins, stop if target_start < 0 else match.end(1))


def _ahead(context: Context, least: float, most: float, unit: str, hedged: bool) -> Pair | None:
    if not context.known:
        return None
    around = spread(most, hedged)
    return calendar.around(context.base, -(most + around), -max(0.0, least - around), unit)
