"""Writes the facts of a partition into a folder. The same facts make the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eligibility.facts import Array, Block, Facts, columns_of
from eligibility.units import dimension_name
from eligibility.whole_files import json_bytes, sync_folder, write_synced

VERSION = 1
ROWS = 1 << 15  # of one group of rows
# Numbers of units are those of a process; on disk they are numbers of a list of units.
UNITS = ("unit", "dose_unit")
_CODINGS = pa.list_(pa.struct([("system", pa.string()), ("code", pa.string())]))


def write_facts(folder: Path, facts: Facts, told: Any, rejects: Sequence[Any] = ()) -> None:
    """Write a partition's facts, which hold nothing of notes' texts.

    `told` is plain data kept beside them, `rejects` rows of what was refused, one a line.

    The folder is there whole or not at all; one of this name is replaced. Raises OSError.
    """
    making = folder.with_name(folder.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    units = _Units()
    kinds = {
        kind.name.lower(): _write_block(making, block, units) for kind, block in sorted(facts.blocks.items())
    }
    concepts = facts.concepts
    codings = [[{"system": s, "code": c} for s, c in held] for held in concepts.codings]
    _write(making / "concepts.parquet", {
        "codings": pa.array(codings, _CODINGS),
        "text": pa.array(concepts.texts, pa.string()),
        "display": pa.array(concepts.displays, pa.string()),
    })  # fmt: skip
    _write(making / "words.parquet", {"text": pa.array(facts.words.texts, pa.string())})
    _write(making / "resources.parquet", facts.resources.columns())
    links = facts.links
    _write(making / "links.parquet", {
        "source": pa.array(links.source), "target": pa.array(links.target), "role": pa.array(links.role),
    })  # fmt: skip
    corrupt = {f"corrupt_{kind.name.lower()}": pa.array(f) for kind, f in sorted(facts.corrupt.items())}
    _write(making / "patients.parquet", {"patient": pa.array(list(facts.patients), pa.string()), **corrupt})
    lines = [json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") for row in rejects]
    write_synced(making / "rejects.ndjson", lambda stream: stream.writelines(line + b"\n" for line in lines))
    content = json_bytes({"version": VERSION, "kinds": kinds, "units": units.names, "told": told})
    write_synced(making / "partition.json", lambda stream: stream.writelines((content,)))
    sync_folder(making)
    shutil.rmtree(folder, ignore_errors=True)
    making.rename(folder)
    sync_folder(folder.parent)


class _Units:
    """The list of units of a partition, in the order in which they are met."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._at: dict[int, int] = {-1: -1}

    def numbered(self, column: Array) -> Array:
        """A column of units with numbers of the list."""
        used, which = np.unique(column, return_inverse=True)
        for unit in used.tolist():
            if unit not in self._at:
                self._at[unit] = len(self.names)
                self.names.append(dimension_name(unit))
        numbers: Array = np.array([self._at[unit] for unit in used.tolist()], dtype=np.int16)
        renumbered: Array = numbers[which.ravel()]
        return renumbered


def _write_block(folder: Path, block: Block, units: _Units) -> dict[str, Any]:
    """One kind's file; answers what is to be known of it without opening it."""
    columns: dict[str, pa.Array] = {}
    same: dict[str, str] = {}
    seen: dict[int, str] = {}
    order = [name for name in columns_of(block.kind) if name in block.columns]
    for name in order:
        array = block.columns[name]
        if id(array) in seen:
            same[name] = seen[id(array)]
            continue
        seen[id(array)] = name
        columns[name] = pa.array(units.numbered(array) if name in UNITS else array)
    told = {"row_group_size": ROWS, "write_statistics": ["concept"]}
    _write(folder / f"{block.kind.name.lower()}.parquet", columns, **told)
    present = np.flatnonzero(np.diff(block.offsets))
    return {
        "rows": len(block),
        "concepts": present.tolist(),
        "counts": np.diff(block.offsets)[present].tolist(),
        "columns": order,
        "same": same,
        "latest_start": block.latest_start,
    }


def _write(path: Path, columns: dict[str, pa.Array], **how: Any) -> None:
    """Without dictionaries: LZ4 makes the columns as small, in less time."""
    table = pa.table(columns)
    write_synced(
        path, lambda stream: pq.write_table(table, stream, compression="lz4", use_dictionary=False, **how)
    )
