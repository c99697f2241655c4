"""Opens the facts of a partition: a table whose columns are read when they are first looked at."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eligibility.concepts import Concepts, Words
from eligibility.facts import Array, Block, Facts, Kind, Links, columns_of
from eligibility.factstore.writing import ROWS, UNITS, VERSION
from eligibility.manifest import Manifest
from eligibility.program import Program, Selection, selections_of
from eligibility.resources import Resources
from eligibility.terminology import Membership
from eligibility.units import dimension_of

# Kinds that are read as a whole: few rows of each patient, about the person, or answering for each other as
# allergies do (a record that none is known, and any allergy that contradicts it).
WHOLE = frozenset({Kind.DEMOGRAPHIC, Kind.CONTACT, Kind.ANSWER, Kind.ALLERGY})
Needs = Mapping[Kind, NDArray[np.int64]]  # the concepts that are asked of each kind, ascending


def needs_of(programs: Sequence[tuple[Program, Membership]]) -> Needs:
    """The concepts that programs ask for: what is in their value sets, or may be."""
    wanted: dict[Kind, list[NDArray[np.int64]]] = {}
    for program, membership in programs:
        membership.refresh()
        for selection in _selections((program.criteria, program.index)):
            held = wanted.setdefault(selection.kind, [])
            held.append(membership.members[selection.value_set])
            held.append(membership.neighbours[selection.value_set])
    return {kind: np.unique(np.concatenate(ids)) for kind, ids in wanted.items()}


@lru_cache(maxsize=256)
def _selections(nodes: Hashable) -> tuple[Selection, ...]:
    """The distinct selections of a program, which are asked for again with each partition."""
    return tuple(dict.fromkeys(selections_of(nodes)))


@dataclass(frozen=True, slots=True)
class Opened:
    """A partition's vocabulary, and what was kept beside its facts."""

    folder: Path
    concepts: Concepts
    words: Words
    told: Any
    content: Mapping[str, Any]

    @classmethod
    def of(cls, folder: Path) -> Opened:
        """Raises ValueError for a partition that another version has written."""
        content = _content(folder)
        table = _read(folder / "concepts.parquet")
        held = table["codings"].to_pylist()
        concepts = Concepts.restored(
            [tuple((one["system"], one["code"]) for one in codings) for codings in held],
            table["text"].to_pylist(),
            table["display"].to_pylist(),
        )
        words = Words()
        for text in _read(folder / "words.parquet")["text"].to_pylist():
            words.intern(text)
        return cls(folder, concepts, words, content["told"], content)

    def facts(self, manifest: Manifest, needs: Needs | None = None) -> Facts:
        """The table, of which only the concepts in `needs` are read; all where that is None.

        What it holds of concepts that nobody needs is undefined; of those that are needed it holds every row.
        """
        units = np.array([dimension_of(name) for name in self.content["units"]] + [-1], dtype=np.int16)
        blocks: dict[Kind, Block] = {}
        for name, told in self.content["kinds"].items():
            kind = Kind[name.upper()]
            wanted = None if needs is None or kind in WHOLE else needs.get(kind, np.empty(0, np.int64))
            block = _block(self.folder / f"{name}.parquet", kind, told, len(self.concepts), wanted, units)
            if block is not None:
                blocks[kind] = block
        patients = _read(self.folder / "patients.parquet")
        corrupt = {
            Kind[name.removeprefix("corrupt_").upper()]: patients[name].to_numpy()
            for name in patients.column_names
            if name.startswith("corrupt_")
        }
        links = _read(self.folder / "links.parquet")
        return Facts(
            patients=patients["patient"].to_pylist(),
            concepts=self.concepts,
            words=self.words,
            blocks=blocks,
            resources=Resources.later(lambda: _resources(self.folder)),
            manifest=manifest,
            links=Links(*(links[name].to_numpy() for name in ("source", "target", "role"))),
            corrupt=corrupt,
        )


