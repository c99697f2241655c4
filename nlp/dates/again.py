"""Times told from the date that stands before them: the same day, since then, the next day, a year later."""

from __future__ import annotations

import re

from eligibility.instants import DAY, is_finite, to_date
from nlp.dates import calendar
from nlp.dates.context import Context, Found, dated, unbounded
from nlp.dates.quantity import spread
from nlp.document import Reach

_SAME = re.compile(
    r"(?:same|that)\s(?:day|date|draw|study|scan|night|morning|evening|afternoon|time|year|month|week|weekend|"
    r"visit|echo|admission|hospitali[sz]ation|stay|test|clinic)\b|"
    r"then(?=[.;)\n]|\Z|\s(?:until|till|on|onwards?)\b)"
)
_OF_A_DAY = ("day", "date", "draw", "study", "scan", "night", "morning", "evening", "afternoon")
_SINCE = re.compile(
    r"(?:since(?:\s(?:then|that time|(?:the\s)?(?:diagnosis|dx)))?|thereafter)"
    r"(?=[.,;:)\n]|\Z|\s(?:and|but|with)\b)"
)
_DIAGNOSED = re.compile(r"\b(?:diagnos|dx)")
# Words that are looked at for this; "this" tells this a.m.
WORDS = frozenset({"that", "then", "this", "since", "thereafter"})
_BEHIND_THAT = frozenset({" t", " d", " n", " m", " e", " a", " w", " y", " v", " h", " s", " c"})
_BEHIND_SINCE = frozenset({" then", " that", " diag", " dx.", " dx,", " the ", " and ", " but ", " with"})
_FAR = 160  # characters that a time is told over


def refers(word: str, low: str, start: int, end: int) -> bool:
    """A quick look whether one of WORDS may tell a time: that week, then, since then; this a.m."""
    if word == "that":
        return low[end : end + 2] in _BEHIND_THAT
    if word == "then":
        if low[end : end + 1] in (".", ";", ")", "\n", ""):
            return True
        return low[start - 5 : start] == "from " and low[end : end + 3] in (" on", " un", " ti")
    if word == "this":
        return low[end : end + 3] in (" a.", " am", " p.", " pm")
    behind = low[end : end + 5]
    return behind[:1] in (".", ",", ";", ")", "\n", "") or behind in _BEHIND_SINCE or behind[1:2].isdigit()


_THIS = re.compile(r"this\s(?:a\.?m\b|p\.?m\b)")


def this(context: Context, start: int) -> Found | None:
    """This a.m.; the morning and afternoon as words are read by `days.day`."""
    match = _THIS.match(context.low, start)
    if match is None:
        return None
    return dated(start, match.end(), context.base) if context.known else unbounded(start, match.end())


def _before(context: Context, start: int) -> Found | None:
    """The date that stands before a place, near enough to be meant there."""
    last = context.last
    if last is None or last[4] is Reach.AGE or not is_finite(last[2]):
        return None
    if start - last[1] > _FAR or "\n\n" in context.low[last[1] : start]:
        return None
    return last


def same(context: Context, start: int) -> Found | None:
    """The same day, draw or study, that week, then: the date that was told before."""
    match = _SAME.match(context.low, start)
    if match is None or context.low.startswith(" as ", match.end()):
        return None
    last = _before(context, start)
    if last is None:
        return None
    _, _, lo, hi, _ = last
    day = context.day
    if day is not None and hi - lo >= DAY and match.group().endswith(_OF_A_DAY) and start - day[1] <= _FAR:
        lo, hi = day[2], day[3]  # "5/15: 4 mm, 9 mm in 2019. Prolactin the same day"
    lead = context.word_before(start)
    if match.group() == "then" and lead in ("since", "until", "and", "by", "every"):
        return None
    if match.group().endswith("year"):
        return dated(start, match.end(), _unit_at((lo, hi), "year", 0))
    if (match.group().endswith("week") and hi - lo < 7 * DAY) or (
        match.group().endswith("month") and hi - lo < 31 * DAY
    ):
        lo, hi = _unit_at((lo, hi), match.group().split()[-1], 0) or (lo, hi)
    on = match.group() == "then" and context.low[match.end() : match.end() + 3] == " on"
    return (
        start, match.end(), lo, min(hi, max(last[3], context.base[1])), Reach.SINCE if on else Reach.AT
    )  # fmt: skip


def since(context: Context, start: int) -> Found | None:
    """Since, since then, thereafter, since diagnosis: from the date that was told before until the note."""
    match = _SINCE.match(context.low, start)
    last = _before(context, start) if match is not None else None
    if match is None or last is None or last[4] is Reach.FOR or "\n" in context.low[last[1] : start]:
        return None
    if match.group().endswith(("diagnosis", "dx")):
        around = context.low[max(0, last[0] - 24) : last[1] + 16]
        if _DIAGNOSED.search(around) is None:
            return None
    if last[2] > context.base[1]:
        return None
    begins = start - 5 if context.low[start - 5 : start] == "ever " else start
    return begins, match.end(), last[2], last[3], Reach.SINCE


def following(context: Context, unit: str, start: int, end: int) -> Found | None:
    """The next day, the following month, the year after: one unit behind the date that was told before."""
    last = _before(context, start)
    if last is None or last[4] is not Reach.AT:
        return None
    if unit in ("day", "week") and last[3] - last[2] >= DAY:
        return None
    pair = _unit_at((last[2], last[3]), unit, 1)
    return None if pair is None or pair[0] > context.base[1] else dated(start, end, pair)


def later(context: Context, span: tuple[int, int], least: float, most: float, unit: str) -> Found | None:
    """Two days later: so long behind the date that was told before."""
    last = _before(context, span[0])
    if last is None or last[4] is not Reach.AT:
        return None
    around = 0.0 if unit in ("day", "hour") else spread(most, False, unit)
    lo, hi = calendar.around((last[2], last[3]), -(most + around), -max(0.0, least - around), unit)
    return None if lo > context.base[1] else (*span, lo, min(hi, context.base[1]), Reach.AT)


def _unit_at(pair: calendar.Pair, unit: str, step: int) -> calendar.Pair | None:
    """The calendar unit that a date is in, or one so many units behind."""
    first, last = to_date(pair[0]), to_date(pair[1])
    if unit == "year":
        return calendar.of_years(first.year + step, last.year + step)
    if unit == "month":
        ends = [12 * day.year + day.month - 1 + step for day in (first, last)]
        one, other = (calendar.of_months(end // 12, end % 12 + 1, end % 12 + 1) for end in ends)
        return calendar.hull(one, other)
    if unit == "week":
        return calendar.week_of(pair[0], step)
    return (pair[0] + step * DAY, pair[1] + step * DAY) if unit == "day" else None
