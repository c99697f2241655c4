"""Collects rows chunk by chunk while an input is read, and makes the ordered fact table of them.

Readers give columns, never Python objects per row. The builder settles what needs the whole input:
which version of a re-delivered record counts, which patients are one person, the order of rows,
and each patient's days of contact. It knows no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.alike import Linked, marks_of
from eligibility.cells import COUNTS
from eligibility.chunks import Columns, checked, whole
from eligibility.concepts import Concepts, Words
from eligibility.coverage import contact_rows
from eligibility.facts import Array, Block, Facts, Kind, Links, Reading, Standing, no_links
from eligibility.keys import Register
from eligibility.manifest import Manifest
from eligibility.note_rows import INTERNAL, SettledNotes, settle
from eligibility.ordering import order_rows, taken
from eligibility.resources import Resources, keys_of, keys_of_names
from eligibility.versions import Delivered, Versions, apart


class FactsBuilder:
    """Grows a fact table. Vocabulary may be shared between builders that live one after another."""

    def __init__(self, concepts: Concepts | None = None, words: Words | None = None) -> None:
        self.concepts = Concepts() if concepts is None else concepts
        self.words = Words() if words is None else words
        self.resources = Resources()
        self._patients: dict[str, int] = {}
        self._merged: dict[int, int] = {}
        self._chunks: dict[Kind, list[Columns]] = {}
        self._versions = Versions()
        self._links: list[Linked] = []
        self._corrupt: dict[Kind, set[int]] = {}

    def patient(self, identifier: str) -> int:
        """Dense index of a patient, given out in order of first mention."""
        known = self._patients.get(identifier)
        if known is None:
            known = self._patients[identifier] = len(self._patients)
        return known

    def merge_patients(self, replaced: int, into: int) -> None:
        """Two records are one person: all facts of `replaced` become facts of `into`."""
        self._merged[replaced] = into

    def add_resources(
        self,
        type_name: str,
        identifiers: Sequence[str],
        deliveries: Callable[[NDArray[np.int64]], Delivered] | None = None,
    ) -> int:
        """Register records of one type in reading order; answers the row of the first.

        `deliveries` answers instants of the last update and numeric version ids of some of them (by
        position), -1 where unsaid; it is asked for names that occur twice. Of several records of one
        name the latest update counts, then the highest version. Where neither tells, records that say the
        same are one, and others all stay, UNCONFIRMED.
        """
        first = self.resources.extend(type_name, identifiers)
        self._versions.add(keys_of(type_name, identifiers), deliveries)
        return first

    def add(self, kind: Kind, columns: Columns) -> None:
        """Append rows of one kind. All arrays have one length; `columns_of(kind)` lists the names.

        `encounter_key`, int64, may stand in for `encounter`: `key_of("Encounter/id")`, 0 for none.
        Where notes are read, rows of notes and from notes carry the columns of `note_rows.INTERNAL`.
        Raises ValueError for a column that the kind does not have or a length that differs.
        """
        if checked(kind, columns):
            self._chunks.setdefault(kind, []).append(columns)

    def add_links(self, source: NDArray[np.int32], target_names: Sequence[str], role: str) -> None:
        """Relate records: `source[i]` (row of resources) has `role` the record `target_names[i]`."""
        self._links.append((source, keys_of_names(target_names), self.words.intern(role)))

    def mark_corrupt(self, patient: int, kinds: Iterable[Kind]) -> None:
        """A rejected line named this patient and could have held facts of these kinds."""
        for kind in kinds:
            self._corrupt.setdefault(kind, set()).add(patient)

    def finish(self, manifest: Manifest) -> Facts:
        """The table of everything added so far; the builder is spent afterwards."""
        keys = self._versions.keys()
        loses, tied = self._versions.superseded(keys)
        unsettled = None
        if loses is not None and tied:
            marks = marks_of(np.concatenate(tied), len(keys), self._chunks, self._links)
            unsettled = apart(tied, loses, marks)
        duplicates = 0 if loses is None else int(loses.sum())
        canonical = self._canonical_patients()
        register = Register(keys) if self._needs_keys() else None
        notes = self._settle_notes(loses, canonical)
        blocks: dict[Kind, Block] = {}
        for kind in sorted(self._chunks):
            columns = whole(kind, self._chunks.pop(kind))
            if notes is not None and "note" in columns:
                columns = notes.columns if kind is Kind.NOTE else notes.attributed(kind, columns)
            if loses is not None:
                keep = ~loses[columns["resource"]] | (columns["resource"] < 0)
                if not keep.all():
                    columns = taken(columns, np.flatnonzero(keep))
            if unsettled is not None:
                self._leave_open(kind, columns, unsettled)
            if canonical is not None:
                columns["patient"] = canonical[columns["patient"]]
            if notes is not None and "note" in columns and kind is not Kind.NOTE:
                columns = notes.once_each(columns)
            for name in INTERNAL.keys() & columns.keys():
                del columns[name]
            encounter_key = columns.pop("encounter_key", None)
            if encounter_key is not None and register is not None:
                columns["encounter"] = register.find(encounter_key)
            if len(columns["patient"]):
                blocks[kind] = order_rows(kind, columns, len(self.concepts))
        contacts = contact_rows(blocks)
        if len(contacts["patient"]):
            blocks[Kind.CONTACT] = order_rows(Kind.CONTACT, contacts, len(self.concepts))
        patients = list(self._patients)
        corrupt = {}
        for kind, which in self._corrupt.items():
            flags = np.zeros(len(patients), dtype=np.bool_)
            flags[list(which)] = True
            corrupt[kind] = flags
        facts = Facts(
            patients=patients,
            concepts=self.concepts,
            words=self.words,
            blocks=blocks,
            resources=self.resources,
            manifest=replace(manifest, duplicates=manifest.duplicates + duplicates),
            links=self._finish_links(register),
            corrupt=corrupt,
            unread={} if notes is None else notes.unread,
        )
        return facts if canonical is None else _without_replaced(facts, canonical)

    def _settle_notes(
        self, loses: NDArray[np.bool_] | None, canonical: NDArray[np.int32] | None
    ) -> SettledNotes | None:
        """The notes, where their texts were read; their chunks then are whole columns."""
        if not any("note" in chunk for chunk in self._chunks.get(Kind.NOTE, ())):
            return None
        columns = whole(Kind.NOTE, self._chunks.pop(Kind.NOTE))
        self._chunks[Kind.NOTE] = [columns]
        if canonical is not None:
            columns["patient"] = canonical[columns["patient"]]
        resource = columns["resource"]
        stays = np.ones(len(resource), dtype=np.bool_) if loses is None else ~loses[resource]

        def name(row: int) -> str:
            path = self.words.texts[int(columns["path"][row])]
            return f"{self.resources.name(int(resource[row]))} {path}"

        return settle(columns, stays, len(self._patients), name)

    def _leave_open(self, kind: Kind, columns: dict[str, Array], unsettled: NDArray[np.bool_]) -> None:
        """Rows of versions that nothing puts in order may count; which of them do is not known."""
        rows = unsettled[columns["resource"]] & (columns["resource"] >= 0)
        if not rows.any():
            return
        standing = columns.get("standing", np.zeros(len(rows), dtype=np.uint8))
        doubt = rows & (standing == COUNTS)
        columns["standing"] = np.where(doubt, np.uint8(Standing.UNCONFIRMED), standing)
        if kind is Kind.DEMOGRAPHIC:  # of which only one row can be kept
            for patient in set(columns["patient"][rows].tolist()):
                self.mark_corrupt(patient, (kind,))

    def _needs_keys(self) -> bool:
        return bool(self._links) or any(
            "encounter_key" in chunk for chunks in self._chunks.values() for chunk in chunks
        )

    def outdated(self) -> tuple[NDArray[np.bool_] | None, list[NDArray[np.int64]]]:
        """Which records lose against a later version of themselves, None where no name occurs twice.

        And the groups of records of one name that nothing puts in order.
        """
        return self._versions.superseded(self._versions.keys())

    def _canonical_patients(self) -> NDArray[np.int32] | None:
        """For each patient the patient its records belong to; None where nobody was merged."""
        if not self._merged:
            return None
        final = np.arange(len(self._patients), dtype=np.int32)
        for replaced in self._merged:
            seen = {replaced}
            target = self._merged[replaced]
            while target in self._merged and target not in seen:
                seen.add(target)
                target = self._merged[target]
            final[replaced] = min(seen | {target}) if target in seen else target
        return final

    def _finish_links(self, register: Register | None) -> Links:
        if not self._links or register is None:
            return no_links()
        source = np.concatenate([part[0] for part in self._links]).astype(np.int32)
        target = register.find(np.concatenate([part[1] for part in self._links]))
        role = np.concatenate([np.full(len(part[0]), part[2], np.int16) for part in self._links])
        held = target >= 0
        return Links(source[held], target[held], role[held])


def _without_replaced(facts: Facts, canonical: NDArray[np.int32]) -> Facts:
    """Drop the patients that were merged away, renumbering the rest."""
    stays = canonical == np.arange(len(canonical))
    renumbered = (np.cumsum(stays) - 1).astype(np.int32)
    blocks = {
        kind: replace(b, columns={**b.columns, "patient": renumbered[b.columns["patient"]]})
        for kind, b in facts.blocks.items()
    }

    def moved(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        kept = np.zeros(int(stays.sum()), dtype=np.bool_)
        kept[renumbered[canonical[np.flatnonzero(flags)]]] = True
        return kept

    corrupt = {kind: moved(flags) for kind, flags in facts.corrupt.items()}
    unread: dict[Reading, NDArray[np.bool_]] = {how: moved(flags) for how, flags in facts.unread.items()}
    patients = [name for name, stay in zip(facts.patients, stays, strict=True) if stay]
    return replace(facts, patients=patients, blocks=blocks, corrupt=corrupt, unread=unread)
