"""Pieces of an extract on disk: one Arrow file for each portion of the input, ordered by partition.

The pieces of one partition are one record batch, so that they are found without reading those of others.
The bytes of a piece are those that were sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from eligibility.whole_files import write_whole

SCHEMA = pa.schema(
    [
        ("file", pa.int32()),  # number of a name in the metadata of the file of pieces
        ("shape", pa.int8()),
        ("line", pa.int64()),
        ("offset", pa.int64()),
        ("owner", pa.int64()),
        ("key", pa.uint64()),
        ("problem", pa.string()),
        ("place", pa.int32()),  # in the file of pieces, before they were ordered by partition
        ("raw", pa.large_binary()),
    ]
)
_PART = pa.field("part", pa.int32())


@dataclass(frozen=True, slots=True)
class Part:
    """A file of pieces. `first_line` is the number, in its source, of the line before those cut in one go."""

    path: Path
    first_line: int
    delivery: int

    def pieces(self, group: int) -> pa.RecordBatch | None:
        """The pieces of one partition, in the order of the input; None where there are none."""
        told = _told(self.path)
        return told.file.get_batch(told.groups[group]) if group in told.groups else None

    def groups(self) -> list[int]:
        """The partitions of which it holds pieces."""
        return list(_told(self.path).groups)

    @property
    def files(self) -> list[str]:
        """The names of the files that its pieces are of, by their numbers."""
        return _told(self.path).files


@dataclass(frozen=True, slots=True)
class _Opened:
    file: Any  # pa.ipc.RecordBatchFileReader
    groups: dict[int, int]  # the batch of each partition
    files: list[str]


def _told(path: Path) -> _Opened:
    told = path.stat()
    return _opened(path, told.st_ino, told.st_mtime_ns)


@lru_cache(maxsize=512)
def _opened(path: Path, inode: int, changed: int) -> _Opened:
    file = pa.ipc.open_file(pa.OSFile(str(path)))
    metadata = file.schema.metadata
    groups: list[int] = json.loads(metadata[b"groups"])
    return _Opened(
        file, {group: number for number, group in enumerate(groups)}, json.loads(metadata[b"files"])
    )


def write_part(
    path: Path,
    groups: Sequence[int],
    files: Sequence[str],
    batches: Iterator[pa.RecordBatch],
    *more: pa.Field,
) -> None:
    """Write pieces, a batch for each partition. Raises OSError, after which nothing of it is left."""
    metadata = {"groups": json.dumps(list(groups)), "files": json.dumps(list(files))}
    schema = pa.schema([*SCHEMA, *more], metadata=metadata)
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)

    def write(stream: Any) -> None:
        with pa.ipc.new_file(stream, schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)

    write_whole(path, write)


def write_moved(path: Path, by_group: Mapping[int, pa.RecordBatch]) -> None:
    """Pieces that are read in another partition than their own; their files are those of their `part`."""
    groups = sorted(by_group)
    schema = pa.schema([*SCHEMA, _PART])
    write_part(path, groups, (), (by_group[group].cast(schema) for group in groups), _PART)


def moved_pieces(path: Path, group: int) -> pa.RecordBatch | None:
    """The pieces that were moved into a partition; `part` is the number of the file that they come from."""
    return Part(path, 0, 0).pieces(group)
