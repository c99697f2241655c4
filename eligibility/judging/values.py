"""Numbers per patient as intervals: picked readings, constants, age, and arithmetic on them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Kind
from eligibility.judging.choices import points, value_choice
from eligibility.judging.context import Context
from eligibility.judging.functions import change, function_of, power
from eligibility.judging.greatest_change import greatest_change
from eligibility.judging.intervals import Floats, Numbers
from eligibility.judging.kernels.compiling import NO_CAUSES, rows_or_all
from eligibility.judging.kernels.intervals import enclose, or_absent, or_anything, products
from eligibility.judging.middles import middles
from eligibility.judging.numbers import near_limit, rounded, rounded_near, rounded_range
from eligibility.judging.people import ages
from eligibility.judging.picks import against, firm, picked_is
from eligibility.judging.readings import (
    Readings,
    gather,
    nothing_there,
    readings_reach,
    row_causes,
)
from eligibility.judging.same_day_ratio import same_day_ratio
from eligibility.judging.slopes import slope
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Flags, Truth
from eligibility.program import (
    AgeValue,
    Answer,
    Arithmetic,
    Change,
    Constant,
    FirstAvailable,
    Function,
    GreatestChange,
    Operator,
    Pick,
    Picked,
    Points,
    SameDayRatio,
    Slope,
    Value,
    ValueChoice,
    ValueIs,
)
from eligibility.reasons import Cause

# Doubts that `policy.unreadable` settles.
_UNREADABLE = Cause.UNIT_UNRESOLVED | Cause.NOT_COMPUTABLE | Cause.VALUE_IMPRECISE


def value_is(context: Context, leaf: ValueIs) -> Truth:
    """A value lies in a range."""
    if isinstance(leaf.value, Picked) and leaf.value.pick in (Pick.MOST_RECENT, Pick.FIRST):
        return picked_is(context, leaf, leaf.value)
    number = evaluate(context, leaf, leaf.value)
    if is_computed(leaf.value):
        round_ = rounded if leaf.policy.borderline else partial(rounded_near, leaf.range)
        number = replace(number, low=round_(number.low), high=round_(number.high))
        leaf = replace(leaf, range=rounded_range(leaf.range))
    state, causes = against(leaf.range, number.low, number.high)
    if leaf.policy.borderline:
        near = near_limit(leaf.range, number.low, number.high, leaf.policy.borderline)
        near &= number.there & np.isfinite(number.low) & np.isfinite(number.high)
        state[near], causes[near] = UNKNOWN, Cause.BORDERLINE
    absent = _absent_state(context, leaf, leaf.policy.missing)
    unread = {Answer.YES: TRUE, Answer.NO: FALSE}.get(leaf.policy.unreadable, UNKNOWN)
    or_absent(
        number.there,
        number.sure,
        number.causes,
        absent.state,
        absent.causes,
        int(_UNREADABLE),
        unread,
        int(Cause.VALUE_DIFFERENT),
        int(Cause.NOT_COMPUTABLE),
        state,
        causes,
    )
    return Truth(state, causes)


def is_computed(value: Value) -> bool:
    """Whether the number may be another than one that was recorded or written."""
    return not isinstance(value, Picked) or value.pick not in (Pick.HIGHEST, Pick.LOWEST)


def _absent_state(context: Context, leaf: ValueIs, missing: Answer | None) -> Truth:
    """What it says that the value is not there: a single pick by its selections, else by policy."""
    if isinstance(leaf.value, Picked):
        return nothing_there(context, leaf.value.rows)
    state = {Answer.YES: TRUE, Answer.NO: FALSE}.get(missing, UNKNOWN) if missing else UNKNOWN
    cause = Cause.NOT_COMPUTABLE if state == UNKNOWN else Cause.ABSENCE_ASSUMED
    return context.constant(state, cause)


def evaluate(context: Context, leaf: ValueIs, value: Value) -> Numbers:
    """A value for every patient."""
    n = context.n
    if isinstance(value, Constant):
        number = np.full(n, value.number, dtype=np.float64)
        always = np.ones(n, dtype=np.bool_)
        return Numbers(number, number, always, always, np.zeros(n, np.uint32))
    if isinstance(value, AgeValue):
        low, high, known = ages(context, value.at)
        unsure = np.where(low == high, 0, Cause.PARTIAL_DATE)
        causes = np.where(known, unsure, Cause.DATA_NOT_FOUND).astype(np.uint32)
        least, most = np.where(known, low, np.nan), np.where(known, high, np.nan)
        age = Numbers(least, most, known, known, causes)
        return _or_damaged(context, Kind.DEMOGRAPHIC, age)
    if isinstance(value, Picked):
        return _picked(context, leaf, value)
    if isinstance(value, Arithmetic):
        return _arithmetic(context, leaf, value)
    if isinstance(value, Points):
        return points(context, value, [context.conditions[one] for one in value.statements])
    if isinstance(value, ValueChoice):
        conditions = [context.conditions[one] for one in value.conditions]
        return value_choice(conditions, [evaluate(context, leaf, one) for one in value.values])
    if isinstance(value, Change):
        return _change(context, leaf, value)
    if isinstance(value, GreatestChange):
        return greatest_change(context, leaf, value)
    if isinstance(value, Slope):
        return slope(context, leaf, value)
    if isinstance(value, SameDayRatio):
        return same_day_ratio(context, leaf, value)
    if isinstance(value, Function):
        return _function(context, leaf, value)
    return _first_available(context, leaf, value)


def _picked(context: Context, leaf: ValueIs, value: Picked) -> Numbers:
    known = context.numbers.get(value)
    if isinstance(known, Numbers) and context.notes is None:
        return known
    numbers = _picked_once(context, leaf, value)
    context.numbers[value] = numbers
    return numbers


def _picked_once(context: Context, leaf: ValueIs, value: Picked) -> Numbers:
    n = context.n
    readings = gather(context, leaf, value.rows, value.pick, value.unit, value.multiple_of, value.place)
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    sure, there = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    causes = nothing_there(context, value.rows).causes.copy()
    by_time = value.pick in (Pick.MOST_RECENT, Pick.FIRST)
    doubted = readings.known is not None or readings.doubts is not None
    enclose(
        readings.patient,
        readings.low,
        readings.high,
        rows_or_all(readings.known),
        rows_or_all(readings.certain),
        row_causes(readings) if doubted else NO_CAUSES,
        NO_CAUSES if readings.doubts is None else readings.doubts,
        firm(readings) if by_time else np.empty(0, np.bool_),
        int(Cause.PARTIAL_DATE),
        int(Cause.SOURCE_CONFLICT),
        low,
        high,
        sure,
        there,
        causes,
    )
    if len(readings) and not by_time:
        group = readings.patient[readings.starts]
        low[group], high[group], twice = _hull(context, readings, value.pick)
        causes[group[twice]] |= np.uint32(Cause.RECORDED_TWICE)
    number = Numbers(low, high, sure, there, causes)
    for selection in value.rows.selections:
        number = _or_damaged(context, selection.kind, number)
    return number


def _or_damaged(context: Context, kind: Kind, number: Numbers) -> Numbers:
    """Where a damaged record could hold the number, it may be there and be anything."""
    damaged = context.facts.corrupt.get(kind)
    if damaged is None:
        return number
    return Numbers(
        np.where(damaged, -np.inf, number.low),
        np.where(damaged, np.inf, number.high),
        number.sure & ~damaged,
        number.there | damaged,
        number.causes | np.where(damaged, np.uint32(Cause.DATA_CORRUPT), np.uint32(0)),
    )


def _known_or_any(readings: Readings) -> tuple[Floats, Floats]:
    """The ends of each reading's number; a number that cannot be compared may be any."""
    if readings.known is None:
        return readings.low, readings.high
    low = np.where(readings.known, readings.low, -np.inf)
    return low, np.where(readings.known, readings.high, np.inf)


