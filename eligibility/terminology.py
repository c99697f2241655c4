"""Which concepts of a fact table belong to a value set: one boolean array per value set.

Membership compares (system, code) pairs, never display texts. Wording serves for one thing only:
to notice that a record without any comparable code *might* mean the value set, which makes the
criterion unknown (`CODE_UNMAPPED`) and never true or false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from eligibility.codesystems import (
    LOINC,
    codes_above,
    is_in_block,
    is_own_hierarchy,
    normal_coding,
    undotted,
)
from eligibility.concepts import Coding, Concepts
from eligibility.program import Program, ValueSetSource
from eligibility.stated import STATED, stated_coding, stated_form

# The text of a concept whose code stands in a record that was not delivered.
UNRESOLVED = "unresolved reference"

# Words that too many diagnoses share to say anything.
_COMMON_WORDS = """
and for the not nos per via due with without unspecified other disease disorder disorders syndrome
acute chronic type finding
situation procedure codes from that this history status tablet capsule oral level ratio
"""
_EMPTY_WORDS = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class ValueSet:
    """An expanded value set as delivered: its codes, and displays for near-miss wording.

    `source` is the file or address it came from, `version` and `date` what it says of itself.
    """

    url: str
    codes: frozenset[Coding]
    name: str = ""
    displays: tuple[str, ...] = ()
    source: str = field(default="", compare=False)
    version: str = field(default="", compare=False)
    date: str = field(default="", compare=False)

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of all that decides: its codes, and its name and displays.

        Notes are looked through for displays, and records without a comparable code are held against them, so
        other displays are another value set. Order, case and the space between words make no difference.
        """
        made = sha256()
        for system, code in sorted(self.codes):
            made.update(f"{system}\t{code}\n".encode("utf-8", "surrogatepass"))
        worded = {stated_form(words) for words in (self.name, *self.displays)}
        for words in sorted(worded - {""}):
            made.update(f"\n{words}".encode("utf-8", "surrogatepass"))
        return made.hexdigest()


class TerminologyError(Exception):
    """A program names value sets that were not supplied. `missing` lists their URLs."""

    code = "VALUE_SET_MISSING"

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(sorted(missing))
        super().__init__("value sets not found: " + ", ".join(self.missing))


@dataclass(frozen=True, slots=True)
class _Expansion:
    """One value set of a program, flattened: exact codes, prefixes (undotted), systems, wording."""

    codes: frozenset[Coding]
    prefixes: frozenset[Coding]
    systems: frozenset[str]
    words: frozenset[str]
    bare: frozenset[str]  # its codes without their systems
    every: bool = False  # holds whatever there is
    wider: frozenset[Coding] = frozenset()  # codes, undotted, above some of its own

    def holds(self, codings: Iterable[Coding]) -> bool:
        if self.every:
            return True
        for system, code in codings:
            if (system, code) in self.codes:
                return True
            if self.prefixes and self._below(system, code):
                return True
        return False

    def _below(self, system: str, code: str) -> bool:
        """Whether a code lies under a prefix of its system. A block only begins like its first category."""
        if "-" in code:
            return False
        bare = undotted(code)
        return any((system, bare[:k]) in self.prefixes for k in range(1, len(bare) + 1))

    def is_part_of(self, codings: Sequence[Coding]) -> bool:
        """Whether some of its codes lie under one of these: a code that says less, or a block ("E08-E13").

        Not under one that another coding of the same system says more exactly.
        """
        for system, code in codings:
            if not self._is_wider(system, code):
                continue
            others = (undotted(other) for one, other in codings if one == system and other != code)
            if not any(other.startswith(undotted(code)) for other in others):
                return True
        return False

    def _is_wider(self, system: str, code: str) -> bool:
        if not is_own_hierarchy(system):
            return False
        if "-" in code:
            return any(one == system and is_in_block(code, wide) for one, wide in self.wider)
        return (system, undotted(code)) in self.wider

    def spells(self, code: str) -> bool:
        """Whether one of its codes is written like this, whatever the system."""
        return code in self.bare or any(self._below(system, code) for system in self._prefixed())

    def _prefixed(self) -> frozenset[str]:
        return frozenset(system for system, _ in self.prefixes)


