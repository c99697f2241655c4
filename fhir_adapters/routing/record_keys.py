"""Keys of the records of an extract on disk, with whose they are: those near each other are found together.

However many there are, whoever looks for equal keys holds a stretch of them at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eligibility.whole_files import write_whole

# `whole`: the record stands in a document.
_SCHEMA = pa.schema([("key", pa.uint64()), ("owner", pa.int64()), ("whole", pa.bool_())])
_BITS = 8  # by which keys are ordered in their file
_AT_ONCE = 1 << 20  # keys that are held together


def write_keys(
    path: Path, key: NDArray[np.uint64], owner: NDArray[np.int64], whole: NDArray[np.bool_]
) -> None:
    """Write keys ordered by their first bits."""
    which = (key >> np.uint64(64 - _BITS)).astype(np.uint8)
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange((1 << _BITS) + 1))
    schema = _SCHEMA.with_metadata({"edges": json.dumps(edges.tolist())})
    batch = pa.RecordBatch.from_arrays(
        [pa.array(key[order]), pa.array(owner[order]), pa.array(whole[order])], schema=schema
    )

    def write(stream: Any) -> None:
        with pa.ipc.new_file(stream, schema) as writer:
            writer.write_batch(batch)

    write_whole(path, write)


def keys_near(path: Path, keys: NDArray[np.uint64]) -> Iterator[pa.RecordBatch]:
    """The keys of a file whose first bits are those of some keys."""
    for number in np.unique(keys >> np.uint64(64 - _BITS)).tolist():
        yield _between(path, number, number + 1)


def stretches(paths: Sequence[Path]) -> Iterator[list[pa.RecordBatch]]:
    """All keys of some files, stretch by stretch; equal keys are in the same one."""
    total = sum(_opened(path)[1][-1] for path in paths)
    bits = min(max(total // _AT_ONCE, 0).bit_length(), _BITS)
    step = 1 << (_BITS - bits)
    for first in range(0, 1 << _BITS, step):
        yield [_between(path, first, first + step) for path in paths]


def _between(path: Path, first: int, last: int) -> pa.RecordBatch:
    file, edges = _opened(path)
    return file.get_batch(0).slice(edges[first], edges[last] - edges[first])


def _opened(path: Path) -> tuple[Any, list[int]]:
    """A file of keys, of which only what is looked at is read, and where each run of first bits begins."""
    file = pa.ipc.open_file(pa.memory_map(str(path)))
    edges: list[int] = json.loads(file.schema.metadata[b"edges"])
    return file, edges
