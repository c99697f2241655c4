"""Times in a text at which something was: years, dates with a year, months, ages.

What is told of such a time is past, unless the words say that it began or is to come then. Whether a
date is before the note's own is judged by the text alone: a full date is past where the text also tells of a
later year; a year or a month beside a year is taken for past as it is.
"""

from __future__ import annotations

import re

from nlp.assertion.scope import Item
from nlp.assertion.table import time_entry
from nlp.phrases import groups, relatives

# Four digits before a unit, or parted by a slash, are no year: "2000 mg".
_YEAR = re.compile(
    r"(?:19|20)\d\d\b(?![/.]\d|%|\s?(?:mg|mcg|ug|µg|μg|gm?|kg|ml|cc|l|units?|iu|u|meq|mmol|kcal|"
    r"cal(?:ories)?|h(?:ou)?rs?|steps|feet|ft|cells|copies)\b)"
)
_SLASHED = re.compile(r"(?<![\d/.])\d{1,2}/(?:(?:(\d{1,2})/)?((?:19|20)\d\d)|(\d{1,2})/(\d\d))\b(?![/.]\d|%)")
# Two days of which the second ends what began on the first: "12/6-12/12", "9/9 through 9/12". Folding has
# made a space of the dash; "5/5 4/5" are grades of strength.
_DAYS = re.compile(
    r"\d{1,2}/\d{1,2}(?:/\d{2,4})? (?:to |through |thru |until |till |till )?"
    r"(?!\d/(?:5|10)\b)\d{1,2}/\d{1,2}(?:/\d{2,4})?(?![\d/]|:)"
)
_AGE = re.compile(
    r"(?:(?:the )?age(?: of)? )\d{1,2}\b|(\d{1,2})(?= ?(?:[,.;:)]|and |but |or |of |for |from |\Z))"
    r"|(?:[2-9]|[1-7]\d)(?= (?:while|after|during|when|playing|falling|in|needing|following|with|by|on)\b)"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    r"seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy)\b(?! (?:am|pm|o'clock|weeks|days))"
)
_SHORT_YEAR = re.compile(r"'\d\d\b(?!')")
# Behind the time of an event: why it was, what it brought.
_WHY = re.compile(r"\)? (?:for|because of|due to|complicated by|needing|requiring|treated with)\b")
_DAY_BEFORE = re.compile(r"(?:early |late |mid )?\b[a-z]{3,9}\.? (?:\d{1,2}(?:st|nd|rd|th)?,? )?\Z")
# Words before a time that say that something goes on since then, or that it is to come.
_GOES_ON = frozenset(groups()["begins"].strip("()").split("|")) | frozenset(
    groups()["to come"].strip("()").split("|")
)
_BESIDE = frozenset(("from", "by", "next", "before", "start", "known"))  # these only of the time beside them
_ENDS = ("until", "till", "til", "through", "thru", "to")
_WORDS_BEFORE = 4  # more of them would reach into another clause
# "at 54" is an age where somebody is said to have had something: a relative, or who did these.
_HAPPENED = frozenset(groups()["happened"].strip("()").split("|")) | relatives() | {"after"}
_THEN = re.compile(
    r",? (?:(?:he|she|they|we|patient|the patient|pt|the pt|his|her|m[rs]s?\.? [a-z]+) )?"
    r"(?:also |then |first |again )?(?:" + groups()["happened"].strip("()").replace("|", r"\b|") + r"\b)"
)
_HEAD = re.compile(
    r"(?:[.,;:(\n] ?| a| an| her| his| the| of| s/p|\A) ?\Z"
)  # before a year that heads its event
# Words before "at 38" that make it a value, not an age.
_MEASURE = re.compile(
    r"\b(?:bp|hr|rate|sats?|pain|level|ef|lvef|a1c|temp|spo2|weight|arrived|arrives|seen|dose|set|running|rate|is|"
    r"was|were|are|stable|remains?|up|down|back|score|bmi|inr|hgb|wbc|gfr|egfr|creatinine|cr|ldl|tsh|glucose|"
    r"sugars?|peaked|measur\w+|pressures?|pulse|resp\w*|fio2|flow|drip|goal|now|currently|today|\d+)\Z"
)
_NEAR = 14
_FAR = 80  # characters in which words that make a number an age are looked for


def times(text: str) -> list[Item]:
    """Times of a folded text at which something was, unordered."""
    found: list[Item] = []
    years: list[tuple[int, int, int]] = []
    latest = 0
    for century in ("19", "20"):
        at = text.find(century)
        while at >= 0:
            year = _YEAR.match(text, at) if text[at - 1] in " (,'~" else None
            if year:
                years.append((at, year.end(), 0))
                latest = max(latest, int(year[0]))
            at = text.find(century, at + 2)
    at = text.find("/")
    while at >= 0:
        date = _SLASHED.match(text, max(0, at - (2 if text[at - 2 : at].isdigit() else 1)))
        if date:
            year_of = int(date[2]) if date[2] else 2000 + int(date[4])
            years.append((date.start(), date.end(), year_of if date[1] or date[3] else 0))
            latest = max(latest, year_of)
            at = date.end() - 1
        else:
            first = max(0, at - (2 if text[at - 2 : at].isdigit() else 1))
            stretch = _DAYS.match(text, first) if text[first - 1] in " (" else None
            if stretch:
                found.append(Item(first, stretch.end(), time_entry(True, "")))
                at = stretch.end() - 1
        at = text.find("/", at + 1)
    at = text.find("'")
    while at >= 0:
        if text[at - 1] in " (" and _SHORT_YEAR.match(text, at):
            years.append((at, at + 3, 0))
        at = text.find("'", at + 1)
    for start, end, whole in years:
        if whole >= latest > 0:
            continue
        before = text[max(0, start - 20) : start]
        day = _DAY_BEFORE.search(before) if before[-1:] == " " else None
        first = start - len(day[0]) if day and _is_month(day[0]) else start
        _add(found, text, first, end)
    _ages(found, text)
    return found


def _ages(found: list[Item], text: str) -> None:
    _ages_behind(found, text, " at ")
    if " age" in text:
        _ages_behind(found, text, " age ")
        _ages_behind(found, text, " aged ")


def _ages_behind(found: list[Item], text: str, word: str) -> None:
    at = text.find(word)
    while at >= 0:
        start = at + len(word)
        age = _AGE.match(text, start)
        if age and (
            not age[1]
            or not _HAPPENED.isdisjoint(_words(text[max(0, at - _FAR) : at]))
            or (2 <= int(age[1]) < 80 and _MEASURE.search(text, max(0, at - _NEAR), at) is None)
        ):
            _add(found, text, start, age.end())
        at = text.find(word, start)


def _add(found: list[Item], text: str, start: int, end: int) -> None:
    before = text[max(0, start - 30) : start].split()[-_WORDS_BEFORE:]
    last = before[-1] if before else ""
    goes_on = last not in _ENDS and (
        not _GOES_ON.isdisjoint(before[-2:]) or not (_GOES_ON - _BESIDE).isdisjoint(before)
    )
    then = _THEN.match(text, end)
    if not goes_on or then:
        kind = ""
        if then is not None or (not goes_on and last not in _ENDS and _WHY.match(text, end) is not None):
            kind = "led"
        elif _HEAD.search(text, max(0, start - 8), start) is not None:
            kind = "headed"
        found.append(Item(start, then.end() if then else end, time_entry(not goes_on, kind)))


def _is_month(words: str) -> bool:
    return any(word[:3] in _MONTHS for word in words.split())


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text)


_MONTHS = frozenset(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
