"""Sections of a note: headers found by their shape and by a lexicon, under their usual names.

A header is a known name before a colon or alone on its line, or an unknown one in capitals. A header at
the start of a line holds to the next header, one inside a line to the end of that line ("PMH: HTN, DM.").
Headings of organ systems belong to the section around them. What a section says of all that stands in it
(its default) is in `eligibility/sections.csv`; one that denies or supposes holds for its paragraph only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from eligibility.sections import section_rows
from nlp.document import Axis, Section, Span
from nlp.phrases import relatives

_AXES = {
    "": Axis.NONE,
    "negated": Axis.NEGATED,
    "possible": Axis.POSSIBLE,
    "hypothetical": Axis.HYPOTHETICAL,
    "historical": Axis.HISTORICAL,
    "someone else": Axis.SOMEONE_ELSE,
}
_MOST_LINES = 40  # lines that what stands on a header's own line goes on in
_NAMED = 40  # characters of a line in which a relative is named that the line is of
_LONGEST = 60  # characters of a header
_MOST_WORDS = 6
_SHORT_HEADER, _LEAST_HEADER = 28, 3  # characters of a header that ends with a full stop
_DASH = re.compile(r" -+ ")
_LABEL = re.compile(r"[\s#*_>=\-\u2022\u00b7]*(?:(?:\d{1,2}|[A-Za-z])[.)]\s)?[\s*_,]*")
_SIGNS = re.compile(r"[_*]")
_CAPITALS = re.compile(r"[A-Z][A-Z0-9 &/,()'\-]{3,}")
_WORD = re.compile(r"\S+")
# "Prior skin cancers", "Previous admissions": what stands behind the colon is past, not records or tests.
_FORMER = re.compile(
    r"(?:prior|previous|past|former|prev)(?: (?!records?|imaging|stud|labs?|auth|films?|visits?|exam|notes?"
    r"|tests?|ct\b|mri|echo|levels?|data|values?|results?|to\b|this|scans?|ekg|ecg|home|and\b|smok|drink"
    r"|user|alcohol)[a-z/&-]+){1,3}",
    re.IGNORECASE,
)
# What a header carries besides its name: "LABS 3/4", "Your family (who?)", "Exam today".
_BESIDES = re.compile(
    r"\s*\([^()]*\)\s*\Z|[\s,]*(?:\d[\d/.:-]*|today|now|yesterday|tonight|on admission|at admission"
    r"|on arrival|so far|to date|this visit|as listed|as follows|per chart|per patient|of note|otherwise)\Z"
)
_BEFORE = re.compile(
    r"(?:your|his|her|patient's|pt's|own|the|new|pertinent|relevant|significant|known|other)\s+"
)
# A line that begins with a label of its own ends what an earlier label says of all behind it.
_LABELLED = re.compile(
    r"[ \t*_]*(?:[A-Z][\w'&/-]*(?: [\w'&/()-]+){0,4}(?: \d[\d/.-]*)?[ \t*_]?(?::| -+ |\. (?=[A-Z]))"
    r"|(?:I|We|He|She|They|It|The|This|On|In|Patient|Pt|Mr|Mrs|Ms|Dr|Today|Now|Because|Given|There|Since)\b)"
)
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)?")
_BULLET = re.compile(r"\s*(?:[-*\u2022\u00b7]|\d{1,2}[.)])\s|\s{2,}")
_BLANK = re.compile(r"\n[ \t\r]*(?:\n|\Z)")
_FOR_A_PARAGRAPH = Axis.NEGATED | Axis.POSSIBLE | Axis.HYPOTHETICAL


_FIRST = frozenset(
    [
        "your",
        "his",
        "her",
        "patient's",
        "pt's",
        "own",
        "the",
        "new",
        "pertinent",
        "relevant",
        "significant",
        "known",
        "other",
    ]
)
_LAST = frozenset(")0123456789ywtnledr")  # what words of `_BESIDES` end with


class _Known(NamedTuple):
    name: str
    default: Axis
    part: bool


@dataclass(frozen=True, slots=True)
class _Header:
    """`inside` a line: what it heads ends with the line."""

    span: Span
    known: _Known
    inside: bool
    line_end: int


_UNKNOWN = _Known("", Axis.NONE, part=False)


class SectionTableError(ValueError):
    """A row of `sections.csv` that cannot be meant so."""


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
    for header in _headers(text):
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


def _default_end(text: str, blanks: Sequence[int], header: _Header) -> int | None:
    """Where a section with a default ends of itself: what it says of all in it must not reach too far.

    Text on the header's own line ends with its paragraph; one that denies or supposes, with the line. A
    header alone holds for the paragraph below it if it denies or supposes, else until the next header.
    """
    if header.inside:
        return header.line_end
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


def _headers(text: str) -> Iterator[_Header]:
    """Headers in order. Looks at no more than `_LONGEST` characters before each place where one may end."""
    known = _lexicon()
    behind = 0  # end of the last header
    line = 0
    while line < len(text):
        line_end = text.find("\n", line)
        line_end = len(text) if line_end < 0 else line_end
        at = text.find(":", line, line_end)
        found: _Header | None = None
        if at < 0:
            # No colon: the whole line, or what stands before a spaced dash.
            dash = _DASH.search(text, line, min(line_end, line + _LONGEST))
            if dash or line_end - line <= _LONGEST:
                end = dash.start() if dash else line_end
                found = _at_line_start(text, line, end, " " if dash else "\n", line_end, known)
        elif at - line <= _LONGEST + 12:
            found = _at_line_start(text, line, at, ":", line_end, known)
        if found is not None:
            behind = found.span.end
            yield found
            at = text.find(":", max(at, behind) + 1, line_end)
        else:
            found = _before_stop(text, line, line_end, known)
            if found is not None:
                behind = found.span.end
                yield found
        while at >= 0:
            found = _inside(text, max(line, behind, at - _LONGEST), at, line_end, known)
            if found is not None:
                behind = at
                yield found
            at = text.find(":", at + 1, line_end)
        line = line_end + 1


def _before_stop(text: str, line: int, line_end: int, known: Mapping[str, _Known]) -> _Header | None:
    """A known header that a full stop parts from what it heads, as letters have it: "Plan. Colonoscopy"."""
    stop = text.find(". ", line, min(line_end, line + _SHORT_HEADER))
    if stop < 0 or not text[line : line + 1].isupper() or not text[stop + 2 : stop + 3].isupper():
        return None
    entry = known.get(_folded(text[line:stop])) if stop - line > _LEAST_HEADER else None
    if entry is None or entry.part:
        return None
    return _Header(Span(line, stop), entry, inside=False, line_end=line_end)


def _at_line_start(
    text: str, line: int, at: int, sign: str, line_end: int, known: Mapping[str, _Known]
) -> _Header | None:
    label = _LABEL.match(text, line, at)
    start = label.end() if label else line
    words = text[start:at].rstrip(" *_\t\r")
    if not words or len(words) > _LONGEST:
        return None
    span = Span(start, start + len(words))
    if words[:6].lower() == "matern" and (
        "fetal" in text or "fetus" in text or "Fet" in text or "FET" in text
    ):
        return None  # the mother is the patient
    entry = known.get(_folded(words)) or (_plainer(words, known) if sign in (":", "\n") else None)
    if entry is not None:
        alone = sign in ("\n", "")
        listed = text[line:start].strip(" #*_\t\r\f")
        # A line without a colon may be an item of a list: it needs to look like a header.
        if not alone or (words[0].isupper() and not entry.part and not listed):
            return _Header(span, entry, inside=False, line_end=line_end)
        return None
    if sign == ":" and _FORMER.fullmatch(words):
        return _Header(span, known["past medical history"], inside=True, line_end=line_end)
    if sign == ":" and _CAPITALS.fullmatch(words):
        last = words.lower().split()[-1]
        return None if last in relatives() else _Header(span, _UNKNOWN, inside=False, line_end=line_end)
    return None


def _inside(text: str, start: int, at: int, line_end: int, known: Mapping[str, _Known]) -> _Header | None:
    """A known header before a colon inside a line: behind a sentence's end, or set off by capitals."""
    words = list(_WORD.finditer(text, start, at))[-_MOST_WORDS:]
    for first in range(len(words)):
        begin = words[first].start()
        entry = known.get(_folded(text[begin:at]))
        if entry is None or not text[begin].isupper():
            continue
        before = text[max(begin - 3, 0) : begin].rstrip(" *_")
        apart = not before or before[-1] in ".;,])\n|" or text[max(begin - 2, 0) : begin] == "  "
        capitals = text[begin:at].isupper() and at - begin > 1
        titled = len(words) - first > 1 and all(text[word.start()].isupper() for word in words[first:])
        if apart or capitals or titled:
            return _Header(Span(begin, at), entry, inside=True, line_end=line_end)
    return None


