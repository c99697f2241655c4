"""Whom a reference range is for: a sex and an age, against what is known of the patient.

FHIR R4, Observation.referenceRange: what `appliesTo` lists holds together (and), several ranges are for
several people (or). A range for other people than these is known by nobody here (a race, a week of the
cycle, "adults"): it may be the patient's. Ages are told in completed years (months, weeks, days), both
ends included; where laboratories mean exact ages, the year at an upper end is another's, so it is the
range's own only where the next range begins with the year after.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from msgspec import Struct

from eligibility.codesystems import SNOMED_CT, normal_system
from eligibility.instants import DAY, completed, is_finite
from fhir_adapters.mapping.ages import AGE_UNITS
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import CodeableConcept

_FHIR = "http://hl7.org/fhir/administrative-gender"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender"
_SEXES = {
    (_FHIR, "female"): "female", (_FHIR, "male"): "male",
    (_V3, "F"): "female", (_V3, "M"): "male",
    ("http://hl7.org/fhir/v3/AdministrativeGender", "F"): "female",
    ("http://hl7.org/fhir/v3/AdministrativeGender", "M"): "male",
    (SNOMED_CT, "248152002"): "female", (SNOMED_CT, "248153007"): "male",
}  # fmt: skip
_WORDS = {"female": "female", "females": "female", "male": "male", "males": "male"}
_LONGEST = 150 * 366 * 24

Age = tuple[int, str]  # so many of a unit
Span = tuple[int, int]  # earliest and latest instant


class Fits(IntEnum):
    """Whether a range is for somebody."""

    NO = 0
    PERHAPS = 1
    YES = 2


class AgeRange(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """The people a range is for; without anything said, all. `others`: something said that is not read."""

    sex: str = ""
    low: Age | None = None
    high: Age | None = None
    others: bool = False

    @property
    def is_everybody(self) -> bool:
        """Whether nothing that is read can rule anybody out."""
        return not self.sex and self.low is None and self.high is None


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a patient: sex ("" where it is not known, or neither), and birth date."""

    sex: str = ""
    birth: Span | None = None


def population_of(applies_to: Sequence[CodeableConcept], age: AgeRange | None) -> Population:
    """The people that the two elements name together."""
    named = [sex_of([(c.system, c.code) for c in held.coding], held.text) for held in applies_to]
    sexes = set(filter(None, named))
    low = _read(age.low) if age is not None else None
    high = _read(age.high) if age is not None else None
    ages = 0 if age is None else sum(end is not None for end in (age.low, age.high))
    return Population(
        sex=sexes.pop() if len(sexes) == 1 else "",  # nobody is both: whoever lists two means something else
        low=low,
        high=high,
        others=len(set(named)) > 1 or "" in named or ages != sum(end is not None for end in (low, high)),
    )


def sex_of(codings: Sequence[tuple[str, str]], text: str = "") -> str:
    """The one sex that codings and words name, "" where there is none or another one beside it."""
    pairs = [(normal_system(system), code.strip()) for system, code in codings]
    found = {_SEXES[pair] for pair in pairs if pair in _SEXES}
    if not codings and text.strip().lower() in _WORDS:
        found = {_WORDS[text.strip().lower()]}
    return found.pop() if len(found) == 1 else ""


def fits(population: Population, person: Person, at: Span, begins: Collection[Age]) -> Fits:
    """Whether somebody is one of these people at a time. `begins`: where ranges begin, `in_small` units."""
    answers = [Fits.PERHAPS if population.others else Fits.YES]
    if population.sex and person.sex:
        answers.append(Fits.YES if person.sex == population.sex else Fits.NO)
    elif population.sex:
        answers.append(Fits.PERHAPS)
    if population.low is not None:
        answers.append(_has_reached(population.low, person.birth, at))
    if population.high is not None:
        count, unit = population.high
        past = _has_reached((count + 1, unit), person.birth, at)
        reached = _has_reached(population.high, person.birth, at)
        if past is Fits.YES:
            answers.append(Fits.NO)
        elif reached is Fits.NO or (past is Fits.NO and in_small((count + 1, unit)) in begins):
            answers.append(Fits.YES)
        else:
            answers.append(Fits.PERHAPS)
    return min(answers)


def in_small(age: Age) -> Age:
    """An age in months or days, so that one year and twelve months are the same."""
    times, unit = {"year": (12, "month"), "week": (7, "day")}.get(age[1], (1, age[1]))
    return age[0] * times, unit


def _has_reached(age: Age, birth: Span | None, at: Span) -> Fits:
    if birth is None or not (is_finite(at[0]) and is_finite(at[1])):
        return Fits.PERHAPS
    if _reached(birth[1] - birth[1] % DAY, age) <= at[0]:
        return Fits.YES
    return Fits.NO if _reached(birth[0] - birth[0] % DAY, age) > at[1] else Fits.PERHAPS


@lru_cache(maxsize=65_536)
def _reached(birth: int, age: Age) -> int:
    """The beginning of the day on which an age is completed."""
    return int(completed(np.array([birth], dtype=np.int64), *age)[0])


def _read(age: Quantity | None) -> Age | None:
    """An age in whole units, half years in months; None for one that is not told so."""
    if age is None or age.value is None or age.comparator or not 0 <= age.value <= _LONGEST:
        return None
    unit = AGE_UNITS.get(age.code or age.unit.lower()) or AGE_UNITS.get(age.unit.lower())
    count = age.value
    if unit == "year" and not count.is_integer():
        count, unit = count * 12, "month"
    return (int(count), unit) if unit is not None and float(count).is_integer() else None
