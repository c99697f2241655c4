"""One patient of an extract or a store: of a store only the partition that holds the patient is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from api import screening
from api.errors import UserError
from api.loading import find_patient, read_extract
from api.population.doing import store_held, told_as_user_errors
from api.population.judging import runs_of
from api.population.questions import Asked, question_of, reader_of
from eligibility.notes import NoteReader
from fhir_adapters import Extract
from fhir_adapters.storing import Store, is_store


def extract_of(
    source: str, patient: str, zone: str, notes: NoteReader | None, *, keep_texts: bool = False
) -> Extract:
    """What holds a patient: an extract, or a partition of a store. Raises UserError."""
    if not is_store(source):
        return read_extract(source, zone, complete=False, notes=notes, keep_texts=keep_texts)
    with told_as_user_errors(), store_held(Path(source), shared=True):
        store = Store.open(Path(source))
        read = store.read(_partition(store, patient), notes, keep_texts=keep_texts).extract
        manifest = store.manifest(notes_read=notes is not None)
        return replace(read, facts=replace(read.facts, manifest=manifest))


def runs_about(
    source: str, patient: str, asked: Sequence[Asked], zone: str, complete: bool
) -> Iterator[tuple[screening.Run, int]]:
    """A run of each question over what holds a patient, and the patient's index in it. Raises UserError."""
    if is_store(source):
        with told_as_user_errors(), store_held(Path(source), shared=True):
            store = Store.open(Path(source))
            for run in runs_of(store, _partition(store, patient), asked):
                yield run, find_patient(run.extract, patient)
        return
    shared: Extract | None = None
    for one in asked:
        reader = reader_of(one)
        if reader is not None:
            extract = read_extract(source, zone, complete, notes=reader)
        else:
            extract = shared = shared or read_extract(source, zone, complete)
        chosen = find_patient(extract, patient)
        yield screening.run(question_of(one), extract), chosen


def _partition(store: Store, patient: str) -> int:
    """The partition to look into."""
    if not patient:
        if store.patients == 1:
            return next(n for n in store.numbers() if store.opened(n).told["patients"])
        text = f"the store holds {store.patients} patients: name one"
        raise UserError("PATIENT_UNNAMED", "--patient", text)
    number = store.partition_of(patient.removeprefix("Patient/"))
    if number not in store.content.folders:
        raise UserError("PATIENT_UNKNOWN", "--patient", f"no patient {patient!r} in the store")
    return number
