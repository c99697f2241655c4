"""Statements about one picked reading: most recent, first, highest, lowest, mean; and about every one.

All candidates for the pick must agree; where they do not, the answer is unknown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import CODED
from eligibility.facts import Kind
from eligibility.judging.absence import with_corrupt
from eligibility.judging.context import Context
from eligibility.judging.kernels.agreeing import agree as say_together
from eligibility.judging.kernels.agreeing import or_silence
from eligibility.judging.kernels.compiling import NO_CAUSES, rows_or_all
from eligibility.judging.kernels.intervals import in_range
from eligibility.judging.numbers import closed, near_limit
from eligibility.judging.readings import (
    Policies,
    Readings,
    gather,
    nothing_there,
    row_causes,
)
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Flags, Truth
from eligibility.program import Answer, Every, Pick, Picked, PickedIsIn, Range, Rows, ValueIs
from eligibility.reasons import Cause

RowStates = NDArray[np.uint8]


def picked_is(context: Context, leaf: ValueIs, value: Picked) -> Truth:
    """The picked number lies in the range (picks by time; highest, lowest and mean are hulls)."""
    readings = gather(context, leaf, value.rows, value.pick, value.unit, value.multiple_of, value.place)
    states, causes = test_numbers(readings, leaf.range, ((leaf.policy, None),))
    return agree(context, value.rows, readings, states, causes)


def every(context: Context, leaf: Every) -> Truth:
    """All readings lie in the range, and there is at least one.

    A reading that may not be there can spoil it (unknown), but cannot make it true by itself.
    """
    readings = gather(context, leaf, leaf.rows, Pick.MEAN, leaf.range.unit, leaf.range.multiple_of)
    states, causes = test_numbers(readings, leaf.range, readings.policies)
    if readings.certain is not None:
        spoils = ~readings.certain & (states == FALSE)
        states = np.where(spoils, UNKNOWN, states).astype(np.uint8)
        if readings.doubts is not None:
            causes = np.where(spoils, readings.doubts, causes).astype(np.uint32)
    silent = nothing_there(context, leaf.rows)
    result, why = silent.state.copy(), silent.causes.copy()
    if len(readings):
        starts = readings.starts
        group = readings.patient[starts]
        lowest = np.minimum.reduceat(states, starts)
        sizes = np.diff(np.append(starts, len(readings)))
        own = np.where(states == np.repeat(lowest, sizes), causes, 0).astype(np.uint32)
        result[group], why[group] = lowest, np.bitwise_or.reduceat(own, starts)
    return _with_damage(context, leaf.rows, _with_silence(readings, Truth(result, why), silent))


def picked_in_set(context: Context, leaf: PickedIsIn) -> Truth:
    """The coded value of the picked reading is (or is not) in a value set.

    A policy for what cannot be compared settles the statement as it is written, its `not` included.
    """
    readings = gather(context, leaf, leaf.rows, leaf.pick, None, place=leaf.place)
    member = context.membership.member[leaf.value_set][readings.coded]
    inside = member & (readings.state == CODED)
    comparable = context.membership.comparable[leaf.value_set][readings.coded]
    near = ~inside & ~(comparable & (readings.state == CODED))
    states = np.where(near, UNKNOWN, np.where(inside != leaf.negated, TRUE, FALSE)).astype(np.uint8)
    doubts = readings.doubts if readings.doubts is not None else np.uint32(0)
    seen = np.where(inside, Cause.EVIDENCE, Cause.VALUE_DIFFERENT)
    causes = np.where(near, np.uint32(Cause.CODE_UNMAPPED) | doubts, seen).astype(np.uint32)
    for policy, own in readings.policies:
        if policy.unmapped is not Answer.UNKNOWN:
            mine = near if own is None else near & own
            held = policy.unmapped is Answer.YES
            states[mine], causes[mine] = (TRUE, Cause.EVIDENCE) if held else (FALSE, Cause.VALUE_DIFFERENT)
    return agree(context, leaf.rows, readings, states, causes)


def test_numbers(
    readings: Readings, limits: Range, policies: Policies
) -> tuple[RowStates, NDArray[np.uint32]]:
    """State and causes of each reading against a range, by the policies that hold for it."""
    reasons = NO_CAUSES if readings.known is None else row_causes(readings)
    states, causes = against(limits, readings.low, readings.high, readings.known, reasons)
    for policy, own in policies:
        if policy.unreadable is not Answer.UNKNOWN:
            settled = TRUE if policy.unreadable is Answer.YES else FALSE
            unread = states == UNKNOWN if own is None else (states == UNKNOWN) & own
            states[unread], causes[unread] = settled, np.uint32(Cause.VALUE_DIFFERENT)
        if policy.borderline:
            near = near_limit(limits, readings.low, readings.high, policy.borderline)
            for other in (readings.known, own):
                if other is not None:
                    near &= other
            states[near], causes[near] = UNKNOWN, np.uint32(Cause.BORDERLINE)
    return states, causes


def against(
    limits: Range,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    known: Flags | None = None,
    reasons: NDArray[np.uint32] = NO_CAUSES,
) -> tuple[RowStates, NDArray[np.uint32]]:
    """State and causes of numbers against a range; those not `known` may be any, for their `reasons`.

    A decided number has VALUE_LOW or VALUE_HIGH by the side on which it lies.
    """
    inside = Cause.VALUE_HIGH if limits.high is None else Cause.EVIDENCE
    if limits.low is None and limits.high is not None:
        inside = Cause.VALUE_LOW
    state, causes = np.empty(len(low), dtype=np.uint8), np.empty(len(low), dtype=np.uint32)
    in_range(
        low.astype(np.float64, copy=False),
        high.astype(np.float64, copy=False),
        rows_or_all(known),
        reasons,
        *closed(limits),
        int(inside),
        int(Cause.VALUE_LOW),
        int(Cause.VALUE_HIGH),
        int(Cause.VALUE_IMPRECISE),
        state,
        causes,
    )
    return state, causes


def agree(
    context: Context,
    rows: Rows,
    readings: Readings,
    states: RowStates,
    causes: NDArray[np.uint32],
) -> Truth:
    """One answer per patient: what all candidates say, else unknown."""
    truth = agreed(readings, states, causes, nothing_there(context, rows))
    return _with_damage(context, rows, truth)


def agreed(readings: Readings, states: RowStates, causes: NDArray[np.uint32], silent: Truth) -> Truth:
    """What all candidates of each patient say, and what silence says; damaged records left aside."""
    result, why = silent.state.copy(), silent.causes.copy()
    doubts = NO_CAUSES if readings.doubts is None else readings.doubts
    why_not = int(Cause.PARTIAL_DATE), int(Cause.SOURCE_CONFLICT)
    say_together(readings.patient, states, causes, firm(readings), doubts, UNKNOWN, *why_not, result, why)
    return _with_silence(readings, Truth(result, why), silent)


def firm(readings: Readings) -> Flags:
    """Which readings surely are there, at one known instant."""
    return readings.dated if readings.certain is None else readings.dated & readings.certain


def _with_silence(readings: Readings, truth: Truth, silent: Truth) -> Truth:
    """Patients with readings none of which is sure: what silence says counts too.

    `truth` already says `silent` where there is no reading; its arrays are taken over.
    """
    if readings.certain is not None:
        doubts = NO_CAUSES if readings.doubts is None else readings.doubts
        or_silence(
            readings.patient, readings.certain, doubts, silent.state, UNKNOWN, truth.state, truth.causes
        )
    return truth


def _with_damage(context: Context, rows: Rows, truth: Truth) -> Truth:
    for selection in rows.selections:
        truth = unsettled(context, selection.kind, truth)
    return truth


def unsettled(context: Context, kind: Kind, truth: Truth) -> Truth:
    """A damaged record could hold another reading: even a true answer is not known."""
    damaged = context.facts.corrupt.get(kind)
    if damaged is None:
        return truth
    result = with_corrupt(context, kind, truth)
    state, causes = result.state.copy(), result.causes.copy()
    state[damaged] = UNKNOWN
    causes[damaged & (truth.state == TRUE)] = 0
    causes[damaged] |= np.uint32(Cause.DATA_CORRUPT)
    return Truth(state, causes)
