"""Patients of whom too few rows are there, against what silence says of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled(
    "bool_[]", "bool_[]", "uint8[]", "uint32[]", "uint32", "uint32",
    "bool_[]!", "uint32[]!", "uint32[]!",
)  # fmt: skip
def may_be_more(
    few: NDArray[np.bool_],
    known: NDArray[np.bool_],
    silent: NDArray[np.uint8],
    silent_causes: NDArray[np.uint32],
    assumed: int,
    not_found: int,
    unseen: NDArray[np.bool_],
    why: NDArray[np.uint32],
    owed: NDArray[np.uint32],
) -> None:
    """Who of the `few` may have more rows, unless it is `known` that they have not.

    Silence that says no (0) is `owed` what it assumed; otherwise more may be `unseen`, which is `why`
    silence did not say no, or `not_found` where it says yes (2). Changes [n_patients] each.
    """
    for i in range(len(few)):
        if few[i]:
            if known[i] or silent[i] == 0:
                owed[i] |= silent_causes[i] & assumed if not known[i] else np.uint32(0)
            else:
                unseen[i] = True
                why[i] |= np.uint32(not_found) if silent[i] == 2 else silent_causes[i]
