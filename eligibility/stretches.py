"""Row numbers as runs of neighbouring rows: what a block gives for the concepts of a value set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = 0  # no object's identity; the row numbers are held under it


@dataclass(frozen=True, slots=True)
class Stretches:
    """Rows of a block, run after run, in the order given.

    Columns that had to be put together of several runs are held for the next who asks; they are
    told apart by identity, so one object serves one block.
    """

    runs: tuple[slice, ...]
    _held: dict[int, NDArray[Any]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def between(cls, bounds: Iterable[tuple[int, int]]) -> Stretches:
        """Runs [start, stop), empty ones left out and neighbours joined."""
        runs: list[slice] = []
        for start, stop in bounds:
            if stop <= start:
                continue
            if runs and runs[-1].stop == start:
                runs[-1] = slice(runs[-1].start, stop)
            else:
                runs.append(slice(start, stop))
        return cls(tuple(runs))

    def __len__(self) -> int:
        return sum(run.stop - run.start for run in self.runs)

    def __add__(self, other: Stretches) -> Stretches:
        return Stretches(self.runs + other.runs)

    def of(self, column: NDArray[Any]) -> NDArray[Any]:
        """The rows of a column; a view where the rows are one run, so never write to it."""
        if len(self.runs) == 1:
            return column[self.runs[0]]
        if not self.runs:
            return column[:0]
        held = self._held.get(id(column))
        if held is None:
            held = self._held[id(column)] = np.concatenate([column[run] for run in self.runs])
        return held

    def release(self) -> None:
        """Let go of the columns that are held; who asks again has them put together again."""
        self._held.clear()

    def numbers(self) -> NDArray[np.int64]:
        """The row numbers themselves, not to be written to."""
        if not self.runs:
            return np.empty(0, dtype=np.int64)
        held = self._held.get(_NUMBERS)
        if held is None:
            runs = [np.arange(run.start, run.stop) for run in self.runs]
            held = self._held[_NUMBERS] = np.concatenate(runs)
        return held


NO_ROWS = Stretches(())
