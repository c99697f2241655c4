"""Counts from the day of the note or from an event: three weeks ago, for 6 months, last year."""

from __future__ import annotations

import re

from eligibility.instants import to_date
from nlp.dates import calendar, numeric
from nlp.dates.calendar import Pair
from nlp.dates.context import Context, Found, dated, unbounded
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
        return course(context, start, end)
    ahead = [(from_ + m.start(), m.group()) for m in _WORD.finditer(low[from_:start])]
    if not ahead:
        return _ordinal(context, unit, start, end, ahead)
    if from_ and from_ != context.done and not low[from_ - 1].isspace():
        del ahead[0]  # cut in the middle
    if not ahead or (low[start - 1] not in " -\n~" and not low[start - 1].isdigit()):
        return None
    if len(unit) == 1 and low[end : end + 1] in ("/", "\\", "-"):
        return None
    if len(unit) == 1:  # a letter: only in "x2d", "x 48 h", "3d ago", "for 5 d", "2y hx"
        before = ahead[-2][1] if len(ahead) > 1 else ""
        counted = low[start - 1].isdigit() and (before in ("for", "past", "last", "since") or unit != "h")
        behind_it = _LETTER_BEHIND.match(low, end) is not None or before in ("for", "past", "last", "since")
        if not (ahead[-1][1][:1] in "x×" or before in ("x", "×") or (counted and behind_it)):
            return None
        unit = _LETTERS[unit]
    begins, least, most, hedged = _quantity(ahead, start)
    behind = _AGO.match(low, end)
    if most is None:
        return _ordinal(context, unit, start, end, ahead) or _calendar_unit(context, unit, start, end, ahead)
    if _OLD.match(low, end) and _last(ahead) not in ("x", "×"):
        return None
    if behind is not None:
        pair = _ago(context, least, most, unit, hedged)
        reach = Reach.SINCE if _last(ahead) == "since" else Reach.AT
        return (begins, behind.end(), *pair, reach) if pair else unbounded(begins, behind.end(), reach)
    told = _EVENT.match(low, end) if _last(ahead) not in ("x", "×") else None
    if told is not None:
        return _from_event(context, (begins, least, most, hedged), unit, told)
    behind = _HISTORY.match(low, end)
    lead = _last(ahead)
    if behind is not None:
        return _lasting(context, begins, behind.end(), (least, most, unit, hedged))
    if lead in _LASTING:
        return _past(context, ahead, end, (least, most, unit, hedged))
    if lead in ("for", "x", "×", "since"):
        begins = begins if lead != "for" else ahead[-1][0]
        return _lasting(context, begins, end, (least, most, unit, hedged), Reach.FOR)
    # "2 days of fever", "worse over six months", "knee pain, 8 months, no trauma"
    following = low[end : end + 4]
    over = low[begins : begins + 5] == "over " and unit != "hour"
    alone = low[max(0, begins - 2) : begins] == ", " and following[:1] in (",", ".", ";") and unit != "hour"
    alone = alone or (
        following[:1] in ("", ",", ";", ".", ")", "\n") and _after_noun(context, begins, lead, unit)
    )
    if (
        lead == "of"
        and unit != "hour"
        and following != " of "
        and not _pregnant(context, unit)
        and not _TOTAL.search(low, max(0, begins - 24), begins)
    ):
        return _lasting(context, begins, end, (least, most, unit, hedged), Reach.FOR)
    if (following == " of " and lead not in ("every", "after", "next", "another", "within")) or over or alone:
        return _lasting(context, begins, end, (least, most, unit, hedged and not over), Reach.FOR)
    if lead in _IN_FUTURE and context.planned_day(ahead[-1][0]):
        ends = context.base
        if not context.known:
            return unbounded(begins, end)
        spread = _spread(least, hedged)
        lo, hi = calendar.around(ends, -(most + spread), -(least - spread), unit)
        return begins, end, max(lo, ends[0]), hi, Reach.AT
    return None


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


