"""Small fact tables as plain descriptions, so that tests can write, shuffle, split and narrow them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from eligibility.builder import FactsBuilder
from eligibility.codesystems import ICD_9_CM, ICD_10_CM
from eligibility.concepts import Coding, Concepts, Words
from eligibility.facts import ATTRIBUTES, Facts, Kind, Reading, Standing, ValueState, columns_of
from eligibility.instants import END_OF_TIME
from eligibility.manifest import Manifest
from eligibility.program import Code, Program, ValueSetSource
from eligibility.terminology import UNRESOLVED, Membership, bind
from eligibility.units import dimension_of

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
LOCAL = "urn:local"
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
MISSING = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
KIN = ("mother", "natural-mother", "parent", "sister", "maternal-aunt", "paternal-aunt")

# name: codings, text. What rows and their coded attributes can carry.
CONCEPTS: Mapping[str, tuple[tuple[Coding, ...], str]] = {
    "nothing": ((), ""),
    "alpha": (((SNOMED, "a1"),), "alpha"),
    "alpha-icd": (((ICD_10_CM, "E11.9"),), "diabetes"),
    "alpha-icd-too": (((ICD_10_CM, "E11.65"),), "diabetes with too much sugar"),
    "injury": (((SNOMED, "a1"), (ICD_10_CM, "S72.001A")), "fracture"),
    "injury-healing": (((SNOMED, "a1"), (ICD_10_CM, "S72.001D")), "fracture"),
    "injury-too": (((SNOMED, "a1"), (ICD_10_CM, "S72.002A")), "fracture"),
    "lung": (((ICD_10_CM, "C34.10"),), "cancer of the lung"),
    "colon": (((ICD_10_CM, "C18.9"),), "cancer of the colon"),
    "in-brain": (((ICD_10_CM, "C79.31"),), "secondary cancer of the brain"),
    "in-liver": (((ICD_10_CM, "C78.7"),), "secondary cancer of the liver"),
    "somewhere": (((ICD_9_CM, "198.89"),), "secondary cancer"),
    "beta": (((SNOMED, "b1"),), "beta"),
    "alpha-beta": (((SNOMED, "a1"), (LOINC, "l1")), "both"),
    "delta": (((LOINC, "l1"),), "glucose"),
    "words": ((), "diabetes mellitus"),
    "slip": (((LOCAL, "q1"),), "diabetis"),
    "foreign": (((LOCAL, "q2"),), "weather"),
    "unresolved": ((), UNRESOLVED),
    "yes": ((), "Yes"),
    "false": ((("boolean", "false"),), ""),
    "a-day": ((), "2024-05-01"),
    "a-month": ((), "2024-05"),
    "no-allergy": (((SNOMED, "716186003"),), "No known allergy"),
    "no-drug-allergy": (((SNOMED, "409137002"),), "No known drug allergy"),
    "no-allergy-to-drugs": (((SNOMED, "716186003"),), "NKDA"),
    "no-allergy-words": ((), "NKDA"),
    "unknown-words": ((), "Allergy status unknown"),
    "alpha-denied": (((SNOMED, "a1"),), "No known drug allergies"),
    "no-drugs": (((ABSENT, "no-known-medications"),), ""),
    "not-asked": (((ABSENT, "no-medication-info"),), ""),
    "nobody-knows": (((MISSING, "unknown"),), "Unknown"),
    "unanswered": (((SNOMED, "261665006"),), "Unknown"),
    "alpha-and-none": (((SNOMED, "a1"), (SNOMED, "716186003")), "alpha"),
    "mother": (((ROLES, "MTH"),), "mother"),
    "natural-mother": (((ROLES, "NMTH"),), "natural mother"),
    "parent": (((ROLES, "PRN"),), "parent"),
    "sister": (((ROLES, "SIS"),), "sister"),
    "maternal-aunt": (((ROLES, "MAUNT"),), "maternal aunt"),
    "paternal-aunt": (((ROLES, "PAUNT"),), "paternal aunt"),
    "a-man": ((("http://hl7.org/fhir/administrative-gender", "male"),), ""),
}

VALUE_SETS: Mapping[str, ValueSetSource] = {
    "alpha": ValueSetSource((Code(SNOMED, "a1"), Code(ICD_10_CM, "E11", below=True)), names=("diabetes",)),
    "beta": ValueSetSource((Code(SNOMED, "b1"),), names=("glucose measurement",)),
    "either": ValueSetSource((Code(LOINC, "l1"),), union=("alpha", "beta")),
    "alpha-only": ValueSetSource(union=("alpha",), minus=("delta",)),
    "delta": ValueSetSource((Code(LOINC, "l1"),), names=("glucose",)),
    "no-allergy": ValueSetSource((Code(SNOMED, "716186003"),)),
    "cancer": ValueSetSource((Code(ICD_10_CM, "C", below=True), Code(ICD_9_CM, "198", below=True))),
    "every": ValueSetSource(every=True),
}

WORDS = ("active", "stopped", "unknown")
UNITS = ("mg/dL", "mmol/L")
# Units that an analyte of two charges converts into the first: 40.078 g/mol.
CONVERTIBLE = ("mmol/L", "meq/L")
ANALYTE = "calcium"
WITH_VALUES = frozenset({Kind.OBSERVATION, Kind.ANSWER})


@dataclass(frozen=True)
class Fact:
    """One row to be. `columns` hold numbers, words, or names of CONCEPTS, as the column asks."""

    kind: Kind
    concept: str
    start: tuple[int, int]
    end: tuple[int, int]
    standing: Standing = Standing.COUNTS
    recorded: int = END_OF_TIME
    columns: Mapping[str, Any] = field(default_factory=dict)
    visit: str = ""  # the visit it is, or belongs to
    part_of: str = ""  # the visit that a visit is a part of


@dataclass(frozen=True)
class Table:
    """Facts of some patients, in reading order: (patient, fact)."""

    patients: int
    rows: tuple[tuple[int, Fact], ...]
    manifest: Manifest = Manifest(delivered=None)  # noqa: RUF009 - frozen
    corrupt: tuple[tuple[int, Kind], ...] = ()
    unread: tuple[tuple[int, Reading], ...] = ()


@dataclass(frozen=True)
class Case:
    """A program, the facts it is judged on, and the day."""

    program: Program
    table: Table
    as_of: date

    def parts(self) -> tuple[Program, Facts, Membership, date]:
        facts = build(self.table)
        return self.program, facts, bind(self.program, {}, facts.concepts), self.as_of


def build(table: Table) -> Facts:
    """The fact table of a description. Every table shares the ids of CONCEPTS and WORDS."""
    builder = FactsBuilder(Concepts(), Words())
    ids = {name: builder.concepts.intern(codings, text) for name, (codings, text) in CONCEPTS.items()}
    for word in WORDS:
        builder.words.intern(word)
    for at in range(table.patients):
        builder.patient(f"p{at}")
    named = sorted({name for _, fact in table.rows for name in (fact.visit, fact.part_of) if name})
    first = builder.add_resources("Encounter", named)
    visits = {"": -1} | {name: first + at for at, name in enumerate(named)}
    for patient, fact in table.rows:
        _add(builder, ids, visits[fact.visit], visits[fact.part_of], patient, fact)
    for patient, kind in table.corrupt:
        builder.mark_corrupt(patient, [kind])
    facts = builder.finish(table.manifest)
    unread: dict[Reading, Any] = {}
    for patient, how in table.unread:
        unread.setdefault(how, np.zeros(table.patients, dtype=np.bool_))[patient] = True
    return replace(facts, unread=unread) if unread else facts


def _add(
    builder: FactsBuilder, ids: Mapping[str, int], visit: int, whole: int, patient: int, fact: Fact
) -> None:
    values: dict[str, Any] = {
        "patient": patient,
        "concept": ids[fact.concept],
        "start_lo": fact.start[0],
        "start_hi": fact.start[1],
        "end_lo": fact.end[0],
        "end_hi": fact.end[1],
        "recorded": fact.recorded,
        "standing": fact.standing,
        "resource" if fact.kind is Kind.ENCOUNTER else "encounter": visit,
    }
    if whole >= 0:
        values["encounter"] = whole
    for name, value in fact.columns.items():
        values[name] = _encoded(builder, ids, name, value)
    specs = columns_of(fact.kind)
    builder.add(fact.kind, {name: np.array([value], dtype=specs[name][0]) for name, value in values.items()})


def _encoded(builder: FactsBuilder, ids: Mapping[str, int], name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in ("unit", "dose_unit"):
        return dimension_of(value)
    return ids[value] if value in CONCEPTS else builder.words.intern(value)


def _columns(kind: Kind, dtype: str) -> tuple[str, ...]:
    special = ("concept", "unit", "value_concept", "dose_unit", "unit_as_written", "bytes")
    return tuple(n for n, (t, _) in ATTRIBUTES[kind].items() if t == dtype and n not in special)


def concept_columns(kind: Kind) -> tuple[str, ...]:
    return _columns(kind, "int32")


def word_columns(kind: Kind) -> tuple[str, ...]:
    return ("status", *_columns(kind, "int16"))


def number_columns(kind: Kind) -> tuple[str, ...]:
    return tuple(
        name for name in _columns(kind, "float64") if name not in ("value_lo", "value_hi", "onset_age_hi")
    )


def holds_value(fact: Fact) -> bool:
    return bool(fact.columns.get("value_state", ValueState.NONE) != ValueState.NONE)
