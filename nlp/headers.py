"""Headers of sections: found by their shape and by the lexicon of `eligibility/sections.csv`.

A header is a known name before a colon or alone on its line, or an unknown one in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from eligibility.sections import section_rows
from nlp.document import Axis, Span
from nlp.phrases import relatives

_AXES = {
    "": Axis.NONE,
    "negated": Axis.NEGATED,
    "possible": Axis.POSSIBLE,
    "hypothetical": Axis.HYPOTHETICAL,
    "historical": Axis.HISTORICAL,
    "someone else": Axis.SOMEONE_ELSE,
}
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
# Where these are told of, "maternal" heads the patient's own; looked for in so many characters of a note.
_UNBORN = ("fetal", "fetus", "Fet", "FET")
_ENOUGH = 20_000
_LAST = frozenset(")0123456789ywtnledr")  # what words of `_BESIDES` end with


class Known(NamedTuple):
    """A header of the lexicon: the usual name, its section's default, whether it heads a part of another."""

    name: str
    default: Axis
    part: bool


@dataclass(frozen=True, slots=True)
class Header:
    """`inside` a line: what it heads ends with the line."""

    span: Span
    known: Known
    inside: bool
    line_end: int


_UNKNOWN = Known("", Axis.NONE, part=False)


class SectionTableError(ValueError):
    """A row of `sections.csv` that cannot be meant so."""


def headers(text: str) -> Iterator[Header]:
    """Headers in order. Looks at no more than `_LONGEST` characters before each place where one may end."""
    known = lexicon()
    behind = 0  # end of the last header
    line = 0
    while line < len(text):
        line_end = text.find("\n", line)
        line_end = len(text) if line_end < 0 else line_end
        at = text.find(":", line, line_end)
        found: Header | None = None
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


def _before_stop(text: str, line: int, line_end: int, known: Mapping[str, Known]) -> Header | None:
    """A known header that a full stop parts from what it heads, as letters have it: "Plan. Colonoscopy"."""
    stop = text.find(". ", line, min(line_end, line + _SHORT_HEADER))
    if stop < 0 or not text[line : line + 1].isupper() or not text[stop + 2 : stop + 3].isupper():
        return None
    entry = known.get(_folded(text[line:stop])) if stop - line > _LEAST_HEADER else None
    if entry is None or entry.part:
        return None
    return Header(Span(line, stop), entry, inside=False, line_end=line_end)


def _at_line_start(
    text: str, line: int, at: int, sign: str, line_end: int, known: Mapping[str, Known]
) -> Header | None:
    label = _LABEL.match(text, line, at)
    start = label.end() if label else line
    words = text[start:at].rstrip(" *_\t\r")
    if not words or len(words) > _LONGEST:
        return None
    span = Span(start, start + len(words))
    if words[:6].lower() == "matern" and any(text.find(word, 0, _ENOUGH) >= 0 for word in _UNBORN):
        return None  # the mother is the patient
    entry = known.get(_folded(words)) or (_plainer(words, known) if sign in (":", "\n") else None)
    if entry is not None:
        alone = sign in ("\n", "")
        listed = text[line:start].strip(" #*_\t\r\f")
        # A line without a colon may be an item of a list: it needs to look like a header.
        if not alone or (words[0].isupper() and not entry.part and not listed):
            return Header(span, entry, inside=False, line_end=line_end)
        return None
    if sign == ":" and _FORMER.fullmatch(words):
        return Header(span, known["past medical history"], inside=True, line_end=line_end)
    if sign == ":" and _CAPITALS.fullmatch(words):
        last = words.lower().split()[-1]
        return None if last in relatives() else Header(span, _UNKNOWN, inside=False, line_end=line_end)
    return None


def _inside(text: str, start: int, at: int, line_end: int, known: Mapping[str, Known]) -> Header | None:
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
            return Header(Span(begin, at), entry, inside=True, line_end=line_end)
    return None


def _plainer(words: str, known: Mapping[str, Known]) -> Known | None:
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
def lexicon() -> Mapping[str, Known]:
    """The known headers, folded. Raises SectionTableError for a row that cannot be meant so."""
    result: dict[str, Known] = {}
    for row in section_rows():
        if row["default"] not in _AXES or row["part"] not in ("", "yes"):
            raise SectionTableError(f"section {row['name']!r}: unknown default or part")
        entry = Known(row["name"], _AXES[row["default"]], row["part"] == "yes")
        for header in row["header"].split("|"):
            # Organ systems come after sections: "general" heads nothing of its own.
            result.setdefault(header, entry)
    return result
