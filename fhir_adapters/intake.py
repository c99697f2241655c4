"""Takes decoded records, type by type, into the fact table, and settles at the end what must wait.

What waits for the end of the input: drugs named by reference (their Medication may come later, even
in another file), ages at onset (they need the Patient), and which patients have no Patient record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.builder import FactsBuilder
from eligibility.facts import Array, Kind
from eligibility.notes import NoteReader
from fhir_adapters.background_records import Device
from fhir_adapters.batch import READ_ERRORS, Batch, problem_of
from fhir_adapters.cut_batch import CutBatch
from fhir_adapters.editions import restate
from fhir_adapters.emission import Emission, People
from fhir_adapters.identified import Identified
from fhir_adapters.mapping.table import MAPPINGS, TypeMapping
from fhir_adapters.matcher import Matched
from fhir_adapters.named_patients import UNRESOLVED, WAITING, FollowedReferences
from fhir_adapters.notes import arrival
from fhir_adapters.notes.binaries import Packed
from fhir_adapters.notes.taking import NoteTaker
from fhir_adapters.persons import Persons
from fhir_adapters.places import Places
from fhir_adapters.records import Binary, Medication, Patient
from fhir_adapters.references import MISSING, NOT_A_PATIENT, NOT_ASKED_FOR
from fhir_adapters.referred import Referred
from fhir_adapters.rejects import BadRowsError, Problem
from fhir_adapters.row_batch import RowBatch
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone


class Intake:
    """One input on its way into a `FactsBuilder`."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        zone: Zone,
        patients: Collection[str] | None = None,
        reader: NoteReader | None = None,
        *,
        keep_texts: bool = False,
    ) -> None:
        self.vocabulary = vocabulary
        self.zone = zone
        self.builder = FactsBuilder(vocabulary.concepts_held, vocabulary.words_held)
        self.notes = (
            None if reader is None else NoteTaker(reader, vocabulary, self.builder, keep_texts=keep_texts)
        )
        self.references = FollowedReferences(self._patient_index)
        self._facts = 0  # records that became facts, or that notes may name as their content
        self.ignored_types: Counter[str] = Counter()
        self.not_asked_for = 0
        self.seen_types: set[str] = set()
        self._chosen = None if patients is None else frozenset(patients)
        self._persons = Persons(self.builder)
        self._referred = Referred(vocabulary, self.references)
        self._later: list[Callable[[People], None]] = []
        self._identified = Identified()
        # Records of patients named by an identifier, with the addresses of their bundles.
        self._waiting: list[tuple[list[Any], list[int], Places, dict[str, str]]] = []

    @property
    def accepted(self) -> int:
        """Records that were taken, as facts or as what others refer to."""
        return self._facts + self._referred.accepted

    @property
    def unresolved_medications(self) -> int:
        """Facts that name a drug by a reference to a record that was not read."""
        return self._referred.unresolved

    @property
    def ignored(self) -> int:
        """Records that became no fact, by type or because nobody asked for their patient."""
        return self.ignored_types.total() + self.not_asked_for

    def _patient_index(self, identifier: str) -> int:
        if self._chosen is not None and identifier not in self._chosen:
            return NOT_ASKED_FOR
        return self.builder.patient(identifier)

    def take(self, rows: Sequence[Any], positions: Sequence[int], places: Places) -> None:
        """Take records of one type; `positions[i]` tells `places` where `rows[i]` stood."""
        record = type(rows[0])
        self.seen_types.add(record.__name__)
        if record is Binary:
            self._take_binaries(rows, positions, places)
            return
        if record is Medication:
            self._referred.take_medications(rows, positions, places)
            return
        mapping = MAPPINGS[record]
        if record is Device:
            rows, positions = self._referred.take_unowned(rows, positions, places)
        wrong = restate(rows) if rows else {}
        if wrong:
            for row in sorted(wrong):
                places.refuse(positions[row], wrong[row])
            keep = [i for i in range(len(rows)) if i not in wrong]
            rows, positions = [rows[i] for i in keep], [positions[i] for i in keep]
        while rows:
            try:
                batch: Batch = RowBatch(rows, self.vocabulary, self.references, self.zone)
                patients = self._patients_of(batch, mapping, positions, places)
                if record is Patient:
                    self._identified.note(batch.given("identifier"), patients)
                emission = None if (patients < 0).any() else mapping.read(batch)
            except BadRowsError as bad:
                for row in sorted(bad.problems):
                    places.refuse(positions[row], bad.problems[row])
                keep = [i for i in range(len(rows)) if i not in bad.problems]
            except READ_ERRORS as problem:
                self._take_halves(rows, positions, places, problem)
                return
            else:
                if emission is not None:
                    self._commit(batch, patients, emission, positions, places)
                    return
                self._put_aside(rows, positions, places, patients)
                keep = self._drop_others(record.__name__, patients)
            rows, positions = [rows[i] for i in keep], [positions[i] for i in keep]

    def _take_binaries(self, rows: Sequence[Any], positions: Sequence[int], places: Places) -> None:
        """Contents that notes may name; nothing to anybody where no notes are read."""
        if self.notes is None:
            self.ignored_types["Binary"] += len(rows)
            return
        for row, position in zip(rows, positions, strict=True):
            name = f"Binary/{row.id}" if row.id else places.name(position, "Binary")
            data = bytes(row.data) or bytes(row.content)
            self.notes.take_binary(name, Packed(row.contentType, data))
        self._facts += len(rows)

    def take_cut(self, lines: Matched, places: Places) -> bool:
        """Take lines of one type that are cut already; False where one of them needs a closer look."""
        batch = CutBatch(lines, self.vocabulary, self.references, self.zone)
        mapping = MAPPINGS[batch.record]
        positions = range(len(batch))
        try:
            patients = self._patients_of(batch, mapping, positions, places)
            if (patients < 0).any():
                return False
            emission = mapping.read(batch)
        except (BadRowsError, *READ_ERRORS):
            return False
        self.seen_types.add(batch.record.__name__)
        if batch.record is Patient:
            self._identified.note(batch.given("identifier"), patients)
        self._commit(batch, patients, emission, positions, places)
        return True

    def _take_halves(
        self, rows: Sequence[Any], positions: Sequence[int], places: Places, problem: Exception
    ) -> None:
        """Take records one of which cannot be read, without it."""
        if len(rows) == 1:
            places.refuse(positions[0], problem_of(problem, ""))
            return
        half = len(rows) // 2
        self.take(rows[:half], positions[:half], places)
        self.take(rows[half:], positions[half:], places)

    def _patients_of(
        self, batch: Batch, mapping: TypeMapping, positions: Sequence[int], places: Places
    ) -> NDArray[np.int32]:
        """Patient index of each record, or why it has none; refuses records that do not say whose."""
        subject = mapping.subject
        if not subject:
            names = [
                identity or places.name(position, "Patient").partition("/")[2]
                for identity, position in zip(batch.identities(), positions, strict=True)
            ]
            return np.fromiter(map(self._patient_index, names), dtype=np.int32, count=len(names))
        found = batch.owners(subject)
        patients: Array = np.full(len(batch), MISSING, dtype=np.int32) if found is None else found
        if not mapping.always_owned:
            patients = np.where(patients == MISSING, NOT_A_PATIENT, patients)
        missing = np.flatnonzero(patients == MISSING)
        if len(missing):
            raise BadRowsError(
                {
                    int(row): Problem("SUBJECT_MISSING", "the record does not say whose it is", subject)
                    for row in missing
                }
            )
        unresolved = np.flatnonzero(patients == UNRESOLVED)
        if len(unresolved):
            text = "no Patient of the input, or more than one, is the one named"
            raise BadRowsError(
                {int(row): Problem("REFERENCE_UNRESOLVED", text, subject) for row in unresolved}
            )
        owners: NDArray[np.int32] = patients.astype(np.int32, copy=False)
        return owners

    def _put_aside(
        self, rows: Sequence[Any], positions: Sequence[int], places: Places, patients: NDArray[np.int32]
    ) -> None:
        """Records whose patient is named by an identifier wait until all is read."""
        waiting: list[int] = np.flatnonzero(patients == WAITING).tolist()
        if waiting:
            held = [rows[i] for i in waiting], [positions[i] for i in waiting]
            self._waiting.append((*held, places, self.references.full_urls))

    def _take_waiting(self) -> None:
        """Take the records that waited, now that everybody's identifiers are known."""
        self.references.resolve(lambda asked: self._identified.of(asked, self._persons.stays))
        waiting, self._waiting = self._waiting, []
        for rows, positions, places, full_urls in waiting:
            self.references.enter_bundle(full_urls)
            self.take(rows, positions, places)

    def _drop_others(self, type_name: str, patients: NDArray[np.int32]) -> list[int]:
        """Count records of groups, devices and unchosen patients as ignored; answers who stays."""
        others = int((patients == NOT_A_PATIENT).sum())
        if others:
            self.ignored_types[f"{type_name} (not of a patient)"] += others
        self.not_asked_for += int((patients == NOT_ASKED_FOR).sum())
        keep: list[int] = np.flatnonzero(patients >= 0).tolist()
        return keep

    def _commit(
        self,
        batch: Batch,
        patients: NDArray[np.int32],
        emission: Emission,
        positions: Sequence[int],
        places: Places,
    ) -> None:
        identifiers = self._identifiers(batch, positions, places)
        deliveries = batch.deliveries()
        first = self.builder.add_resources(
            batch.record.__name__, identifiers, None if deliveries is None else deliveries.read
        )
        resource = np.arange(first, first + len(batch), dtype=np.int32)
        for rows in emission.rows:
            columns = rows.columns
            if rows.record is None:
                columns["patient"], columns["resource"] = patients, resource
            else:
                columns["patient"], columns["resource"] = patients[rows.record], resource[rows.record]
            if self.notes is None or rows.kind is not Kind.NOTE:
                self.builder.add(rows.kind, columns)
            else:
                self.notes.take(arrival.documents(rows, self.zone, self.references))
        if self.notes is not None:
            owners = {"patient": patients, "resource": resource}
            texts = arrival.fields(batch, owners, emission, positions, places)
            if texts is not None:
                self.notes.take(texts)
        for role in sorted({link.role for link in emission.links}):
            chosen = [link for link in emission.links if link.role == role]
            pairs = [(link.row, name) for link in chosen for name in link.targets]
            source = resource[[row for row, _ in pairs]]
            self.builder.add_links(source, [name for _, name in pairs], role)
        if emission.meant is not None:
            type_name = batch.record.__name__
            names = [f"{type_name}/{identifier}" for identifier in identifiers]
            self._referred.mean(names, emission.meant.tolist())
        for row, name in emission.medications:
            self._referred.want(emission.rows[0].columns["concept"], row, name)
        self._later += emission.at_the_end
        for row in emission.doubted:
            self.builder.mark_corrupt(int(patients[row]), {rows.kind for rows in emission.rows})
        if batch.record is Patient:
            self._persons.note(patients, first, emission)
        self._facts += len(batch)

    def _identifiers(self, batch: Batch, positions: Sequence[int], places: Places) -> Sequence[str]:
        """What stands after "Type/" in the name of each record."""
        identities = batch.identities()
        if "" not in identities:
            return identities
        type_name = batch.record.__name__
        return [
            identity or places.name(position, type_name).removeprefix(f"{type_name}/")
            for identity, position in zip(identities, positions, strict=True)
        ]

    def mark_corrupt(self, patient: str, kinds: Iterable[Kind]) -> None:
        """A refused record was this patient's."""
        index = self._patient_index(patient)
        if index >= 0:
            self.builder.mark_corrupt(index, kinds)

    def no_more_notes(self) -> None:
        """What comes now are at most contents that notes named before."""
        if self.notes is not None:
            self.notes.no_more_notes()

    def settle(self) -> None:
        """Fill in what had to wait for the whole input."""
        people = self._persons.settle()
        self._take_waiting()
        self._referred.settle()
        for fill in self._later:
            fill(people)
        if self.notes is not None:
            self.notes.finish()
