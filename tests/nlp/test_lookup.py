"""Phrases and unseen words that compiled passes find are those that a plain search finds."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from nlp.assertion.lookup import Lookup, letters_of
from nlp.seen import Seen

PHRASES = (
    "no",
    "no sign of",
    "no sign",
    "sign of",
    ", no",
    ":",
    "hasn't",
    "a, b",
    "neg",
    "negative",
    "?",
    "\u00ac",
)
CUES = tuple(phrase.startswith("n") for phrase in PHRASES)
LOOKUP = Lookup(PHRASES, CUES)
texts = st.lists(
    st.sampled_from([*PHRASES, " ", "  ", "signs", "x", "of", ",", ".", "\u00e9", "\u03b2", "b", "a"]),
    max_size=12,
).map(lambda parts: f" {' '.join(parts)} ")


def plain(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    found = []
    for number, phrase in enumerate(PHRASES):
        word = phrase[0].isalnum()
        for match in re.finditer(f"(?={re.escape(f' {phrase}' if word else phrase)})", text[start:end]):
            at = start + match.start() + word
            stop = at + len(phrase)
            if not (phrase[-1].isalnum() and text[stop].isalnum()):
                found.append((at, stop, number))
    return sorted(found, key=lambda one: (one[1], one[0]))


@given(texts, st.integers(0, 10), st.integers(0, 60), st.booleans())
def test_phrases_are_found(text: str, start: int, length: int, stops: bool) -> None:
    end = min(start + length, len(text) - 1)
    expected = plain(text, start, end)
    if not stops and not any(CUES[number] for _, _, number in expected):
        expected = []
    found = LOOKUP.find(letters_of(text), start, end, stops)
    assert list(zip(found[::3], found[1::3], found[2::3], strict=True)) == expected


@given(st.lists(st.text("abz\u00e9 7", max_size=8)), st.lists(st.text("abz", min_size=1, max_size=6)))
def test_only_words_that_were_not_added_are_others(words: list[str], added: list[str]) -> None:
    seen = Seen(3)
    for key in seen.others(" ".join(added)).values():
        seen.add(key)
    text = " ".join(words)
    whole = {word for word in text.split() if len(word) >= 3 and word.isascii() and word.isalpha()}
    assert seen.others(text).keys() == whole - set(added)
