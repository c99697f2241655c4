"""Two judgements of the same patients, under two versions of a protocol: who moves from where to where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.truth import States

_STATES = 3


@dataclass(frozen=True, slots=True)
class Moves:
    """`counts[before, after]`: patients by verdict (or outcome) before and after, int64[3, 3]."""

    counts: NDArray[np.int64]

    @property
    def moved(self) -> int:
        return int(self.counts.sum() - np.trace(self.counts))


def moves(before: States, after: States) -> Moves:
    """Of two arrays uint8[n_patients] of verdicts or of outcomes."""
    pairs = before.astype(np.int64) * _STATES + after
    return Moves(np.bincount(pairs, minlength=_STATES * _STATES).reshape(_STATES, _STATES))
