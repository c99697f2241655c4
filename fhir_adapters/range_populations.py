"""Whom a reference range is for: a sex and an age, against what is known of the patient.

FHIR R4, Observation.referenceRange: what `appliesTo` lists holds together (and), several ranges are for
several people (or). A text that names one sex says whom its range is for as `appliesTo` does. A range for
other people than these is known by nobody here (a race, a week of the cycle, "adults"): it may be the
patient's. Ages are told in completed years (months, weeks, days), both
ends included; where laboratories mean exact ages, the year at an upper end is another's, so it is the
range's own only where the next range begins with the year after.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from eligibility.codesystems import SNOMED_CT, normal_system
from eligibility.facts import Array
from eligibility.instants import BEGINNING, END_OF_TIME, completed, floor_day
from fhir_adapters.mapping.ages import AGE_UNITS
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import CodeableConcept

_FHIR = "http://hl7.org/fhir/administrative-gender"
_V2 = "http://terminology.hl7.org/CodeSystem/v2-0001"
_V3 = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender"
_SEXES = {
    (_FHIR, "female"): "female", (_FHIR, "male"): "male",
    (_V3, "F"): "female", (_V3, "M"): "male",
    (_V2, "F"): "female", (_V2, "M"): "male",
    ("http://hl7.org/fhir/v2/0001", "F"): "female", ("http://hl7.org/fhir/v2/0001", "M"): "male",
    ("http://hl7.org/fhir/v3/AdministrativeGender", "F"): "female",
    ("http://hl7.org/fhir/v3/AdministrativeGender", "M"): "male",
    (SNOMED_CT, "248152002"): "female", (SNOMED_CT, "248153007"): "male",
}  # fmt: skip
_WORDS = {
    "female": "female", "females": "female", "woman": "female", "women": "female",
    "male": "male", "males": "male", "man": "male", "men": "male",
}  # fmt: skip
_word = re.compile(r"[^\W\d_]+")
# Where a range in words names people: before its first number, and in parentheses.
_people = re.compile(r"\A\D+|\([^()]*\)")
_LONGEST = 150 * 366 * 24

Age = tuple[int, str]  # so many of a unit


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


def population_of(applies_to: Sequence[CodeableConcept], age: AgeRange | None, text: str = "") -> Population:
    """The people that the two elements name together, and the one sex that a text names ("Men 13-17")."""
    named = [sex_of([(c.system, c.code) for c in held.coding], held.text) for held in applies_to]
    named += _sex_in(text)
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


def _sex_in(text: str) -> list[str]:
    """The sex that a text names, and "" where it says more of whom it is for; nothing where it names none."""
    found = {_WORDS[word] for word in _words(text) if word in _WORDS}
    if len(found) != 1:
        return []
    told = [words for words in map(_words, _people.findall(text)) if words]
    plain = bool(told) and all(word in _WORDS for words in told for word in words)
    return [*found] if plain else [*found, ""]


def tells_sexes_apart(text: str) -> bool:
    """Whether a text gives numbers for both sexes ("Men 13-17, women 12-16"), not whose this is."""
    words = [word for word in _word.finditer(text) if word.group().lower() in _WORDS]
    first = {_WORDS[word.group().lower()]: word.start() for word in reversed(words)}
    begin, *end = sorted(first.values()) or [0]
    return bool(end) and any(sign.isdigit() for sign in text[begin : end[0]])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _word.findall(text)]


def sex_of(codings: Sequence[tuple[str, str]], text: str = "") -> str:
    """The one sex that codings and words name, "" where there is none or another one beside it."""
    pairs = [(normal_system(system), code.strip()) for system, code in codings]
    found = {_SEXES[pair] for pair in pairs if pair in _SEXES}
    if not codings and text.strip().lower() in _WORDS:
        found = {_WORDS[text.strip().lower()]}
    return found.pop() if len(found) == 1 else ""


def fits(population: Population, sex: str, reached: Mapping[Age, Fits], begins: Collection[Age]) -> Fits:
    """Whether somebody is one of these people.

    `sex` is "" where it is not known, or neither; `reached` tells of each of `ages_of` whether it is
    completed; `begins` are the ages with which ranges begin, `in_small` units.
    """
    answers = [Fits.PERHAPS if population.others else Fits.YES]
    if population.sex and sex:
        answers.append(Fits.YES if sex == population.sex else Fits.NO)
    elif population.sex:
        answers.append(Fits.PERHAPS)
    if population.low is not None:
        answers.append(reached[population.low])
    if population.high is not None:
        after = _after(population.high)
        if reached[after] is Fits.YES:
            answers.append(Fits.NO)
        elif reached[population.high] is Fits.NO or (reached[after] is Fits.NO and in_small(after) in begins):
            answers.append(Fits.YES)
        else:
            answers.append(Fits.PERHAPS)
    return min(answers)


def ages_of(population: Population) -> Iterator[Age]:
    """The ages of which `fits` has to know whether they are completed."""
    if population.low is not None:
        yield population.low
    if population.high is not None:
        yield population.high
        yield _after(population.high)


def _after(age: Age) -> Age:
    return age[0] + 1, age[1]


def in_small(age: Age) -> Age:
    """An age in months or days, so that one year and twelve months are the same."""
    times, unit = {"year": (12, "month"), "week": (7, "day")}.get(age[1], (1, age[1]))
    return age[0] * times, unit


def have_reached(age: Age, births: tuple[Array, Array], at: tuple[Array, Array]) -> NDArray[np.uint8]:
    """`Fits` of each: whether an age is completed at a time; birth and time are earliest and latest instants.

    PERHAPS where either is not known, BEGINNING or END_OF_TIME.
    """
    late, early = (completed(floor_day(birth), *age) for birth in reversed(births))
    known = (births[0] > BEGINNING) & (births[1] < END_OF_TIME)
    yes = known & (late <= at[0]) & (at[0] > BEGINNING)
    no = known & (early > at[1]) & (at[1] < END_OF_TIME)
    return np.where(yes, Fits.YES, np.where(no, Fits.NO, Fits.PERHAPS)).astype(np.uint8)


def _read(age: Quantity | None) -> Age | None:
    """An age in whole units, half years in months; None for one that is not told so."""
    if age is None or age.value is None or age.comparator or not 0 <= age.value <= _LONGEST:
        return None
    unit = AGE_UNITS.get(age.code or age.unit.lower()) or AGE_UNITS.get(age.unit.lower())
    count = age.value
    if unit == "year" and not count.is_integer():
        count, unit = count * 12, "month"
    return (int(count), unit) if unit is not None and float(count).is_integer() else None
