"""The query of `peer.sql` over the Parquet files of a fact store: DuckDB beside screening, reading included.

Partitions have vocabularies of their own, so what the query names is told to it by a small table for each
partition: which concepts are in which set, which number the unit of a term has, which words say that a state
is over. Making that table is not measured, though the engine binds its value sets while it is.
Of the files, the query's columns and the rows of wanted concepts are read once into tables in the order that
the query needs; the twenty criteria are one query over those.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.peer import OVER, QUERY, SETS, UNITS, days_of
from eligibility.facts import Kind
from eligibility.program import Program
from eligibility.terminology import bind
from fhir_adapters.storing import Store

_COLUMNS = {
    Kind.CONDITION: ("start_lo", "start_hi", "end_lo", "end_hi", "standing", "clinical_status"),
    Kind.OBSERVATION: ("start_lo", "start_hi", "standing", "value_state", "value_lo", "value_hi", "unit"),
    Kind.MEDICATION: ("start_lo", "start_hi", "end_lo", "end_hi", "standing"),
    Kind.DEMOGRAPHIC: ("birth_lo", "birth_hi", "death_lo", "death_hi", "deceased"),
    Kind.CONTACT: ("start_lo",),
}
_NAMED = (Kind.CONDITION, Kind.OBSERVATION, Kind.MEDICATION)  # of which concepts are wanted
_NUMBERS = {name: 2 * number + 2 for number, name in enumerate(SETS)}  # near ones have the odd number after


class PeerStore:
    """A store's files, what the query has to know of each partition, and the query."""

    def __init__(self, program: Program, store: Store, as_of: date, threads: int) -> None:
        self._ids = [criterion.id for criterion in program.criteria]
        self._store, self._threads = store, threads
        self._wanted, self._held = _told(program, store)
        numbers = {name: str(number) for name, number in days_of(as_of).items()}
        for name, number in _NUMBERS.items():
            numbers |= {name: str(number), f"near_{name}": str(number + 1)}
        numbers |= {f"unit_{name}": "1" for name in UNITS} | {"over": "1"}
        self.query = QUERY.read_text(encoding="utf-8").format_map(numbers)

    def run(self) -> pa.Table:
        """The result columns of all patients, in their order in the store: what is measured."""
        connection = duckdb.connect(":memory:")
        connection.execute(f"SET threads = {self._threads}")
        connection.execute("SET perfect_ht_threshold = 20")
        connection.execute("SET enable_progress_bar = false")
        connection.register("wanted", self._wanted)
        for kind in _COLUMNS:
            connection.execute(self._load(kind))
        told: pa.Table = connection.sql(f"FROM ({self.query}) ORDER BY patient").to_arrow_table()
        connection.close()
        return told

    def _load(self, kind: Kind) -> str:
        name = kind.name.lower()
        folders = [self._store.path / folder for _, folder in sorted(self._store.content.folders.items())]
        files = ", ".join(
            f"'{folder / name}.parquet'" for folder in folders if (folder / f"{name}.parquet").exists()
        )
        source = f"read_parquet([{files}], filename = true, union_by_name = true)"
        columns = [f"w.base + f.patient AS patient, {self._concept(kind)}"]
        columns += [self._column(kind, column) for column in _COLUMNS[kind]]
        order = "concept, patient, start_lo" if kind in _NAMED else "patient"
        order += ", start_lo" if kind is Kind.CONTACT else ""
        on = f"f.filename = w.folder || '/{name}.parquet' AND w.kind = {int(kind) if kind in _NAMED else -1}"
        on += " AND f.concept = w.concept" if kind in _NAMED else ""
        return (
            f"CREATE TABLE {name} AS SELECT {', '.join(columns)} FROM {source} f JOIN wanted w ON {on} "
            f"ORDER BY {order}"
        )

    def _concept(self, kind: Kind) -> str:
        return "w.number AS concept" if kind in _NAMED else "f.concept AS concept"

    def _column(self, kind: Kind, column: str) -> str:
        """A column, which a partition may hold under the name of one that is equal to it."""
        names = sorted(self._held[kind, column], key=lambda name: (name != column, name))
        held = f"coalesce({', '.join(f'f.{name}' for name in names)})" if len(names) > 1 else f"f.{names[0]}"
        if column == "unit":
            held = f"CASE WHEN {held} = w.unit THEN 1 ELSE 0 END"
        if column == "clinical_status":
            held = f"CASE {held} WHEN 0 THEN 0 WHEN w.over_1 THEN 1 WHEN w.over_2 THEN 1 ELSE 2 END"
        return f"{held} AS {column}"

    def outcomes(self, table: pa.Table) -> dict[str, np.ndarray[Any, np.dtype[np.uint8]]]:
        """By criterion id, and the verdict: uint8[n_patients] each."""
        return {
            name: np.asarray(table.column(name.lower()).to_numpy(), dtype=np.uint8)
            for name in (*self._ids, "verdict")
        }


def _told(program: Program, store: Store) -> tuple[pa.Table, Mapping[tuple[Kind, str], set[str]]]:
    """What the query has to know of each partition, and under which names columns are held."""
    rows: list[dict[str, Any]] = []
    held: dict[tuple[Kind, str], set[str]] = {}
    base = 0
    for number in store.numbers():
        opened = store.opened(number)
        content = json.loads((opened.folder / "partition.json").read_bytes())
        for name, told in content["kinds"].items():
            for column in told["columns"]:
                held.setdefault((Kind[name.upper()], column), set()).add(told["same"].get(column, column))
        over = [opened.words.find(word) for word in OVER]
        common = {"folder": str(opened.folder), "base": base, "over_1": over[0], "over_2": over[1]}
        rows.append({**common, "kind": -1, "concept": -1, "number": -1, "unit": -2})
        membership = bind(program, {}, opened.concepts)
        for name, (kind, value_set, excepted) in SETS.items():
            member = membership.member[value_set]
            if excepted is not None:
                member = member & ~membership.member[excepted]
            unit = content["units"].index(UNITS[name]) if UNITS.get(name) in content["units"] else -2
            for flags, shown in ((member, _NUMBERS[name]), (membership.near[value_set], _NUMBERS[name] + 1)):
                rows += [
                    {**common, "kind": int(kind), "concept": concept, "number": shown, "unit": unit}
                    for concept in np.flatnonzero(flags).tolist()
                ]
        base += content["told"]["patients"]
    return pa.Table.from_pylist(rows), held
