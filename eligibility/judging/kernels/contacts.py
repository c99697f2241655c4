"""When patients were first seen, and whether they still are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int32[]", "int64[]", "int64", "int64", "int64[]!", "bool_[]!")
def seen(
    patient: NDArray[np.int32],
    day: NDArray[np.int64],
    cutoff: int,
    recent: int,
    first: NDArray[np.int64],
    in_care: NDArray[np.bool_],
) -> None:
    """Days of contact, ordered by patient and day, up to `cutoff`: the first one of each patient in
    it, and whether there is another that is not before `recent`. Writes int64/bool[n_patients]."""
    at = 0
    while at < len(patient):
        whose = patient[at]
        start = at
        last = -1
        while at < len(patient) and patient[at] == whose:
            if day[at] <= cutoff:
                last = at
            at += 1
        if last >= 0:
            first[whose] = day[start]
            in_care[whose] = last > start and day[last] >= recent
