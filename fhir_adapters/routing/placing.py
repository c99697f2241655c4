"""The loop under `part_writing`: pieces copied to where they stand in another order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled


@compiled("uint8[]", "int64[]", "int64[]", "int64[]", "uint8[]!", beside=True)
def place_pieces(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    places: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Copy each piece of `data` to its place in `out`."""
    for i in range(len(starts)):
        start, place = np.uint64(starts[i]), np.uint64(places[i])
        for j in range(np.uint64(stops[i] - starts[i])):
            out[place + j] = data[start + j]
