"""Interned vocabulary of a fact table: sets of codings (concepts) and short strings (words).

A Condition coded in SNOMED CT and in ICD-10-CM is *one* concept, the set of both codings, so a row
holds one id and a value set is a boolean array over ids. Nothing here knows what a code means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eligibility.codesystems import normal_coding

Coding = tuple[str, str]  # (system URI, code); the system is "" where the record names none


Label = tuple[tuple[Coding, ...], str, str]  # of a concept: its codings, text and display


def shown(label: Label) -> str:
    """A concept as a person reads it."""
    codings, text, display = label
    codes = ", ".join(code for _, code in codings)
    words = display or text
    if words and codes:
        return f"{words} ({codes})"
    return words or codes or "uncoded"


class Concepts:
    """Append-only interning of (set of codings, text, display). Id 0 is "nothing said"."""

    __slots__ = ("_ids", "codings", "displays", "texts")

    def __init__(self) -> None:
        self._ids: dict[tuple[frozenset[Coding], str, str], int] = {}
        self.codings: list[tuple[Coding, ...]] = []
        self.texts: list[str] = []
        self.displays: list[str] = []
        self.intern((), "")

    @classmethod
    def restored(
        cls, codings: Sequence[tuple[Coding, ...]], texts: Sequence[str], displays: Sequence[str]
    ) -> Concepts:
        """The vocabulary whose three columns these were."""
        made = cls()
        made.codings, made.texts, made.displays = list(codings), list(texts), list(displays)
        labels = zip(map(frozenset, codings), texts, displays, strict=True)
        made._ids = {label: number for number, label in enumerate(labels)}
        return made

    def __len__(self) -> int:
        return len(self.codings)

    def intern(self, codings: Iterable[Coding], text: str = "", display: str = "") -> int:
        """Id of this set of codings under this label; the order of codings does not matter.

        Systems and codes are brought to one spelling. Text and display are part of the identity,
        so that a record is shown in its own words and never in another patient's; whether a code
        belongs to a value set is a matter of the codings alone.
        """
        key = (frozenset(normal_coding(*coding) for coding in codings), text, display or text)
        known = self._ids.get(key)
        if known is not None:
            return known
        self._ids[key] = len(self.codings)
        self.codings.append(tuple(sorted(key[0])))
        self.texts.append(text)
        self.displays.append(display or text)
        return len(self.codings) - 1

    def union(self, ids: Iterable[int]) -> int:
        """Id of the set of all codings of several concepts (a list of CodeableConcepts)."""
        chosen = [i for i in ids if i]
        if len(chosen) == 1:
            return chosen[0]
        codings = [coding for i in chosen for coding in self.codings[i]]
        text = "; ".join(self.texts[i] for i in chosen if self.texts[i])
        display = "; ".join(self.displays[i] for i in chosen if self.displays[i])
        return self.intern(codings, text, display)

    def label(self, concept: int) -> Label:
        """What a concept is in every vocabulary."""
        return self.codings[concept], self.texts[concept], self.displays[concept]

    def show(self, concept: int) -> str:
        """A concept as a person reads it."""
        return shown(self.label(concept))


class Words:
    """Append-only interning of short strings such as statuses and element paths. Id 0 is ""."""

    __slots__ = ("_ids", "texts")

    def __init__(self) -> None:
        self._ids: dict[str, int] = {"": 0}
        self.texts: list[str] = [""]

    def __len__(self) -> int:
        return len(self.texts)

    def intern(self, text: str) -> int:
        known = self._ids.get(text)
        if known is None:
            known = self._ids[text] = len(self.texts)
            self.texts.append(text)
        return known

    def find(self, text: str) -> int:
        """Id of a word, or -1 where no row can hold it."""
        return self._ids.get(text, -1)