def _last(ahead: list[tuple[int, str]]) -> str:
    return ahead[-1][1].strip("(,.;:") if ahead else ""


def _quantity(ahead: list[tuple[int, str]], start: int) -> tuple[int, float, float | None, bool]:
    """Takes the number off the end of the words before a unit: where it begins, least, most, hedged."""
    table = words()
    place, word = ahead[-1]
    tidy = word.strip("-~(,").replace("–", "-")
    hedged = word.startswith("~")
    if tidy[:1] in "x×" and tidy[1:2].isdigit() and tidy[-1] != ".":  # x3 days
        ahead.pop()
        ahead.append((place, "x"))
        tidy = tidy[1:]
        pair = _number(tidy)
        return place, *(pair or (0.0, None)), False
    if tidy == "of" and len(ahead) > 1 and ahead[-2][1] == "couple":
        ahead.pop()
        place, tidy = ahead[-1]
    pair = _number(tidy) if tidy[-1:] != "." else None
    if pair is None:
        return start, 0.0, None, False
    ahead.pop()
    if tidy in ("a", "an") and ahead and ahead[-1][1] == "half":
        place, pair = ahead.pop()[0], (0.5, 0.5)
    least, most = pair
    if ahead and ahead[-1][1] in ("to", "or", "-", "–", "and") and len(ahead) > 1:
        other = _number(ahead[-2][1].strip("(~"))
        if other is not None and other[0] <= most and ahead[-1][1] != "and":
            least = other[0]
            place = ahead[-2][0]
            del ahead[-2:]
    if tidy in ("couple", "few") and ahead and ahead[-1][1] == "a":
        place = ahead.pop()[0]
    while ahead and (ahead[-1][1].strip("(") in table.hedges or _is_than(ahead)):
        hedged = True
        if ahead[-1][1] == "than":
            ahead.pop()
        place = ahead.pop()[0]
    return place, least, most, hedged


def _is_than(ahead: list[tuple[int, str]]) -> bool:
    return len(ahead) > 1 and ahead[-1][1] == "than" and ahead[-2][1] in ("more", "less", "greater")


def _number(word: str) -> tuple[float, float] | None:
    known = words().numbers.get(word)
    if known is not None:
        return known
    one, dash, other = word.partition("-")
    if dash and other and (one in words().numbers and other in words().numbers):
        return words().numbers[one][0], words().numbers[other][1]
    try:
        if len(word) > 7 or not word[:1].isdigit():
            return None
        least = float(one)
        most = float(other) if dash and other else least
    except ValueError:
        return None
    return (least, most) if least <= most < 1000 else None


def _spread(number: float, hedged: bool, unit: str = "") -> float:
    if unit == "week" and not hedged and number % 10:
        return 0.5 if number < 10 else 1.0  # who says 16 weeks has counted them
    return max(1.0, number / 4) if hedged else max(0.5, number / 10)


def _ago(context: Context, least: float, most: float, unit: str, hedged: bool) -> Pair | None:
    if not context.known:
        return None
    if unit == "fortnight":
        least, most, unit = 2 * least, 2 * most, "week"
    if unit in ("day", "hour") and not hedged:
        spread_lo, spread_hi = least // 10, most // 10
    else:
        spread_lo, spread_hi = _spread(least, hedged, unit), _spread(most, hedged, unit)
    lo, hi = calendar.around(context.base, max(0.0, least - spread_lo), most + spread_hi, unit)
    return lo, min(hi, context.base[1])


def before(context: Context, begins: int, end: int, told: tuple[float, float, str, bool]) -> Found:
    """So many units before the note."""
    pair = _ago(context, *told)
    return unbounded(begins, end) if pair is None else (begins, end, *pair, Reach.AT)


def lasting(context: Context, begins: int, end: int, told: tuple[float, float, str, bool]) -> Found:
    """So many units until the note."""
    return _lasting(context, begins, end, told)


