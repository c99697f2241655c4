"""What depends on a condition, over all patients at once: statements, values, points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eligibility.judging.context import Context
from eligibility.judging.intervals import Numbers
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Truth
from eligibility.program import Points


def choice(conditions: Sequence[Truth], parts: Sequence[Truth]) -> Truth:
    """The part of the first true condition, `parts[-1]` where none is; see `program.Choice`."""
    result = parts[-1]
    for condition, part in zip(reversed(conditions), reversed(parts[:-1]), strict=True):
        result = _either(condition, part, result)
    return result


def _either(condition: Truth, part: Truth, other: Truth) -> Truth:
    agree = np.where(part.state == other.state, part.state, np.uint8(UNKNOWN))
    state = np.choose(condition.state, (other.state, agree, part.state)).astype(np.uint8)
    # A decided condition is a reason of a decided choice, an unknown one of an unknown choice.
    causes = condition.causes * ((condition.state == UNKNOWN) == (state == UNKNOWN))
    causes |= part.causes * ((condition.state != FALSE) & (part.state == state))
    causes |= other.causes * ((condition.state != TRUE) & (other.state == state))
    return Truth(state, causes.astype(np.uint32))


def value_choice(conditions: Sequence[Truth], values: Sequence[Numbers]) -> Numbers:
    """The value of the first true condition, `values[-1]` where none is; see `program.ValueChoice`."""
    result = values[-1]
    for condition, value in zip(reversed(conditions), reversed(values[:-1]), strict=True):
        result = _hull(condition, value, result)
    return result


def _hull(condition: Truth, value: Numbers, other: Numbers) -> Numbers:
    """One value or the other, and what both span where the condition is unknown."""
    first, second = condition.state != FALSE, condition.state != TRUE
    here, there = first & value.there, second & other.there
    low = np.fmin(np.where(here, value.low, np.nan), np.where(there, other.low, np.nan))
    high = np.fmax(np.where(here, value.high, np.nan), np.where(there, other.high, np.nan))
    causes = condition.causes * (condition.state == UNKNOWN)
    causes |= value.causes * first
    causes |= other.causes * second
    sure = (value.sure | ~first) & (other.sure | ~second)
    return Numbers(low, high, sure, here | there, causes.astype(np.uint32))


def points(context: Context, value: Points, statements: Sequence[Truth]) -> Numbers:
    """The sum of the numbers whose statement is true; see `program.Points`."""
    low, high = np.zeros(context.n), np.zeros(context.n)
    causes = np.zeros(context.n, dtype=np.uint32)
    for number, truth in zip(value.numbers, statements, strict=True):
        low += np.where(truth.state == TRUE, number, np.where(truth.state == UNKNOWN, min(number, 0.0), 0.0))
        high += np.where(truth.state == TRUE, number, np.where(truth.state == UNKNOWN, max(number, 0.0), 0.0))
        causes |= truth.causes * (truth.state == UNKNOWN)
    always = np.ones(context.n, dtype=np.bool_)
    return Numbers(low, high, always, always, causes)
