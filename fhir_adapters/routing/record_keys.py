"""Keys of the records of an extract on disk, with whose they are: those near each other are found together.

However many there are, whoever looks for equal keys holds a stretch of them at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eligibility.whole_files import write_whole

_SCHEMA = pa.schema([("key", pa.uint64()), ("owner", pa.int64()), ("whole", pa.uint8())])
_BITS = 8  # by which keys are ordered in their file
_AT_ONCE = 1 << 20  # keys that are held together


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of records, whose they are, and whether each stands in a document."""

    key: NDArray[np.uint64]
    owner: NDArray[np.int64]
    whole: NDArray[np.bool_]


def write_keys(
    path: Path, key: NDArray[np.uint64], owner: NDArray[np.int64], whole: NDArray[np.bool_]
) -> None:
    """Write keys ordered by their first bits."""
    which = (key >> np.uint64(64 - _BITS)).astype(np.uint8)
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange((1 << _BITS) + 1))
    schema = _SCHEMA.with_metadata({"edges": json.dumps(edges.tolist())})
    batch = pa.RecordBatch.from_arrays(
        [pa.array(key[order]), pa.array(owner[order]), pa.array(whole[order].view(np.uint8))], schema=schema
    )

    def write(stream: Any) -> None:
        with pa.ipc.new_file(stream, schema) as writer:
            writer.write_batch(batch)

    write_whole(path, write)


def keys_near(path: Path, keys: NDArray[np.uint64]) -> Iterator[Keys]:
    """The keys of a file whose first bits are those of some keys."""
    for number in np.unique(keys >> np.uint64(64 - _BITS)).tolist():
        yield _between(path, number, number + 1)


def stretches(paths: Sequence[Path]) -> Iterator[list[Keys]]:
    """All keys of some files, stretch by stretch; equal keys are in the same one."""
    total = sum(_opened(path)[1][-1] for path in paths)
    bits = min(max(total // _AT_ONCE, 0).bit_length(), _BITS)
    step = 1 << (_BITS - bits)
    for first in range(0, 1 << _BITS, step):
        yield [_between(path, first, first + step) for path in paths]


def _between(path: Path, first: int, last: int) -> Keys:
    file, edges = _opened(path)
    # By their buffers: Arrow's own way to arrays loads pandas where that is installed.
    key, owner, whole = (column.buffers()[1] for column in file.get_batch(0).columns)
    some = slice(edges[first], edges[last])
    if not edges[-1]:
        return Keys(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.bool_))
    # Copied: of a file that is mapped, what lies around counts as held for as long as anything of it is.
    return Keys(
        np.frombuffer(key, np.uint64)[some].copy(),
        np.frombuffer(owner, np.int64)[some].copy(),
        np.frombuffer(whole, np.bool_)[some].copy(),
    )


def _opened(path: Path) -> tuple[Any, list[int]]:
    """A file of keys, of which only what is looked at is read, and where each run of first bits begins."""
    file = pa.ipc.open_file(pa.memory_map(str(path)))
    edges: list[int] = json.loads(file.schema.metadata[b"edges"])
    return file, edges
