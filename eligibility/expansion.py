"""What a value set holds, flattened for comparing: its codes, what lies under them, and its wording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from eligibility import icd_10_cm
from eligibility.codesystems import (
    ICD_10_CM,
    codes_above,
    is_in_block,
    is_own_hierarchy,
    normal_coding,
    undotted,
)
from eligibility.concepts import Coding
from eligibility.stated import STATED

# Words that too many diagnoses share to say anything.
_COMMON_WORDS = """
and for the not nos per via due with without unspecified other disease disorder disorders syndrome
acute chronic type finding
situation procedure codes from that this history status tablet capsule oral level ratio
"""
_EMPTY_WORDS = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Expansion:
    """One value set of a program, flattened: exact codes, prefixes (undotted), systems, wording."""

    codes: frozenset[Coding]
    prefixes: frozenset[Coding]
    systems: frozenset[str]
    words: frozenset[str]
    bare: frozenset[str]  # its codes without their systems
    every: bool = False  # holds whatever there is
    wider: frozenset[Coding] = frozenset()  # codes, undotted, above some of its own
    worded: bool = False  # its author, or the value set itself, says in words what its codes are

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
        """Whether a code lies under a prefix of its system, or every category of a block does."""
        if "-" in code:
            return system == ICD_10_CM and self._holds_block(*code.split("-", 1))
        bare = undotted(code)
        return any((system, bare[:k]) in self.prefixes for k in range(1, len(bare) + 1))

    def _holds_block(self, first: str, last: str) -> bool:
        """Whether all categories from one to another are held; a block begins and ends with categories."""
        if (ICD_10_CM, first) not in self.prefixes or (ICD_10_CM, last) not in self.prefixes:
            return False  # so that the hierarchy is not loaded in vain
        if not (icd_10_cm.is_code(first) and icd_10_cm.is_code(last)):
            return False
        categories = icd_10_cm.between(first, last)
        return bool(categories) and all((ICD_10_CM, undotted(one)) in self.prefixes for one in categories)

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

    def titles(self) -> frozenset[frozenset[str]]:
        """The telling words of the title of each code of ICD-10-CM that it names, alone or with all below."""
        return _titles(self.codes, self.prefixes)

    def _prefixed(self) -> frozenset[str]:
        return frozenset(system for system, _ in self.prefixes)


@lru_cache(maxsize=256)
def _titles(codes: frozenset[Coding], prefixes: frozenset[Coding]) -> frozenset[frozenset[str]]:
    named = {code for system, code in (*codes, *prefixes) if system == ICD_10_CM}
    dotted = {normal_coding(ICD_10_CM, code)[1] for code in named}
    return frozenset(words_of(icd_10_cm.title(code)) for code in dotted) - {frozenset()}


def words_of(text: str) -> frozenset[str]:
    """Telling words of a label, lower case, three signs or more and not a mere number."""
    return frozenset(re.findall(r"[0-9]*[a-z][a-z0-9]{2,}", text.lower())) - _EMPTY_WORDS


def spelled_alike(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of words share one up to a spelling slip ("diabetis"): a question, no more."""
    from rapidfuzz import fuzz  # only where a record has no comparable code

    return any(fuzz.ratio(a, b) >= 85 for a in words for b in others if len(a) > 5 and a[0] == b[0])


def expansion(
    codes: set[Coding], prefixes: frozenset[Coding], words: frozenset[str], *, worded: bool = False
) -> Expansion:
    # Phrases say nothing of what is coded: another phrase is no sure no, and nothing is spelled like one.
    coded = [(system, code) for system, code in codes if system != STATED]
    systems = frozenset(system for system, _ in coded)
    bare = frozenset(code for _, code in coded)
    wider = frozenset(
        (system, wide) for system, code in {*coded, *prefixes} for wide in codes_above(system, code)
    )
    return Expansion(frozenset(codes), prefixes, systems, words, bare, wider=wider, worded=worded)


def merge(parts: list[Expansion]) -> Expansion:
    return Expansion(
        frozenset().union(*(p.codes for p in parts)),
        frozenset().union(*(p.prefixes for p in parts)),
        frozenset().union(*(p.systems for p in parts)),
        frozenset().union(*(p.words for p in parts)),
        frozenset().union(*(p.bare for p in parts)),
        wider=frozenset().union(*(p.wider for p in parts)),
        worded=all(p.worded for p in parts if p.codes or p.prefixes),
    )
