"""`eligibility coverage`: what an extract holds for each criterion, and codes that come near but miss.

A criterion whose value sets match nothing in an extract fails in silence: everybody seems to lack what
it asks for. So for every selection of every criterion: how many patients have a record it could use, which
records have no comparable code but may mean it, which codes of the same kind read alike and are not in
the set, and which of its codes are recorded as another kind of fact.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils

from api.loading import binding
from eligibility.concepts import Label, shown
from eligibility.facts import Block, Facts, Kind
from eligibility.program import Criterion, Program, Selection, selections_of
from eligibility.terminology import Membership, ValueSet

# From this likeness on (0 to 100, words in any order) two labels are shown to the author.
ALIKE = 85
_MOST = 8  # near misses shown for a selection


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A concept of the extract that is not in the value set. `why`: uncoded, reads alike, other kind."""

    label: str
    patients: int
    why: str


@dataclass(frozen=True, slots=True)
class TermCoverage:
    """One term of a criterion: patients with a record of it, and what comes near."""

    term: str
    kind: str
    patients: int
    near: tuple[NearMiss, ...]


@dataclass(frozen=True, slots=True)
class CriterionCoverage:
    criterion: Criterion
    terms: tuple[TermCoverage, ...]
    patients: int  # with at least one usable record; all of them for criteria about the person


class Counting:
    """Coverage counted over the facts of an extract, or of one part of a population after the other."""

    def __init__(self, program: Program, supplied: Mapping[str, ValueSet]) -> None:
        """Raises UserError for a missing value set."""
        self._binding = binding(program, supplied)
        self._wordings = {key: tuple(_wordings(key, program, supplied)) for key in program.value_sets}
        self._criteria = [
            (one, tuple(dict.fromkeys(selections_of((one.statement, one.applies_to)))))
            for one in program.criteria
        ]
        self.patients = 0
        self._anybody: Counter[int] = Counter()  # patients with a usable record, by number of the criterion
        self._terms: dict[_Term, Counter[_Miss]] = {}
        self._having: Counter[_Term] = Counter()

    def add(self, facts: Facts) -> None:
        """Count patients who were in no part before."""
        membership = self._binding.over(facts.concepts)
        self.patients += facts.n_patients
        known: dict[_Term, NDArray[np.bool_]] = {}
        for number, (_, selections) in enumerate(self._criteria):
            anybody = np.zeros(facts.n_patients, dtype=np.bool_)
            for selection in selections:
                term = selection.kind, selection.value_set
                if term not in known:
                    known[term] = has = _having(selection, facts, membership)
                    self._having[term] += int(has.sum())
                    misses = _misses(selection, facts, membership, self._wordings[selection.value_set])
                    self._terms.setdefault(term, Counter()).update(misses)
                anybody |= known[term]
            self._anybody[number] += int(anybody.sum()) if selections else facts.n_patients

    def found(self) -> tuple[CriterionCoverage, ...]:
        """Coverage of every criterion by all that was added."""
        made: dict[_Term, TermCoverage] = {}
        found = []
        for number, (criterion, selections) in enumerate(self._criteria):
            terms = []
            for selection in selections:
                term = selection.kind, selection.value_set
                if term not in made:
                    made[term] = self._made(selection, term)
                if made[term] not in terms:
                    terms.append(made[term])
            found.append(CriterionCoverage(criterion, tuple(terms), self._anybody[number]))
        return tuple(found)

    def _made(self, selection: Selection, term: _Term) -> TermCoverage:
        counts = self._terms.get(term, Counter()).items()
        misses = sorted(
            (NearMiss(shown(concept), count, why) for (concept, why), count in counts),
            key=lambda miss: (-miss.patients, miss.label, miss.why),
        )
        kind = selection.kind.name.lower().replace("_", " ")
        return TermCoverage(selection.term, kind, self._having[term], tuple(misses))


_Term = tuple[Kind, str]  # a kind and a value set
_Miss = tuple[Label, str]  # a concept by what it is in every vocabulary, and why it was missed


