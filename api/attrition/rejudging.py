"""The input of a stored run, judged again under another text of the protocol.

Everything that made the run comes from its record: the day, the zone, the parameters, whether the input was
complete. The protocol has to be the very text, and judging it has to give the stored outcomes, or the input
is another one: nothing is compared across two inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.attrition.stored import StoredRun
from api.errors import UserError
from api.loading import (
    Given,
    Question,
    compile_protocol,
    parse_day,
    parse_period,
    protocol_text,
    read_extract,
    supplied_value_sets,
)
from api.noting import reader_for
from api.population.judging import runs_of_questions
from api.screening import Run
from api.screening import run as judge_extract
from criteria_dsl import compile_text
from criteria_dsl.compile import beside
from eligibility.attrition import Asked, Version
from eligibility.program import Program
from fhir_adapters import Extract
from fhir_adapters.storing import Store, is_store


@dataclass(frozen=True, slots=True)
class Source:
    """What a run was made of, given anew: its protocol, and the input with what reading it needs."""

    protocol: Path
    input: str
    value_sets: Sequence[Path] = ()
    names: Sequence[str] = ()


class Rejudging:
    """Judges the patients of a run again. Raises UserError where protocol or input are not the run's."""

    def __init__(self, run: StoredRun, source: Source, amended: Path | None = None) -> None:
        self.run, self._source = run, source
        self.text = protocol_text(source.protocol)
        self.program = the_program(run, source.protocol)
        self.given = given_of(run, self.program)
        programs = [self.program, *([] if amended is None else [compiled(amended, self.given)])]
        supplied = supplied_value_sets(source.protocol, self.program, source.value_sets)
        silent = run.record["notes"] is None
        self._reader = None if silent else reader_for(programs, supplied, source.names)
        self._store = Store.open(Path(source.input)) if is_store(source.input) else None
        self._extract = None if self._store is not None else self._read()
        before = self.judged(self.program, source.protocol)
        same = np.array_equal(before.outcomes, run.outcomes) and np.array_equal(before.deaths, run.deaths)
        if not same:
            raise UserError("INPUT_DIFFERS", source.input, "judging it does not give the outcomes of the run")

    def _read(self) -> Extract:
        complete = self.run.record["manifest"]["delivered"] == "all"
        return read_extract(self._source.input, self.run.record["zone"], complete, notes=self._reader)

    def with_text(self, text: str, values: Mapping[str, str]) -> Version:
        """Judged under another text of the protocol, with other values of parameters."""
        given = {**self.given.values, **values}
        path = self._source.protocol
        made = compile_text(text, name=path.name, library=beside(path), given=given)
        if made.program is None:
            problem = next(one for one in made.problems if one.severity == "error")
            raise UserError("SWEEP_INVALID", "--sweep", problem.render(text))
        return self.judged(made.program, path)

    def judged(self, program: Program, path: Path) -> Version:
        """Judged under a program; `path` is where its lock of value sets would stand."""
        supplied = supplied_value_sets(path, program, self._source.value_sets)
        names = {parameter.name for parameter in program.parameters if not parameter.value}
        dates = {name: period for name, period in self.given.dates.items() if name in names}
        question = Question(program, supplied, parse_day(self.run.record["as_of"], "run.json"), dates)
        patients: list[str] = []
        outcomes, deaths = [], []
        for found in self._runs(question):
            patients += found.facts.patients
            outcomes.append(np.stack([finding.outcome for finding in found.judgement.findings]))
            deaths.append(found.judgement.dead)
        order = np.array(sorted(range(len(patients)), key=patients.__getitem__), np.int64)
        if tuple(patients[one] for one in order) != self.run.patients:
            raise UserError("INPUT_DIFFERS", self._source.input, "its patients are not those of the run")
        criteria = tuple(
            Asked(one.id, one.label, one.polarity, one.stage, one.cohorts) for one in program.criteria
        )
        return Version(criteria, np.hstack(outcomes)[:, order], np.concatenate(deaths)[order])

    def _runs(self, question: Question) -> Iterator[Run]:
        """The whole extract, or one partition of a store after the other, which are never held together."""
        if self._extract is not None:
            yield judge_extract(question, self._extract)
        elif self._store is not None:
            for partition in self._store.numbers():
                yield from runs_of_questions(self._store, partition, [(question, self._reader)])


def the_program(run: StoredRun, protocol: Path) -> Program:
    """The program of a run's own protocol; raises UserError where the text is another one."""
    program = compiled(protocol, None)
    if program.source_sha256 != run.record["protocol"]["sha256"]:
        raise UserError("PROTOCOL_DIFFERS", str(protocol), "this is not the text that the run was made with")
    return compiled(protocol, given_of(run, program))


def compiled(protocol: Path, given: Given | None) -> Program:
    """A program, with those of the given values that it has parameters for."""
    made = compile_protocol(protocol)
    if made.program is not None and given is not None:
        names = {parameter.name for parameter in made.program.parameters}
        made = compile_protocol(protocol, given.only(names).values)
    if made.program is None or not made.program.criteria:
        shown = "\n".join(one.render() for one in made.problems if one.severity == "error")
        raise UserError("PROTOCOL_INVALID", str(protocol), shown or "the protocol has no criterion")
    return made.program


def given_of(run: StoredRun, program: Program) -> Given:
    """The parameters that a run was made with, from its record."""
    kinds = {parameter.name: parameter.kind for parameter in program.parameters}
    dates, values = {}, {}
    for name, told in run.record["parameters"].items():
        if isinstance(told, list):
            dates[name] = parse_period("run.json", "..".join(told))
        else:  # a number is given without the unit that it is declared in
            values[name] = told.split(" ")[0] if kinds.get(name) == "number" else told
    return Given(dates, values)
