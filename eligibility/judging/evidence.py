"""The very facts that decided a finding: row ids noted by the selectors while they judged.

Nothing is derived again here. A leaf takes part in a finding where its state is one of those that
decided the criterion; its rows are those its own evaluator looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Facts, Kind
from eligibility.judging.choices import choice
from eligibility.judging.judge import Judgement
from eligibility.judging.truth import (
    FALSE,
    TRUE,
    UNKNOWN,
    Flags,
    Truth,
    conjunction,
    disjunction,
    negate,
    number_of,
)
from eligibility.program import (
    All,
    AnyOf,
    Choice,
    Criterion,
    Leaf,
    Not,
    NumberOf,
    Statement,
    ValueIs,
    conditions_of,
)
from eligibility.reasons import Cause

# Rows shown per leaf and patient, the newest first.
SHOWN = 5

_OUTSIDE = np.uint32(Cause.OUT_OF_WINDOW | Cause.DATA_STALE)

# In which states (FALSE, UNKNOWN, TRUE) the rows noted in a role speak for a leaf.
_SPEAKS = {
    "for": np.array([True, True, True]),
    "doubt": np.array([False, True, False]),
    "against": np.array([True, True, False]),
    "outside": np.array([True, True, False]),
}


@dataclass(frozen=True, slots=True)
class EvidenceRows:
    """Evidence of one criterion: parallel arrays, ordered by patient, leaf, newest first.

    `leaf[i]` indexes `leaves`; `kind[i]` and `row[i]` point into the fact table's blocks.
    """

    leaves: tuple[Leaf, ...]
    patient: NDArray[np.int32]
    leaf: NDArray[np.int32]
    kind: NDArray[np.uint8]
    row: NDArray[np.int64]


def leaves_of(criterion: Criterion) -> tuple[Leaf, ...]:
    """The leaves of a criterion in reading order, each once; what it applies to comes first.

    The leaves that a value asks (as conditions of it, or for points) follow the leaf of the value.
    """
    found: dict[Leaf, None] = {}
    if criterion.applies_to is not None:
        collect(criterion.applies_to, found)
    collect(criterion.statement, found)
    return tuple(found)


def collect(statement: Statement, found: dict[Leaf, None]) -> None:
    """Adds the leaves of a statement, in reading order, to those found."""
    match statement:
        case Not():
            collect(statement.part, found)
        case All() | AnyOf() | NumberOf():
            for part in statement.parts:
                collect(part, found)
        case Choice():
            for part in (*statement.conditions, *statement.parts):
                collect(part, found)
        case _:
            found[statement] = None
            if isinstance(statement, ValueIs):
                for condition in conditions_of(statement.value):
                    collect(condition, found)


def truth_of(statement: Statement, leaves: Mapping[Leaf, Truth]) -> Truth:
    """Truth of an inner node from the kept truths of its leaves."""
    match statement:
        case Not():
            return negate(truth_of(statement.part, leaves))
        case All():
            return conjunction([truth_of(part, leaves) for part in statement.parts])
        case AnyOf():
            return disjunction([truth_of(part, leaves) for part in statement.parts])
        case NumberOf():
            parts = [truth_of(part, leaves) for part in statement.parts]
            return number_of(parts, statement.least, statement.most)
        case Choice():
            conditions = [truth_of(part, leaves) for part in statement.conditions]
            return choice(conditions, [truth_of(part, leaves) for part in statement.parts])
        case _:
            return leaves[statement]


def deciding(criterion: Criterion, leaves: Mapping[Leaf, Truth], n: int) -> dict[Leaf, Flags]:
    """For each leaf of a criterion, for whom it takes part in the decision; bool[n_patients]."""
    masks = {leaf: np.zeros(n, dtype=np.bool_) for leaf in leaves_of(criterion)}
    everyone = np.ones(n, dtype=np.bool_)
    if criterion.applies_to is not None:
        applies = truth_of(criterion.applies_to, leaves)
        _descend(criterion.applies_to, leaves, applies.state != TRUE, masks)
        everyone = applies.state != FALSE
    _descend(criterion.statement, leaves, everyone, masks)
    return masks


def _descend(
    statement: Statement, leaves: Mapping[Leaf, Truth], mask: Flags, masks: dict[Leaf, Flags]
) -> None:
    match statement:
        case Not():
            _descend(statement.part, leaves, mask, masks)
        case All() | AnyOf() | NumberOf():
            state = truth_of(statement, leaves).state
            mixed = isinstance(statement, NumberOf) and statement.most is not None
            for part in statement.parts:
                own = mask if mixed else mask & (truth_of(part, leaves).state == state)
                _descend(part, leaves, own, masks)
        case Choice():
            _descend_choice(statement, leaves, mask, masks)
        case _:
            masks[statement] |= mask
            if isinstance(statement, ValueIs):
                for condition in conditions_of(statement.value):
                    _descend(condition, leaves, mask, masks)


def _descend_choice(
    statement: Choice, leaves: Mapping[Leaf, Truth], mask: Flags, masks: dict[Leaf, Flags]
) -> None:
    """The conditions on the way, and the parts that they leave and that share the deciding state."""
    state = truth_of(statement, leaves).state
    for condition, part in zip(statement.conditions, statement.parts[:-1], strict=True):
        asked = truth_of(condition, leaves).state
        _descend(condition, leaves, mask & ((asked == UNKNOWN) == (state == UNKNOWN)), masks)
        _descend(part, leaves, mask & (asked != FALSE) & (truth_of(part, leaves).state == state), masks)
        mask = mask & (asked != TRUE)
    last = statement.parts[-1]
    _descend(last, leaves, mask & (truth_of(last, leaves).state == state), masks)


def evidence_rows(judgement: Judgement, facts: Facts, criterion: Criterion, wanted: Flags) -> EvidenceRows:
    """Evidence of one criterion for the wanted patients (bool[n_patients]).

    Raises ValueError where the judgement was made without evidence.
    """
    if judgement.notes is None:
        raise ValueError("this judgement kept no evidence")
    leaves = leaves_of(criterion)
    masks = deciding(criterion, judgement.leaves, len(wanted))
    parts: list[tuple[NDArray[np.int64], ...]] = []
    for number, leaf in enumerate(leaves):
        truth = judgement.leaves[leaf]
        take = masks[leaf] & wanted
        for note in judgement.notes.get(leaf, ()):
            speaks = take & _SPEAKS[note.role][truth.state]
            if note.role == "outside":
                # Rows outside the window speak only where their being outside was a cause.
                speaks &= (truth.causes & _OUTSIDE) != 0
            keep = speaks[note.patient]
            if keep.any():
                rows = note.rows[keep]
                start = facts.blocks[note.kind].columns["start_lo"][rows]
                whose = note.patient[keep].astype(np.int64)
                size = len(rows)
                kinds = np.full(size, int(note.kind), np.int64)
                parts.append((whose, np.full(size, number, np.int64), kinds, rows, start))
    if not parts:
        none = np.empty(0, np.int64)
        return EvidenceRows(leaves, none.astype(np.int32), none.astype(np.int32), none.astype(np.uint8), none)
    patient, leaf_of, kind, row, start = (np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.lexsort((row, kind, -start, leaf_of, patient))
    order = _by_record(facts, order, (patient, leaf_of, start, kind), row)
    ordered = np.stack((patient, leaf_of, kind, row))[:, order]
    differs = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    ordered = ordered[:, np.append(True, differs)]
    # A row is too far down where the one SHOWN before it is of the same patient and leaf.
    shown = np.ones(ordered.shape[1], dtype=np.bool_)
    shown[SHOWN:] = (ordered[:2, SHOWN:] != ordered[:2, :-SHOWN]).any(axis=0)
    patient, leaf_of, kind, row = ordered[:, shown]
    return EvidenceRows(
        leaves, patient.astype(np.int32), leaf_of.astype(np.int32), kind.astype(np.uint8), row
    )


def _by_record(
    facts: Facts, order: NDArray[np.int64], keys: tuple[NDArray[np.int64], ...], row: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows of one time in the order of what they say, whatever the order in which they were read."""
    same = np.ones(max(len(order) - 1, 0), dtype=np.bool_)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    same &= row[order][1:] != row[order][:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    group = np.cumsum(np.append(True, ~same))[tied]
    kinds, rows = keys[-1][order][tied], row[order][tied]
    told: list[tuple[object, ...]] = [()] * len(tied)
    for number in np.unique(kinds).tolist():
        block, mine = facts.blocks[Kind(number)], np.flatnonzero(kinds == number)
        at = rows[mine]
        names = facts.resources.take(block.column("resource")[at].astype(np.int64)).to_pylist()
        paths = [facts.words.texts[word] for word in block.column("path")[at].tolist()]
        codings = [facts.concepts.codings[one] for one in block.column("concept")[at].tolist()]
        for position, *said in zip(mine.tolist(), names, paths, codings, strict=True):
            told[position] = (said[0] or "", *said[1:])
    sorted_ = sorted(range(len(tied)), key=lambda i: (group[i], told[i]))
    mended = order.copy()
    mended[tied] = order[tied][sorted_]
    return mended
