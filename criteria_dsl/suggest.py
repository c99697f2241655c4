"""The nearest thing that would have been right. A near miss is only ever a suggestion."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

_MAX_LENGTH = 80


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that `word` most likely meant: a slip of one or two letters, else a close likeness."""
    if not word or len(word) > _MAX_LENGTH:
        return None
    known = sorted(set(choices))
    lower = {choice.lower(): choice for choice in reversed(known)}
    if word.lower() in lower:
        return lower[word.lower()]
    slip = process.extractOne(
        word, known, scorer=OSA.distance, score_cutoff=2 if len(word) > 5 else 1 if len(word) > 2 else 0
    )
    if slip is not None:
        return str(slip[0])
    like = process.extractOne(word.lower(), [*lower], scorer=fuzz.ratio, score_cutoff=76)
    return lower[like[0]] if like is not None else None