def open_facts(folder: Path, manifest: Manifest) -> Facts:
    """All facts of a partition."""
    return Opened.of(folder).facts(manifest)


def told_of(folder: Path) -> Any:
    """What was kept beside the facts of a partition. Raises ValueError as `Opened.of`."""
    return _content(folder)["told"]


def _content(folder: Path) -> Any:
    content = json.loads((folder / "partition.json").read_bytes().decode("utf-8", "surrogatepass"))
    if content["version"] != VERSION:
        raise ValueError(f"{folder} is of version {content['version']}, not {VERSION}")
    return content


class _Columns(Mapping[str, Array]):
    """Columns of some groups of rows of a file, each read when it is asked for."""

    def __init__(
        self, path: Path, told: Mapping[str, Any], groups: Sequence[int] | None, units: Array
    ) -> None:
        self._path, self._told, self._groups, self._units = path, told, groups, units
        self._held: dict[str, Array] = {}
        self._file: Any = None  # opened once for all columns that are asked for
        self._names = frozenset(told["columns"])

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        name = self._told["same"].get(name, name)
        found = self._held.get(name)
        if found is None:
            found = self._held[name] = self._read(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._told["columns"])

    def __len__(self) -> int:
        return len(self._names)

    def _read(self, name: str) -> Array:
        if self._file is None:
            self._file = pq.ParquetFile(self._path)
        if self._groups is None:
            table = self._file.read(columns=[name], use_threads=False)
        else:
            table = self._file.read_row_groups(list(self._groups), columns=[name], use_threads=False)
        column: Array = table[name].to_numpy()
        return self._units[column] if name in UNITS else column


def _block(
    path: Path,
    kind: Kind,
    told: Mapping[str, Any],
    n_concepts: int,
    wanted: NDArray[np.int64] | None,
    units: Array,
) -> Block | None:
    """A block of the groups of rows in which wanted concepts stand."""
    concepts = np.array(told["concepts"], dtype=np.int64)
    ends = np.cumsum(np.array(told["counts"], dtype=np.int64))
    starts = np.append(0, ends[:-1])
    groups: list[int] | None = None
    if wanted is not None:
        asked = np.isin(concepts, wanted)
        touched = [
            np.arange(start // ROWS, (stop - 1) // ROWS + 1)
            for start, stop in zip(starts[asked].tolist(), ends[asked].tolist(), strict=True)
        ]
        groups = np.unique(np.concatenate(touched)).tolist() if touched else []
        total = -(-told["rows"] // ROWS)
        if len(groups) == total:
            groups = None
        else:
            starts, ends = _within(starts, groups, told["rows"]), _within(ends, groups, told["rows"])
    counts = np.zeros(n_concepts, dtype=np.int64)
    counts[concepts] = ends - starts
    offsets = np.append(0, np.cumsum(counts))
    if not offsets[-1] and groups is not None:
        return _empty(kind, told, n_concepts)
    return Block(kind, _Columns(path, told, groups, units), offsets, told["latest_start"])


def _within(rows: NDArray[np.int64], groups: Sequence[int], total: int) -> NDArray[np.int64]:
    """How many rows of these groups stand before each row number of the file."""
    before = np.zeros(len(rows), dtype=np.int64)
    for group in groups:
        first, last = group * ROWS, min((group + 1) * ROWS, total)
        before += np.clip(rows, first, last) - first
    return before


def _empty(kind: Kind, told: Mapping[str, Any], n_concepts: int) -> Block:
    """A block without rows, which still says that there are some of its kind."""
    specs = columns_of(kind)
    columns = {name: np.empty(0, dtype=specs[name][0]) for name in told["columns"]}
    return Block(kind, columns, np.zeros(n_concepts + 1, dtype=np.int64), told["latest_start"])


def _resources(folder: Path) -> Resources:
    table = _read(folder / "resources.parquet")
    return Resources.restored(table["type"].combine_chunks(), table["id"].combine_chunks())


def _read(path: Path) -> Any:
    return pq.read_table(path, use_threads=False, memory_map=False)
