"""Pieces of an extract on disk: one Parquet file for each portion of the input, ordered by partition.

The pieces of one partition are one row group, so that they are found without reading those of others.
The bytes of a piece are those that were sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eligibility.whole_files import write_whole
from fhir_adapters.routing.cutting import Pieces, kept
from fhir_adapters.routing.owners import EVERYBODY, Router, partition_of

SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("shape", pa.int8()),
        ("line", pa.int64()),
        ("offset", pa.int64()),
        ("owner", pa.string()),
        ("key", pa.uint64()),
        ("problem", pa.string()),
        ("raw", pa.large_binary()),
        ("place", pa.int32()),  # in the file of pieces, before they were ordered by partition
    ]
)
# `whole`: the record stands in a document.
KEYS = pa.schema([("key", pa.uint64()), ("owner", pa.string()), ("whole", pa.bool_())])
_FULL = 32 << 20  # bytes of pieces in one file
KEY_SLICES = 16


class PartWriter:
    """Collects pieces and writes them as files `NAME-000.parquet` and on."""

    def __init__(self, folder: Path, name: str, partitions: int, router: Router) -> None:
        self._folder, self._name, self._partitions, self._router = folder, name, partitions, router
        self._held: list[Pieces] = []
        self._size = 0
        self._homes: list[int] = []
        self.written: list[str] = []
        self._keys: list[tuple[NDArray[np.uint64], NDArray[np.int32], bool]] = []

    def add(self, pieces: Pieces) -> None:
        """Take pieces; writes when there are many."""
        self._held.append(pieces)
        self._size += len(pieces.data)
        if self._size >= _FULL:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        held, self._held, self._size = self._held, [], 0
        if not held:
            return
        nodes = self._router.nodes
        self._homes += [partition_of(node, self._partitions) for node in nodes[len(self._homes) :]]
        table, owner, key = _table(held, nodes)
        if not table.num_rows:
            return
        shared = owner == EVERYBODY
        group = np.where(shared, self._partitions, np.array(self._homes)[np.where(shared, 0, owner)])
        order = np.argsort(group, kind="stable")
        table = table.append_column("place", pa.array(np.arange(len(order), dtype=np.int32)))
        table = table.take(pa.array(order)).cast(SCHEMA)
        group = group[order]
        named = key != 0
        self._keys.append((key[named], np.where(shared, 0, owner)[named], False))
        present, first = np.unique(group, return_index=True)
        ends = np.append(first[1:], len(group))
        name = f"{self._name}-{len(self.written):03d}.parquet"
        groups = {str(g): row for row, g in enumerate(present.tolist())}
        schema = SCHEMA.with_metadata({"groups": json.dumps(groups)})

        def write(stream: Any) -> None:
            with pq.ParquetWriter(
                stream, schema, compression="lz4", use_dictionary=["file", "owner"],
                write_statistics=False,
            ) as writer:  # fmt: skip
                for start, stop in zip(first.tolist(), ends.tolist(), strict=True):
                    writer.write_table(table.slice(start, stop - start), row_group_size=1 << 30)

        write_whole(self._folder / name, write)
        self.written.append(name)

    def finish(self) -> str:
        """Write the rest, and the keys of all records in order; answers the name of the file of keys."""
        self.flush()
        parts = [*self._keys, *self._router.keys]
        key = np.concatenate([one[0] for one in parts]) if parts else np.empty(0, np.uint64)
        owner = np.concatenate([one[1] for one in parts]) if parts else np.empty(0, np.int32)
        flags = [np.full(len(one[0]), one[2]) for one in parts]
        whole = np.concatenate(flags) if flags else np.empty(0, np.bool_)
        good = np.flatnonzero((key != 0) & (owner >= 0))
        order = good[np.lexsort((owner[good], key[good]))]
        key, owner, whole = key[order], owner[order], whole[order]
        edges = np.searchsorted(key >> np.uint64(60), np.arange(KEY_SLICES + 1))
        nodes = pa.array(self._router.nodes, pa.string())
        name = f"{self._name}.keys.parquet"

        def write(stream: Any) -> None:
            with pq.ParquetWriter(
                stream, KEYS, compression="zstd", compression_level=1, use_dictionary=["owner"]
            ) as writer:
                for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
                    # A group each, of those without rows too.
                    mine = slice(start, stop)
                    owners = nodes.take(pa.array(owner[mine]))
                    columns = [pa.array(key[mine]), owners, pa.array(whole[mine])]
                    writer.write_batch(
                        pa.RecordBatch.from_arrays(columns, schema=KEYS), row_group_size=1 << 30
                    )

        write_whole(self._folder / name, write)
        return name


def _table(held: list[Pieces], nodes: list[str]) -> tuple[pa.Table, NDArray[np.int32], NDArray[np.uint64]]:
    """The pieces that are kept, with their owners and keys."""
    tables, owners, keys = [], [], []
    names = pa.array(nodes, pa.string())
    for pieces in held:
        keep = np.flatnonzero(kept(pieces))
        ends = np.append(0, pieces.ends).astype(np.int64)
        raw = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), len(pieces.ends), [None, pa.py_buffer(ends), pa.py_buffer(pieces.data)]
        )
        count = len(keep)
        owner = pieces.owner[keep]
        nothing = np.zeros(count, dtype=np.int64)
        tables.append(
            pa.table(
                [
                    pa.array([pieces.file], pa.string()).take(pa.array(nothing)),
                    pa.array(np.full(count, pieces.shape, np.int8)),
                    pa.array(pieces.line[keep].astype(np.int64)),
                    pa.array(pieces.offset[keep].astype(np.int64)),
                    names.take(pa.array(np.where(owner < 0, 0, owner))),
                    pa.array(pieces.key[keep]),
                    pa.array([pieces.problem or None], pa.string()).take(pa.array(nothing)),
                    raw if count == len(pieces.ends) else raw.take(pa.array(keep)),
                ],
                schema=pa.schema(list(SCHEMA)[:-1]),
            )
        )
        owners.append(owner)
        keys.append(pieces.key[keep])
    return pa.concat_tables(tables), np.concatenate(owners), np.concatenate(keys)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of pieces. `first_line` is the number, in its source, of the line before those cut in one go."""

    path: Path
    first_line: int
    delivery: int

    def pieces(self, group: int, columns: list[str] | None = None) -> pa.Table | None:
        """The pieces of one partition, in the order of the input; None where there are none."""
        file, groups = _open(self.path)
        row = groups.get(str(group))
        if row is None:
            return None
        return file.read_row_group(row, columns=columns, use_threads=False)

    def groups(self) -> list[int]:
        """The partitions of which it holds pieces."""
        return [int(group) for group in _open(self.path)[1]]


