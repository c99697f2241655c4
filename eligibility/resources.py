"""Names of the records that facts point to, kept compactly: millions of "Type/id" strings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Names are gathered in a list until there are this many; then they become an Arrow array.
_COMPACT_FROM = 4_096


class Resources:
    """Append-only list of record names in chunks. `len()`, `name(i)` and `extend(names)`."""

    __slots__ = ("_chunks", "_starts", "_total")

    def __init__(self) -> None:
        self._chunks: list[Any] = []
        self._starts: list[int] = []
        self._total = 0

    def __len__(self) -> int:
        return self._total

    def extend(self, names: Sequence[str]) -> int:
        """Append names; answers the row of the first."""
        first = self._total
        if not names:
            return first
        if self._chunks and isinstance(self._chunks[-1], list):
            self._chunks[-1].extend(names)
        else:
            self._chunks.append(list(names))
            self._starts.append(first)
        if len(self._chunks[-1]) >= _COMPACT_FROM:
            import pyarrow as pa  # loaded late: one bundle never needs it

            self._chunks[-1] = pa.array(self._chunks[-1], type=pa.large_string())
        self._total += len(names)
        return first

    def name(self, row: int) -> str:
        """The name of one record; "" for row -1 (no record)."""
        if row < 0:
            return ""
        at = bisect_right(self._starts, row) - 1
        held = self._chunks[at][row - self._starts[at]]
        return held if isinstance(held, str) else str(held.as_py())

    def take(self, rows: NDArray[np.int64]) -> Any:
        """Names of many records at once, as an Arrow string array; null for row -1."""
        import pyarrow as pa

        if not self._chunks:
            return pa.nulls(len(rows), pa.large_string())
        chunks = [c if isinstance(c, pa.Array) else pa.array(c, pa.large_string()) for c in self._chunks]
        return pa.chunked_array(chunks).take(pa.array(rows, mask=rows < 0)).combine_chunks()
