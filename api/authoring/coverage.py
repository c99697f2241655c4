"""`eligibility coverage`: what an extract holds for each criterion, and codes that come near but miss.

A criterion whose value sets match nothing in an extract fails in silence: everybody seems to lack what
it asks for. So for every selection of every criterion: how many patients have a record it could use, which
records have no comparable code but may mean it, which codes of the same kind read alike and are not in
the set, and which of its codes are recorded as another kind of fact.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils

from api.loading import bind_value_sets
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


def coverage(
    program: Program, supplied: Mapping[str, ValueSet], facts: Facts
) -> tuple[CriterionCoverage, ...]:
    """Coverage of every criterion of a protocol by an extract. Raises UserError for a missing value set."""
    membership = bind_value_sets(program, supplied, facts)
    wordings = {key: tuple(_wordings(key, program, supplied)) for key in program.value_sets}
    known: dict[tuple[Kind, str], tuple[TermCoverage, NDArray[np.bool_]]] = {}
    found = []
    for criterion in program.criteria:
        anybody = np.zeros(facts.n_patients, dtype=np.bool_)
        terms: list[TermCoverage] = []
        for selection in dict.fromkeys(selections_of((criterion.statement, criterion.applies_to))):
            key = (selection.kind, selection.value_set)
            if key not in known:
                known[key] = _term(selection, facts, membership, wordings[selection.value_set])
            if known[key][0] not in terms:
                terms.append(known[key][0])
            anybody |= known[key][1]
        count = int(anybody.sum()) if terms else facts.n_patients
        found.append(CriterionCoverage(criterion, tuple(terms), count))
    return tuple(found)


def _term(
    selection: Selection, facts: Facts, membership: Membership, wordings: Sequence[str]
) -> tuple[TermCoverage, NDArray[np.bool_]]:
    member = membership.member[selection.value_set]
    near = membership.near[selection.value_set]
    block = facts.blocks.get(selection.kind)
    has = np.zeros(facts.n_patients, dtype=np.bool_)
    misses: list[NearMiss] = []
    if block is not None:
        concept = block.columns["concept"]
        has[block.columns["patient"][member[concept]]] = True
        for one in _used(block):
            if member[one]:
                continue
            why = "no comparable code" if near[one] else _alike(one, facts, wordings)
            if why:
                misses.append(NearMiss(facts.concepts.show(one), _patients(block, one), why))
    for kind, other in facts.blocks.items():
        if kind is not selection.kind and kind not in (Kind.CONTACT, Kind.DEMOGRAPHIC):
            for one in _used(other):
                if member[one]:
                    why = f"recorded as {kind.name.lower().replace('_', ' ')}"
                    misses.append(NearMiss(facts.concepts.show(one), _patients(other, one), why))
    misses.sort(key=lambda miss: (-miss.patients, miss.label))
    kind_name = selection.kind.name.lower().replace("_", " ")
    return TermCoverage(selection.term, kind_name, int(has.sum()), tuple(misses)), has


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