def _hull(context: Context, readings: Readings, pick: Pick) -> tuple[Floats, Floats, Flags]:
    """The interval in which the highest, lowest or mean of each patient lies, float64[n_groups] each.

    And whose hangs on readings that may have been sent twice, bool[n_groups].
    """
    low, high = _known_or_any(readings)
    starts = readings.starts
    least, most = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    certain = readings.certain
    once = np.zeros(len(starts), np.bool_)
    if pick is Pick.HIGHEST:
        surely = low if certain is None else np.where(certain, low, -np.inf)
        sure_low = np.maximum.reduceat(surely, starts)
        some = np.isfinite(sure_low) if certain is not None else np.ones(len(starts), np.bool_)
        return np.where(some, sure_low, least), most, once
    if pick is Pick.LOWEST:
        surely = high if certain is None else np.where(certain, high, np.inf)
        sure_high = np.minimum.reduceat(surely, starts)
        some = np.isfinite(sure_high) if certain is not None else np.ones(len(starts), np.bool_)
        return least, np.where(some, sure_high, most), once
    mean_low, mean_high, twice = middles(context, readings, low, high, pick)
    if certain is None:
        return mean_low, mean_high, twice
    # A mean or median over rows that may or may not count lies between the least and the most of them.
    all_sure = np.logical_and.reduceat(certain, starts)
    return np.where(all_sure, mean_low, least), np.where(all_sure, mean_high, most), twice


