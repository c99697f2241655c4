"""A run as `eligibility screen` left it on disk: its record, its patients, its outcomes.

Read once, column by column; nothing is judged. Verdicts that the judge's rule makes of the findings must be
those that stand in the run, or the files are not of one run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from api.errors import UserError
from api.findings import OUTCOMES, VERDICTS
from eligibility.attrition import Asked, Population
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, States
from eligibility.program import Polarity, Stage
from eligibility.reasons import Outcome

_CODES = {name: int(outcome) for outcome, name in OUTCOMES.items()} | {"not applicable": int(Outcome.MET)}
_DEATHS = {"no": FALSE, "unclear": UNKNOWN, "yes": TRUE}
_VERDICT_CODES = {name: code for code, name in VERDICTS.items()}


@dataclass(frozen=True, slots=True)
class StoredRun:
    """`criteria` are all of the protocol's; `outcomes` uint8[n_criteria, n_patients], `deaths` and `verdict`
    uint8[n_patients], patients in order of identifier. `record` is what `run.json` says.
    """

    folder: Path
    record: dict[str, Any]
    patients: tuple[str, ...]
    criteria: tuple[Asked, ...]
    outcomes: States
    deaths: States
    verdict: States
    population: Population
    order: NDArray[np.int64]  # of the rows of the run's tables of patients, by identifier

    def table(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Some columns of a table with a row for each patient, in order of identifier."""
        path = self.folder / name
        table = read_columns(path, ("patient", *(one for one in columns if one != "patient")))
        if table.num_rows == len(self.order):
            table = table.take(pa.array(self.order))
        if tuple(table["patient"].to_pylist()) != self.patients:
            raise UserError("RUN_INCONSISTENT", str(path), "the patients are not those of the verdicts")
        return table

    def reasons(self) -> tuple[list[str], NDArray[np.int32]]:
        """The distinct reasons of all findings, and which one each has: int32[n_patients, n_criteria]."""
        findings = read_columns(self.folder / "findings.parquet", ("reason",), looked_up=True)
        column = findings["reason"].unify_dictionaries()
        words = column.chunk(0).dictionary.to_pylist()
        which = [chunk.indices.fill_null(len(words)).to_numpy() for chunk in column.chunks]
        shape = len(self.patients), len(self.criteria)
        return [*words, ""], np.concatenate(which).reshape(shape)[self.order]


def read_run(folder: Path) -> StoredRun:
    """Raises UserError where the folder holds no whole run, or one without verdicts."""
    record = _record(folder / "run.json")
    verdicts = read_columns(folder / "verdicts.parquet", ("patient", "verdict", "deceased"))
    # Of millions of rows only words that are looked up once each.
    findings = read_columns(folder / "findings.parquet", ("patient", "criterion", "outcome"), looked_up=True)
    if "verdicts" not in record["counts"]:
        raise UserError("NO_VERDICT", str(folder), "the protocol has no criterion that gives a verdict")
    listed = tuple(verdicts["patient"].to_pylist())
    if not listed:
        raise UserError("NO_PATIENTS", str(folder), "nobody was judged in this run")
    criteria = _criteria(folder / "findings.parquet", record)
    # A store is screened partition by partition: only within each are patients in order.
    order = np.array(sorted(range(len(listed)), key=listed.__getitem__), np.int64)
    patients = tuple(listed[one] for one in order)
    outcomes = np.ascontiguousarray(_outcomes(folder, findings, listed, criteria)[:, order])
    deaths = _coded(folder, verdicts["deceased"], _DEATHS)[order]
    verdict = _coded(folder, verdicts["verdict"], _VERDICT_CODES)[order]
    population = Population.of(criteria, outcomes, deaths)
    if not np.array_equal(population.verdicts()[population.pattern], verdict):
        raise UserError("RUN_INCONSISTENT", str(folder), "the verdicts are not those of the findings")
    return StoredRun(folder, record, patients, criteria, outcomes, deaths, verdict, population, order)


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError("RUN_MISSING", str(path.parent), "no run of `eligibility screen` here") from error
    except (OSError, ValueError) as error:
        raise UserError("RUN_UNREADABLE", str(path), str(error)) from error
    if not isinstance(record, dict) or not {"protocol", "as_of", "counts", "inputs"} <= record.keys():
        raise UserError("RUN_UNREADABLE", str(path), "this is no record of a run")
    return record


