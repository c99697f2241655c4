"""Misspelt names: unknown words one edit from a word that names hold, read as that word with a doubt.

A word is corrected only where nobody knows it (neither the lexicon nor the lists of English and clinical
words), towards a word of six letters or more that begins with the same letter, and where no second word of
a name lies as near. Where a common English word does, it is corrected only as part of a longer name. So no
known name is ever read as another. An edit is an insertion, deletion, substitution or swap of neighbours.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from rapidfuzz.distance import OSA

from nlp.folding import Folded
from nlp.seen import Seen

LEAST = 6  # letters of a word that others may be read as; one of them may have got lost
_COMMON = 1000  # times an English word is counted in the list; rarer ones are no likelier to be meant
_REMEMBERED = 50_000  # corrections of single words, without their note
# Endings that make another form of a word that names hold.
_INFLECTIONS = ("s", "es", "d", "ed", "ing", "al", "ly")

_Words = dict[tuple[str, int], list[str]]  # by first letter and length


class Correction(NamedTuple):
    """What a word is read as. `alone`: no common English word lies as near."""

    word: str
    alone: bool


class Place(NamedTuple):
    """Where a corrected word stands in the corrected text, and whether it may be a name by itself."""

    start: int
    end: int
    alone: bool


class Corrected(NamedTuple):
    """A text with corrected words."""

    folded: Folded
    places: list[Place]


@cache
def english() -> Mapping[str, int]:
    """English words in small letters and how often each was counted: the list that pyspellchecker brings."""
    found = find_spec("spellchecker")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("pyspellchecker is not installed; its list of English words is needed")
    file = Path(found.submodule_search_locations[0]) / "resources" / "en.json.gz"
    words: dict[str, int] = json.loads(gzip.decompress(file.read_bytes()))
    return words


@cache
def clinical() -> frozenset[str]:
    """Words of medicine that are spelt right, beyond English and the lexicon."""
    text = files("nlp").joinpath("clinical_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


class Speller:
    """Corrects unknown words towards words of a lexicon. `terms[word]`: what it names or helps to name."""

    def __init__(self, terms: Mapping[str, Set[int]]) -> None:
        self._terms = terms
        self._known = {*english(), *clinical(), *terms}
        targets = [word for word in terms if len(word) >= LEAST and word.isalpha() and word.isascii()]
        self._known |= {word + ending for word in terms if word.isalpha() for ending in _INFLECTIONS}
        self._known |= {word[: -len(e)] for word in targets for e in _INFLECTIONS[:2] if word.endswith(e)}
        self._targets = _by_shape(targets)
        rivals = [word for word, counted in english().items() if counted >= _COMMON and word not in terms]
        self._rivals = _by_shape(rivals)
        self._corrections: dict[str, Correction | None] = {}
        self._seen = Seen(LEAST - 1)  # words of notes that need no correction

    def corrected(self, folded: Folded) -> Corrected | None:
        """The text with its misspelt words corrected; None where there is nothing to correct."""
        # Most words of a note were in other notes.
        unseen = self._seen.others(folded.words)
        if not unseen:
            return None
        changed = {}
        for word, key in unseen.items():
            correction = self.correction(word)
            if correction:
                changed[word] = correction
            else:
                self._seen.add(key)
        return _replaced(folded, changed) if changed else None

    def correction(self, word: str) -> Correction | None:
        """The word that an unknown word in small letters is read as, or None."""
        if len(word) < LEAST - 1 or word in self._known or not word.isalpha() or not word.isascii():
            return None
        if word in self._corrections:
            return self._corrections[word]
        if len(self._corrections) >= _REMEMBERED:
            self._corrections.clear()
        self._corrections[word] = correction = self._nearest(word)
        return correction

    def _nearest(self, word: str) -> Correction | None:
        near = _near(word, self._targets)
        if not near:
            return None
        # Two spellings of one term ("anaemia", "anemia") are one word.
        if len(near) > 1 and not frozenset.intersection(*(frozenset(self._terms[one]) for one in near)):
            return None
        nearest = max(near, key=lambda one: (len(self._terms[one]), one))
        return Correction(nearest, not _near(word, self._rivals))


def _by_shape(words: list[str]) -> _Words:
    shaped: _Words = {}
    for word in sorted(words):
        if word:
            shaped.setdefault((word[0], len(word)), []).append(word)
    return shaped


def _near(word: str, known: _Words) -> list[str]:
    """Known words that are one edit away and begin with the same letter."""
    return [
        one
        for length in (len(word) - 1, len(word), len(word) + 1)
        for one in known.get((word[0], length), ())
        if OSA.distance(word, one, score_cutoff=1) <= 1
    ]


def _replaced(folded: Folded, changed: Mapping[str, Correction]) -> Corrected | None:
    pattern = re.compile(r"(?<![^ ])(?:" + "|".join(map(re.escape, changed)) + ")(?![^ ])")
    changes, places, moved = [], [], 0
    for found in pattern.finditer(folded.words):
        start, end = found.start() - 1, found.end() - 1  # `words` begins with a space of its own
        written = folded.written[start:end]
        # Capitals inside a word are no slip: it is a name of its own ("MelanA").
        if not written[1:].islower() and not written.isupper():
            continue
        word, alone = changed[found.group()]
        changes.append((start, end, word))
        places.append(Place(start + moved, start + moved + len(word), alone))
        moved += len(word) - (end - start)
    return Corrected(folded.with_words(changes), places) if changes else None
