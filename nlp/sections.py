"""Sections of a note: headers found by their shape and by a lexicon, under their usual names.

A header is a known name before a colon or alone on its line, or an unknown one in capitals. A header at
the start of a line holds to the next header, one inside a line to the end of that line ("PMH: HTN, DM.").
Headings of organ systems belong to the section around them. What a section says of all that stands in it
(its default) is in `eligibility/sections.csv`; one that denies or supposes holds for its paragraph only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache

from nlp.document import Axis, Section, Span
from nlp.headers import Header, headers, lexicon
from nlp.phrases import relatives

_MOST_LINES = 40  # lines that what stands on a header's own line goes on in
_NAMED = 40  # characters of a line in which a relative is named that the line is of
_LONGEST = 60  # characters of a header
# A line that begins with a label of its own ends what an earlier label says of all behind it.
_LABELLED = re.compile(
    r"[ \t*_]*(?:[A-Z][\w'&/-]*(?: [\w'&/()-]+){0,4}(?: \d[\d/.-]*)?[ \t*_]?(?::| -+ |\. (?=[A-Z]))"
    r"|(?:I|We|He|She|They|It|The|This|On|In|Patient|Pt|Mr|Mrs|Ms|Dr|Today|Now|Because|Given|There|Since)\b)"
)
_UNBORN = re.compile(r"(?i:fetus|fetal|foetus|foetal)\b")  # the rest of the line is of the mother again
_SENTENCE = re.compile(r"\.\s+(?=[A-Z])")
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)?")
_BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7]|\d{1,2}[.)])\s|\s{2,}")
_BLANK = re.compile(r"\n[ \t\r]*(?:\n|\Z)")
_FOR_A_PARAGRAPH = Axis.NEGATED | Axis.POSSIBLE | Axis.HYPOTHETICAL


def default(name: str) -> Axis:
    """The axis that mentions of a section get where nothing else speaks of them."""
    return _defaults().get(name, Axis.NONE) if name else Axis.NONE


def find(text: str) -> list[Section]:
    """The sections of a text, in order and without gaps. What stands before any header has no name."""
    result: list[Section] = []
    outer = Section(0, 0, "", Span(0, 0))  # what a header inside a line interrupts
    current, at = outer, 0

    def close(end: int) -> None:
        nonlocal at
        if result and not text[at:end].strip():
            result[-1] = result[-1]._replace(end=end)
            at = end
        elif end > at:
            result.append(Section(at, end, current.name, current.header))
            at = end

    blanks: list[int] = []  # where blank lines are, looked for when one is needed
    ends: int | None = None  # where the current section ends of itself
    for header in headers(text):
        if ends is not None and ends <= header.span.start:
            close(ends)
            current, ends = outer, None
        if header.known.part:
            if default(current.name) == Axis.SOMEONE_ELSE:
                close(header.span.start)
                current = outer = Section(at, at, "", Span(0, 0))
                ends = None
            continue
        close(header.span.start)
        current = Section(at, at, header.known.name, header.span)
        ends = header.line_end if header.inside else None
        if not header.inside:
            outer = current
        if header.known.default:
            blanks = blanks or [blank.start() for blank in _BLANK.finditer(text)] or [len(text)]
            ends = _default_end(text, blanks, header)
            outer = Section(at, at, "", Span(0, 0)) if not header.inside else outer
    if ends is not None:
        close(min(ends, len(text)))
        current = outer
    close(len(text))
    return result


def _default_end(text: str, blanks: Sequence[int], header: Header) -> int | None:
    """Where a section with a default ends of itself: what it says of all in it must not reach too far.

    Text on the header's own line ends with its paragraph; one that denies or supposes, with the line. A
    header alone holds for the paragraph below it if it denies or supposes, else until the next header.
    """
    if header.inside:
        unborn = _UNBORN.match(text, header.span.start) and _SENTENCE.search(
            text, header.span.end, header.line_end
        )
        return unborn.start() + 1 if unborn else header.line_end
    for_a_paragraph = bool(header.known.default & _FOR_A_PARAGRAPH)
    if text[header.span.end : min(header.line_end, header.span.end + _LONGEST)].strip(" :*_\t\r"):
        if for_a_paragraph:
            return header.line_end
        at = bisect_left(blanks, header.span.end)
        end = blanks[at] if at < len(blanks) else len(text)
        if header.known.default == Axis.HISTORICAL:
            return _to_label(text, header.line_end, end)
        return _to_patient(text, header.line_end, end)
    if not for_a_paragraph:
        return None
    at = bisect_left(blanks, header.line_end + 1)
    return blanks[at] if at < len(blanks) else None


def _to_label(text: str, line_end: int, end: int) -> int:
    """Where the lines from `line_end` on first begin with a label, `end` where none does."""
    for _ in range(_MOST_LINES):
        if line_end >= end:
            return end
        if _LABELLED.match(text, line_end + 1, end):
            return line_end
        following = text.find("\n", line_end + 1, end)
        line_end = following if following >= 0 else end
    return line_end


def _to_patient(text: str, line_end: int, end: int) -> int:
    """Where the lines from `line_end` on name no relative any more, `end` where all do."""
    for _ in range(_MOST_LINES):
        if line_end >= end:
            return end
        following = text.find("\n", line_end + 1, end)
        following = following if following >= 0 else end
        line = text[line_end + 1 : min(following, line_end + _NAMED)].lower()
        goes_on = (
            text[line_end + 1 : line_end + 2].islower() or text[line_end - 1] == "," or _BULLET.match(line)
        )
        if not goes_on and relatives().isdisjoint(_WORDS.findall(line)) and "famil" not in line:
            return line_end
        line_end = following
    return line_end


@cache
def _defaults() -> Mapping[str, Axis]:
    return {entry.name: entry.default for entry in lexicon().values() if entry.default}
