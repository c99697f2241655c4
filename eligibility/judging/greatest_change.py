"""The greatest rise or fall from one reading to a later one that lies close to it.

Readings in order of time are compared with the first, second, third … one after them, all patients at
once, for as long as any two still lie close enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY, END_OF_TIME, floor_day, shift
from eligibility.judging.context import Context
from eligibility.judging.functions import change
from eligibility.judging.groups import group_starts
from eligibility.judging.intervals import Floats, Numbers
from eligibility.judging.numbers import rounded, rounded_range, within
from eligibility.judging.readings import nothing_there
from eligibility.judging.timed import Instants, Timed, timed
from eligibility.judging.truth import Flags
from eligibility.program import Duration, GreatestChange, ValueIs
from eligibility.reasons import Cause


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that may be one, of different patients or of the same: entries of readings.

    `sure`: surely two readings in this order, and so close. `low`/`high`: how much the later lies above
    (or below) the earlier one.
    """

    earlier: NDArray[np.int64]
    later: NDArray[np.int64]
    sure: Flags
    low: Floats
    high: Floats
    causes: NDArray[np.uint32]


def greatest_change(context: Context, leaf: ValueIs, value: GreatestChange) -> Numbers:
    """The greatest change of each patient."""
    n = context.n
    least, surely, most = np.full(n, np.inf), np.full(n, -np.inf), np.full(n, -np.inf)
    sure, there = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    causes = np.zeros(n, np.uint32)
    zone = context.facts.manifest.zone if value.within.unit == "hour" else "UTC"
    readings = timed(context, leaf, value.rows, value.unit, zone=zone)
    nobody = np.ones(n, np.bool_)
    if readings is not None:
        nobody[readings.patient] = False
        notes = _Notes(context, leaf, readings)
        for pairs in _pairs(readings, value):
            patient = readings.patient[pairs.earlier]
            starts = group_starts(patient)
            whose = patient[starts]
            there[whose] = True
            sure[patient[pairs.sure]] = True
            certain = np.where(pairs.sure, pairs.low, -np.inf)
            surely[whose] = np.maximum(surely[whose], np.maximum.reduceat(certain, starts))
            least[whose] = np.minimum(least[whose], np.minimum.reduceat(pairs.low, starts))
            most[whose] = np.maximum(most[whose], np.maximum.reduceat(pairs.high, starts))
            causes[whose] |= np.bitwise_or.reduceat(pairs.causes, starts)
            notes.add(pairs)
        notes.write()
    causes[nobody] = nothing_there(context, value.rows).causes[nobody]
    causes[~sure] |= np.uint32(Cause.DATA_NOT_FOUND)
    low, high = np.where(sure, surely, least), most
    for selection in value.rows.selections:
        damaged = context.facts.corrupt.get(selection.kind)
        if damaged is not None:
            low, high = np.where(damaged & ~sure, -np.inf, low), np.where(damaged, np.inf, high)
            there = there | damaged
            causes[damaged] |= np.uint32(Cause.DATA_CORRUPT)
    causes[~there] |= np.uint32(Cause.NOT_COMPUTABLE)
    low, high = np.where(there, low, np.nan), np.where(there, high, np.nan)
    return Numbers(low, high, sure, there, causes)


def _pairs(readings: Timed, value: GreatestChange) -> Iterator[Pairs]:
    """All pairs that may be one, in both orders where the order is open."""
    surely_until, until = _reach(readings.early, value.within), _reach(readings.late, value.within)
    early, late, patient = readings.early, readings.late, readings.patient
    one = np.arange(len(readings))
    step = 0
    while len(one):
        step += 1
        one = one[one + step < len(readings)]
        other = one + step
        # Later entries begin no sooner: what is too late now ends the search for this one.
        near = (patient[other] == patient[one]) & (early[other] <= until[one])
        one, other = one[near], other[near]
        forward = early[one] < late[other]
        a, b = one[forward], other[forward]
        in_time = (late[a] < early[b]) & (late[b] <= surely_until[a])
        yield from _measured(readings, value, a, b, in_time)
        # The entry that begins later may still be the earlier reading; it never surely is.
        back = early[other] < late[one]
        a, b = other[back], one[back]
        yield from _measured(readings, value, a, b, np.zeros(len(a), np.bool_))


def _measured(
    readings: Timed,
    value: GreatestChange,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    in_time: Flags,
) -> Iterator[Pairs]:
    if not len(a):
        return
    first, last = (readings.low[a], readings.high[a]), (readings.low[b], readings.high[b])
    with np.errstate(all="ignore"):
        low, high = change(value, first, last)
    undefined = np.isnan(low) | np.isnan(high)
    low, high = np.where(undefined, -np.inf, low), np.where(undefined, np.inf, high)
    causes = readings.causes[a] | readings.causes[b]
    causes[~in_time] |= np.uint32(Cause.PARTIAL_DATE)
    causes[undefined] |= np.uint32(Cause.NOT_COMPUTABLE)
    sure = in_time & readings.certain[a] & readings.certain[b] & ~undefined
    yield Pairs(a, b, sure, low, high, causes)


def _reach(at: Instants, length: Duration) -> Instants:
    """The last instant that still lies within the length after each instant."""
    if length.unit == "hour":
        return shift(at, length.count, length.unit)
    moved = shift(floor_day(at), length.count, length.unit)
    return np.where(moved < END_OF_TIME // 2, moved + DAY - 1, moved)


class _Notes:
    """The readings to be shown: of pairs that surely pass, else that may, else of all pairs."""

    def __init__(self, context: Context, leaf: ValueIs, readings: Timed) -> None:
        self._context, self._leaf, self._readings = context, leaf, readings
        self._rank = np.zeros(len(readings), np.uint8)
        self._range = rounded_range(leaf.range)

    def add(self, pairs: Pairs) -> None:
        """Remember both readings of each pair by the best of their pairs."""
        if self._context.notes is None:
            return
        certain, possible = within(self._range, rounded(pairs.low), rounded(pairs.high))
        rank = (1 + possible + (certain & pairs.sure)).astype(np.uint8)
        for end in (pairs.earlier, pairs.later):
            np.maximum.at(self._rank, end, rank)

    def write(self) -> None:
        """Note the best readings of each patient."""
        if self._context.notes is None:
            return
        best = np.zeros(self._context.n, np.uint8)
        np.maximum.at(best, self._readings.patient, self._rank)
        shown = (self._rank > 0) & (self._rank == best[self._readings.patient])
        self._readings.found.take(np.flatnonzero(shown)).note(self._context, self._leaf)