def read_columns(path: Path, names: Sequence[str], looked_up: bool = False) -> pa.Table:
    """Some columns of a table of the run, of words as dictionaries where they are to be `looked_up`.

    Raises UserError where the table is not there or has them not.
    """
    words = list(names) if looked_up else []
    try:
        return pq.read_table(path, columns=list(names), read_dictionary=words).select(list(names))
    except (OSError, pa.ArrowException, KeyError) as error:
        raise UserError("RUN_UNREADABLE", str(path), str(error)) from error


def _criteria(path: Path, record: dict[str, Any]) -> tuple[Asked, ...]:
    """All criteria in the protocol's order: the rows of the first patient say what each one is."""
    labels = {one["id"]: one["label"] for one in record["counts"]["criteria"]}
    columns = ["criterion", "polarity", "stage", "cohorts"]
    try:
        with pq.ParquetFile(path) as file:
            first = next(file.iter_batches(batch_size=max(1, len(labels)), columns=columns))
    except (OSError, pa.ArrowException, KeyError, StopIteration) as error:
        raise UserError("RUN_UNREADABLE", str(path), str(error)) from error
    rows = first.slice(0, len(labels)).to_pylist()
    return tuple(
        Asked(
            row["criterion"],
            labels.get(row["criterion"], ""),
            Polarity(row["polarity"]),
            Stage(row["stage"]),
            tuple(row["cohorts"]),
        )
        for row in rows
    )


def _outcomes(
    folder: Path, findings: pa.Table, patients: tuple[str, ...], criteria: tuple[Asked, ...]
) -> States:
    """uint8[n_criteria, n_patients]; the rows stand patient by patient, in the protocol's order."""
    shape = len(patients), len(criteria)
    whole = findings.num_rows == shape[0] * shape[1]
    if whole:
        ids = [criterion.id for criterion in criteria]
        whole = _cycles(findings["criterion"], ids, shape) and _stretches(
            findings["patient"], patients, shape
        )
    if not whole:
        raise UserError("RUN_INCONSISTENT", str(folder), "findings and verdicts are not of the same patients")
    return np.ascontiguousarray(_coded(folder, findings["outcome"], _CODES).reshape(shape).T)


def _codes(column: pa.ChunkedArray) -> tuple[list[str | None], NDArray[np.int32]]:
    """The distinct texts of a column in order of appearance, and which one each row has."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode(null_encoding="encode")
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # of no rows there is no chunk to combine
        return [], np.empty(0, np.int32)
    if encoded.indices.null_count:
        return [None], np.zeros(len(encoded), np.int32)
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False)


def _cycles(column: pa.ChunkedArray, ids: list[str], shape: tuple[int, int]) -> bool:
    names, which = _codes(column)
    place = {name: number for number, name in enumerate(ids)}
    known = np.array([place.get(name or "", -1) for name in names], np.int64)
    return bool((known[which].reshape(shape) == np.arange(shape[1])).all())


def _stretches(column: pa.ChunkedArray, patients: tuple[str, ...], shape: tuple[int, int]) -> bool:
    names, which = _codes(column)
    return tuple(names) == patients and bool((which.reshape(shape) == np.arange(shape[0])[:, None]).all())


def _coded(folder: Path, column: pa.ChunkedArray, codes: dict[str, int]) -> States:
    """Numbers for the words of a column."""
    names, which = _codes(column)
    unknown = [name for name in names if name not in codes]
    if unknown:
        raise UserError("RUN_UNREADABLE", str(folder), f"{unknown[0]!r} is no word of this table")
    return np.array([codes[name or ""] for name in names] or [0], np.uint8)[which]