@dataclass(slots=True)
class Membership:
    """Value-set membership of the concepts of one vocabulary, computed once per concept.

    `member[key]`, `near[key]` and `comparable[key]` are bool[n_concepts]: the concept is in the value
    set; it has no comparable code but may mean it; it has a code of a system that the set uses.
    `members[key]` and `neighbours[key]` are the ids of the concepts in the first two, int64, ascending.
    """

    concepts: Concepts
    expansions: Mapping[str, tuple[_Expansion, _Expansion | None]]
    member: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    near: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    comparable: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    members: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    neighbours: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def systems(self, key: str) -> frozenset[str]:
        """The code systems that a value set draws on; none where it takes every code."""
        plus = self.expansions[key][0]
        return frozenset() if plus.every else plus.systems

    def takes_every(self, key: str) -> bool:
        """Whether a value set takes every code."""
        return self.expansions[key][0].every

    def holds(self, key: str, codings: Iterable[Coding]) -> bool:
        """Whether a concept with these codings is in a value set."""
        plus, minus = self.expansions[key]
        normal = [normal_coding(*coding) for coding in codings]
        return plus.holds(normal) and (minus is None or not minus.holds(normal))

    def refresh(self) -> None:
        """Bring the arrays up to the vocabulary's present length."""
        total = len(self.concepts)
        known = len(next(iter(self.member.values()))) if self.member else 0
        if self.member and known == total:
            return
        fresh = range(known, total)
        codings = [self.concepts.codings[i] for i in fresh]
        words = [_words(f"{self.concepts.texts[i]} {self.concepts.displays[i]}") for i in fresh]
        for key, (plus, minus) in self.expansions.items():
            member = np.zeros(total, dtype=np.bool_)
            near = np.zeros(total, dtype=np.bool_)
            comparable = np.zeros(total, dtype=np.bool_)
            if known:
                member[:known], near[:known] = self.member[key], self.near[key]
                comparable[:known] = self.comparable[key]
            for offset, i in enumerate(fresh):
                comparable[i] = plus.every or any(system in plus.systems for system, _ in codings[offset])
                if plus.holds(codings[offset]):
                    member[i] = minus is None or not minus.holds(codings[offset])
                else:
                    near[i] = self._could_mean(i, codings[offset], words[offset], plus)
            self.member[key], self.near[key], self.comparable[key] = member, near, comparable
            self.members[key], self.neighbours[key] = np.flatnonzero(member), np.flatnonzero(near)

    def _could_mean(
        self, concept: int, codings: tuple[Coding, ...], words: frozenset[str], plus: _Expansion
    ) -> bool:
        if plus.is_part_of(codings):
            return True  # said less exactly than the set asks: it may be one of its codes
        if any(system in plus.systems for system, _ in codings):
            return False
        if any(plus.spells(code) for _, code in codings):
            return True  # the same code, of no system or of one nobody knows here
        if not words or self.concepts.texts[concept] == UNRESOLVED:
            return True
        if plus.systems != {LOINC} and all(len(word) < _TELLING for word in words):
            return True  # an abbreviation such as T2DM or NIDDM: nobody can tell
        return not words.isdisjoint(plus.words) or _spelled_alike(words, plus.words)


# From this length on a word is no abbreviation.
_TELLING = 6


def _words(text: str) -> frozenset[str]:
    """Telling words of a label, lower case, three signs or more and not a mere number."""
    return frozenset(re.findall(r"[0-9]*[a-z][a-z0-9]{2,}", text.lower())) - _EMPTY_WORDS


def _spelled_alike(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of words share one up to a spelling slip ("diabetis"): a question, no more."""
    from rapidfuzz import fuzz  # only where a record has no comparable code

    return any(fuzz.ratio(a, b) >= 85 for a in words for b in others if len(a) > 5 and a[0] == b[0])


def bind(program: Program, supplied: Mapping[str, ValueSet], concepts: Concepts) -> Membership:
    """Membership of a program's value sets over a vocabulary.

    Raises TerminologyError with every URL that the program names and nobody supplied.
    """
    missing = {url for source in program.value_sets.values() for url in source.urls if url not in supplied}
    if missing:
        raise TerminologyError(missing)
    plain: dict[str, _Expansion] = {}

    def expand(key: str) -> _Expansion:
        if key not in plain:
            plain[key] = _expand(program.value_sets[key], supplied, expand)
        return plain[key]

    expansions: dict[str, tuple[_Expansion, _Expansion | None]] = {}
    for key, source in program.value_sets.items():
        minus = [expand(name) for name in source.minus]
        expansions[key] = (expand(key), _merge(minus) if minus else None)
    membership = Membership(concepts, expansions)
    membership.refresh()
    return membership


def _expand(
    source: ValueSetSource, supplied: Mapping[str, ValueSet], expand: Callable[[str], _Expansion]
) -> _Expansion:
    codes = {normal_coding(c.system, c.code.rstrip("*")) for c in source.codes}
    codes |= {stated_coding(name) for name in source.names}
    prefixes = {(c.system, undotted(c.code).rstrip("*")) for c in source.codes if c.below}
    words = _words(" ".join(source.names).replace("-", " "))
    parts = [_expansion(codes, frozenset(prefixes), words)]
    for url in source.urls:
        held = supplied[url]
        normal = {normal_coding(*coding) for coding in held.codes}
        normal |= {stated_coding(display) for display in held.displays}
        parts.append(_expansion(normal, frozenset(), _words(" ".join((held.name, *held.displays)))))
    parts.extend(expand(name) for name in source.union)
    return replace(_merge(parts), every=source.every or any(part.every for part in parts))


def _expansion(codes: set[Coding], prefixes: frozenset[Coding], words: frozenset[str]) -> _Expansion:
    # Phrases say nothing of what is coded: another phrase is no sure no, and nothing is spelled like one.
    coded = [(system, code) for system, code in codes if system != STATED]
    systems = frozenset(system for system, _ in coded)
    bare = frozenset(code for _, code in coded)
    wider = frozenset(
        (system, wide) for system, code in {*coded, *prefixes} for wide in codes_above(system, code)
    )
    return _Expansion(frozenset(codes), prefixes, systems, words, bare, wider=wider)


def _merge(parts: list[_Expansion]) -> _Expansion:
    return _Expansion(
        frozenset().union(*(p.codes for p in parts)),
        frozenset().union(*(p.prefixes for p in parts)),
        frozenset().union(*(p.systems for p in parts)),
        frozenset().union(*(p.words for p in parts)),
        frozenset().union(*(p.bare for p in parts)),
        wider=frozenset().union(*(p.wider for p in parts)),
    )
