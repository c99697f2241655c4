"""Names of the records that facts point to, kept compactly: millions of "Type/id" strings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.keys import hashes
from eligibility.packed import Packed

# Names are gathered in a list until there are this many; then they are packed.
_PACKED_FROM = 4_096
_MANY = 256  # of so many that come packed, a chunk is made


def key_of(name: str) -> int:
    """64 bits that stand for a name "Type/id" within one process; for many of them see `keys_of`."""
    return int(keys_of_names([name])[0])


def keys_of(type_name: str, identifiers: Sequence[str]) -> NDArray[np.int64]:
    """`key_of` each "Type/id", int64[k], without making those strings."""
    packed = Packed.of(identifiers)
    return hashes(packed.letters, packed.edges) ^ _key_of_type(type_name)


def keys_of_names(names: Iterable[str]) -> NDArray[np.int64]:
    """`key_of` each name "Type/id", int64[k]."""
    parts = [name.partition("/") for name in names]
    types = np.array([_key_of_type(part[0]) for part in parts], dtype=np.int64)
    return keys_of("", [part[2] for part in parts]) ^ types ^ _key_of_type("")


@cache
def _key_of_type(type_name: str) -> np.int64:
    packed = Packed.of([type_name])
    found: np.int64 = hashes(packed.letters, packed.edges)[0]
    return found


class Resources:
    """Append-only list of record names in chunks of one type. `len()`, `name(i)`, `extend(type, ids)`."""

    __slots__ = ("_chunks", "_starts", "_total", "_types")

    def __init__(self) -> None:
        self._chunks: list[Packed | list[str]] = []
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
        last = self._chunks[-1] if self._chunks and self._types[-1] == type_name else None
        if isinstance(identifiers, Packed) and len(identifiers) >= _MANY:
            self._begin(type_name, identifiers)
        elif isinstance(last, list):
            last.extend(identifiers)
        else:
            self._begin(type_name, list(identifiers))
        if isinstance(self._chunks[-1], list) and len(self._chunks[-1]) >= _PACKED_FROM:
            self._chunks[-1] = Packed.of(self._chunks[-1])
        self._total += len(identifiers)
        return first

    def _begin(self, type_name: str, chunk: Packed | list[str]) -> None:
        self._chunks.append(chunk)
        self._types.append(type_name)
        self._starts.append(self._total)

    def name(self, row: int) -> str:
        """The name of one record; "" for row -1 (no record)."""
        if row < 0:
            return ""
        at = bisect_right(self._starts, row) - 1
        return f"{self._types[at]}/{self._chunks[at][row - self._starts[at]]}"

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
                pa.LargeStringArray.from_buffers(
                    len(chunk), pa.py_buffer(chunk.edges), pa.py_buffer(chunk.letters)
                ),
                nothing,
            )
            for type_name, chunk in zip(self._types, map(Packed.of, self._chunks), strict=True)
        ]
        return pa.chunked_array(chunks).take(pa.array(rows, mask=rows < 0)).combine_chunks()
