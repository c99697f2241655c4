"""A population screened from its store: judged partition by partition, each kept until all are there.

What is kept lies in `.partitions` within the output folder. The same command goes on with it, whatever ended
the run before; another question, another store or another version begins anew. The files of the
result are put together at the end, in the order of the partitions, so that they are the same bytes
however many processes worked at them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.limits import LIMITS
from api.outputs import (
    csv_head,
    csv_rows,
    csv_stream,
    prepare_folder,
    remove,
    replacing,
    write_json,
    write_ndjson,
)
from api.population.judging import added, in_order, judged, runs_of
from api.population.questions import Asked, folder_of, question_of
from api.screening import account
from eligibility.whole_files import read_json, write_whole
from eligibility.whole_files import write_json as write_state
from fhir_adapters.storing import Store
from fhir_adapters.storing.state import NAME
from fhir_adapters.storing.workers import Doing

_KEPT = ".partitions"
_GROUP = 1 << 18  # rows of a result that are written as one group: few small ones cost time and space
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Screened:
    """One protocol's results: where they are, the run's record, and what was rejected by code."""

    out: Path
    told: dict[str, Any]
    rejected: Counter[str]

    @property
    def marked(self) -> bool:
        """Whether records were lost whose patient is not known."""
        return bool(self.told["lines"]["rejected_without_patient"])


@dataclass(frozen=True, slots=True)
class _Task:
    store: Path
    changed: int  # of the store, so that a process notices another one
    partition: int
    asked: tuple[Asked, ...]
    out: Path
    all_evidence: bool
    keep_limits: bool


@dataclass(frozen=True, slots=True)
class _Whole:
    store: Path
    changed: int
    number: int  # of the protocol
    work: Path
    out: Path
    csv_findings: bool
    keep_limits: bool


def screen_store(
    store: Path,
    asked: Sequence[Asked],
    out: Path,
    *,
    csv_findings: bool,
    all_evidence: bool,
    keep_limits: bool = False,
    do: Doing,
    progress: Progress,
) -> list[Screened]:
    """Judge everybody in a store and write the results; of several protocols into a folder each.

    The caller holds the store and the output folder. Raises UserError.
    """
    opened = Store.open(store)
    work = out / _KEPT
    _begin(work, _key(store, asked, all_evidence, keep_limits))
    changed = (store / NAME).stat().st_mtime_ns
    tasks = [
        _Task(store, changed, number, tuple(asked), work, all_evidence, keep_limits)
        for number in opened.numbers()
        if not (work / f"{number:04d}.json").exists()
    ]
    whole = len(opened.numbers())
    done = whole - len(tasks)
    progress("judging", done, whole)
    for _ in do(_judge, tasks):
        done += 1
        progress("judging", done, whole)
    folders = [out] if len(asked) == 1 else [out / folder_of(one) for one in asked]
    wholes = [
        _Whole(store, changed, number, work, folder, csv_findings, keep_limits)
        for number, folder in enumerate(folders)
    ]
    found = dict(do(_put_together, wholes))
    shutil.rmtree(work, ignore_errors=True)
    return [found[number] for number in range(len(asked))]


def _key(store: Path, asked: Sequence[Asked], all_evidence: bool, keep_limits: bool) -> dict[str, Any]:
    """What the kept partitions depend on."""
    questions = []
    for one in asked:
        question = question_of(one)
        questions.append(
            {
                "program": hashlib.sha256(repr(question.program).encode()).hexdigest(),
                "value_sets": sorted(
                    [url, hashlib.sha256(repr(sorted(held.codes)).encode()).hexdigest()]
                    for url, held in question.value_sets.items()
                ),
                "parameters": list(one.parameters),
                "as_of": one.as_of,
                "names": list(one.names),
                "no_notes": one.no_notes,
            }
        )
    import importlib.metadata

    return {
        "store": hashlib.sha256((store / NAME).read_bytes()).hexdigest(),
        "questions": questions,
        "all_evidence": all_evidence,
        "keep_limits": keep_limits,
        "version": importlib.metadata.version("eligibility"),
    }


def _begin(work: Path, key: dict[str, Any]) -> None:
    """Go on with what is kept for this question, or begin anew."""
    prepare_folder(work)
    key = json.loads(json.dumps(key))
    if read_json(work / "key.json") != key:
        shutil.rmtree(work, ignore_errors=True)
        prepare_folder(work)
        write_state(work / "key.json", key)
    for left in work.glob("*.part"):
        left.unlink()


@lru_cache(maxsize=2)
def _opened(store: Path, changed: int) -> Store:
    return Store.open(store)


def _judge(task: _Task) -> None:
    """Judge one partition; its account is written last."""
    counts = []
    for number, run in enumerate(runs_of(_opened(task.store, task.changed), task.partition, task.asked)):
        found = judged(run, task.all_evidence, task.keep_limits)
        for name, table in found.tables.items():
            _write_table(task.out / f"{task.partition:04d}.{number}.{name}", table)
        told = {"counts": found.counts, "notes": found.notes, "systems": found.systems,
                "lines": found.lines, "ignored_types": found.ignored_types}  # fmt: skip
        counts.append({**told, "account": account(run)})
    # Not sorted: the order of what it tells is that of the protocol.
    text = json.dumps(counts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    write_whole(task.out / f"{task.partition:04d}.json", lambda stream: stream.writelines((text,)))


def _write_table(path: Path, table: pa.Table) -> None:
    def write(stream: Any) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with pa.ipc.new_file(stream, table.schema, options=options) as writer:
            writer.write_table(table.combine_chunks())

    write_whole(path, write)


def _put_together(task: _Whole) -> Screened:
    """The files of one protocol's results."""
    store, out = _opened(task.store, task.changed), task.out
    prepare_folder(out)
    remove(out / "run.json")  # written last: without it the other files may be of different runs
    parts = store.numbers()

    def paths(name: str) -> list[Path]:
        return [task.work / f"{part:04d}.{task.number}.{name}" for part in parts]

    _join(paths("verdicts"), out / "verdicts.parquet", out / "verdicts.csv")
    _join(paths("findings"), out / "findings.parquet", out / "findings.csv" if task.csv_findings else None)
    _join(paths("people"), out / "people.parquet", None)
    if task.keep_limits:
        _join(paths("limits"), out / LIMITS, None)
    else:
        remove(out / LIMITS)
    if not task.csv_findings:
        remove(out / "findings.csv")
    rejected: Counter[str] = Counter()

    def rows() -> Any:
        for row in store.rejects():
            rejected[row["code"]] += 1
            yield row

    write_ndjson(out / "rejects.ndjson", rows())
    accounts = [json.loads((task.work / f"{part:04d}.json").read_bytes()) for part in parts]
    told = _record(store, [account[task.number] for account in accounts])
    write_json(out / "run.json", told)
    return Screened(out, told, rejected)


