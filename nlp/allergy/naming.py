"""Drugs and foods that a note names as something the patient does not bear: an allergy, never an exposure."""

from __future__ import annotations

import re

from nlp.document import Section, Span

_ITEMS = r"(?:[\w'/-]+(?:\s[\w'/-]+){0,2}(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|\s*/\s*)){0,5}"
_BEFORE = re.compile(
    r"\b(?:allerg(?:y|ies|ic)|intoleran(?:t|ces?)|hypersensitiv(?:e|ity)|anaphyla(?:xis|ctic)|"
    r"(?:adverse|bad|severe|allergic) reactions?)(?:\s*:\s+|\s+(?:reactions?\s+|shock\s+)?"
    r"(?:to|of|with|from|after|include[sd]?|including|are|is|except(?: for| to)?|other than|besides|"
    r"apart from|aside from)\s+)"
    rf"{_ITEMS}(?:the\s+|all\s+|oral\s+|iv\s+|intravenous\s+)?\Z",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:\s*-\s*|\s+)(?:drug\s+|antibiotics?\s+)?"
    r"(?:allerg(?:y|ies|ic)|intoleran(?:t|ce)|hypersensitiv(?:e|ity)|anaphylaxis)\b",
    re.IGNORECASE,
)
# What somebody takes and tolerates is no allergy, also in a list of them.
_TAKEN = re.compile(
    r"\b(?:tolerat(?:es|ed|ing)|takes|taking|took|currently on|(?:is|was) on|continues?(?: on)?|uses)\s+"
    r"(?:[\w/-]+(?:\s*,\s*|\s+and\s+|\s+or\s+)){0,3}(?:[\w-]+\s+){0,2}\Z",
    re.IGNORECASE,
)
_TOLERATED = re.compile(r"\s*(?:(?:is|was|has been|well)\s+)*tolerated\b", re.IGNORECASE)
_REACTION = re.compile(
    r"\b(?:allerg(?:y|ies|ic)|intoleran(?:t|ces?)|hypersensitiv(?:e|ity))\b[^.;\n()]{0,60}"
    r"(?:[(:\u2013\u2192]|\s->?)\s?(?:[\w ]+,\s)*(?:\w+\s){0,2}\Z",
    re.IGNORECASE,
)
_HEDGED = re.compile(
    r"(?:\b(?:possible|possibly|probable|questionable|suspected|presumed|potential|unclear|unsure|uncertain|"
    r"unconfirmed|vague|may be|might be)|\?)\s*(?:\w+\s+){0,2}(?:allerg|intoleran|hypersens|reaction)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"allerg|intoleran|hypersensitiv|anaphyla|sensitivity|reaction|\bnk[a-z]?a\b|no known", re.IGNORECASE
)
# Words of what an allergy is or does: where none stands in its sentence, a food's name is only a food's name.
_SPOKEN_OF = re.compile(
    r"llerg|intoler|tolerat|hypersens|naphyla|hives|rash|urticaria|itch|prurit|swell|angioedema|react",
    re.IGNORECASE,
)
_FAR = 90  # characters looked at before a name


def is_allergy(text: str, start: int, end: int, sentence_start: int, section: Section | None) -> bool:
    """Whether the drug or food at text[start:end] is named as an allergy or intolerance."""
    begin = max(sentence_start, start - _FAR)
    if section is not None and section.name == "allergies":
        return _TAKEN.search(text, begin, start) is None and _TOLERATED.match(text, end) is None
    return _BEFORE.search(text, begin, start) is not None or _AFTER.match(text, end) is not None


def is_hedged(text: str, start: int, sentence_start: int) -> bool:
    """Whether the words before a name call its allergy possible: "possible allergy to sulfa"."""
    return _HEDGED.search(text, max(sentence_start, start - _FAR), start) is not None


def is_reaction(text: str, start: int, sentence_start: int) -> bool:
    """Whether what begins at `start` is told as what an allergy does: "allergic to codeine (nausea)"."""
    begin = max(sentence_start, start - _FAR)
    ahead = text[begin:start].lower()
    if "llerg" not in ahead and "toleran" not in ahead and "ypersens" not in ahead:
        return False
    return _REACTION.search(text, begin, start) is not None


def speaks_of_allergy(name: str) -> bool:
    """Whether a name says itself that it is of an allergy: "latex allergy", not "latex"."""
    return _SAYS.search(name) is not None


def is_spoken_of(text: str, sentence: Span, section: Section | None) -> bool:
    """Whether an allergy may be spoken of in a sentence."""
    return (section is not None and section.name == "allergies") or (
        _SPOKEN_OF.search(text, *sentence) is not None
    )
