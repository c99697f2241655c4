"""Names of the records that facts point to, kept compactly: millions of "Type/id" strings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise
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

    __slots__ = ("_chunks", "_later", "_starts", "_total", "_types")

    def __init__(self) -> None:
        self._later: Callable[[], Resources] | None = None
        self._chunks: list[Packed | list[str]] = []
        self._types: list[str] = []
        self._starts: list[int] = []
        self._total = 0

    @classmethod
    def restored(cls, types: Any, identifiers: Any) -> Resources:
        """The list whose two columns these were, as Arrow arrays."""
        import pyarrow as pa

        made = cls()
        told = types.dictionary_encode()
        which = told.indices.to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist(), len(which)]
        for start, stop in pairwise(edges):
            if start < stop:
                own = pa.concat_arrays([identifiers.slice(start, stop - start)]).cast(pa.large_string())
                _, ends, letters = own.buffers()
                ends = np.frombuffer(ends, dtype=np.int64)[own.offset : own.offset + len(own) + 1]
                packed = Packed(np.frombuffer(letters or b"", dtype=np.uint8), ends)
                made._begin(told.dictionary[int(which[start])].as_py(), packed)
                made._total += stop - start
        return made

    @classmethod
    def later(cls, load: Callable[[], Resources]) -> Resources:
        """A list that is loaded when somebody asks for a name."""
        made = cls()
        made._later = load
        return made

    def _loaded(self) -> None:
        if self._later is not None:
            load, self._later = self._later, None
            held = load()
            self._chunks, self._types = held._chunks, held._types
            self._starts, self._total = held._starts, held._total

    def columns(self) -> dict[str, Any]:
        """All names as two Arrow arrays: `type` and `id`."""
        import pyarrow as pa

        self._loaded()
        types = [pa.nulls(0, pa.string())]
        identifiers = [pa.nulls(0, pa.large_string())]
        for name, chunk in zip(self._types, self._chunks, strict=True):
            types.append(pa.array([name], pa.string()).take(pa.array(np.zeros(len(chunk), np.int64))))
            identifiers.append(_arrow(chunk))
        return {"type": pa.concat_arrays(types), "id": pa.concat_arrays(identifiers)}

    def __len__(self) -> int:
        self._loaded()
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
        self._loaded()
        at = bisect_right(self._starts, row) - 1
        return f"{self._types[at]}/{self._chunks[at][row - self._starts[at]]}"

    def take(self, rows: NDArray[np.int64]) -> Any:
        """Names of many records at once, as an Arrow string array; null for row -1."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self._loaded()
        if not self._chunks:
            return pa.nulls(len(rows), pa.large_string())
        nothing = pa.scalar("", pa.large_string())
        held = np.flatnonzero(rows >= 0)
        of_chunk = np.searchsorted(np.array(self._starts), rows[held], side="right") - 1
        taken, places = [pa.nulls(1, pa.large_string())], []
        for number in np.unique(of_chunk).tolist():
            mine = held[of_chunk == number]
            wanted = _arrow(self._chunks[number]).take(pa.array(rows[mine] - self._starts[number]))
            kind = pa.scalar(f"{self._types[number]}/", pa.large_string())
            taken.append(pc.binary_join_element_wise(kind, wanted, nothing))
            places.append(mine)
        at = np.zeros(len(rows), dtype=np.int64)  # the first is null
        if places:
            at[np.concatenate(places)] = np.arange(1, len(held) + 1)
        return pa.concat_arrays(taken).take(pa.array(at))


def _arrow(texts: Sequence[str]) -> Any:
    """Texts as an Arrow array."""
    import pyarrow as pa

    packed = Packed.of(texts)
    return pa.LargeStringArray.from_buffers(
        len(packed), pa.py_buffer(packed.edges), pa.py_buffer(packed.letters)
    )