def coverage(
    program: Program, supplied: Mapping[str, ValueSet], facts: Facts
) -> tuple[CriterionCoverage, ...]:
    """Coverage of every criterion of a protocol by an extract. Raises UserError for a missing value set."""
    counting = Counting(program, supplied)
    counting.add(facts)
    return counting.found()


def _having(selection: Selection, facts: Facts, membership: Membership) -> NDArray[np.bool_]:
    """Who has a record that a selection could use, bool[n_patients]."""
    block = facts.blocks.get(selection.kind)
    has = np.zeros(facts.n_patients, dtype=np.bool_)
    if block is not None:
        member = membership.member[selection.value_set]
        has[block.columns["patient"][member[block.columns["concept"]]]] = True
    return has


def _misses(
    selection: Selection, facts: Facts, membership: Membership, wordings: Sequence[str]
) -> dict[_Miss, int]:
    """What comes near a selection and is not in it, with its patients."""
    member = membership.member[selection.value_set]
    near = membership.near[selection.value_set]
    found: dict[_Miss, int] = {}
    for kind, block in facts.blocks.items():
        own = kind is selection.kind
        if not own and kind in (Kind.CONTACT, Kind.DEMOGRAPHIC):
            continue
        for one in _used(block):
            why = "" if own or not member[one] else f"recorded as {kind.name.lower().replace('_', ' ')}"
            if own and not member[one]:
                why = "no comparable code" if near[one] else _alike(one, facts, wordings)
            if why:
                found[facts.concepts.label(one), why] = _patients(block, one)
    return found


def _used(block: Block) -> list[int]:
    """Concepts that a block has rows of."""
    used: list[int] = np.flatnonzero(np.diff(block.offsets)).tolist()
    return [one for one in used if one]


def _patients(block: Block, concept: int) -> int:
    rows = slice(int(block.offsets[concept]), int(block.offsets[concept + 1]))
    return len(np.unique(block.columns["patient"][rows]))


def _alike(concept: int, facts: Facts, wordings: Sequence[str]) -> str:
    """Why a coded concept outside of a value set is worth a look, "" where it is not."""
    label = utils.default_process(f"{facts.concepts.displays[concept]} {facts.concepts.texts[concept]}")
    if not label:
        return ""
    for wording in wordings:
        if len(wording) > 3 and fuzz.token_set_ratio(wording, label) >= ALIKE:
            return f"reads like “{wording}”"
    return ""


def _wordings(value_set: str, program: Program, supplied: Mapping[str, ValueSet]) -> Iterator[str]:
    source = program.value_sets[value_set]
    yield from map(utils.default_process, source.names)
    for url in source.urls:
        yield utils.default_process(supplied[url].name)
    for name in source.union:
        yield from _wordings(name, program, supplied)


# --- shown


def as_data(found: tuple[CriterionCoverage, ...], patients: int) -> dict[str, Any]:
    """Coverage as plain data."""
    return {
        "patients": patients,
        "criteria": [
            {
                "id": one.criterion.id,
                "label": one.criterion.label,
                "patients": one.patients,
                "terms": [
                    {
                        "term": term.term,
                        "kind": term.kind,
                        "patients": term.patients,
                        "near_misses": [
                            {"concept": miss.label, "patients": miss.patients, "why": miss.why}
                            for miss in term.near
                        ],
                    }
                    for term in one.terms
                ],
            }
            for one in found
        ],
    }


def print_coverage(found: tuple[CriterionCoverage, ...], patients: int) -> None:
    """A line for each criterion and term; near misses below, the most frequent first."""
    out = sys.stdout.write
    out(f"{patients} patients\n")
    for one in found:
        mark = "  nothing of this extract can decide it" if one.terms and not one.patients else ""
        out(f"\n{one.criterion.id:6} {one.criterion.label}: {_share(one.patients, patients)}{mark}\n")
        for term in one.terms:
            out(f"    {term.term} ({term.kind}): {_share(term.patients, patients)}\n")
            for miss in term.near[:_MOST]:
                out(f"      ? {miss.label}: {miss.patients} patients, {miss.why}\n")
            if len(term.near) > _MOST:
                out(f"      … and {len(term.near) - _MOST} more (--json lists all)\n")


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "0"