def _open(path: Path) -> tuple[pq.ParquetFile, dict[str, int]]:
    told = path.stat()
    return _opened(path, told.st_ino, told.st_mtime_ns)


@lru_cache(maxsize=256)
def _opened(path: Path, inode: int, changed: int) -> tuple[pq.ParquetFile, dict[str, int]]:
    file = pq.ParquetFile(path)
    return file, json.loads(file.schema_arrow.metadata[b"groups"])


def key_slice(path: Path, number: int) -> pa.Table:
    """The keys of a file of keys whose first four bits are a number."""
    file = pq.ParquetFile(path)
    if number >= file.num_row_groups:
        return KEYS.empty_table()
    return file.read_row_group(number, use_threads=False)


def write_moved(path: Path, by_group: Mapping[int, pa.Table]) -> None:
    """Pieces that are read in another partition than their own, a row group for each partition."""
    groups = {str(group): row for row, group in enumerate(sorted(by_group))}
    schema = pa.schema([*SCHEMA, ("part", pa.int32())], metadata={"groups": json.dumps(groups)})

    def write(stream: Any) -> None:
        with pq.ParquetWriter(stream, schema, compression="zstd", compression_level=1) as writer:
            for group in sorted(by_group):
                writer.write_table(by_group[group].cast(schema), row_group_size=1 << 30)

    write_whole(path, write)


def moved_pieces(path: Path, group: int) -> pa.Table | None:
    """The pieces that were moved into a partition; `part` is the number of the file that they come from."""
    return Part(path, 0, 0).pieces(group)
