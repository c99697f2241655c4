"""The greatest mean and median of rows of which some may be there or not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int64[]", "float64[]", "int64[]", "float64[]!")
def greatest_mean(
    patient: NDArray[np.int64],
    value: NDArray[np.float64],
    rank: NDArray[np.int64],
    mean: NDArray[np.float64],
) -> None:
    """The mean of each patient's rows that are there, and of those of the rest that raise it.

    Rows are sorted by patient and `rank`: negative of what is there; the rest is numbered from 0, from the
    greatest value on.
    """
    row = 0
    while row < len(patient):
        whose = patient[row]
        total, count = 0.0, 0
        while row < len(patient) and patient[row] == whose:
            if rank[row] < 0 or value[row] * count > total:
                total += value[row]
                count += 1
            row += 1
        mean[whose] = total / count


@compiled("int64[]", "float64[]", "int64[]", "float64[]!")
def greatest_median(
    patient: NDArray[np.int64],
    value: NDArray[np.float64],
    rank: NDArray[np.int64],
    median: NDArray[np.float64],
) -> None:
    """The median of each patient's rows that are there, and of those of the rest that raise it.

    Rows are sorted by patient and value; `rank` as for `greatest_mean`. A row that does not raise the median
    lies no higher than what it becomes, so those that do are the first ones, and halving finds how many.
    """
    stop = 0
    while stop < len(patient):
        start, whose = stop, patient[stop]
        rest = 0
        while stop < len(patient) and patient[stop] == whose:
            rest += rank[stop] >= 0
            stop += 1
        here = stop - start - rest
        least, most = 0, rest
        middle = 0.0
        while True:
            added = (least + most) // 2
            size, seen = here + added, 0
            lower, upper, following = 0.0, 0.0, -np.inf
            for row in range(start, stop):
                if rank[row] == added:
                    following = value[row]
                if rank[row] < added:
                    if seen == (size - 1) // 2:
                        lower = value[row]
                    if seen == size // 2:
                        upper = value[row]
                    seen += 1
            middle = lower if lower == upper else (lower + upper) / 2
            if least == most:
                break
            if following > middle:
                least = added + 1
            else:
                most = added
        median[whose] = middle
