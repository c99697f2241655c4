"""So many readings in a row that lie in a range, in order of time, with none between that does not.

What surely is a row holds whatever the open dates turn out to be; what may be one needs only that no
reading that surely fails surely lies between.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import END_OF_TIME
from eligibility.judging.context import Context
from eligibility.judging.counting import too_few
from eligibility.judging.groups import group_starts
from eligibility.judging.one_event import events_at_least
from eligibility.judging.picks import test_numbers, unsettled
from eligibility.judging.timed import Instants, Timed, timed
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Causes, Flags, Truth
from eligibility.program import Counted, InARow, NumberTest, Rows
from eligibility.reasons import Cause

Patients = NDArray[np.int32]


def in_a_row(context: Context, leaf: InARow) -> Truth:
    """Enough readings in a row."""
    n = context.n
    surely = possible = np.zeros(n, np.bool_)
    causes = np.full(n, np.uint32(Cause.COUNT), dtype=np.uint32)
    readings = timed(context, leaf, leaf.rows, leaf.range.unit, leaf.range.multiple_of)
    if readings is not None:
        readings.found.note(context, leaf)
        states, why = test_numbers(readings.numbers, leaf.range, readings.numbers.policies)
        recorded, surely = _surely(context, readings, states, leaf.least)
        possible = recorded | _possibly(readings, states, leaf.least, n)
        twice = (recorded & ~surely)[readings.patient]
        why = np.where(twice, why | np.uint32(Cause.RECORDED_TWICE), why)
        _say_why(readings, states, why, possible & ~surely, causes)
    state = surely.astype(np.uint8) + possible
    few = state == FALSE
    if few.any():
        too_few(context, Counted(_in_range(leaf), leaf.least), leaf.least, few, state, causes)
    truth = Truth(state, causes)
    for selection in leaf.rows.selections:
        truth = unsettled(context, selection.kind, truth)
    return truth


def _in_range(leaf: InARow) -> Rows:
    """The readings that lie in the range, as rows of a count."""
    test = NumberTest("value", leaf.range)
    return Rows(tuple(replace(one, tests=(*one.tests, test)) for one in leaf.rows.selections))


def _surely(context: Context, readings: Timed, states: NDArray[np.uint8], least: int) -> tuple[Flags, Flags]:
    """Who has sure readings in the range between which no other that may fail can lie.

    Enough of them as they are recorded, and enough that surely are different ones, bool[n_patients] each.
    """
    passing = (states == TRUE) & readings.certain
    other = states != TRUE
    patient, early, late = readings.patient[passing], readings.early[passing], readings.late[passing]
    others = readings.patient[other]
    before = _earlier(patient, early, others, readings.late[other])
    after = _earlier(patient, -late, others, -readings.early[other])
    apart = before + after == np.bincount(others, minlength=context.n)[patient]
    patient, before, at = patient[apart], before[apart], np.flatnonzero(passing)[apart]
    # Later readings have no fewer of the others behind them, so those between the same two stand together.
    begins = np.append(True, (patient[1:] != patient[:-1]) | (before[1:] != before[:-1]))[: len(patient)]
    starts = np.flatnonzero(begins)
    many = np.diff(np.append(starts, len(patient))) >= least
    recorded, surely = np.zeros(context.n, np.bool_), np.zeros(context.n, np.bool_)
    recorded[patient[starts[many]]] = True
    if many.any():
        stretch = np.cumsum(begins) - 1
        kept = many[stretch]
        entries = replace(readings.found.take(at[kept]), patient=stretch[kept].astype(np.int32))
        events = events_at_least(context, entries, least, len(starts))
        surely[patient[starts[events >= least]]] = True
    return recorded, surely


def _possibly(readings: Timed, states: NDArray[np.uint8], least: int, n: int) -> Flags:
    """Who has readings that may be in the range, none of which surely lie on both sides of one that fails."""
    may, fails = states != FALSE, (states == FALSE) & readings.certain
    patient, early, late = readings.patient[may], readings.early[may], readings.late[may]
    held = np.bincount(patient, minlength=n)
    whose, first, last = readings.patient[fails], readings.early[fails], readings.late[fails]
    if not len(whose):
        return held >= least
    # Of the failing readings some first ones come before the row and the rest after it: before all of
    # them, or cut behind each one. The rest's earliest sure end is where the row has to have begun by.
    begins = group_starts(whose)
    ends = _least_from_here(whose, last)
    behind = np.append(ends[1:], END_OF_TIME * 2)
    behind[np.append(begins[1:], len(whose)) - 1] = END_OF_TIME * 2
    cut = np.concatenate([whose[begins], whose])
    since = np.concatenate([np.full(len(begins), -END_OF_TIME * 2), first])
    until = np.concatenate([ends[begins], behind])
    order = np.argsort(cut, kind="stable")
    cut, since, until = cut[order], since[order], until[order]
    lost = _earlier(cut, since, patient, late) + _earlier(cut, -until, patient, -early)
    best = held.copy()
    begins = group_starts(cut)
    best[cut[begins]] -= np.minimum.reduceat(lost, begins)
    return best >= least


def _least_from_here(patient: Patients, times: Instants) -> Instants:
    """Of each entry and those after it of the same patient, the least time."""
    order = np.argsort(times, kind="stable")
    rank = np.empty(len(times), np.int64)
    rank[order] = np.arange(len(times))
    # From the end on, each patient's ranks lie below all of the patients before.
    group = np.cumsum(np.append(0, patient[::-1][1:] != patient[::-1][:-1])) * len(times)
    least = (np.minimum.accumulate(rank[::-1] - group) + group)[::-1]
    result: Instants = times[order[least]]
    return result


def _earlier(patient: Patients, at: Instants, others: Patients, times: Instants) -> NDArray[np.int64]:
    """How many of the other times of the same patient lie before each time; `others` are sorted."""
    whose = np.concatenate([patient, others])
    told = np.append(np.zeros(len(patient), np.int64), np.ones(len(others), np.int64))
    order = np.lexsort((told, np.concatenate([at, times]), whose))
    passed = np.empty(len(whose), np.int64)
    passed[order] = np.cumsum(told[order])
    result: NDArray[np.int64] = passed[: len(patient)] - np.searchsorted(others, patient)
    return result


def _say_why(readings: Timed, states: NDArray[np.uint8], why: Causes, unknown: Flags, causes: Causes) -> None:
    """The doubts of the readings of undecided patients: of rows, of numbers, of their order."""
    patient, early, late = readings.patient, readings.early, readings.late
    doubts = readings.numbers.doubts
    told = np.zeros(len(readings), np.uint32) if doubts is None else doubts.copy()
    told[states == UNKNOWN] |= why[states == UNKNOWN]
    told |= why & np.uint32(Cause.RECORDED_TWICE)
    starts = group_starts(patient)
    sizes = np.diff(np.append(starts, len(readings)))
    apart = _earlier(patient, early, patient, late) + _earlier(patient, -late, patient, -early)
    told[(early != late) & (apart < np.repeat(sizes, sizes) - 1)] |= np.uint32(Cause.PARTIAL_DATE)
    named = np.bitwise_or.reduceat(told, starts)
    named[named == 0] = np.uint32(Cause.SOURCE_CONFLICT)  # two at one instant
    undecided = unknown[patient[starts]]
    causes[patient[starts][undecided]] = named[undecided]