def lasted(context: Context, begins: int, end: int, told: tuple[float, float, str, bool]) -> Found:
    """So many units, until the note if nothing else is said."""
    return _lasting(context, begins, end, told, Reach.FOR)


_ORDINALS = {
    word: number
    for number, word in enumerate(
        ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=2
    )
} | {f"{number}{'nd' if number == 2 else 'rd' if number == 3 else 'th'}": number for number in range(2, 21)}
_NUMBERED = re.compile(r"\s?#?(\d{1,2})\sof\s(?!life\b|admission\b|stay\b|hosp|\d)")


def _ordinal(context: Context, unit: str, start: int, end: int, ahead: list[tuple[int, str]]) -> Found | None:
    """The third day of cough, day 3 of antibiotics: it began two days before."""
    if unit not in ("day", "week"):
        return None
    place, word = ahead[-1] if ahead else (start, "")
    number, stop = _ORDINALS.get(word, 0), end
    if number and not context.low.startswith(" of ", end):
        return None
    if not number:
        match = _NUMBERED.match(context.low, end)
        if match is None or context.planned(start):
            return None
        number, place, stop = int(match.group(1)), start, match.end(1)
    if not 1 <= number <= 60:
        return None
    if not context.known:
        return unbounded(place, stop, Reach.SINCE)
    if unit == "day":
        return place, stop, *calendar.around(context.base, number - 1, number - 1, unit), Reach.SINCE
    return place, stop, *calendar.around(context.base, number - 1, number, unit), Reach.SINCE


_COURSE = re.compile(r"(\d{1,2})(?=\s?(?:[,;.)\n/]|\Z|of\s))(?!\.\d)")


def course(context: Context, start: int, end: int) -> Found | None:
    """Ceftriaxone D4: given for the fourth day."""
    match = _COURSE.match(context.low, end)
    if match is None or context.low[start - 1 : start] != " ":
        return None
    number, lead = int(match.group(1)), context.word_before(start)
    if (
        not 1 <= number <= 60
        or not lead
        or lead in words().no_course
        or context.low[start - 2 : start - 1] in ".;:"
    ):
        return None
    if not context.known:
        return unbounded(start, match.end(1), Reach.SINCE)
    pair = calendar.around(context.base, number - 1, number - 1, "day")
    return start, match.end(1), *pair, Reach.SINCE


def _lasting(
    context: Context,
    begins: int,
    end: int,
    told: tuple[float, float, str, bool],
    reach: Reach = Reach.SINCE,
) -> Found:
    pair = _ago(context, *told)
    return unbounded(begins, end, reach) if pair is None else (begins, end, *pair, reach)


_COUNTED = re.compile(
    r"(?:\b(?:twice|once|episodes?|times|several|multiple|recurrent|two|three|four|five|frequent|any|every|each)\b|"
    r"\d\s?x|x\s?\d|\b\d\s[a-z])[^.;\n]*\Z"
)


def _past(
    context: Context, ahead: list[tuple[int, str]], end: int, told: tuple[float, float, str, bool]
) -> Found | None:
    """For the past 6 months: since then. Over or in the past 6 months: at some time in them."""
    place, _ = ahead.pop()
    if ahead and ahead[-1][1] in ("the", "these", "this"):
        place, _ = ahead.pop()
    lead = _last(ahead)
    if lead in ("for", "since", "x"):
        return _lasting(context, ahead[-1][0], end, told)
    if lead == "over" and told[2] != "hour" and not _COUNTED.search(context.low, max(0, place - 60), place):
        return _lasting(context, ahead[-1][0], end, told, Reach.FOR)
    return _within(context, ahead[-1][0] if lead in ("in", "over", "within", "during") else place, end, told)


def _within(context: Context, begins: int, end: int, told: tuple[float, float, str, bool]) -> Found:
    if not context.known:
        return unbounded(begins, end)
    _, most, unit, _ = told
    return begins, end, calendar.around(context.base, 0.0, most, unit)[0], context.base[1], Reach.AT


