"""One run, worked off: read, judged in portions, kept in the store and written to files.

Everything may be done again by the next attempt. The store takes each portion once and refuses another
content under its number; files are shown when all of them are complete, in the moment the run ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from api.asking import asked as asked_of
from api.exhibits import Exhibits, texts_of
from api.explaining import explain
from api.findings import findings_table, to_review, verdicts_table
from api.fingerprints import facts_hashes
from api.growing import GrowingTable
from api.loading import Question
from api.outputs import json_line
from api.screening import Run, account, is_marked, summary
from api.service.compiling import Compiler, Ready
from api.service.errors import rejected
from api.service.keeping import new_verdict
from api.service.parameters import own, ready_for
from api.service.runs.answered import answered_since, answers_at
from api.service.runs.extracts import find_extract
from api.service.runs.files import RunFiles, kept
from api.service.runs.holding import Holding
from api.service.runs.orders import UPLOADED, Order
from api.service.runs.reading import (
    Portioned,
    Source,
    changed,
    inputs_of,
    known_as,
    read_source,
    with_answers,
)
from api.service.runs.uploads import Uploads
from api.service.screenings import SYSTEM
from api.service.settings import ServiceSettings
from api.store import Actor, Store, StoreError, Writing
from api.store.identities import pseudonyms
from api.store.jobs import Claim, complete, job_of
from api.store.plans import Plan, plan_of
from api.store.results import store_portion
from api.store.reviewing import hold_patients, renew_reviews
from api.store.runs import move_run, run_of
from api.store.tables import ProtocolVersion
from fhir_adapters import Extract
from fhir_adapters.storing.refused import reject_row

T = TypeVar("T")
# The database is gone or busy, or somebody else was faster with the same row: the unit may be tried again.
TRANSIENT = frozenset({"STORE_BUSY", "STORE_UNAVAILABLE", "ALREADY_THERE"})
_TRIES = 8
PATIENT_SCHEMA = pa.schema([("patient", pa.string()), ("identifier", pa.string())])
Told = dict[str, Any]


@dataclass(slots=True)
class Ended:
    """What is to be said of one of the order's protocols in the end."""

    run: str
    marked: bool
    account: Told
    counts: Told
    tables: dict[str, GrowingTable] = field(default_factory=dict)


