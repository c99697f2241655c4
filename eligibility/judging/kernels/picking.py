"""Which rows could be the one picked by time: the first or the most recent of each patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int32[]", "bool_[]", "bool_[]", "int64[]", "bool_", "int64[]!")
def surely_by(
    patient: NDArray[np.int32],
    rows: NDArray[np.bool_],
    certain: NDArray[np.bool_],
    time: NDArray[np.int64],
    first: bool,
    best: NDArray[np.int64],
) -> None:
    """By (`first`) or after what time each patient's picked row surely lies; changes int64[n_patients].

    Of the certain (empty: all) `rows`, `time` is the latest each can be where the first is picked,
    else the earliest. Rows may stand in any order.
    """
    for i in range(len(patient)):
        if rows[i] and (len(certain) == 0 or certain[i]):
            whose = patient[i]
            best[whose] = min(best[whose], time[i]) if first else max(best[whose], time[i])


@compiled("int32[]", "int64[]", "bool_", "int64[]", "bool_[]!")
def unbeaten(
    patient: NDArray[np.int32],
    time: NDArray[np.int64],
    first: bool,
    best: NDArray[np.int64],
    kept: NDArray[np.bool_],
) -> None:
    """Clear `kept` of rows that `surely_by` has shown not to be the picked one.

    `time` is the earliest each row can be where the first is picked, else the latest.
    """
    for i in range(len(patient)):
        limit = best[patient[i]]
        kept[i] &= time[i] <= limit if first else time[i] >= limit
