"""What kernels are made with, and the arrays that stand for "all rows" and "no causes"."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled as compiled

# Stands for all rows where a kernel asks which.
ALL: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)

# Stands for rows of which none has a cause.
NO_CAUSES: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)


def rows_or_all(rows: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Which rows, as a kernel asks for them: None stands for all rows elsewhere."""
    return ALL if rows is None else rows
