"""Truth of one patient: a state and the causes of it. Kleene's connectives, one patient at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eligibility.program import Answer
from eligibility.reasons import Cause

FALSE, UNKNOWN, TRUE = 0, 1, 2
NOTHING = Cause(0)


@dataclass(frozen=True, slots=True)
class Truth:
    state: int
    causes: Cause = NOTHING


def truth_of(certain: bool, possible: bool) -> int:
    if certain:
        return TRUE
    return UNKNOWN if possible else FALSE


def negate(truth: Truth) -> Truth:
    return Truth(2 - truth.state, truth.causes)


def union(causes: Iterable[Cause]) -> Cause:
    result = NOTHING
    for cause in causes:
        result |= cause
    return result


def deciding(parts: Sequence[Truth], state: int) -> Truth:
    return Truth(state, union(part.causes for part in parts if part.state == state))


def conjunction(parts: Sequence[Truth]) -> Truth:
    return deciding(parts, min(part.state for part in parts))


def disjunction(parts: Sequence[Truth]) -> Truth:
    return deciding(parts, max(part.state for part in parts))


def at_least(parts: Sequence[Truth], count: int) -> Truth:
    certain = sum(part.state == TRUE for part in parts)
    possible = sum(part.state != FALSE for part in parts)
    return deciding(parts, truth_of(certain >= count, possible >= count))


def number_of(parts: Sequence[Truth], least: int | None, most: int | None) -> Truth:
    bounds = []
    if least is not None:
        bounds.append(at_least(parts, least))
    if most is not None:
        bounds.append(negate(at_least(parts, most + 1)))
    return conjunction(bounds)


def settle(state: int, answer: Answer | None) -> int:
    """What a policy makes of a doubt; what is no doubt stays."""
    if state != UNKNOWN or answer is None or answer is Answer.UNKNOWN:
        return state
    return TRUE if answer is Answer.YES else FALSE


def doubtful(truth: Truth, damaged: bool) -> Truth:
    """With a damaged record that could matter: not true becomes unknown."""
    if not damaged or truth.state == TRUE:
        return truth
    return unsettled(truth, damaged)


def unsettled(truth: Truth, damaged: bool) -> Truth:
    """With a damaged record that could be the newer one: anything becomes unknown."""
    if not damaged:
        return truth
    kept = truth.causes if truth.state == UNKNOWN else NOTHING
    return Truth(UNKNOWN, kept | Cause.DATA_CORRUPT)
