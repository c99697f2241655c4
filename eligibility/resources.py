"""Names of the records that facts point to, kept compactly: millions of "Type/id" strings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Names are gathered in a list until there are this many; then they become an Arrow array.
_COMPACT_FROM = 4_096


def key_of(name: str) -> int:
    """64 bits that stand for a name "Type/id" within one process; for many ids of a type see `keys_of`."""
    type_name, _, identifier = name.partition("/")
    return hash(identifier) ^ hash(type_name)


def keys_of(type_name: str, identifiers: Sequence[str]) -> NDArray[np.int64]:
    """`key_of` each "Type/id", int64[k], without making those strings."""
    hashes = np.fromiter(map(hash, identifiers), dtype=np.int64, count=len(identifiers))
    return hashes ^ hash(type_name)


class Resources:
    """Append-only list of record names in chunks of one type. `len()`, `name(i)`, `extend(type, ids)`."""

    __slots__ = ("_chunks", "_starts", "_total", "_types")

    def __init__(self) -> None:
        self._chunks: list[Any] = []
        self._types: list[str] = []
        self._starts: list[int] = []
        self._total = 0

    def __len__(self) -> int:
        return self._total

    def extend(self, type_name: str, identifiers: Sequence[str]) -> int:
        """Append "Type/id" for each id; answers the row of the first."""
        first = self._total
        if not identifiers:
            return first
        if self._chunks and isinstance(self._chunks[-1], list) and self._types[-1] == type_name:
            self._chunks[-1].extend(identifiers)
        else:
            self._chunks.append(list(identifiers))
            self._types.append(type_name)
            self._starts.append(first)
        if len(self._chunks[-1]) >= _COMPACT_FROM:
            import pyarrow as pa  # loaded late: one bundle never needs it

            self._chunks[-1] = pa.array(self._chunks[-1], type=pa.large_string())
        self._total += len(identifiers)
        return first

    def name(self, row: int) -> str:
        """The name of one record; "" for row -1 (no record)."""
        if row < 0:
            return ""
        at = bisect_right(self._starts, row) - 1
        held = self._chunks[at][row - self._starts[at]]
        return f"{self._types[at]}/{held if isinstance(held, str) else held.as_py()}"

    def take(self, rows: NDArray[np.int64]) -> Any:
        """Names of many records at once, as an Arrow string array; null for row -1."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self._chunks:
            return pa.nulls(len(rows), pa.large_string())
        nothing = pa.scalar("", pa.large_string())
        chunks = [
            pc.binary_join_element_wise(
                pa.scalar(f"{type_name}/", pa.large_string()),
                chunk if isinstance(chunk, pa.Array) else pa.array(chunk, pa.large_string()),
                nothing,
            )
            for type_name, chunk in zip(self._types, self._chunks, strict=True)
        ]
        return pa.chunked_array(chunks).take(pa.array(rows, mask=rows < 0)).combine_chunks()
