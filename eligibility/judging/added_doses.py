"""What the doses of records that lie side by side may add up to.

A dose per day is that of one record. Where two orders of a drug surely run side by side, the day's dose may
be that of one of them (a renewal) or of both together; no record says which.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block
from eligibility.instants import DAY
from eligibility.judging.moments import Times
from eligibility.judging.numbers import rounded, within
from eligibility.judging.truth import Flags
from eligibility.program import NumberTest
from eligibility.stretches import Stretches
from eligibility.units import dimension_of

_MOST = 1 << 22  # days from 1970 that are told apart: beyond the year 9999


def may_add_up(block: Block, rows: Stretches, times: Times, sure: Flags | None, test: NumberTest) -> Flags:
    """The rows whose dose lies on one side of the range alone, and may not with what is beside it.

    Beside a row are others that are `sure` as it is (in all but their dose), of the same patient, told in the
    same way (`channel`), with a dose in the same unit, on more than one day: on one, the one takes over
    from the other. bool[n_rows].
    """
    result = np.zeros(len(rows), dtype=np.bool_)
    dose = block.rows_of_column("dose_per_day", rows)
    known = ~np.isnan(dose) & (block.rows_of_column("dose_unit", rows) == dimension_of(test.range.unit))
    first = np.clip(times.start_hi // DAY, -_MOST, _MOST)
    last = np.clip(times.end_lo // DAY, -_MOST, _MOST)
    index = np.flatnonzero(known & (last > first) & (True if sure is None else sure))
    if len(index) < 2:
        return result
    own, first, last = dose[index], first[index], last[index]
    told = np.stack(
        (rows.of(block.columns["patient"])[index], block.rows_of_column("channel", rows)[index]), axis=1
    )
    group = np.unique(told, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    most = rounded(_up_to(group, first, own, last - 1) - _up_to(group, last, own, first))
    together = np.maximum(own, most)
    certain, possible = within(test.range, own, together)
    result[index] = certain != possible
    return result


def _up_to(
    group: NDArray[np.int64], day: NDArray[np.int64], dose: NDArray[np.float64], limit: NDArray[np.int64]
) -> NDArray[np.float64]:
    """For each row the doses of those of its group whose `day` is no later than its limit, added up."""
    order = np.lexsort((day, group))
    keys = (group * (4 * _MOST) + day + 2 * _MOST)[order]
    sums = np.concatenate((np.zeros(1), np.cumsum(dose[order])))
    begin = np.searchsorted(keys, group * (4 * _MOST))
    end = np.searchsorted(keys, group * (4 * _MOST) + limit + 2 * _MOST, side="right")
    found: NDArray[np.float64] = sums[end] - sums[begin]
    return found
