"""Rows between two instants that are the same for everybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int64[]", "int64[]", "int64", "int64[]", "int64[]", "int64", "bool_[]!", "bool_[]!")
def between(
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    lower: int,
    before_low: NDArray[np.int64],
    before_high: NDArray[np.int64],
    upper: int,
    certain: NDArray[np.bool_],
    possible: NDArray[np.bool_],
) -> None:
    """Which rows surely and possibly lie at or after `lower` and at or before `upper`; writes bool[k].

    The time that is not to lie before `lower` is between `low` and `high`, the one that is not to
    lie after `upper` between `before_low` and `before_high`; they may be the same arrays.
    """
    for i in range(len(low)):
        certain[i] = (low[i] >= lower) & (before_high[i] <= upper)
        possible[i] = (high[i] >= lower) & (before_low[i] <= upper)
