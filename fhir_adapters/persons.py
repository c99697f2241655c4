"""Whose records are one person's, when they were born, of which sex: as the version that counts tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.builder import FactsBuilder
from eligibility.facts import Array
from fhir_adapters.emission import Emission, Merge, People
from fhir_adapters.mapping.table import ALL_KINDS
from fhir_adapters.range_populations import sex_of

_BIRTH_SEX = {"F": "female", "M": "male"}
_Told = tuple[tuple[int, int], str]  # birth, sex


class Persons:
    """The Patient records of an input, until all of it is read."""

    def __init__(self, builder: FactsBuilder) -> None:
        self._builder = builder
        # Row of resources, patient, what it tells; and row, patient, who is the same person.
        self._told: list[tuple[int, int, _Told]] = []
        self._merges: list[tuple[int, int, Merge]] = []
        self._into: dict[int, int] = {}  # patients who were merged, and into whom

    def note(self, patients: NDArray[np.int32], first: int, emission: Emission) -> None:
        """Patient records that were read; `first` is the row of the first among the resources."""
        columns = emission.rows[0].columns
        births = zip(columns["birth_lo"].tolist(), columns["birth_hi"].tolist(), strict=True)
        told = zip(births, self._sexes(columns), strict=True)
        self._told += zip(range(first, first + len(patients)), patients.tolist(), told, strict=True)
        self._merges += [(first + merge.row, int(patients[merge.row]), merge) for merge in emission.merges]

    def settle(self) -> People:
        """Merge who is one person; answers birth dates and sexes. All as the version that counts tells it."""
        outdated: Collection[int] = ()
        tied: Sequence[NDArray[np.int64]] = ()
        if self._merges or len({patient for _, patient, _ in self._told}) < len(self._told):
            loses, tied = self._builder.outdated()
            outdated = () if loses is None else set(np.flatnonzero(loses).tolist())
        self._merge([held for held in self._merges if held[0] not in outdated], tied)
        births: dict[int, tuple[int, int]] = {}
        sexes: dict[int, str] = {}
        unclear: set[int] = set()
        for resource, patient, (birth, sex) in self._told:
            if resource not in outdated:
                if births.setdefault(patient, birth) != birth:
                    unclear.add(patient)
                if sexes.setdefault(patient, sex) != sex:
                    sexes[patient] = ""
        return People(
            births={
                patient: (lo, hi)
                for patient, (lo, hi) in births.items()
                if patient not in unclear and lo > -(1 << 60) and hi < 1 << 60
            },
            sexes=self._of_one_person(sexes),
        )

    def _of_one_person(self, sexes: dict[int, str]) -> dict[int, str]:
        """The sexes that are told; none where records that were merged tell different ones."""
        told: dict[int, set[str]] = {}
        for patient, sex in sexes.items():
            told.setdefault(self.stays(patient), set()).add(sex)
        return {patient: sex for patient, sex in sexes.items() if sex and told[self.stays(patient)] == {sex}}

    def _sexes(self, columns: dict[str, Array]) -> list[str]:
        """Of each record female or male, "" where it tells neither, or different ones in different fields."""
        words, concepts = self._builder.words.texts, self._builder.concepts.codings
        nothing = [0] * len(columns["sex"])
        births = columns["birth_sex"].tolist() if "birth_sex" in columns else nothing
        recorded = columns["recorded_sex"].tolist() if "recorded_sex" in columns else nothing

        def sex(gender: int, birth: int, other: int) -> str:
            told = words[gender] if words[gender] in _BIRTH_SEX.values() else ""
            further = {_BIRTH_SEX.get(words[birth], ""), sex_of(concepts[other])} - {""}
            return told if further <= {told} else ""

        said = list(zip(columns["sex"].tolist(), births, recorded, strict=True))
        known = {one: sex(*one) for one in set(said)}
        return [known[one] for one in said]

    def stays(self, patient: int) -> int:
        """Who a patient is after merging; of those merged in a circle the first."""
        seen = {patient}
        while patient in self._into and self._into[patient] not in seen:
            patient = self._into[patient]
            seen.add(patient)
        return min(seen) if patient in self._into else patient

    def _merge(self, merges: Iterable[tuple[int, int, Merge]], tied: Sequence[NDArray[np.int64]]) -> None:
        """Merge patients; where it is not clear into whom, nobody, and all who may be meant are marked."""
        into: dict[int, set[int]] = {}
        told: dict[int, set[tuple[int, int]]] = {}  # by record
        for resource, this, merge in merges:
            other = self._builder.patient(merge.other)
            if other != this:
                replaced, stays = (other, this) if merge.stays else (this, other)
                into.setdefault(replaced, set()).add(stays)
                told.setdefault(resource, set()).add((replaced, stays))
        unclear = {replaced for replaced, targets in into.items() if len(targets) > 1}
        for versions in tied:
            said = [told.get(row, set()) for row in versions.tolist()]
            if any(one != said[0] for one in said):
                unclear |= {replaced for one in said for replaced, _ in one}
        for replaced, targets in sorted(into.items()):
            if replaced not in unclear:
                self._into[replaced] = min(targets)
                self._builder.merge_patients(replaced, min(targets))
                continue
            for patient in (replaced, *targets):
                self._builder.mark_corrupt(patient, ALL_KINDS)
