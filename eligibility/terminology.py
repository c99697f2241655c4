"""Which concepts of a fact table belong to a value set: one boolean array per value set.

Membership compares (system, code) pairs, never display texts. Wording serves for one thing only:
to notice that a record without any comparable code *might* mean the value set, which makes the
criterion unknown (`CODE_UNMAPPED`) and never true or false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from eligibility.codesystems import ATC, ICD_10_CM, LOINC, NDC, RXNORM, has_shape, normal_coding, undotted
from eligibility.concepts import Coding, Concepts, Label
from eligibility.drug_names import is_another_drug, words_of_drugs
from eligibility.expansion import Expansion, expansion, merge, spelled_alike, words_of
from eligibility.nothing_known import leaves_open, names_nothing, names_things_only
from eligibility.program import Program, ValueSetSource
from eligibility.stated import STATED, stated_coding, stated_form

# Systems that have codes of products beside those of what is in them.
_OF_PRODUCTS = frozenset({RXNORM, ATC, NDC})
# From this length on a word is no abbreviation.
_TELLING = 6
# The text of a concept whose code stands in a record that was not delivered.
UNRESOLVED = "unresolved reference"


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


_MEMBER, _NEAR, _COMPARABLE = 1, 2, 4
_MOST_TOLD = 200_000


@dataclass(slots=True)
class Membership:
    """Value-set membership of the concepts of one vocabulary, computed once per concept.

    `member[key]`, `near[key]` and `comparable[key]` are bool[n_concepts]: the concept is in the value
    set; it has no comparable code but may mean it; it has a code of a system that the set uses, and as the
    answer to a question is one ("unknown" is none).
    `members[key]` and `neighbours[key]` are the ids of the concepts in the first two, int64, ascending.
    `unclear` are the ids of concepts of which some records say that there is none, or that nobody knows.
    `told` is what the value sets say of concepts that were met, also in other vocabularies.
    """

    concepts: Concepts
    expansions: Mapping[str, tuple[Expansion, Expansion | None]]
    member: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    near: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    comparable: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    members: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    neighbours: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    unclear: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    told: dict[Label, bytes] = field(default_factory=dict)
    _drugs: dict[frozenset[Coding], frozenset[str]] = field(default_factory=dict)

    def systems(self, key: str) -> frozenset[str]:
        """The code systems that a value set draws on; none where it takes every code."""
        plus = self.expansions[key][0]
        return frozenset() if plus.every else plus.systems

    def codes(self, key: str) -> Iterator[Coding]:
        """The codes that a value set names, alone or with all below; none where it takes every code."""
        plus = self.expansions[key][0]
        if not plus.every:
            yield from (coding for coding in plus.codes if coding[0] != STATED)
            yield from plus.prefixes

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
        held = self.concepts
        labels = zip(held.codings[known:], held.texts[known:], held.displays[known:], strict=True)
        rows = b"".join([self._told_of(label) for label in labels])
        table = np.frombuffer(rows, dtype=np.uint8).reshape(total - known, len(self.expansions) + 1)
        self.unclear = np.append(self.unclear, known + np.flatnonzero(table[:, -1]))
        for column, key in enumerate(self.expansions):
            for flag, flags in ((_MEMBER, self.member), (_NEAR, self.near), (_COMPARABLE, self.comparable)):
                before = flags.get(key, np.zeros(0, dtype=np.bool_))
                flags[key] = np.concatenate((before, (table[:, column] & flag) > 0))
            self.members[key] = np.flatnonzero(self.member[key])
            self.neighbours[key] = np.flatnonzero(self.near[key])

    def _told_of(self, label: Label) -> bytes:
        """What each value set says of a concept, a byte of flags each; and last whether it is unclear."""
        found = self.told.get(label)
        if found is None:
            if len(self.told) >= _MOST_TOLD:
                self.told.clear()
            found = self.told[label] = self._tell(label)
        return found

    def _tell(self, label: Label) -> bytes:
        codings, text, display = label
        words = words_of(f"{text} {display}")
        unnamed, no_answer = names_nothing(label), leaves_open(label)
        row = bytearray()
        for plus, minus in self.expansions.values():
            comparable = plus.every or any(s in plus.systems and has_shape(s, code) for s, code in codings)
            flags = _COMPARABLE if comparable and not no_answer else 0
            if plus.holds(codings):
                if minus is None or not minus.holds(codings):
                    # What says less than a code that is taken out may be that one.
                    flags |= _NEAR if minus is not None and minus.is_part_of(codings) else _MEMBER
            elif unnamed or self._could_mean(text, codings, words, plus):
                flags |= _NEAR
            row.append(flags)
        row.append(not names_things_only(label))
        return bytes(row)

    def _could_mean(
        self, text: str, codings: tuple[Coding, ...], words: frozenset[str], plus: Expansion
    ) -> bool:
        if plus.is_part_of(codings):
            return True  # said less exactly than the set asks: it may be one of its codes
        comparable = [
            system for system, code in codings if system in plus.systems and has_shape(system, code)
        ]
        if comparable:
            # A product is coded by itself, and its words name the ingredient: "metformin 500 MG Tablet".
            return not _OF_PRODUCTS.isdisjoint(comparable) and self._names_a_drug_of(plus, words)
        if any(plus.spells(code) for _, code in codings):
            return True  # the same code, of no system or of one nobody knows here
        if not words or text == UNRESOLVED:
            return True
        if plus.systems != {LOINC} and all(len(word) < _TELLING for word in words):
            return True  # an abbreviation such as T2DM or NIDDM: nobody can tell
        if not words.isdisjoint(plus.words) or spelled_alike(words, plus.words):
            return True
        return self._names_a_drug_of(plus, words) or _unsaid(plus, codings, words)

    def _names_a_drug_of(self, plus: Expansion, words: frozenset[str]) -> bool:
        """Whether words name a drug that a list holds or is called after, by any of its names and brands.

        Words for classes of drugs ("blocker") name none: codes tell those apart.
        """
        named = self._drugs.get(plus.codes)
        if named is None:
            named = self._drugs[plus.codes] = words_of_drugs(plus.codes, plus.words)
        return not words.isdisjoint(named)


def _unsaid(plus: Expansion, codings: tuple[Coding, ...], words: frozenset[str]) -> bool:
    """Whether nothing tells what a record in words alone says from what a list of codes holds.

    Words that say less or more than a title of ICD-10-CM may mean it. Of drugs whose codes nobody put into
    words (the author by `also`, a value set by displays) only those of our own table have known names.
    """
    if codings:
        return False
    if ICD_10_CM in plus.systems and any(words <= title or title <= words for title in plus.titles()):
        return True
    of_drugs = bool(plus.systems) and plus.systems <= _OF_PRODUCTS
    return of_drugs and not plus.worded and not is_another_drug(words, plus.codes)


class Binding:
    """A program's value sets, to be bound to many vocabularies: what was told of a concept once is kept.

    Raises TerminologyError with every URL that the program names and nobody supplied.
    """

    def __init__(self, program: Program, supplied: Mapping[str, ValueSet]) -> None:
        sources = program.value_sets
        missing = {url for source in sources.values() for url in source.urls if url not in supplied}
        if missing:
            raise TerminologyError(missing)
        plain: dict[str, Expansion] = {}

        def expand(key: str) -> Expansion:
            if key not in plain:
                plain[key] = _expand(sources[key], supplied, expand)
            return plain[key]

        self._expansions: dict[str, tuple[Expansion, Expansion | None]] = {}
        for key, source in sources.items():
            minus = [expand(name) for name in source.minus]
            self._expansions[key] = (expand(key), merge(minus) if minus else None)
        self._told: dict[Label, bytes] = {}

    def over(self, concepts: Concepts) -> Membership:
        """Membership over a vocabulary."""
        membership = Membership(concepts, self._expansions, told=self._told)
        membership.refresh()
        return membership


def bind(program: Program, supplied: Mapping[str, ValueSet], concepts: Concepts) -> Membership:
    """Membership of a program's value sets over one vocabulary. Raises TerminologyError as `Binding`."""
    return Binding(program, supplied).over(concepts)


def _expand(
    source: ValueSetSource, supplied: Mapping[str, ValueSet], expand: Callable[[str], Expansion]
) -> Expansion:
    codes = {normal_coding(c.system, c.code.rstrip("*")) for c in source.codes}
    codes |= {stated_coding(name) for name in source.names}
    prefixes = {(c.system, undotted(c.code).rstrip("*")) for c in source.codes if c.below}
    words = words_of(" ".join(source.names).replace("-", " "))
    # The first name is the term's own, which may say nothing of what it lists ("anticoagulant").
    parts = [expansion(codes, frozenset(prefixes), words, worded=len(source.names) > 1 or not source.codes)]
    for url in source.urls:
        held = supplied[url]
        normal = {normal_coding(*coding) for coding in held.codes}
        normal |= {stated_coding(display) for display in held.displays}
        worded = words_of(" ".join((held.name, *held.displays)))
        parts.append(expansion(normal, frozenset(), worded, worded=bool(held.displays)))
    parts.extend(expand(name) for name in source.union)
    return replace(merge(parts), every=source.every or any(part.every for part in parts))
