"""Where a note denies all allergies, or all of a sort: "NKDA", "no known allergies", "Allergies: none".

A denial with an exception ("none but latex") or of one thing ("no allergies to eggs") denies not all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from nlp.document import Section, Span


class Sort(Enum):
    """What is denied; the value is what reports call it."""

    ALL = "allergy"
    DRUG = "drug allergy"
    FOOD = "food allergy"
    SURROUNDINGS = "environmental allergy"


class Denial(NamedTuple):
    """Words that deny all allergies of some sorts."""

    span: Span
    sorts: tuple[Sort, ...]


_DRUGS = r"(?:drugs?|medications?|medicines?|meds?|antibiotics?)"
_THING = rf"(?:{_DRUGS}|foods?|environmental|seasonal)"
_THINGS = rf"{_THING}(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s*/\s*|\s+and\s+|\s+or\s+|\s+nor\s+){_THING}){{0,3}}"
_SAID = re.compile(
    r"\b(?:no|not any|denies(?: having)?|denied|denying|without|negative for|nil)\s+"
    r"(?:(?:any|known|significant|documented|reported|history of|hx of)\s+){0,3}"
    rf"(?P<of>{_THINGS}\s+)?allerg(?:y|ies)\b"
    rf"(?:\s+(?:to|from)\s+(?:any\s+)?(?P<to>{_THINGS}))?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"\b(?:N\.?K\.?(?P<sort>[DMF]?)\.?A)\b", re.IGNORECASE)
_NONE = re.compile(
    r"\s*[-:\u2022*]?\s*(?:no(?:ne)?|nil|denies|negative|not any)"
    r"(?:\s+(?:known|reported|noted|documented|listed|identified))?"
    rf"(?:\s+to\s+(?P<to>{_THINGS}))?\s*(?=[.;\n]|\Z)",
    re.IGNORECASE,
)
# What takes something out of a denial, or makes it one of something else.
_EXCEPT = re.compile(
    r"\s*[,(;]?\s*(?:except|other than|besides|but|aside from|apart from|save|with the exception|to\b|"
    r"from\b)",
    re.IGNORECASE,
)
_SORTS = {"d": Sort.DRUG, "m": Sort.DRUG, "f": Sort.FOOD, "": Sort.ALL}


def denials(text: str, sections: Sequence[Section]) -> list[Denial]:
    """Denials of all allergies, in order of the text."""
    found = []
    if "llerg" in text or "LLERG" in text:
        found += list(_said(text))
    if any(begun in text for begun in ("NK", "Nk", "nk", "N.K", "n.k")):
        found += list(_short(text))
    for section in sections:
        if section.name != "allergies":
            continue
        none = _NONE.match(text, section.header.end, section.end)
        if none is not None:
            start = none.start() + len(none[0]) - len(none[0].lstrip(" \t\r\n-:\u2022*"))
            found.append(Denial(Span(start, none.start() + len(none[0].rstrip())), _sorts(none["to"])))
    kept: list[Denial] = []
    for one in sorted(found, key=lambda denial: denial.span):
        if not kept or one.span.start >= kept[-1].span.end:
            kept.append(one)
    return kept


def is_denial(name: str) -> bool:
    """Whether a name itself denies allergies, such as a protocol's "NKDA" for what a chart codes so."""
    return _SHORT.fullmatch(name) is not None or _SAID.match(name) is not None


def _said(text: str) -> Iterator[Denial]:
    for match in _SAID.finditer(text):
        if _EXCEPT.match(text, match.end()) is None:
            yield Denial(Span(*match.span()), _sorts(match["to"] or match["of"]))


def _short(text: str) -> Iterator[Denial]:
    for match in _SHORT.finditer(text):
        if _EXCEPT.match(text, match.end()) is None:
            yield Denial(Span(*match.span()), (_SORTS[match["sort"].lower()],))


def _sorts(words: str | None) -> tuple[Sort, ...]:
    if not words:
        return (Sort.ALL,)
    low = words.lower()
    found = []
    if re.search(_DRUGS, low):
        found.append(Sort.DRUG)
    if "food" in low:
        found.append(Sort.FOOD)
    if "environment" in low or "season" in low:
        found.append(Sort.SURROUNDINGS)
    return tuple(found)
