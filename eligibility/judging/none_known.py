"""Coded records that say that no allergy is known: whom they answer for, and what contradicts them.

Such a record answers for everything within its scope, at any time up to the cutoff, as long as it is active.
It is never an allergy itself, see `things`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, Facts, Kind, Source, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.context import Context
from eligibility.judging.truth import Flags
from eligibility.no_known_allergies import ALL, scope_of, scopes_about, scopes_said
from eligibility.nothing_known import Telling, telling
from eligibility.program import Selection, TimeTest, WordTest
from eligibility.stretches import Stretches

_OVER = ("inactive", "resolved")
_NEVER = BEGINNING - 1


@dataclass(frozen=True, slots=True)
class Said:
    """What records of one scope say: `until` (int64[n_patients]) is when the last one was written down.

    `contradicted` is bool[n_patients]: an allergy within the scope stands beside it. `rows` are the records.
    """

    until: NDArray[np.int64]
    contradicted: Flags
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NoneKnown:
    """For whom a selection's allergies are denied, and for whom that is contradicted, bool[n_patients]."""

    denied: Flags
    contradicted: Flags
    rows: NDArray[np.int64]  # the records that say so


def none_known(context: Context, selection: Selection) -> NoneKnown | None:
    """What is said to be none of a selection of allergies; None where nobody's record says so."""
    if selection.kind is not Kind.ALLERGY or any(
        isinstance(test, TimeTest) and test.window.asks_later for test in selection.tests
    ):
        return None
    about = _scopes(context, selection)
    held = [said for scope, said in _said(context).items() if scope in about]
    if not held:
        return None
    denied = np.zeros(context.n, dtype=np.bool_)
    spoken = np.zeros(context.n, dtype=np.bool_)
    for said in held:
        told = said.until > _NEVER
        spoken |= told
        denied |= told & ~said.contradicted
    return NoneKnown(denied, spoken & ~denied, np.concatenate([said.rows for said in held]))


def contradicted_rows(context: Context, selection: Selection, block: Block, rows: Stretches) -> Flags | None:
    """The considered allergies that a record, written no earlier, says not to be known; None: no row."""
    if selection.kind is not Kind.ALLERGY or not _said(context):
        return None
    numbers = rows.numbers()
    patient = block.columns["patient"][numbers]
    standing = _allergies(context, block)[numbers]
    about = _scopes(context, selection)
    start, recorded = block.columns["start_lo"][numbers], block.column("recorded_lo")[numbers]
    found = np.zeros(len(numbers), dtype=np.bool_)
    for scope, said in _said(context).items():
        until = said.until[patient]
        within = scope == ALL or _within(context.facts, block, scope, unsaid=scope in about)[numbers]
        found |= standing & within & (until > _NEVER) & (start <= until) & (recorded <= until)
    return found if found.any() else None


def _scopes(context: Context, selection: Selection) -> frozenset[str]:
    named = [
        frozenset(test.words)
        for test in selection.tests
        if isinstance(test, WordTest) and test.column == "category" and not test.negated
    ]
    categories = frozenset.intersection(*named) if named else frozenset()
    return scopes_about(categories, context.membership.codes(selection.value_set))


def _said(context: Context) -> dict[str, Said]:
    """By scope, what records say; worked out once in a run."""
    if context.none_known is None:
        context.none_known = _work_out(context)
    return context.none_known


def _work_out(context: Context) -> dict[str, Said]:
    block = context.block(Kind.ALLERGY)
    if block is None:
        return {}
    stating = _stating(context.facts, block)
    if not stating:
        return {}
    columns, patient = block.columns, block.columns["patient"]
    concept = columns["concept"]
    undated = (columns["start_lo"] <= BEGINNING) & (columns["start_hi"] >= END_OF_TIME)
    seen = undated | (columns["start_hi"] <= context.cutoff)
    holds = _stands(context.facts, block) & (block.column("standing") == Standing.COUNTS) & seen
    holds &= block.column("reaction") == 0  # who reacted to something has an allergy
    recorded = block.column("recorded")
    begun = np.where(undated, context.cutoff, columns["start_hi"])
    written = np.where(recorded < END_OF_TIME, recorded, begun)
    allergies = _allergies(context, block)
    by_scope: dict[str, Flags] = {}
    words, category, label = context.facts.words.texts, block.column("category"), context.facts.concepts.label
    stated = np.flatnonzero(np.isin(concept, list(stating)) & holds)
    for which, word in set(zip(concept[stated].tolist(), category[stated].tolist(), strict=True)):
        for scope in scopes_said(stating[which], words[word], label(which)[1:]):
            such = by_scope.setdefault(scope, np.zeros(len(concept), dtype=np.bool_))
            such |= (concept == which) & (category == word) & holds
    found: dict[str, Said] = {}
    for scope, such in sorted(by_scope.items()):
        rows = np.flatnonzero(such)
        until = np.full(context.n, _NEVER, dtype=np.int64)
        np.maximum.at(until, patient[rows], written[rows])
        contradicted = np.zeros(context.n, dtype=np.bool_)
        within = allergies & (True if scope == ALL else _within(context.facts, block, scope, unsaid=True))
        contradicted[patient[within]] = True
        found[scope] = Said(until, contradicted, rows)
    return found


def _stating(facts: Facts, block: Block) -> dict[int, str]:
    """The concepts of allergies that say that none is known, and of what."""
    held = np.flatnonzero(np.diff(block.offsets)).tolist()
    found: dict[int, str] = {}
    for concept in held:
        label = facts.concepts.label(concept)
        scope = scope_of(label[0])
        if scope is not None and telling(Kind.ALLERGY, label) is Telling.NOTHING:
            found[concept] = scope
    return found


def _stands(facts: Facts, block: Block) -> Flags:
    """Records of the chart itself that may hold and are not over."""
    over = [facts.words.find(word) for word in _OVER]
    standing = block.column("standing") != Standing.DOES_NOT_COUNT
    coded = block.column("source") != Source.NOTE
    result: Flags = standing & coded & ~np.isin(block.column("clinical_status"), over)
    return result


def _allergies(context: Context, block: Block) -> Flags:
    """Rows of allergies that may hold by the cutoff, bool[rows of the block]."""
    held, label = np.flatnonzero(np.diff(block.offsets)).tolist(), context.facts.concepts.label
    none = [concept for concept in held if telling(Kind.ALLERGY, label(concept)) is Telling.NOTHING]
    stating = np.isin(block.columns["concept"], none)
    result: Flags = _stands(context.facts, block) & ~stating & (block.columns["start_lo"] <= context.cutoff)
    return result


def _within(facts: Facts, block: Block, scope: str, unsaid: bool) -> Flags:
    """Rows whose category is a scope; and those that say none, if asked for the `unsaid`."""
    words = facts.words.texts
    category = block.column("category")
    used = np.unique(category).tolist()
    fitting = [word for word in used if scope in words[word].split("+") or (unsaid and not words[word])]
    result: Flags = np.isin(category, fitting)
    return result
