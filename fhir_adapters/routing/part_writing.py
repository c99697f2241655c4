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
from fhir_adapters.routing.parts import SCHEMA, write_keys, write_part
from fhir_adapters.routing.placing import place_pieces

FULL = 192 << 20  # bytes of pieces in one file


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
        batch = _batch(held, kept, counts, files, order, owner, key)
        name = f"{self._name}-{len(self.written):03d}.arrow"
        edges = np.append(first, total).tolist()

        def batches() -> Iterator[pa.RecordBatch]:
            for start, stop in pairwise(edges):
                yield batch.slice(start, stop - start)

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


def _batch(
    held: list[Pieces],
    kept: list[NDArray[np.int64]],
    counts: list[int],
    files: list[str],
    order: NDArray[np.int64],
    owner: NDArray[np.int64],
    key: NDArray[np.uint64],
) -> pa.RecordBatch:
    """The pieces that are kept, in an order; good until the next are."""
    starts, stops = [], []
    for pieces, rows in zip(held, kept, strict=True):
        ends = np.append(0, pieces.ends)
        starts.append(ends[rows])
        stops.append(ends[rows + 1])
    lengths = np.concatenate(stops) - np.concatenate(starts)
    edges = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(lengths[order], out=edges[1:])
    places = np.empty(len(order), dtype=np.int64)
    places[order] = edges[:-1]
    raw = _room(int(edges[-1]))
    done = 0
    for pieces, low, high in zip(held, starts, stops, strict=True):
        place_pieces(np.frombuffer(pieces.data, np.uint8), low, high, places[done : done + len(low)], raw)
        done += len(low)

    def of_each(values: list[int], dtype: type[np.generic]) -> pa.Array:
        return pa.array(np.repeat(np.array(values, dtype), counts)[order])

    def joined(name: str) -> pa.Array:
        columns = [getattr(pieces, name)[rows] for pieces, rows in zip(held, kept, strict=True)]
        return pa.array(np.concatenate(columns)[order])

    problems = pa.array([pieces.problem or None for pieces in held], pa.string())
    columns = [
        of_each([files.index(pieces.file) for pieces in held], np.int32),
        of_each([pieces.shape for pieces in held], np.int8),
        joined("line"),
        joined("offset"),
        pa.array(owner[order]),
        pa.array(key[order]),
        problems.take(of_each(list(range(len(held))), np.int32)),
        pa.array(order.astype(np.int32)),
        pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(order), [None, pa.py_buffer(edges), pa.py_buffer(raw)]
        ),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