class Working:
    """One attempt at one order."""

    def __init__(
        self,
        store: Store,
        settings: ServiceSettings,
        compiler: Compiler,
        files: RunFiles,
        claimed: Claim,
        order: Order,
        held: Holding,
    ) -> None:
        self.store, self.settings, self.compiler, self.files = store, settings, compiler, files
        self.uploads = Uploads(files.root)
        self.claimed, self.order, self.held = claimed, order, held
        self.actor = Actor(order.asked_by, "run", order.site)
        self._read = self._judged = 0

    def all(self) -> None:
        """Do it all. Raises UserError, or what `Holding.check` raises."""
        order = self.order
        ready = ready_for(self.store, self.compiler, order.versions, order.given)
        path, length = self._extract()
        folder = self.files.begin(self.claimed.key, self.claimed.attempt)
        # Who reads notes reads them in the light of one protocol; all others share one reading.
        shared = [number for number, one in enumerate(ready) if one.reader is None]
        groups = [[number] for number, one in enumerate(ready) if one.reader is not None]
        groups = [*([shared] if shared else []), *groups]
        self.held.tell(phase="reading", read=0, of=length * len(groups), judged=0)
        ended: dict[int, Ended] = {}
        errors = 0
        for group in groups:
            reader = ready[group[0]].reader
            source = Source(str(path), order.zone, order.complete, reader, self._progress)
            self.held.tell(phase="reading")
            extract = read_source(source)
            if not ended:
                errors = _write_rejects(folder, extract)
            for number in group:
                ended[number] = self._one(folder, number, ready[number], source, extract, len(ready))
            del extract  # before the next one is read
        self._end([ended[number] for number in sorted(ended)], folder, errors)

    def _extract(self) -> tuple[Path, int]:
        """Where it is, and its length in bytes."""
        if self.order.extract == UPLOADED:
            return self.uploads.path(self.claimed.key), self.order.bytes
        found = find_extract(self.settings, self.order.site, self.order.extract)
        return found.path, found.bytes

    def _progress(self, count: int) -> None:
        self._read += count
        self.held.tell(read=self._read)

    def _one(
        self, folder: Path, number: int, ready: Ready, source: Source, extract: Extract, protocols: int
    ) -> Ended:
        """One protocol over an extract that was read."""
        order, run_key, program = self.order, self.order.runs[number], ready.program
        plan = self._begin(run_key, extract)
        # By name: with answers beside it, the extract is read anew.
        texts = texts_of(extract)
        known = known_as(extract)
        questions = asked_of(program)
        with self.store.read() as session:
            given = answers_at(session, order.site, SYSTEM, list(questions), order.moment)
        answers = {name: given[text] for name, text in known.items() if text in given}
        if answers:
            extract = with_answers(source, extract, answers)
        question = Question(program, ready.value_sets, order.day, own(order.given, program).dates)
        self.held.tell(phase="judging", patients=len(known) * protocols)
        counts: Told = {}
        with ExitStack() as stack:
            tables: dict[str, GrowingTable] = {}
            for portion, run in enumerate(Portioned(question, extract)):
                keys = self._pseudonyms([known[name] for name in run.facts.patients])
                whose = {name: keys[known[name]] for name in run.facts.patients}
                self._keep(run_key, portion, run, whose, list(questions), texts, plan)
                made = _tables(run, whose, with_patients=number == 0)
                for name, table in made.items():
                    if name not in tables:
                        tables[name] = stack.enter_context(_growing(folder, name, number, table.schema))
                    tables[name].add(table)
                counts = _sum(counts, summary(run)) if counts else summary(run)
                told = account(run)
                self._judged += run.facts.n_patients
                self.held.tell(judged=self._judged)
        told["inputs"] = inputs_of(extract)
        return Ended(run_key, is_marked(run), told, counts, tables)

    def _begin(self, run_key: str, extract: Extract) -> Plan:
        """Keep what is judged before it is judged; the next attempt judges the same, or nothing.

        How the study's cases are reviewed, as it was when the run began: what is kept beside criteria
        follows from it, and the next attempt keeps the same.
        """
        inputs: Told = {"inputs": inputs_of(extract)}

        def begin(unit: Writing) -> Plan:
            row = run_of(unit.session, run_key)
            protocol = unit.session.get_one(ProtocolVersion, row.version_key).protocol_id
            plan = plan_of(unit.session, protocol)
            if row.state == "queued":
                told = {"scope": plan.scope, "sample_percent": plan.sample_percent}
                move_run(unit, run_key, "running", manifest={**inputs, "reviewed": told})
                return plan
            unit.note("run.resumed", f"runs/{run_key}", {"attempt": self.claimed.attempt}, row.site_id)
            begun = dict(row.manifest or {})
            reviewed = begun.pop("reviewed", {})
            if begun != inputs:
                raise changed()
            return replace(plan, **reviewed)

        return self._unit(begin)

    def _pseudonyms(self, values: Sequence[str]) -> dict[str, str]:
        if not values:
            return {}
        return self._unit(lambda unit: pseudonyms(unit, self.order.site, SYSTEM, values))

    def _keep(
        self,
        run_key: str,
        number: int,
        run: Run,
        whose: dict[str, str],
        questions: list[str],
        texts: Mapping[tuple[str, str], str],
        plan: Plan,
    ) -> None:
        """Store a portion with its reviews, unless an earlier attempt did."""
        verdicts, cases = [], {}
        hashes = facts_hashes(run.facts)
        shown = Exhibits(run.facts, run.context, texts)
        for patient, name in enumerate(run.facts.patients):
            whole = plan.asks_all(whose[name])
            content = explain(run.program, run.facts, run.judgement, run.context, patient, shown, whole)
            verdicts.append(new_verdict(whose[name], content, hashes[patient]))
            cases[whose[name]] = to_review(run.judgement, patient, content)
            self.held.check()

        def keep(unit: Writing) -> None:
            hold_patients(unit, list(cases))
            if not store_portion(unit, run_key, number, verdicts):
                return
            later = answered_since(unit.session, list(cases), questions, self.order.moment)
            renew_reviews(unit, run_key, {key: case for key, case in cases.items() if key not in later})

        if verdicts:
            self._unit(keep)

    def _end(self, ended: Sequence[Ended], folder: Path, errors: int) -> None:
        self.held.tell(phase="ending")
        outcome = {"files": _told_files(ended, folder, errors), "marked": any(one.marked for one in ended)}
        self.held.check()
        self.files.show(self.claimed.key, self.claimed.attempt)

        def end(unit: Writing) -> None:
            complete(unit, self.claimed, {**outcome, "ended_at": unit.now.isoformat()})
            cancelled = job_of(unit.session, self.claimed.key).state == "cancelled"
            for one in ended:
                state = "cancelled" if cancelled else "marked" if one.marked else "complete"
                move_run(unit, one.run, state, one.counts, one.account)

        self._unit(end)

    def _unit(self, work: Callable[[Writing], T]) -> T:
        """One unit of writing, tried again while the database is gone or busy and the job is ours."""
        for attempt in range(_TRIES):
            self.held.check()
            try:
                with self.store.write(self.actor) as unit:
                    return work(unit)
            except StoreError as error:
                if error.code not in TRANSIENT or attempt + 1 == _TRIES:
                    raise
                time.sleep(min(0.1 * 2**attempt, 5.0))
        raise AssertionError


