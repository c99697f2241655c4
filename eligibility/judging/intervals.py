"""A number per patient as an interval, and what is known of its being there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.truth import Flags

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Numbers:
    """`low`/`high` float64[n_patients]: where the number lies if it is there, NaN if it is not.

    `sure`: it surely is there; `there`: it may be. `causes`: what stands in the way of knowing it.
    """

    low: Floats
    high: Floats
    sure: Flags
    there: Flags
    causes: NDArray[np.uint32]
