"""Text brought to one spelling for matching, with a map back to where each character came from.

Capitals, accents, ligatures, typographic hyphens and quotes, no-break spaces, soft hyphens and runs of
white space are spelling. What separates thoughts is not: a blank line or a full stop is never bridged.
The map is exact: a span of folded words leads to the very characters that were read as them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "\u2018\u2019\u02bc\u2032\u00b4\uff07\u201b"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u2033"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Runs behind full stops and the like stay; most are such, and to pass them over here is quickest.
_RUN = re.compile("  (?<![.:;?!, ]  ) *")
_RUN_OR_BROKEN = re.compile("- +|  +")


class _OnlyWords(dict[int, str]):
    """What is no letter and no digit becomes a space."""

    def __missing__(self, code: int) -> str:
        self[code] = character = chr(code) if chr(code).isalnum() else " "
        return character


_ONLY_WORDS = _OnlyWords()


class Steps:
    """One change of lengths: `input = output + shift` from each output position in `at` on."""

    __slots__ = ("at", "shift")

    def __init__(self) -> None:
        self.at: list[int] = []
        self.shift: list[int] = []

    def add(self, output: int, shift: int) -> None:
        """From this output position on, inputs lie `shift` further."""
        self.at.append(output)
        self.shift.append(shift)

    def back(self, position: int) -> int:
        """The input position of the character at an output position."""
        step = bisect_right(self.at, position) - 1
        return position + self.shift[step] if step >= 0 else position


class Folded:
    """A text as names are looked for in it, in three forms.

    `written` keeps capitals and hyphens; `text` is in small letters with hyphens as spaces; `words` has
    spaces for everything that is no letter and no digit, one before the text and three behind it.
    """

    __slots__ = ("_original", "_steps", "text", "words", "written")

    def __init__(self, original: str, written: str, text: str, steps: tuple[Steps, ...]) -> None:
        self._original = original
        self._steps = steps
        self.written = written
        self.text = text
        self.words = f" {text.translate(_ONLY_WORDS)}   "

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` (not empty) stands in the original text."""
        if not self._steps:
            return start, end
        first, last = start, end - 1
        for step in self._steps:
            first, last = step.back(first), step.back(last)
        last += 1
        original = self._original
        # Accents written as characters of their own belong to the letter before them.
        while last < len(original) and unicodedata.combining(original[last]):
            last += 1
        return first, last

    def with_words(self, changes: list[tuple[int, int, str]]) -> Folded:
        """The same text with other words in some places: (start, end, word), in order, apart."""
        step = Steps()
        parts: list[str] = []
        written: list[str] = []
        done = length = 0
        for start, end, word in changes:
            parts += (self.text[done:start], word)
            written += (self.written[done:start], word)
            length += start - done
            # Letters of the new word lead into the old one; its last letter to the last of the old one.
            old, new = end - start, len(word)
            for letter in range(1, new):
                to = old - 1 if letter == new - 1 else min(letter, old - 1)
                step.add(length + letter, start + to - (length + letter))
            length += new
            step.add(length, end - length)
            done = end
        parts.append(self.text[done:])
        written.append(self.written[done:])
        return Folded(self._original, "".join(written), "".join(parts), (step, *self._steps))


def fold(text: str) -> Folded:
    """A text for matching. Time and space grow with its length alone."""
    steps: tuple[Steps, ...] = ()
    plain = text
    if not text.isascii():
        plain, step = _unaccented(text)
        steps = (step,) if step.at else ()
    small = plain.lower()
    for space in "\n\t\r\x0b\x0c":
        if space in small:
            small = small.replace(space, " ")
    if "  " in small or "-\n" in plain:
        small, plain, step = _collapsed(small, plain)
        if step.at:
            steps = (step, *steps)
    return Folded(text, plain, small.replace("-", " "), steps)


def fold_name(name: str) -> str:
    """A name of the lexicon in the spelling that `fold` gives to texts."""
    return fold(name.strip()).text


def _unaccented(text: str) -> tuple[str, Steps]:
    """Characters outside ASCII as the plain ones they are read as."""
    step = Steps()
    parts: list[str] = []
    done = length = 0
    for found in _NOT_ASCII.finditer(text):
        at = found.start()
        read_as = _READINGS[found.group()]
        parts += (text[done:at], read_as)
        length += at - done
        done = at + 1
        if len(read_as) != 1:
            for letter in range(1, len(read_as)):
                step.add(length + letter, at - (length + letter))
            step.add(length + len(read_as), at + 1 - (length + len(read_as)))
        length += len(read_as)
    parts.append(text[done:])
    return "".join(parts), step


class _Readings(dict[str, str]):
    """How a character outside ASCII is read; each is worked out once."""

    def __missing__(self, character: str) -> str:
        self[character] = read_as = _reading(character)
        return read_as


_READINGS = _Readings()


def _reading(character: str) -> str:
    if character in _HYPHENS:
        return "-"
    if character in _APOSTROPHES:
        return "'"
    if character in _DOUBLE_QUOTES:
        return '"'
    if character == "\u2028" or character == "\u2029" or character == "\x85":
        return "\n"
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return ""  # soft hyphens, joiners, direction marks; accents of their own
    decomposed = unicodedata.normalize("NFKD", character)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return letters if letters.isascii() else letters.casefold()


def _collapsed(small: str, plain: str) -> tuple[str, str, Steps]:
    """Runs of white space between words as one space; a hyphen at the end of a line joins what it parts.

    Runs behind a full stop and the like stay as they are, and so do blank lines: no name bridges them.
    """
    step = Steps()
    smalls: list[str] = []
    plains: list[str] = []
    done = length = 0
    pattern = _RUN_OR_BROKEN if "-\n" in plain else _RUN
    for found in pattern.finditer(small):
        start, end = found.span()
        if not small[start - 1 : start].isalnum():
            continue
        run = plain[start:end]
        if run.count("\n") > 1 or (run[0] == "-" and "\n" not in run):
            continue
        sign = "-" if run[0] == "-" else " "
        smalls += (small[done:start], sign)
        plains += (plain[done:start], sign)
        length += start - done + 1
        step.add(length, end - length)
        done = end
    smalls.append(small[done:])
    plains.append(plain[done:])
    return "".join(smalls), "".join(plains), step
