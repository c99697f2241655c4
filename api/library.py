"""The engine in a program or a notebook: a protocol, records, a day; verdicts, findings and questions.

The judging is that of the command line and of the service. Nothing is written, and nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from api import screening
from api.asking import questions
from api.errors import UserError
from api.explaining import explain
from api.findings import findings_table, verdicts_table
from api.loading import (
    Given,
    Question,
    check_zone,
    find_patient,
    given_parameters,
    load_protocol,
    parse_day,
    read_extract,
)
from api.noting import reader_for
from eligibility.notes import NoteReader
from eligibility.program import Program
from eligibility.terminology import ValueSet
from fhir_adapters import Extract, FhirInputError, read_bundle
from fhir_adapters.extract import unset
from fhir_adapters.storing.refused import reject_row

__all__ = ["Protocol", "Screened", "UserError", "load"]


def load(
    path: str | Path,
    *,
    parameters: Mapping[str, object] | None = None,
    value_sets: Sequence[str | Path] = (),
) -> Protocol:
    """A protocol file, checked. `parameters` by name: a number, a length of time, a day, or "FIRST..LAST".

    Raises UserError, whose message has all problems of a text that is wrong.
    """
    given = given_parameters([f"{name}={value}" for name, value in (parameters or {}).items()])
    program, supplied = load_protocol(Path(path), [Path(one) for one in value_sets], given.values)
    return Protocol(program, supplied, given)


@dataclass(frozen=True, repr=False)
class Protocol:
    """A protocol that can be asked about records, any number of times."""

    program: Program
    value_sets: Mapping[str, ValueSet]
    given: Given

    def __repr__(self) -> str:
        return f"<protocol {self.program.id} version {self.program.version}>"

    def screen(
        self,
        records: str | Path | bytes | Mapping[str, Any],
        *,
        as_of: str | date,
        zone: str = "UTC",
        complete: bool = False,
        notes: bool = True,
    ) -> Screened:
        """Judge every patient of a file, folder or archive (a path), or of a bundle (its bytes, or a dict).

        `as_of` is the day that is asked about; `zone`, `complete` and `notes` are as on the command line.
        Raises UserError.
        """
        day = parse_day(as_of if isinstance(as_of, str) else f"{as_of:%Y-%m-%d}", "as_of")
        reader = self._reader if notes else None
        if isinstance(records, str | Path):
            extract = read_extract(str(records), zone, complete, notes=reader)
        else:
            data = records if isinstance(records, bytes) else json.dumps(records).encode()
            extract = _bundle(data, zone, complete, reader)
        question = Question(self.program, self.value_sets, day, self.given.dates)
        return Screened(screening.run(question, extract))

    @cached_property
    def _reader(self) -> NoteReader | None:
        return reader_for([self.program], self.value_sets)


@dataclass(frozen=True, repr=False)
class Screened:
    """What was decided about all patients of an input, and about each."""

    run: screening.Run

    def __repr__(self) -> str:
        # Of nobody in particular: a notebook is often shown around.
        return (
            f"<{self.run.facts.n_patients} patients, {self.run.program.id} as of {self.run.question.as_of}>"
        )

    @property
    def patients(self) -> list[str]:
        """Ids as the sender gave them."""
        return list(self.run.facts.patients)

    @cached_property
    def verdicts(self) -> pa.Table:
        """One row per patient, the columns those of `verdicts.parquet`."""
        return verdicts_table(self.run.facts, self.run.judgement)

    @cached_property
    def findings(self) -> pa.Table:
        """One row per patient and criterion with reasons and all evidence, as in `findings.parquet`."""
        run = self.run
        return findings_table(run.program, run.facts, run.judgement, run.context, all_evidence=True)

    @cached_property
    def rejects(self) -> list[dict[str, object]]:
        """Records that could not be read, as in `rejects.ndjson`."""
        return [reject_row(one) for one in self.run.extract.rejects]

    @property
    def marked(self) -> bool:
        """Whether records were lost whose patient is not known: any verdict may rest on them."""
        return screening.is_marked(self.run)

    def patient(self, name: str = "") -> dict[str, Any]:
        """One patient as `eligibility explain --json` tells it, with the `questions` that settle the case.

        Without a name, the only one of the input. Raises UserError.
        """
        run = self.run
        index = find_patient(run.extract, name)
        told = explain(run.program, run.facts, run.judgement, run.context, index)
        return {**told, "questions": questions(run, index)}

    def record(self) -> dict[str, Any]:
        """What makes the run reproducible, and its counts, as in `run.json`."""
        return screening.record(self.run)


def _bundle(data: bytes, zone: str, complete: bool, reader: NoteReader | None) -> Extract:
    check_zone(zone)
    try:
        return read_bundle(data, zone=zone, delivered=None if complete else unset, notes=reader)
    except FhirInputError as error:
        raise UserError(error.code, error.location, error.message) from error
