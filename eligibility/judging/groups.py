"""Stretches of one patient each in an array sorted by patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def group_starts(patient: NDArray[np.int32] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices at which a new patient begins in a sorted array."""
    if not len(patient):
        return np.empty(0, dtype=np.int64)
    changes = np.flatnonzero(patient[1:] != patient[:-1])
    starts = np.zeros(len(changes) + 1, dtype=np.int64)
    np.add(changes, 1, out=starts[1:])
    return starts
