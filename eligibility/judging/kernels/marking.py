"""What rows say of their patients, written over what was said of them before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("int32[]", "bool_[]", "uint8", "uint32", "uint8[]!", "uint32[]!")
def put(
    patient: NDArray[np.int32],
    rows: NDArray[np.bool_],
    value: int,
    cause: int,
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
) -> None:
    """Give the patients of some rows a state and a cause; writes uint8/uint32[n_patients]."""
    everything = len(rows) == 0
    for i in range(len(patient)):
        # Without a branch, since which rows are meant is hard to foresee.
        take, whose = everything or rows[i], patient[i]
        state[whose] = value if take else state[whose]
        causes[whose] = cause if take else causes[whose]


@compiled("int32[]", "bool_[]", "uint8[]", "uint8", "uint32", "uint32[]!")
def blame(
    patient: NDArray[np.int32],
    rows: NDArray[np.bool_],
    state: NDArray[np.uint8],
    value: int,
    cause: int,
    causes: NDArray[np.uint32],
) -> None:
    """Add a cause to the patients of some rows (empty: all) that are in one state; changes
    uint32[n_patients]."""
    everything = len(rows) == 0
    for i in range(len(patient)):
        if (everything or rows[i]) and state[patient[i]] == value:
            causes[patient[i]] |= cause


@compiled("uint8[]", "uint32[]", "uint8[]", "uint32[]!")
def add_where_same(
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
    deciding: NDArray[np.uint8],
    total: NDArray[np.uint32],
) -> None:
    """Add the causes of a part to those of the whole where its state is the `deciding` one; changes
    uint32[n_patients]."""
    for i in range(len(state)):
        total[i] |= causes[i] if state[i] == deciding[i] else np.uint32(0)


@compiled("bool_[]", "int64[]!", returns="int64")
def numbered(rows: NDArray[np.bool_], at: NDArray[np.int64]) -> int:
    """Write the numbers of some rows to the front of `at`, which is as long; how many there are."""
    count = 0
    for i in range(len(rows)):
        at[count] = i
        count += rows[i]
    return count