def _from_event(
    context: Context, told: tuple[int, float, float, bool], unit: str, match: re.Match[str]
) -> Found | None:
    begins, least, most, hedged = told
    words_ = match.group(0).split()
    target = match.group(1) or ""
    target_start = match.start(1)
    if words_[0] == "out" and len(words_) == 1:
        return unbounded(begins, match.end())
    if words_[0] == "s/p":
        pair = _ago(context, least, most, unit, hedged)
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
            spread = _spread(most, hedged) if unit not in ("day", "hour") else 0.0
            ends = (least - spread, most + spread) if sign > 0 else (-most - spread, -least + spread)
            return dated(begins, anchor[1], calendar.around((anchor[2], anchor[3]), *ends, unit))
    return unbounded(begins, stop if target_start < 0 else match.end(1))


def _ahead(context: Context, least: float, most: float, unit: str, hedged: bool) -> Pair | None:
    if not context.known:
        return None
    spread = _spread(most, hedged)
    return calendar.around(context.base, -(most + spread), -max(0.0, least - spread), unit)


def _calendar_unit(
    context: Context, unit: str, start: int, end: int, ahead: list[tuple[int, str]]
) -> Found | None:
    """Last year, this week, the past month, next month; no number stands there."""
    place, word = ahead.pop()
    if word not in ("last", "this", "next", "past", "previous", "coming") or unit == "hour":
        return None
    if not context.known:
        return unbounded(place, end)
    article = bool(ahead) and ahead[-1][1] in ("the", "this")
    if word == "past" or (word in ("last", "previous") and article):
        if article:
            place, _ = ahead.pop()
        lead = _last(ahead)
        if lead == "for":
            return _lasting(context, ahead[-1][0], end, (1.0, 1.0, unit, False))
        if lead == "over" and not _COUNTED.search(context.low, max(0, place - 60), place):
            return _lasting(context, ahead[-1][0], end, (1.0, 1.0, unit, False), Reach.FOR)
        return _within(
            context,
            ahead[-1][0] if lead in ("in", "over", "within", "during") else place,
            end,
            (1.0, 1.0, unit, False),
        )
    step = {"last": -1, "previous": -1, "this": 0}.get(word, 1)
    reach = Reach.SINCE if _last(ahead) == "since" else Reach.AT
    return dated(place, end, _unit_of(context, unit, step), reach)


def _unit_of(context: Context, unit: str, step: int) -> Pair | None:
    first, last = to_date(context.base[0]), to_date(context.base[1])
    if unit == "year":
        pair = calendar.of_years(first.year + step, last.year + step)
    elif unit == "month":
        months = first.year * 12 + first.month - 1 + step
        other = last.year * 12 + last.month - 1 + step
        pair = calendar.hull(
            calendar.of_months(months // 12, months % 12 + 1, months % 12 + 1),
            calendar.of_months(other // 12, other % 12 + 1, other % 12 + 1),
        )
    elif unit == "week":
        pair = calendar.hull(calendar.week_of(context.base[0], step), calendar.week_of(context.base[1], step))
    else:
        return None
    if pair is not None and step == 0:
        return pair[0], min(pair[1], context.base[1])
    return pair


def amount(words_: str) -> tuple[float, float, str] | None:
    """Least, most and unit of a count with its unit ahead of other words: "two days prior to admission"."""
    ahead: list[tuple[int, str]] = []
    for match in _WORD.finditer(words_):
        unit = words().units.get(match.group())
        if unit is not None and len(unit) > 1 and ahead:
            _, least, most, hedged = _quantity(ahead, match.start())
            if most is None:
                return None
            spread = 0.0 if unit in ("day", "hour") and not hedged else _spread(most, hedged)
            return max(0.0, least - spread), most + spread, unit
        ahead.append((match.start(), match.group()))
    return None
