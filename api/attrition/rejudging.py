"""The input of a stored run, judged again under another text of the protocol.

Everything that made the run comes from its record: the day, the zone, the parameters, whether the input was
complete. The protocol has to be the very text, and judging it has to give the stored outcomes, or the input
is another one: nothing is compared across two inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from api.attrition.stored import StoredRun
from api.errors import UserError
from api.loading import (
    Given,
    bind_value_sets,
    compile_protocol,
    parse_day,
    parse_period,
    protocol_text,
    read_extract,
    supplied_value_sets,
)
from api.noting import reader_for
from criteria_dsl import compile_text
from criteria_dsl.compile import beside
from eligibility.attrition import Asked, Version
from eligibility.facts import Facts
from eligibility.judging import ParameterError, judge
from eligibility.program import Program


@dataclass(frozen=True, slots=True)
class Source:
    """What a run was made of, given anew: its protocol, and the input with what reading it needs."""

    protocol: Path
    input: str
    value_sets: Sequence[Path] = ()
    names: Sequence[str] = ()


def source_of(
    protocol: Path | None, given: str, value_sets: Sequence[Path], names: Sequence[str]
) -> Source | None:
    """The protocol and input of a run where both are given, None where neither is."""
    if protocol is None and not given:
        return None
    if protocol is None or not given:
        missing = "--protocol" if protocol is None else "--input"
        raise UserError("SOURCE_INCOMPLETE", missing, "judging again needs both --protocol and --input")
    return Source(protocol, given, value_sets, names)


class Rejudging:
    """Judges the patients of a run again. Raises UserError where protocol or input are not the run's."""

    def __init__(self, run: StoredRun, source: Source, amended: Path | None = None) -> None:
        self.run, self._source = run, source
        self.text = protocol_text(source.protocol)
        self.program = the_program(run, source.protocol)
        self.given = given_of(run, self.program)
        programs = [self.program, *([] if amended is None else [compiled(amended, self.given)])]
        record, zone = run.record, run.record["zone"]
        supplied = supplied_value_sets(source.protocol, self.program, source.value_sets)
        reader = None if record["notes"] is None else reader_for(programs, supplied, source.names)
        complete = record["manifest"]["delivered"] == "all"
        self.facts: Facts = read_extract(source.input, zone, complete, notes=reader).facts
        patients = self.facts.patients
        self._order = np.array(sorted(range(len(patients)), key=patients.__getitem__), np.int64)
        if tuple(patients[one] for one in self._order) != run.patients:
            raise UserError("INPUT_DIFFERS", source.input, "its patients are not those of the run")
        before = self.judged(self.program, source.protocol)
        same = np.array_equal(before.outcomes, run.outcomes) and np.array_equal(before.deaths, run.deaths)
        if not same:
            raise UserError("INPUT_DIFFERS", source.input, "judging it does not give the outcomes of the run")

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
        bound = bind_value_sets(program, supplied, self.facts)
        names = {parameter.name for parameter in program.parameters if not parameter.value}
        dates = {name: period for name, period in self.given.dates.items() if name in names}
        try:
            found = judge(program, self.facts, bound, as_of(self.run), dates)
        except ParameterError as error:
            raise UserError(error.code, str(path), str(error)) from error
        outcomes = np.stack([finding.outcome[self._order] for finding in found.findings])
        criteria = tuple(
            Asked(one.id, one.label, one.polarity, one.stage, one.cohorts) for one in program.criteria
        )
        return Version(criteria, outcomes, found.dead[self._order])


def as_of(run: StoredRun) -> date:
    return parse_day(run.record["as_of"], str(run.folder))


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
            dates[name] = parse_period(name, "..".join(told))
        else:  # a number is given without the unit that it is declared in
            values[name] = told.split(" ")[0] if kinds.get(name) == "number" else told
    return Given(dates, values)
