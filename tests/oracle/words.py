"""What one word of a field says of the words asked for."""

from __future__ import annotations

from eligibility.facts import Kind
from eligibility.field_words import field_words
from eligibility.reasons import Cause
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth

NOBODY_KNOWS = ("unknown", "unable-to-assess", "UNK", "ASKU")
# clinical status -> the one that it is a kind of
_KIND_OF = {"recurrence": "active", "relapse": "active", "remission": "inactive", "resolved": "inactive"}


def said(kind: Kind, column: str, word: str, asked: tuple[str, ...]) -> Truth:
    """True, false, or unknown where nothing is said or what is said could be one of those asked for."""
    if not word:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    listed = field_words(kind).get(column)
    words = word.split("+") if kind is Kind.ALLERGY and column == "category" else [word]
    if len(words) > 1 and any(one not in (listed or ()) for one in words):
        return Truth(UNKNOWN, Cause.STATUS_UNCONFIRMED)
    if any(one in asked or (column == "clinical_status" and _KIND_OF.get(one) in asked) for one in words):
        return Truth(TRUE)
    if listed is None:
        return Truth(FALSE)
    if any(one in NOBODY_KNOWS or one not in listed for one in words):
        return Truth(UNKNOWN, Cause.STATUS_UNCONFIRMED)
    if column == "clinical_status" and any(_KIND_OF.get(one) == word for one in asked):
        return Truth(UNKNOWN, Cause.STATUS_UNCONFIRMED)
    return Truth(FALSE)
