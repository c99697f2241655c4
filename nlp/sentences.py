"""Sentences of clinical text: full ones, numbered and bulleted items, wrapped lines, telegraphic lines.

A line's end ends a sentence unless the next line goes on: in lower case, or because the line was full.
Semicolons do not end sentences; they end the reach of cues. No sentence is longer than `LONGEST`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, partial

from nlp.document import Section, Span
from nlp.phrases import rows_of

LONGEST = 2000  # characters: what follows is cut, so that work per sentence stays bounded
_span = partial(tuple.__new__, Span)
_WRAPPED = (50, 130)  # longest line of a text whose lines were broken at a width
_LEAST_WRAPPED = 30  # characters: a shorter line is an item of its own, even before lower case
_STOP = re.compile(r"[.!?\n|]")
# The cell of a table that denies what stands in the one before it.
_ANSWER_CELL = re.compile(
    r"(?:no|none|nil|never|denies|denied|negative|neg|absent|n)[ \t.]*(?=[|\n]|\Z)", re.IGNORECASE
)
# The answer to a question of the same line.
_ANSWER = re.compile(r"(?:no|none|nil|never|denies|denied|negative|neg|not|absent|n)\b", re.IGNORECASE)
_TAIL = re.compile(r"[.!?]*[\"')\]\u201d]*(?=\s|\Z)")  # what may stand between a stop and the space behind it
_LEADER = re.compile(r"\.{4,}+(?= ?[A-Za-z0-9])")  # "Psoriasis ....... no"
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022\u00b7+>#]|\d{1,2}[.)]|[a-zA-Z][.)])[ \t]")
_SPACE = re.compile(r"\s")
_FAR = 20  # characters before a full stop that may be a short form


def split(text: str, sections: Sequence[Section] = ()) -> list[Span]:
    """Sentences in order, without the space around them; none crosses the start of a section."""
    width = _width(text)
    result: list[Span] = []
    starts = [section.start for section in sections if section.start]
    starts.append(len(text) + 1)
    next_section = 0
    begin = line = led = 0
    short = _short()
    for stop in _STOP.finditer(text):
        at = stop.start()
        if at < begin or at < led:
            continue  # within the row of stops that ended the last sentence, or that leads to an answer
        while starts[next_section] <= at:
            if starts[next_section] > begin:
                _add(result, text, begin, starts[next_section])
                begin = starts[next_section]
            next_section += 1
        sign = text[at]
        if sign == "\n":
            if not _goes_on(text, line, at, at + 1, width):
                _add(result, text, begin, at)
                begin = at + 1
            line = at + 1
            continue
        following = text[at + 1 : at + 2]
        if sign == "." and following == " ":
            # Most sentences end so: with a word that is no short form.
            word = text[text.rfind(" ", begin, at) + 1 : at]
            if 2 < len(word) < _FAR and word.isalpha() and word.lower() not in short and at - begin < LONGEST:
                begin += text[begin] == " "
                if not text[begin].isspace():
                    result.append(_span((begin, at + 1)))
                    begin = at + 2
                    continue
        elif following == "." and text.startswith("....", at) and text[at - 1 : at] != ".":
            leader = _LEADER.match(text, at)
            if leader is not None:
                led = leader.end()
                continue
        if sign == "|" or following.isspace():
            end = at + 1
        elif following.isalnum():
            # "Well.Denies pain": a capital that begins a word, right behind a word's full stop.
            joined = sign == "." and text[at - 1 : at].islower() and following.isupper()
            if not joined or not text[at + 2 : at + 3].islower():
                continue
            end = at + 1
        else:
            tail = _TAIL.match(text, at + 1)
            if tail is None:
                continue
            end = tail.end()
        if _ends(text, begin, at, end):
            _add(result, text, begin, end)
            begin = end
    for start in starts[next_section:-1]:
        if start > begin:
            _add(result, text, begin, start)
            begin = start
    _add(result, text, begin, len(text))
    return result


def _add(result: list[Span], text: str, begin: int, end: int) -> None:
    """Add a sentence, in pieces where it is too long to be one."""
    while end - begin > LONGEST:
        cut = max(text.rfind(sign, begin + LONGEST // 2, begin + LONGEST) for sign in (";", ",", " "))
        cut = begin + LONGEST if cut < 0 else cut + 1
        _add(result, text, begin, cut)
        begin = cut
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if end > begin:
        result.append(_span((begin, end)))


def _ends(text: str, begin: int, at: int, after: int) -> bool:
    """Whether the stop or mark at `at` ends a sentence; what follows it is at `after`."""
    sign = text[at]
    if sign == "|":
        return _ANSWER_CELL.match(text, _behind_space(text, after)) is None
    if sign == "?":
        # A question mark before a name is a cue ("? sepsis"), also at the start.
        asked = at > begin and not text[at - 1].isspace() and text[at - 1] != "("
        return asked and _ANSWER.match(text, _behind_space(text, after)) is None
    if sign != ".":
        return True
    far = max(begin, at - _FAR)
    word = text[far:at].rpartition(" ")[2].rpartition("\n")[2]
    if len(word) == at - far:  # no space before it: all of the sentence, or too long to be any of these
        if far > begin:
            return True
        word_from = 0
    else:
        word_from = at - len(word)
    word = word.lower().lstrip("([\"'")
    either = _short().get(word)
    if either is None and len(word) > 2:
        return True
    after = _behind_space(text, after)
    following = text[after : after + 1]
    if len(word) <= 2 and word.isdecimal():
        # "1. Hypertension": a label, not an end; "grade 2. He" is rarer and harmless to join.
        return not (word_from <= begin + 1 or text[begin:word_from].strip() == "") and not following.isdigit()
    if either is not None:
        return either and following.isupper()
    if len(word) == 1 and word.isalpha():
        if following.islower():
            return False
        # A label ("A. Polyp") or an initial begins; "hepatitis B." ends.
        return text[begin:word_from].strip() != ""
    return True


def _behind_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _goes_on(text: str, line: int, end: int, following: int, width: int) -> bool:
    """Whether the line text[line:end] goes on in the one that begins at `following`."""
    last = text[line:end].rstrip()
    if not last or last[-1] in ".!?:;" or following >= len(text):
        return False
    first = text[following]
    if first in "\n\r" or _BULLET.match(text, following):
        return False
    if first in " \t":
        at = following
        while at < len(text) and text[at] in " \t\r":
            at += 1
        if at >= len(text) or text[at] == "\n":
            return False
        first = text[at]
    if last[-1] == "," or (first.islower() and len(last) >= _LEAST_WRAPPED):
        return True
    if not width:
        return False
    space = _SPACE.search(text, following)
    word = (space.start() if space else len(text)) - following
    return end - line + 1 + min(word, 40) > width


def _width(text: str) -> int:
    """The width at which a text's lines were broken, 0 if they were not."""
    longest = previous = 0
    while True:
        at = text.find("\n", previous)
        longest = max(longest, (len(text) if at < 0 else at) - previous)
        if at < 0 or longest > _WRAPPED[1]:
            break
        previous = at + 1
    return longest if _WRAPPED[0] <= longest <= _WRAPPED[1] else 0


@cache
def _short() -> Mapping[str, bool]:
    """Short forms, and whether they may end a sentence."""
    return {
        word: row["either"] == "yes"
        for row in rows_of("nlp", "full_stops.csv")
        for word in row["words"].split()
    }
