"""An extract as a run judges it: its patients by pseudonym and in portions, with what was answered of them.

A patient is known by the sender's id and the birth date, as one who is asked about alone. Who has no
birth date, or no id, is the same patient in the very same input only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from api.errors import UserError
from api.findings import patient_order
from api.loading import Question, bind_value_sets, read_extract
from api.screening import Run, run
from api.service.runs.answered import forms
from api.store.hashing import content_hash
from api.store.tables import Answer
from eligibility.facts import Facts, Kind
from eligibility.instants import show
from eligibility.notes import NoteReader
from eligibility.portions import Portions
from fhir_adapters import Extract, FhirInputError, read

PORTION = 250  # patients that are judged, kept and written together


@dataclass(frozen=True, slots=True)
class Source:
    """What is read, and how."""

    path: str
    zone: str
    complete: bool
    reader: NoteReader | None
    progress: Callable[[int], None]


def read_source(source: Source) -> Extract:
    """Read all of an extract; raises UserError."""
    return read_extract(
        source.path,
        source.zone,
        source.complete,
        progress=source.progress,
        notes=source.reader,
        # For reviewers to see what decided in its place.
        keep_texts=source.reader is not None,
    )


def inputs_of(extract: Extract) -> list[dict[str, object]]:
    """What was read, by content: names of files may name patients."""
    return [{"bytes": file.bytes, "sha256": file.sha256} for file in extract.files]


def known_as(extract: Extract) -> dict[str, str]:
    """What the store knows each patient by, from the sender's id."""
    facts, inputs = extract.facts, content_hash(inputs_of(extract))
    born = _birth_dates(facts)
    return {
        name: f"{name} {inputs if '#' in name else born.get(index) or inputs}"
        for index, name in enumerate(facts.patients)
    }


def _birth_dates(facts: Facts) -> dict[int, str]:
    """By dense index, as a record would write them: a day, a month or a year."""
    block = facts.blocks.get(Kind.DEMOGRAPHIC)
    if block is None:
        return {}
    rows = zip(
        block.column("patient").tolist(),
        block.column("birth_lo").tolist(),
        block.column("birth_hi").tolist(),
        strict=True,
    )
    told = {patient: show(low, high) for patient, low, high in rows}
    return {patient: text for patient, text in told.items() if text[:4].isdigit() and " " not in text}


def with_answers(source: Source, extract: Extract, answers: dict[str, list[Answer]]) -> Extract:
    """The same extract read again with answers beside it, by the sender's id of the patient.

    All of it is read, since records of one patient may come under several ids. What was delivered, what was
    read and what was rejected stay the account of the extract alone.
    """
    try:
        told = read(
            source.path,
            zone=source.zone,
            delivered=extract.facts.manifest.delivered,
            progress=source.progress,
            notes=source.reader,
            beside=forms(answers),
        )
    except FhirInputError as error:
        raise UserError(error.code, error.location, error.message) from error
    if inputs_of(told) != inputs_of(extract):
        raise changed()
    manifest = replace(extract.facts.manifest, systems=told.facts.manifest.systems)
    return replace(extract, facts=replace(told.facts, manifest=manifest))


def changed() -> UserError:
    """What is said where an extract is not what it was."""
    return UserError(
        "EXTRACT_CHANGED", "extract", "it changed while the run was worked on: start another run"
    )


class Portioned:
    """An extract, judged portion by portion."""

    def __init__(self, question: Question, extract: Extract) -> None:
        self._question, self._extract = question, extract
        self._portions = Portions(extract.facts)
        self._membership = bind_value_sets(question.program, question.value_sets, extract.facts)
        self._order = patient_order(extract.facts).tolist()

    def __iter__(self) -> Iterator[Run]:
        """The run of each portion, patients in order of their ids; one empty portion where there are none."""
        for start in range(0, max(len(self._order), 1), PORTION):
            facts = self._portions.take(self._order[start : start + PORTION])
            yield run(self._question, replace(self._extract, facts=facts), self._membership)
