"""How far leaving readings out can move the line through all of them: no subset has to be tried.

Let t be the readings' days less their mean, and r what they lie above the line through all. Of a subset, in
which W are left, the slope differs from that of all by N / V, where N is the sum of t r and V that of t t,
each less the product of the sums (of t and r, of t and t) over W. Over all readings the sums of t, r and t r
are zero, so that those of the subset are those of what is left out with the sign turned. How much that is at
most is known of each group of readings that may be one: no more are left out than it has beyond its events.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.groups import group_starts
from eligibility.judging.intervals import Floats

Index = NDArray[np.int64]

# What remains of terms that cancel each other.
_NOISE = 1e-12


def slopes_between(
    patient: Index, day: Index, value: Floats, group: Index, fewer: Index
) -> tuple[Floats, Floats]:
    """Least and greatest slope a day of each patient; NaN where what may be left out is too much to tell.

    Rows are sorted by `patient` (0, 1, …), a `group` is of one patient; `fewer` of each row is how many of
    its group may be left out.
    """
    starts = group_starts(patient)
    sizes = np.diff(np.append(starts, len(patient)))
    # In whole days, times the number of rows, the centred days are whole numbers.
    at, many = day - np.repeat(day[starts], sizes), np.repeat(sizes, sizes)
    centred = (at * many - np.repeat(np.add.reduceat(at, starts), sizes)) / many
    base = value - np.repeat(value[starts], sizes)
    terms = centred * base
    spread = np.add.reduceat(centred * centred, starts)
    scale = np.add.reduceat(np.abs(terms), starts)
    with np.errstate(all="ignore"):
        total = np.add.reduceat(terms, starts)
        slope = np.where(np.abs(total) <= scale * _NOISE, 0.0, total) / spread
        mean = np.add.reduceat(base, starts) / sizes
        above = base - np.repeat(mean, sizes) - centred * np.repeat(slope, sizes)

        def most(left_out: Floats) -> Floats:
            return np.asarray(np.add.reduceat(_greatest_of_groups(left_out, group, fewer), starts))

        days, heights = most(np.abs(centred)), most(np.abs(above))
        left = sizes - most(np.ones(len(patient)))
        moved = most(np.abs(centred * above)) + days * heights / left
        moved = np.where(moved <= scale * _NOISE, 0.0, moved)
        remaining = spread - most(centred * centred) - days * days / left
        width = np.where(remaining > spread * _NOISE, moved / remaining, np.nan)
        return slope - width, slope + width


def _greatest_of_groups(amount: Floats, group: Index, fewer: Index) -> Floats:
    """The greatest amounts of each group, as many as may be left out; 0 for all other rows."""
    order = np.lexsort((-amount, group))
    starts = group_starts(group[order])
    sizes = np.diff(np.append(starts, len(order)))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    result: Floats = np.where(place < fewer, amount, 0.0)
    return result
