"""Where something stands in a note: its section, its sentence, and the hash of that."""

from __future__ import annotations

from bisect import bisect_right
from hashlib import blake2b
from operator import itemgetter

from nlp.allergy.lists import list_end
from nlp.document import Section, Span
from nlp.facts.allergic import SUBSTANCES
from nlp.facts.foreign import any_foreign
from nlp.lexicon import Lexicon
from nlp.marking import Marked


class Places:
    """The places of one note."""

    def __init__(self, marked: Marked, lexicon: Lexicon) -> None:
        self._marked = marked
        self._lexicon = lexicon
        self._ends: dict[int, int] = {}  # of lists of allergies, by section
        self._sections = [section.start for section in marked.sections]
        self._sentences = [sentence.start for sentence in marked.sentences]
        self._hashes: dict[int, int] = {}
        self._denials = [denial.span for denial in marked.denials]
        self.foreign = any_foreign(marked.text)

    def denied(self, at: int) -> bool:
        """Whether it stands within a denial of all allergies."""
        number = bisect_right(self._denials, at, key=itemgetter(0)) - 1
        return number >= 0 and at < self._denials[number].end

    def section(self, at: int) -> Section | None:
        number = bisect_right(self._sections, at) - 1
        if number < 0:
            return None
        section = self._marked.sections[number]
        if section.name == "allergies" and at >= self._end(number, section):
            return None
        return section

    def _end(self, number: int, section: Section) -> int:
        if number not in self._ends:
            self._ends[number] = list_end(self._marked.text, section, self._is_substance)
        return self._ends[number]

    def _is_substance(self, name: str) -> bool:
        return not SUBSTANCES.isdisjoint(self._lexicon.kinds(name))

    def sentence(self, at: int) -> Span:
        number = bisect_right(self._sentences, at) - 1
        return self._marked.sentences[number] if number >= 0 else Span(0, len(self._marked.text))

    def passage(self, at: int) -> int:
        number = bisect_right(self._sentences, at) - 1
        known = self._hashes.get(number)
        if known is None:
            span = self._marked.sentences[number] if number >= 0 else Span(0, len(self._marked.text))
            words = " ".join(self._marked.text[span.start : span.end].split())
            digest = blake2b(words.encode("utf-8", "replace"), digest_size=8).digest()
            known = self._hashes[number] = int.from_bytes(digest, "big", signed=True) or 1
        return known
