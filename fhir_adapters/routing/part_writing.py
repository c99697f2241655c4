"""Collects pieces while files are cut, and writes them out ordered by partition."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fhir_adapters.routing.cutting import Pieces
from fhir_adapters.routing.nodes import COUNTED, EVERYBODY, NOBODY
from fhir_adapters.routing.owners import Router
from fhir_adapters.routing.parts import SCHEMA, write_part
from fhir_adapters.routing.placing import place_pieces
from fhir_adapters.routing.record_keys import write_keys

FULL = 160 << 20  # bytes of pieces in one file
_ROOM = 8 << 20  # bytes of pieces that are put in order in one go


class PartWriter:
    """Collects pieces and writes them as files `NAME-000.arrow` and on."""

    def __init__(self, folder: Path, name: str, partitions: int, router: Router) -> None:
        self._folder, self._name, self._partitions, self._router = folder, name, partitions, router
        self._held: list[Pieces] = []
        self._size = 0
        self.written: list[str] = []
        self._keys: list[tuple[NDArray[np.uint64], NDArray[np.int64], bool]] = []

    def add(self, pieces: Pieces) -> None:
        """Take pieces; writes when there are many."""
        self._held.append(pieces)
        self._size += len(pieces.data)
        if self._size >= FULL:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        held, self._held, self._size = self._held, [], 0
        kept = [np.flatnonzero(pieces.owner != COUNTED) for pieces in held]
        counts = [len(rows) for rows in kept]
        total = sum(counts)
        if not total:
            return
        owner = np.concatenate([pieces.owner[rows] for pieces, rows in zip(held, kept, strict=True)])
        key = np.concatenate([pieces.key[rows] for pieces, rows in zip(held, kept, strict=True)])
        shared = owner == EVERYBODY
        group = np.where(shared, self._partitions, owner % self._partitions).astype(np.uint16)
        owner[shared] = NOBODY
        named = key != 0
        self._keys.append((key[named], owner[named], False))
        order = np.argsort(group, kind="stable")  # of 16 bits in one pass
        group = group[order]
        groups, first = np.unique(group, return_index=True)
        files = sorted({pieces.file for pieces in held})
        columns = _columns(held, kept, counts, files, order, owner, key)
        raw = _Raw(held, kept, order)
        edges = np.append(first, total)
        name = f"{self._name}-{len(self.written):03d}.arrow"

        def batches() -> Iterator[pa.RecordBatch]:
            for low, high in raw.portions(edges):
                start, stop = int(edges[low]), int(edges[high])
                some = [column.slice(start, stop - start) for column in columns]
                batch = pa.RecordBatch.from_arrays([*some, raw.take(start, stop)], schema=SCHEMA)
                for at, end in pairwise((edges[low : high + 1] - start).tolist()):
                    yield batch.slice(at, end - at)

        write_part(self._folder / name, groups.tolist(), files, batches())
        self.written.append(name)

    def finish(self) -> str:
        """Write the rest, and the keys of all records; answers the name of the file of keys."""
        self.flush()
        parts = [*self._keys, *self._router.keys]
        key = np.concatenate([one[0] for one in parts]) if parts else np.empty(0, np.uint64)
        owner = np.concatenate([one[1] for one in parts]) if parts else np.empty(0, np.int64)
        whole = np.repeat([one[2] for one in parts], [len(one[0]) for one in parts]).astype(np.bool_)
        good = np.flatnonzero((key != 0) & (owner >= 0))
        name = f"{self._name}.keys.arrow"
        write_keys(self._folder / name, key[good], owner[good], whole[good])
        return name


_rooms = threading.local()


def _room(size: int) -> NDArray[np.uint8]:
    """Room for pieces, of this thread and the same each time: memory that was never touched is dear."""
    held: NDArray[np.uint8] | None = getattr(_rooms, "held", None)
    if held is None or len(held) < size:
        held = _rooms.held = np.empty(size + (size >> 3), dtype=np.uint8)
    return held[:size]


class _Raw:
    """The bytes of the pieces that are kept, in an order, copied portion by portion."""

    def __init__(self, held: list[Pieces], kept: list[NDArray[np.int64]], order: NDArray[np.int64]) -> None:
        starts, stops = [], []
        for pieces, rows in zip(held, kept, strict=True):
            ends = np.append(0, pieces.ends)
            starts.append(ends[rows])
            stops.append(ends[rows + 1])
        self._data = [np.frombuffer(pieces.data, np.uint8) for pieces in held]
        self._starts = np.concatenate(starts)[order]
        self._stops = np.concatenate(stops)[order]
        self._of = np.repeat(np.arange(len(held), dtype=np.int32), list(map(len, kept)))[order]
        self._edges = np.append(0, np.cumsum(self._stops - self._starts))

    def portions(self, edges: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Runs of groups that fit into the room, or of one that does not; groups stand between `edges`."""
        sizes = self._edges[edges]
        low = 0
        while low < len(edges) - 1:
            high = int(np.searchsorted(sizes, sizes[low] + _ROOM, side="right")) - 1
            high = min(max(high, low + 1), len(edges) - 1)
            yield low, high
            low = high

    def take(self, start: int, stop: int) -> pa.Array:
        """Some of the pieces; good until the next are taken."""
        edges = self._edges[start : stop + 1] - self._edges[start]
        raw = _room(int(edges[-1]))
        of = self._of[start:stop]
        order = np.argsort(of, kind="stable")
        bounds = np.searchsorted(of[order], np.arange(len(self._data) + 1)).tolist()
        starts, stops = self._starts[start:stop][order], self._stops[start:stop][order]
        places = edges[:-1][order]
        for data, (low, high) in zip(self._data, pairwise(bounds), strict=True):
            if low < high:
                place_pieces(data, starts[low:high], stops[low:high], places[low:high], raw)
        buffers = [None, pa.py_buffer(edges), pa.py_buffer(raw)]
        return pa.LargeBinaryArray.from_buffers(pa.large_binary(), stop - start, buffers)


def _columns(
    held: list[Pieces],
    kept: list[NDArray[np.int64]],
    counts: list[int],
    files: list[str],
    order: NDArray[np.int64],
    owner: NDArray[np.int64],
    key: NDArray[np.uint64],
) -> list[pa.Array]:
    """What is told of the pieces that are kept, in an order."""

    def of_each(values: list[int], dtype: type[np.generic]) -> pa.Array:
        return pa.array(np.repeat(np.array(values, dtype), counts)[order])

    def joined(name: str) -> pa.Array:
        columns = [getattr(pieces, name)[rows] for pieces, rows in zip(held, kept, strict=True)]
        return pa.array(np.concatenate(columns)[order])

    problems = pa.array([pieces.problem or None for pieces in held], pa.string())
    return [
        of_each([files.index(pieces.file) for pieces in held], np.int32),
        of_each([pieces.shape for pieces in held], np.int8),
        joined("line"),
        joined("offset"),
        pa.array(owner[order]),
        pa.array(key[order]),
        problems.take(of_each(list(range(len(held))), np.int32)),
        pa.array(order.astype(np.int32)),
    ]
