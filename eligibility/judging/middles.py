"""The mean and the median of readings, and between which they lie where some may have been sent twice.

Of a group of readings that may be one (see `one_event`) any number from its least number of events on may be
there. The greatest mean (median) is that of each group's greatest readings, as many as there are at the
least, and of all others that raise it. The least are found likewise, with the sign turned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.context import Context
from eligibility.judging.groups import group_starts
from eligibility.judging.intervals import Floats
from eligibility.judging.kernels.middling import greatest_mean, greatest_median
from eligibility.judging.one_event import groups_of_events
from eligibility.judging.pool import Pool
from eligibility.judging.readings import Readings
from eligibility.judging.truth import Flags
from eligibility.program import Pick

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Doubles:
    """Readings of the patients of whose readings some may be one.

    `at`: their entries; `patient`: which of these patients, from 0; `group` of each, and `events` of each
    group. `whose` bool[patients with readings]: which of all patients they are.
    """

    at: Index
    patient: Index
    group: Index
    events: Index
    whose: Flags

    @property
    def fewer(self) -> Index:
        """How many readings of each one's group may be too many."""
        sizes = np.bincount(self.group, minlength=len(self.events))
        result: Index = (sizes - self.events)[self.group]
        return result

    def greatest(self, numbers: Floats, pick: Pick) -> Floats:
        """The greatest mean or median of each patient."""
        value = numbers[self.at]
        order = np.lexsort((-value, self.group))
        within = np.empty(len(order), np.int64)
        within[order] = _places(self.group[order])
        rest = within >= self.events[self.group]
        order = np.lexsort((-value, ~rest, self.patient))
        rank = np.empty(len(order), np.int64)
        rank[order] = _places(self.patient[order])
        rank[~rest] = -1
        found = np.empty(int(self.patient[-1]) + 1)
        if pick is Pick.MEAN:
            order = np.lexsort((rank, self.patient))
            greatest_mean(self.patient[order], value[order], rank[order], found)
        else:
            order = np.lexsort((value, self.patient))
            greatest_median(self.patient[order], value[order], rank[order], found)
        return found


def _places(ordered: Index) -> Index:
    """The place of each entry among those of its group, from 0."""
    first = group_starts(ordered)
    sizes = np.diff(np.append(first, len(ordered)))
    result: Index = np.arange(len(ordered)) - np.repeat(first, sizes)
    return result


def doubles(context: Context, found: Pool) -> Doubles | None:
    """The patients of whose sure readings some may be one; None where there are none."""
    group, events = groups_of_events(context, found)
    if len(events) == len(found):
        return None
    fewer = np.bincount(group, minlength=len(events)) > events
    starts = group_starts(found.patient)
    sizes = np.diff(np.append(starts, len(found)))
    whose: Flags = np.logical_or.reduceat(fewer[group], starts)
    if found.certain is not None:
        whose &= np.logical_and.reduceat(found.certain, starts)
    if not whose.any():
        return None
    at = np.flatnonzero(np.repeat(whose, sizes))
    patient = np.repeat(np.arange(int(whose.sum())), sizes[whose])
    return Doubles(at, patient, group[at], events, whose)


def middles(
    context: Context, readings: Readings, low: Floats, high: Floats, pick: Pick
) -> tuple[Floats, Floats, Flags]:
    """Between which the mean or median of each patient lies; whose hangs on what may be one.

    `low` and `high` are the ends of each reading's number. float64 and bool, one for each patient.
    """
    find = _median if pick is Pick.MEDIAN else _mean
    least, most = find(readings, low), find(readings, high)
    again = None if readings.found is None else doubles(context, readings.found)
    if again is None:
        return least, most, np.zeros(len(least), np.bool_)
    least[again.whose] = -again.greatest(-low, pick)
    most[again.whose] = again.greatest(high, pick)
    return least, most, again.whose


def _mean(readings: Readings, values: Floats) -> Floats:
    sizes = np.diff(np.append(readings.starts, len(readings)))
    result: Floats = np.add.reduceat(values, readings.starts) / sizes
    return result


def _median(readings: Readings, values: Floats) -> Floats:
    """The middle value of each group, or the mean of the middle two."""
    ordered = values[np.lexsort((values, readings.patient))]
    sizes = np.diff(np.append(readings.starts, len(readings)))
    lower, upper = ordered[readings.starts + (sizes - 1) // 2], ordered[readings.starts + sizes // 2]
    result: Floats = np.where(lower == upper, lower, (lower + upper) / 2)
    return result