def _arithmetic(context: Context, leaf: ValueIs, value: Arithmetic) -> Numbers:
    left = evaluate(context, leaf, value.left)
    right = evaluate(context, leaf, value.right)
    there, sure = left.there & right.there, left.sure & right.sure
    with np.errstate(all="ignore"):
        low, high = _combine(value.operator, left, right)
    if value.scale != 1.0:
        low *= value.scale
        high *= value.scale
    return _or_undefined(low, high, sure, there, left.causes | right.causes)


def _or_undefined(
    low: Floats, high: Floats, sure: Flags, there: Flags, causes: NDArray[np.uint32]
) -> Numbers:
    """A computed number; where it has none although its parts are there, it may be anything."""
    or_anything(there, int(Cause.NOT_COMPUTABLE), low, high, sure, causes)
    return Numbers(low, high, sure, there, causes)


def _change(context: Context, leaf: ValueIs, value: Change) -> Numbers:
    first, last = _picked(context, leaf, value.first), _picked(context, leaf, value.last)
    two, perhaps, twice = readings_reach(context, value.first.rows, 2)
    sure, there = first.sure & last.sure & two, first.there & last.there & perhaps
    with np.errstate(all="ignore"):
        low, high = change(value, (first.low, first.high), (last.low, last.high))
    low, high = np.where(there, low, np.nan), np.where(there, high, np.nan)
    causes = first.causes | last.causes
    causes[~sure] |= np.uint32(Cause.DATA_NOT_FOUND)
    causes[twice] |= np.uint32(Cause.RECORDED_TWICE)
    return _or_undefined(low, high, sure, there, causes)


def _function(context: Context, leaf: ValueIs, value: Function) -> Numbers:
    part = evaluate(context, leaf, value.part)
    with np.errstate(all="ignore"):
        low, high = function_of(value.name, part.low, part.high)
    return _or_undefined(low, high, part.sure.copy(), part.there, part.causes.copy())


def _combine(operator: Operator, left: Numbers, right: Numbers) -> tuple[Floats, Floats]:
    if operator is Operator.PLUS:
        return left.low + right.low, left.high + right.high
    if operator is Operator.MINUS:
        return left.low - right.high, left.high - right.low
    if operator is Operator.HIGHER:
        return np.maximum(left.low, right.low), np.maximum(left.high, right.high)
    if operator is Operator.LOWER:
        return np.minimum(left.low, right.low), np.minimum(left.high, right.high)
    if operator is Operator.POWER:
        return power((left.low, left.high), (right.low, right.high))
    low, high = np.empty(len(left.low)), np.empty(len(left.low))
    quotient = operator is Operator.DIVIDED_BY
    products(left.low, left.high, right.low, right.high, quotient, low, high)
    return low, high


def _first_available(context: Context, leaf: ValueIs, value: FirstAvailable) -> Numbers:
    result = evaluate(context, leaf, value.options[0])
    for option in value.options[1:]:
        following = evaluate(context, leaf, option)
        perhaps = result.there & ~result.sure
        low = np.where(result.there, result.low, following.low)
        high = np.where(result.there, result.high, following.high)
        joined = perhaps & following.there
        low = np.where(joined, np.fmin(result.low, following.low), low)
        high = np.where(joined, np.fmax(result.high, following.high), high)
        result = Numbers(
            low,
            high,
            result.sure | following.sure,
            result.there | following.there,
            np.where(result.sure, result.causes, result.causes | following.causes).astype(np.uint32),
        )
    return result
