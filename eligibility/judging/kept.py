"""Limits asked anew without the facts: what a statement compared, kept so that another limit can be tried.

Kept are statements about the most recent or first result, and about age: of each patient the numbers (or
births) that could be the ones asked for, and what the criterion comes to for each answer of the statement.
The comparison itself is the judge's own (`picks.test_numbers` and `agreed`, `people.aged`). What a kept
statement says at its own limit has to be the finding, for everybody; one for which it is not is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Kind
from eligibility.judging.context import Context
from eligibility.judging.evidence import collect, leaves_of, truth_of
from eligibility.judging.judge import Finding, met
from eligibility.judging.people import aged, births, day_of
from eligibility.judging.picks import agreed, test_numbers
from eligibility.judging.readings import Readings, gather, nothing_there
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Flags, States, Truth
from eligibility.program import AgeIs, Criterion, Leaf, Pick, Picked, ValueIs, conditions_of

Kept = AgeIs | ValueIs


@dataclass(frozen=True, slots=True)
class KeptLeaf:
    """One statement of one criterion, by its place among the criterion's leaves, for n patients.

    `whose` int32[m] (sorted) says whose each number is; `low`, `high` float64[m] between which values it
    lies (of births: instants), `known` whether it can be compared, `certain` whether it surely is there.
    `silent` uint8[n] is what is said of those without a number, `damaged` bool[n] whose records may hold
    another. `outcomes` is uint8[3, n]: what the criterion comes to, the statement being false, unknown, true.
    `day` is an instant of the day on which an age is asked.
    """

    criterion: str
    place: int
    day: int
    whose: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    known: Flags
    certain: Flags
    silent: States
    damaged: Flags
    outcomes: States

    def outcome(self, leaf: Kept) -> States:
        """What the criterion comes to with the limits of a statement that else is the same; uint8[n]."""
        state = self._of_age(leaf) if isinstance(leaf, AgeIs) else self._of_number(leaf)
        state = np.where(self.damaged, UNKNOWN, state)
        found: States = self.outcomes[state, np.arange(len(state))]
        return found

    def _of_age(self, leaf: AgeIs) -> States:
        born = self.low.astype(np.int64), self.high.astype(np.int64)
        return aged(leaf, self.day, *born, self.known).state

    def _of_number(self, leaf: ValueIs) -> States:
        none = np.empty(0, np.int32)
        readings = Readings(
            patient=self.whose,
            certain=self.certain,
            doubts=None,  # these, units and dates only say why
            dated=np.ones(len(self.whose), np.bool_),
            low=self.low,
            high=self.high,
            known=self.known,
            unresolved=None,
            state=np.empty(0, np.uint8),
            coded=none,
        )
        states, causes = test_numbers(readings, leaf.range, ((leaf.policy, None),))
        silent = Truth(self.silent, np.zeros(len(self.silent), np.uint32))
        return agreed(readings, states, causes, silent).state


def keep(context: Context, finding: Finding, leaves: Mapping[Leaf, Truth]) -> list[KeptLeaf]:
    """What can be kept of a criterion's statements. `leaves` are the truths of the judgement."""
    kept = []
    own = leaves_of(finding.criterion)
    inner: dict[Leaf, None] = {}  # what values ask has no answer of its own in the criterion
    for leaf in own:
        if isinstance(leaf, ValueIs):
            for condition in conditions_of(leaf.value):
                collect(condition, inner)
    for place, leaf in enumerate(own):
        if leaf in inner or not can_be_kept(leaf):
            continue
        one = _kept(replace(context, notes=None), finding.criterion, place, leaf, leaves)
        if np.array_equal(one.outcome(leaf), finding.outcome):
            kept.append(one)
    return kept


def can_be_kept(leaf: Leaf) -> TypeGuard[Kept]:
    """Whether a statement is about an age, or the most recent or first result."""
    if isinstance(leaf, ValueIs):
        value = leaf.value
        return isinstance(value, Picked) and value.pick in (Pick.MOST_RECENT, Pick.FIRST)
    return isinstance(leaf, AgeIs)


def _kept(
    context: Context, criterion: Criterion, place: int, leaf: Kept, leaves: Mapping[Leaf, Truth]
) -> KeptLeaf:
    n = context.n
    outcomes = np.stack([_outcome(criterion, leaves, leaf, state, n) for state in (FALSE, UNKNOWN, TRUE)])
    if isinstance(leaf, AgeIs):
        earliest, latest, known = births(context)
        return KeptLeaf(
            criterion.id,
            place,
            day_of(context, leaf.at),
            np.arange(n, dtype=np.int32),
            earliest.astype(np.float64),
            latest.astype(np.float64),
            known,
            np.ones(n, np.bool_),
            np.full(n, UNKNOWN, np.uint8),
            _damaged(context, (Kind.DEMOGRAPHIC,)),
            outcomes,
        )
    if not isinstance(leaf.value, Picked):
        raise TypeError("of values only one picked result can be kept")
    value = leaf.value
    found = gather(context, leaf, value.rows, value.pick, value.unit, value.multiple_of, value.place)
    every = np.ones(len(found), np.bool_)
    return KeptLeaf(
        criterion.id,
        place,
        0,
        found.patient.astype(np.int32),
        found.low.astype(np.float64),
        found.high.astype(np.float64),
        every if found.known is None else found.known,
        every if found.certain is None else found.certain,
        nothing_there(context, value.rows).state.copy(),
        _damaged(context, [selection.kind for selection in value.rows.selections]),
        outcomes,
    )


def _damaged(context: Context, kinds: tuple[Kind, ...] | list[Kind]) -> Flags:
    damaged = np.zeros(context.n, np.bool_)
    for kind in kinds:
        damaged |= context.facts.corrupt.get(kind, np.False_)
    return damaged


def _outcome(criterion: Criterion, leaves: Mapping[Leaf, Truth], leaf: Leaf, state: int, n: int) -> States:
    """What a criterion comes to if one of its statements had the same state for everybody."""
    supposed = {**leaves, leaf: Truth(np.full(n, state, np.uint8), np.zeros(n, np.uint32))}
    applies = None if criterion.applies_to is None else truth_of(criterion.applies_to, supposed)
    return met(criterion, truth_of(criterion.statement, supposed), applies).state
