"""Names in a folded text, all in one pass: whole words only, and of overlapping names the longest.

The pass goes over words with single spaces for all else, each name with a space before it, so that it is
not hit inside other words; what it finds is then held against the text as it stands. Names of three letters
or fewer are looked for with a space behind them, too, and as they may be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import ahocorasick

from nlp.folding import Folded, fold
from nlp.lexicon.forms import forms, takes_s
from nlp.lexicon.terms import Case, Lexicon, Name

SHORT = 3  # letters
_AROUND = 16  # characters before and behind a name that tell how a line is written
_SIGNS = "".join(chr(code) for code in range(128) if not chr(code).isalnum())
# Before a hyphen these make another word of the name: "anti-insulin", "non-diabetic", "pre-diabetes".
_PREFIXES = frozenset(
    ("non", "anti", "pre", "pseudo", "un", "de", "micro", "para", "peri", "sub", "hypo", "hyper", "counter")
)
# After a hyphen these do: "flu-like", "steroid-sparing".
_SUFFIXES = frozenset(("like", "sparing", "mimic", "mimicking"))
# Behind a name these say that it is not there ("cancer-free", "opioid naive"): no mention stands for that.
_WITHOUT = (" free ", " naive ")
_WITHOUT_BEGINS = "fn"


Found = tuple[int, int, int]  # start, minus the end (so that longer names come first), pattern


class Automaton:
    """All names of a lexicon. `readings[pattern]` are the names that a pattern may be."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.readings: list[list[Name]] = []
        self._cased: list[bool] = []
        self._plural: list[bool] = []
        self._bracketed: set[int] = set()  # patterns that end in a bracket: "lipoprotein(a)"
        self._patterns: dict[str, int] = {}  # folded name -> pattern
        self._lengths: list[int] = []  # of what the automaton looks for, without the spaces around it
        self._finder = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for name in lexicon.names:
            self._enter(name)
        for phrase in lexicon.not_meant:
            self._pattern(fold(phrase.strip()).text)
        self._finder.add_word("\x00", 0)  # an automaton without words cannot be asked
        self._finder.make_automaton()

    def find(self, folded: Folded, first: int = 0, last: int | None = None) -> list[Found]:
        """Whole words that are names, by start and then longest first; overlaps are all there.

        `first` and `last` are positions between which names have to lie.
        """
        found: list[Found] = []
        words = folded.words  # words[position + 1] stands at `position` of the text
        text, written = folded.text, f"{folded.written} "  # written[-1] is no hyphen
        lengths, patterns, plural, cased = self._lengths, self._patterns, self._plural, self._cased
        limit = len(words) if last is None else min(len(words), last + 2)
        for end, looked_for in self._finder.iter(words, first, limit):
            if words[end] == " ":  # a short name, with the space behind it
                end -= 1
            start = end - lengths[looked_for]
            pattern = patterns.get(text[start:end])
            if pattern is None:
                continue  # other signs than spaces stand between its words
            if pattern in self._bracketed and text[end : end + 1] == ")":
                end += 1
            if words[end + 1] != " ":
                if words[end + 1] != "s" or words[end + 2] != " " or not plural[pattern]:
                    continue
                end += 1
            if cased[pattern] and not self._as_written(pattern, written, start, end):
                continue
            if words[end + 2] in _WITHOUT_BEGINS and words.startswith(_WITHOUT, end + 1):
                continue
            if (written[start - 1] == "-" or written[end] == "-") and _another_word(folded, start, end):
                continue
            found.append((start, -end, pattern))
        found.sort()
        return found

    def words(self) -> dict[str, set[int]]:
        """All words that names hold, in small letters, each with the terms that it names or helps to name."""
        terms: dict[str, set[int]] = {}
        for text, pattern in self._patterns.items():
            for word in text.split():
                terms.setdefault(word, set()).update(name.term for name in self.readings[pattern])
        return terms

    def _enter(self, name: Name) -> None:
        folded = fold(name.text.strip()).text
        if not folded.strip(_SIGNS):
            return
        short = len(folded) <= SHORT and folded.isalnum()
        if not short:
            written = tuple(forms(folded))
        elif name.case is not Case.WORD and folded[-1].isalpha() and folded[-1] != "s":
            written = (folded, f"{folded}s")
        else:
            written = (folded,)
        for text in written:
            pattern = self._pattern(text)
            self.readings[pattern].append(name)
            self._plural[pattern] = takes_s(text)
            self._cased[pattern] = self._cased[pattern] or name.case is not Case.ANY or short

    def _pattern(self, text: str) -> int:
        bracketed = text.endswith(")") and "(" in text
        text = text.strip(_SIGNS)
        pattern = self._patterns.get(text)
        if pattern is None:
            if bracketed:
                self._bracketed.add(len(self.readings))
            pattern = self._patterns[text] = len(self.readings)
            self.readings.append([])
            self._cased.append(False)
            self._plural.append(False)
            words = fold(text).words.strip()
            looked_for = f" {words} " if len(words) <= SHORT + 1 else f" {words}"
            if looked_for not in self._finder:
                self._finder.add_word(looked_for, len(self._lengths))
                self._lengths.append(len(words))
        return pattern

    def _as_written(self, pattern: int, written: str, start: int, end: int) -> bool:
        """Whether any reading of the pattern may be written as it stands here."""
        here = written[start:end]
        for name in self.readings[pattern]:
            if name.case is Case.ANY:
                if end - start > SHORT + 1 or here in _spellings(name.text):
                    return True
            elif (here == name.text or here == f"{name.text}s") and not (
                name.case is Case.WORD and _shouted(written, start, end)
            ):
                return True
        return False


def longest(found: Sequence[Found]) -> Iterator[Found]:
    """Those that stand, from left to right the longest that overlaps none before it."""
    done = 0
    for one in found:
        if one[0] >= done:
            done = -one[1]
            yield one


@cache
def _spellings(short: str) -> frozenset[str]:
    """Ways to write a short name whose capitals are free: DVT, dvt, Dvt, DVTs; not dVt."""
    ways = (short, short.upper(), short.lower(), short.capitalize())
    return frozenset((*ways, *(f"{way}s" for way in ways)))


def _another_word(folded: Folded, start: int, end: int) -> bool:
    """Whether a hyphen makes another word of a name."""
    written = folded.written
    if start and written[start - 1] == "-" and _before(folded.text, start - 1) in _PREFIXES:
        return True
    return written[end : end + 1] == "-" and _after(folded.text, end) in _SUFFIXES


def _before(text: str, end: int) -> str:
    """The word that ends at a position; of a longer one only its last letters."""
    return text[max(0, end - 12) : end].rpartition(" ")[2]


def _after(text: str, start: int) -> str:
    """The word behind the hyphen at a position."""
    return text[start + 1 : start + 13].partition(" ")[0].rstrip(".,;:)")


def _shouted(written: str, start: int, end: int) -> bool:
    """Whether the words around a place are all in capitals, too."""
    rest = written[max(0, start - _AROUND) : start] + written[end : end + _AROUND]
    return sum(map(str.isalpha, rest)) > 1 and rest.upper() == rest
