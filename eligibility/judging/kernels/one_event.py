"""Rows that may tell of one event: those whose times may be the same, and how many of them cannot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int32[]", "int64[]", "int64[]", "int64[]!", returns="int64")
def grouped(
    patient: NDArray[np.int32],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    group: NDArray[np.int64],
) -> int:
    """Number the groups of rows of one patient whose times overlap, themselves or by way of others.

    Rows are sorted by patient and `low`. Writes `group`, which ascends from 0, and gives how many there are.
    """
    count = 0
    latest = np.int64(0)
    for row in range(len(patient)):
        if row == 0 or patient[row] != patient[row - 1] or low[row] > latest:
            count += 1
            latest = high[row]
        elif high[row] > latest:
            latest = high[row]
        group[row] = count - 1
    return count


@compiled("int64[]", "int64[]", "int64[]", "int64[]", "int64[]!")
def apart(
    group: NDArray[np.int64],
    label: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    events: NDArray[np.int64],
) -> None:
    """Raise each group's `events` to the rows of each label that cannot be of one time, added up.

    Rows are sorted by group, label and `high`; of one label as many differ as times in pairs do not overlap.
    """
    row = 0
    while row < len(group):
        of = group[row]
        count = 0
        while row < len(group) and group[row] == of:
            what = label[row]
            until = high[row]
            count += 1
            row += 1
            while row < len(group) and group[row] == of and label[row] == what:
                if low[row] > until:
                    until = high[row]
                    count += 1
                row += 1
        if count > events[of]:
            events[of] = count


@compiled("int64[]", "int64[]", "int64[]", "int64", "int64[]!", "bool_[]!", "bool_[]!")
def last_apart(
    group: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    place: int,
    since: NDArray[np.int64],
    enough: NDArray[np.bool_],
    twice: NDArray[np.bool_],
) -> None:
    """Since when the last `place` rows of each group lie of which no two overlap.

    Rows are sorted by group, and within it from the greatest `low` to the least, of one `low` by `high`.
    Writes `since` and `enough` where there are so many, and `twice` where with the rows that overlap later
    ones there would have been more by then.
    """
    row = 0
    while row < len(group):
        of = group[row]
        start, alike = row, row
        found, until = 0, np.int64(0)
        while row < len(group) and group[row] == of:
            if low[row] != low[alike]:
                alike = row
            if found < place and (found == 0 or high[row] < until):
                found += 1
                until = low[row]
                if found == place:
                    since[of], enough[of] = until, True
                    twice[of] = alike - start + 1 > place
            row += 1
        if found < place:
            twice[of] = row - start > found