def _tables(run: Run, whose: dict[str, str], with_patients: bool) -> dict[str, pa.Table]:
    """What the command line writes, with pseudonyms; whose they are is a table of its own."""
    made = {
        "verdicts": _pseudonymous(verdicts_table(run.facts, run.judgement), whose),
        "findings": _pseudonymous(findings_table(run.program, run.facts, run.judgement, run.context), whose),
    }
    if with_patients:
        names = sorted(whose)
        columns = [pa.array([whose[name] for name in names], pa.string()), pa.array(names, pa.string())]
        made["patients"] = pa.table(columns, schema=PATIENT_SCHEMA)
    return made


def _pseudonymous(table: pa.Table, whose: dict[str, str]) -> pa.Table:
    keys = pa.array([whose[name] for name in table.column("patient").to_pylist()], pa.string())
    return table.set_column(0, "patient", keys)


def _growing(folder: Path, name: str, number: int, schema: pa.Schema) -> GrowingTable:
    return GrowingTable(folder, name if name == "patients" else f"{name}-{number + 1}", schema)


def _write_rejects(folder: Path, extract: Extract) -> int:
    """What was refused, with its very bytes, and the same as outcomes without them; how many."""
    with (folder / "rejects.ndjson").open("wb") as rows, (folder / "errors.ndjson").open("wb") as told:
        for reject in extract.rejects:
            rows.write(json_line(reject_row(reject)))
            told.write(
                json_line(rejected(reject.code, reject.message, reject.line, reject.entry, reject.path))
            )
    return len(extract.rejects)


def _told_files(ended: Sequence[Ended], folder: Path, errors: int) -> list[Told]:
    """Every file with what it holds; `identifying` are those that name patients."""
    found: list[Told] = []
    for number, one in enumerate(ended):
        for name, table in one.tables.items():
            for kind, path in table.paths.items():
                found.append(
                    {
                        "type": name,
                        "format": kind,
                        "count": table.rows,
                        "number": number,
                        "identifying": name == "patients",
                        **_measured(path),
                    }
                )
    for name in ("rejects", "errors"):
        path = folder / f"{name}.ndjson"
        shared = {"type": name, "format": "ndjson", "count": errors, "identifying": name == "rejects"}
        found.append({**shared, "number": None, **_measured(path)})
    return found


def _measured(path: Path) -> Told:
    told = kept(path)
    return {"name": told.name, "bytes": told.bytes, "sha256": told.sha256}


def _sum(one: Any, other: Any) -> Any:
    """Counts of two portions together; what is no number is the same in both."""
    if isinstance(one, dict):
        names = dict.fromkeys((*one, *other))
        return {
            name: _sum(one[name], other[name])
            if name in one and name in other
            else one.get(name, other.get(name))
            for name in names
        }
    if isinstance(one, list):
        return [_sum(a, b) for a, b in zip(one, other, strict=True)]
    return one + other if isinstance(one, int) else one
