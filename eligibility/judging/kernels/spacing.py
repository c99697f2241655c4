"""Rows of one patient that lie apart in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled(
    "int32[]", "bool_[]", "int64[]", "int64[]", "int64", "int64[]", "int64", "int64",
    "bool_[]!", "bool_[]!",
)  # fmt: skip
def spaced(
    patient: NDArray[np.int32],
    certain: NDArray[np.bool_],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    day: int,
    due: NDArray[np.int64],
    gap: int,
    least: int,
    surely: NDArray[np.bool_],
    possibly: NDArray[np.bool_],
) -> None:
    """Who has `least` rows of which each two lie apart; writes bool[n_patients] each.

    Rows are sorted by patient and start between `low` and `high`; what counts is the `day` (that many
    units of time). The next row may start on `due`, or where that is empty, `gap` after the day of
    `high`. Surely: of the `certain` rows (empty: all), wherever in their intervals they lie. Greedy:
    first the row that is surely over first, then the one soonest over among those surely far enough.
    Possibly: as many as the rows of one known day give, and each other row one more.
    """
    stop = 0
    while stop < len(patient):
        start = stop
        whose = patient[start]
        vague = firm = 0
        first, latest = start, low[start]
        while stop < len(patient) and patient[stop] == whose:
            vague += low[stop] != high[stop] and low[stop] // day != high[stop] // day
            firm += len(certain) == 0 or certain[stop]
            first = stop if high[stop] < high[first] else first
            latest = max(latest, low[stop])
            stop += 1
        if stop - start < least:
            continue
        if least == 2 and vague == 0 and firm == stop - start:
            # Nothing is in doubt, and two lie apart where the first and the last do.
            needed = due[first] if len(due) else high[first] // day * day + gap
            surely[whose] = possibly[whose] = latest >= needed
            continue
        for best_case in range(2):
            if best_case and surely[whose]:
                possibly[whose] = True  # the best case is no worse than the worst
                break
            if best_case and vague == 0 and firm == stop - start:
                break  # nor any better
            count = vague if best_case else 0
            at = -1
            needed = low[start]
            while count < least:
                following = -1
                for row in range(start, stop):
                    if following >= 0 and high[row] >= high[following]:
                        continue
                    if at >= 0 and (low[row] < needed or high[row] < high[at]):
                        continue
                    if at >= 0 and high[row] == high[at] and row <= at:
                        continue
                    if best_case:
                        usable = vague == 0 or low[row] // day == high[row] // day
                    else:
                        usable = len(certain) == 0 or certain[row]
                    if usable:
                        following = row
                if following < 0:
                    break
                at = following
                needed = due[at] if len(due) else high[at] // day * day + gap
                count += 1
            if best_case:
                possibly[whose] = count >= least
            else:
                surely[whose] = count >= least
