"""Reference ranges of results, in the unit of the value; those of a sex or an age once patients are known."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np

from eligibility.facts import Array
from fhir_adapters.batch import Batch
from fhir_adapters.conversion import convert_one
from fhir_adapters.emission import People
from fhir_adapters.quantities import Values
from fhir_adapters.range_populations import Person
from fhir_adapters.records import Quantity
from fhir_adapters.reference_ranges import AS_VALUE, NOT_GIVEN, UNREADABLE, End, ReferenceRanges, choose
from fhir_adapters.vocabulary import UnitReading

Later = Callable[[People], None]
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
        stated = np.where(dimensions == values.unit, side.canonical[numbers], UNREADABLE)
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
    # Ranges are kept by what they say: their numbers may be forgotten before the end.
    wanted = [
        (row, ranges.choices[number], _unit_beside(batch, row))
        for row, number in enumerate(numbers.tolist())
        if number in ranges.choices
    ]
    if not wanted:
        return []

    def fill(people: People) -> None:
        for row, stated, beside in wanted:
            patient = int(columns["patient"][row])
            person = Person(people.sexes.get(patient, ""), people.births.get(patient))
            at = int(columns["start_lo"][row]), int(columns["end_hi"][row])
            unit = int(columns["unit"][row])
            low, high = choose(stated, person, at)
            columns["range_lo"][row] = _canonical(low, unit, beside)
            columns["range_hi"][row] = _canonical(high, unit, beside)

    return [fill]


def _canonical(end: End, dimension: int, beside: UnitReading | None) -> float:
    """An end in the unit of a value of this dimension; NaN where there is none."""
    if end.dimension == NOT_GIVEN:
        return math.nan
    if end.dimension == AS_VALUE:
        return _as_value(end.written, beside)
    return end.canonical if end.dimension == dimension else UNREADABLE


def _as_value(number: float, unit: UnitReading | None) -> float:
    """A number in the unit of the value beside it; NaN where that has none."""
    return convert_one(number, unit) if unit is not None and unit.dimension >= 0 else math.nan


def _unit_beside(batch: Batch, row: int) -> UnitReading | None:
    """The unit of a row's own quantity."""
    beside = batch.one("valueQuantity", row)
    return None if beside in (b"", b"null") else batch.vocabulary.reading(_quantity(beside))
