"""The limits that a run kept, as the judge can ask them anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from api.attrition.stored import StoredRun
from api.errors import UserError
from api.limits import LIMIT_SCHEMA, LIMITS
from eligibility.judging.kept import KeptLeaf


def read_limits(run: StoredRun) -> dict[tuple[str, int], KeptLeaf] | None:
    """The kept statements of a run by criterion and place, patients in order of identifier; None: none kept.

    Raises UserError where the table is not of this run.
    """
    path = run.folder / LIMITS
    if not path.is_file():
        return None
    try:
        table = pq.read_table(path).select(LIMIT_SCHEMA.names).cast(LIMIT_SCHEMA)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise UserError("RUN_UNREADABLE", str(path), str(error)) from error
    # One partition of a store comes after the other, each with all its statements.
    rows: dict[tuple[str, int], list[int]] = {}
    keys = zip(table["criterion"].to_pylist(), table["place"].to_pylist(), strict=True)
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    names = table["patient"].to_pylist()
    found = {}
    for key, own in rows.items():
        own.sort(key=names.__getitem__)
        if tuple(names[row] for row in own) != run.patients:
            raise UserError("RUN_INCONSISTENT", str(path), "the patients are not those of the verdicts")
        found[key] = _kept(table.take(pa.array(own)))
    return found


def _kept(table: pa.Table) -> KeptLeaf:
    numbers = table["numbers"].combine_chunks()
    if isinstance(numbers, pa.ChunkedArray):
        numbers = numbers.chunk(0)
    sizes = np.diff(numbers.offsets.to_numpy())
    flat = numbers.flatten()
    low, high, known, certain = (_array(flat.field(place)) for place in range(4))
    outcomes = [_array(table[name]) for name in ("if_false", "if_unknown", "if_true")]
    return KeptLeaf(
        table["criterion"][0].as_py(),
        table["place"][0].as_py(),
        table["day"][0].as_py(),
        np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        low,
        high,
        known,
        certain,
        _array(table["silent"]),
        _array(table["damaged"]),
        np.stack(outcomes),
    )


def _array(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    found: NDArray[Any] = np.ascontiguousarray(whole.to_numpy(zero_copy_only=False))
    return found


def names_kept(kept: Sequence[tuple[str, int]]) -> str:
    """The criteria of which something is kept, for a message."""
    return ", ".join(dict.fromkeys(name for name, _ in kept)) or "none"