def _plainer(words: str, known: Mapping[str, _Known]) -> _Known | None:
    """The header that words are without what they carry besides."""
    words = _folded(words)
    if words[-1:] not in _LAST and words.partition(" ")[0] not in _FIRST:
        return None
    before = None
    while words and words != before:
        before = words
        words = _BESIDES.sub("", words).strip()
    entry = known.get(words)
    if entry is None:
        begun = _BEFORE.match(words)
        entry = known.get(words[begun.end() :]) if begun else None
    return entry


def _folded(words: str) -> str:
    words = words.lower()
    if "_" in words or "*" in words:
        words = _SIGNS.sub(" ", words)
    return " ".join(words.split()).strip(" ,'\"")


@cache
def _lexicon() -> Mapping[str, _Known]:
    result: dict[str, _Known] = {}
    for row in section_rows():
        if row["default"] not in _AXES or row["part"] not in ("", "yes"):
            raise SectionTableError(f"section {row['name']!r}: unknown default or part")
        entry = _Known(row["name"], _AXES[row["default"]], row["part"] == "yes")
        for header in row["header"].split("|"):
            # Organ systems come after sections: "general" heads nothing of its own.
            result.setdefault(header, entry)
    return result


@cache
def _defaults() -> Mapping[str, Axis]:
    return {entry.name: entry.default for entry in _lexicon().values() if entry.default}
