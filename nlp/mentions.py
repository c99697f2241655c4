"""Mentions of everything a lexicon names, found in the text of a note.

Passes over the text: names (`automaton`), short forms that the note defines itself (`abbreviations`),
and misspelt names (`spelling`). What is ambiguous or misspelt carries its doubt with it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files

from eligibility.facts import Kind
from nlp.abbreviations import LongForms, defined
from nlp.automaton import Automaton, Found, longest
from nlp.document import Doubt, Mention
from nlp.folding import Folded, fold
from nlp.lexicon.terms import Lexicon
from nlp.spelling import Place, Speller

_Reading = tuple[int, Doubt]
_mention = partial(tuple.__new__, Mention)
_DECIDING = (
    "abbreviations.py",
    "automaton.py",
    "clinical_words.txt",
    "folding.py",
    "lexicon/forms.py",
    "mentions.py",
    "spelling.py",
)
_REACH = 100  # characters around a misspelt word that its name may take


class Matcher:
    """Finds the mentions of one lexicon. One is made for a run; notes pass through it and leave nothing.

    `long_forms` also reads definitions of names that the lexicon does not have (needs scispacy).
    """

    def __init__(self, lexicon: Lexicon, spelling: bool = True, long_forms: LongForms | None = None) -> None:
        self.lexicon = lexicon
        self._automaton = Automaton(lexicon)
        self._speller = Speller(self._automaton.words()) if spelling else None
        self._long_forms = long_forms
        # What each pattern means: nothing for a phrase that is only there to hide the names in it.
        self._named: list[tuple[_Reading, ...]] = []
        self._stated: list[tuple[_Reading, ...]] = []
        for names in self._automaton.readings:
            read = [(n.term, Doubt.AMBIGUOUS if n.ambiguous else Doubt.NONE) for n in names]
            read = sorted(dict(sorted(read, reverse=True)).items())  # what is sure goes before what is not
            phrases = [r for r in read if lexicon.terms[r[0]].kind is Kind.MENTION]
            self._stated.append(tuple(phrases))
            self._named.append(tuple(r for r in read if r not in phrases))
        self._any_stated = any(self._stated)

    @property
    def version(self) -> str:
        """Changes with the lexicon, with the lists of known words and with the rules of these passes."""
        return f"{self.lexicon.version}-{_rules()}"

    def find(self, text: str) -> list[Mention]:
        """Mentions by place. Of overlapping names the longest stands; a name of several terms comes for each.

        Phrases that a protocol states stand beside the names that overlap them.
        """
        folded = fold(text)
        found = self._automaton.find(folded)
        misspelt = self._speller.corrected(folded) if self._speller else None
        if misspelt is None:
            mentions = self._mentions(folded, found)
        else:
            mentions = self._with_misspelt(folded, found, misspelt.folded, misspelt.places)
        if "(" in text:
            mentions = defined(text, mentions, self._long_forms)
        return mentions

    def _mentions(self, folded: Folded, found: Sequence[Found]) -> list[Mention]:
        """Mentions of names that are spelt as they should be."""
        if not self._any_stated:
            return list(self._of(folded, found, self._named))
        named = [f for f in found if self._named[f[2]] or not self._stated[f[2]]]
        stated = [f for f in found if self._stated[f[2]]]
        return sorted([*self._of(folded, named, self._named), *self._of(folded, stated, self._stated)])

    def _of(
        self, folded: Folded, found: Sequence[Found], meant: Sequence[Sequence[_Reading]]
    ) -> list[Mention]:
        mentions = []
        span = folded.span
        for first, last, pattern in longest(found):
            readings = meant[pattern]
            if len(readings) == 1:
                mentions.append(_mention((*span(first, -last), *readings[0])))
            elif readings:
                start, end = span(first, -last)
                mentions += [Mention(start, end, term, doubt) for term, doubt in readings]
        return mentions

    def _with_misspelt(
        self, folded: Folded, found: Sequence[Found], corrected: Folded, places: Sequence[Place]
    ) -> list[Mention]:
        """Mentions in the text, and in the corrected text where a corrected word is part of them."""
        starts = [place.start for place in places]
        doubtful = []
        for first, last in _windows(places):
            for one in self._automaton.find(corrected, first, last):
                # A name is made of whole words: it holds a corrected one that begins in it, or none.
                at = bisect_left(starts, one[0])
                if at < len(starts) and starts[at] < -one[1]:
                    several = " " in corrected.text[one[0] : -one[1]]
                    if several or places[at].alone:
                        doubtful.append(one)
        more = self._mentions(corrected, doubtful)
        sure = self._mentions(folded, found)
        return self._merged(sure, [m._replace(doubt=m.doubt | Doubt.MISSPELT) for m in more])

    def _merged(self, sure: list[Mention], more: list[Mention]) -> list[Mention]:
        """Both, by place; a misspelt name hides the sure ones inside it, and yields to all others."""
        kept: list[Mention] = []
        hidden: set[int] = set()
        at = 0
        for mention in more:
            while at < len(sure) and sure[at].end <= mention.start:
                at += 1
            overlapping = []
            for place in range(at, len(sure)):
                if sure[place].start >= mention.end:
                    break
                if sure[place].end > mention.start and not self._is_stated(sure[place]):
                    overlapping.append(place)
            if all(mention.start <= sure[p].start and sure[p].end <= mention.end for p in overlapping):
                kept.append(mention)
                hidden.update(overlapping)
        return sorted([*(s for place, s in enumerate(sure) if place not in hidden), *kept])

    def _is_stated(self, mention: Mention) -> bool:
        return self.lexicon.terms[mention.term].kind is Kind.MENTION


@cache
def _rules() -> str:
    """A hash of what decides besides the lexicon: these modules, and the lists of words that are known."""
    content = hashlib.sha256(version("pyspellchecker").encode())
    for name in _DECIDING:
        content.update(files("nlp").joinpath(name).read_bytes())
    return content.hexdigest()[:16]


def _windows(places: Sequence[Place]) -> list[tuple[int, int]]:
    """Stretches of a text that the names around some places may take, apart from each other."""
    windows: list[tuple[int, int]] = []
    for start, end, _ in places:
        first, last = max(0, start - _REACH), end + _REACH
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], last)
        else:
            windows.append((first, last))
    return windows


def build(lexicon: Lexicon, *, spelling: bool = True, long_forms: LongForms | None = None) -> Matcher:
    """A matcher for a lexicon; `spelling` adds names within one edit, as doubtful mentions."""
    return Matcher(lexicon, spelling, long_forms)