def _record(store: Store, parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The record of the whole run from those of its partitions."""
    told: dict[str, Any] = dict(parts[0]["account"])
    counts = parts[0]["counts"]
    notes = parts[0]["notes"]
    systems: dict[str, set[str]] = {}
    for part in parts:
        for kind, held in part["systems"].items():
            systems.setdefault(kind, set()).update(held)
    for part in parts[1:]:
        counts = added(counts, part["counts"])
        notes = None if notes is None else added(notes, part["notes"])
    if notes is not None:
        readings = notes["readings"]
        more = {name: dict(sorted(notes[name].items())) for name in ("problems", "faults")}
        told["notes"] = {"total": sum(readings.values()), **readings, **more}
        told["lines"] |= _lines_read(store, parts)
    told["manifest"]["systems"] = {kind: sorted(held) for kind, held in sorted(systems.items())}
    return {**told, "counts": in_order(counts)}


def _lines_read(store: Store, parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The account of lines, of which those that hold contents of notes were of use this time."""
    lines, ignored = store.cut_lines()
    for part in parts:
        lines = added(lines, part["lines"])
        ignored = added(ignored, part["ignored_types"])
    return {"total": sum(lines.values()), **lines, "ignored_types": dict(sorted(ignored.items()))}


def _join(parts: Sequence[Path], parquet: Path, cells: Path | None) -> None:
    """One table out of many, which are never held together."""
    with ExitStack() as stack:
        stream = stack.enter_context(replacing(parquet))
        text = None
        if cells is not None:
            text = stack.enter_context(csv_stream(stack.enter_context(replacing(cells))))
        writer, held = None, []
        for path in parts:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(stream, table.schema, compression="zstd"))
                if text is not None:
                    csv_head(text, table.schema)
            if text is not None:
                csv_rows(text, table)
            held.append(table)
            if path is parts[-1] or sum(map(len, held)) >= _GROUP:
                writer.write_table(pa.concat_tables(held))
                held.clear()
