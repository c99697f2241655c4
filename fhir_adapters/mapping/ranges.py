"""Reference ranges of results, in the unit of the value; those of a sex or an age once patients are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.concepts import Concepts
from eligibility.facts import Array
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.conversion import convert_one
from fhir_adapters.emission import People
from fhir_adapters.mapping.common import codes
from fhir_adapters.mapping.enzyme_ranges import same_activity
from fhir_adapters.quantities import Values
from fhir_adapters.range_populations import Fits, have_reached
from fhir_adapters.records import Quantity
from fhir_adapters.reference_ranges import (
    AS_VALUE,
    NOT_GIVEN,
    UNREADABLE,
    End,
    ReferenceRanges,
    Stated,
    ages_asked,
    choose,
)
from fhir_adapters.vocabulary import UnitReading

Later = Callable[[People], None]
_SEXES = ("", "female", "male")
_quantity = msgspec.json.Decoder(Quantity).decode


def reference_ranges(batch: Batch, values: Values) -> dict[str, Array]:
    """Both ends of the normal range, where they are in the value's own dimension."""
    ranges = batch.vocabulary.kept("reference_ranges", ReferenceRanges)
    numbers = batch.looked_up("referenceRange", ranges.numbers)
    if numbers is None:
        return {}
    columns: dict[str, Array] = {}
    for name, side in zip(("range_lo", "range_hi"), ranges.sides(), strict=True):
        dimensions = side.dimension[numbers]
        alike = dimensions == values.unit
        if not (alike | (dimensions < 0)).all():
            alike |= same_activity(dimensions, values.unit, codes(batch), batch.vocabulary.concepts_held)
        stated = np.where(alike, side.canonical[numbers], UNREADABLE)
        column = columns[name] = np.where(dimensions == NOT_GIVEN, np.nan, stated)
        if side.as_value:
            for row in np.flatnonzero(dimensions == AS_VALUE).tolist():
                column[row] = _as_value(float(side.written[numbers[row]]), _unit_beside(batch, row))
    return columns


def ranges_later(batch: Batch, columns: dict[str, Array]) -> list[Later]:
    """What to do at the end of the input: fill the ends of rows whose range hangs on the patient.

    `columns` are those of the batch's rows, with their values, times and reference ranges.
    """
    ranges = batch.vocabulary.kept("reference_ranges", ReferenceRanges)
    if not ranges.choices:
        return []
    numbers = batch.looked_up("referenceRange", ranges.numbers)
    if numbers is None or "unit" not in columns:
        return []
    fills: list[Later] = []
    for number in np.unique(numbers).tolist():
        stated = ranges.choices.get(number)
        if stated is not None:
            rows = np.flatnonzero(numbers == number)
            bare = any(AS_VALUE in (one.low.dimension, one.high.dimension) for one in stated)
            beside = {row: _unit_beside(batch, row) for row in rows.tolist()} if bare else {}
            concepts = batch.vocabulary.concepts_held
            fills.append(partial(_fill, columns, rows, stated, beside, concepts))
    return fills


def _fill(
    columns: dict[str, Array],
    rows: NDArray[np.int64],
    stated: tuple[Stated, ...],
    beside: Mapping[int, UnitReading | None],
    concepts: Concepts,
    people: People,
) -> None:
    """Both ends of the rows that state these ranges, as sex and age of their patients choose among them."""
    patients, which = np.unique(columns["patient"][rows], return_inverse=True)
    known = [people.births.get(patient, (BEGINNING, END_OF_TIME)) for patient in patients.tolist()]
    births = np.array(known, dtype=np.int64)[which]
    sexes = np.array([_SEXES.index(people.sexes.get(patient, "")) for patient in patients.tolist()])[which]
    at = columns["start_lo"][rows], columns["end_hi"][rows]
    ages = ages_asked(stated)
    told = [have_reached(age, (births[:, 0], births[:, 1]), at) for age in ages]
    alike, groups = np.unique(np.column_stack([sexes, *told]), axis=0, return_inverse=True)
    for number, (sex, *reached) in enumerate(alike.tolist()):
        answers = {age: Fits(answer) for age, answer in zip(ages, reached, strict=True)}
        ends = choose(stated, _SEXES[sex], answers)
        mine = rows[groups.ravel() == number]
        for name, end in zip(("range_lo", "range_hi"), ends, strict=True):
            columns[name][mine] = _canonical(end, columns["unit"][mine], columns["concept"][mine], concepts)
            if end.dimension == AS_VALUE:
                for row in mine.tolist():
                    columns[name][row] = _as_value(end.written, beside[row])


def _canonical(end: End, dimensions: Array, concept: Array, concepts: Concepts) -> NDArray[np.float64]:
    """An end in the units of values of these dimensions; NaN where there is none."""
    if end.dimension == NOT_GIVEN:
        return np.full(len(dimensions), math.nan)
    stated = np.full(len(dimensions), end.dimension)
    alike = (dimensions == stated) | same_activity(stated, dimensions, concept, concepts)
    return np.where(alike, end.canonical, UNREADABLE)


def _as_value(number: float, unit: UnitReading | None) -> float:
    """A number in the unit of the value beside it; NaN where that has none."""
    return convert_one(number, unit) if unit is not None and unit.dimension >= 0 else math.nan


def _unit_beside(batch: Batch, row: int) -> UnitReading | None:
    """The unit of a row's own quantity."""
    beside = batch.one("valueQuantity", row)
    return None if beside in (b"", b"null") else batch.vocabulary.reading(_quantity(beside))
