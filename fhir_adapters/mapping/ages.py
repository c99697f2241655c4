"""Ages at onset: dated from the birth date, once every Patient of the input has been read.

RULES of the reference measures (1.3): an age of n years means birth date + n, up to the moment
before the next birthday; a Range of ages from its low end to the moment before high + 1 year.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from eligibility.facts import Array
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, shift_one
from fhir_adapters.batch import Batch
from fhir_adapters.emission import People
from fhir_adapters.records import Quantity

AGE_UNITS = {
    "a": "year", "year": "year", "years": "year", "yr": "year",
    "mo": "month", "month": "month", "months": "month",
    "wk": "week", "week": "week", "weeks": "week",
    "d": "day", "day": "day", "days": "day",
    "h": "hour", "hour": "hour", "hours": "hour",
}  # fmt: skip


class AgeRange(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None


_age = msgspec.json.Decoder(Quantity).decode
_ages = msgspec.json.Decoder(AgeRange).decode


def ages_later(
    batch: Batch, columns: dict[str, Array], age: str, age_range: str, *, lasting: bool, edge: str = "start"
) -> list[Callable[[People], None]]:
    """What to do at the end of the input: fill `edge` times of the rows that give an age.

    `lasting` False means that the event ends when it starts. `columns` must hold arrays of its own.
    """
    wanted: list[tuple[int, Quantity | None, Quantity | None]] = []
    wanted += [(row, value, value) for row, value in batch.decoded(age, _age)]
    wanted += [(row, span.low, span.high) for row, span in batch.decoded(age_range, _ages)]
    if not wanted:
        return []
    for name in ("start_lo", "start_hi", "end_lo", "end_hi"):
        columns[name] = columns[name].copy()

    def fill(people: People) -> None:
        for row, low, high in wanted:
            born = people.births.get(int(columns["patient"][row]))
            if born is None:
                continue
            lo, hi = _at_age(born[0], low, 0), _at_age(born[1] - born[1] % DAY, high, 1)
            lo = BEGINNING if lo is None else lo
            hi = END_OF_TIME if hi is None else hi - 1
            if lo > hi:
                continue
            _fill_row(columns, row, lo, hi, edge, lasting)

    return [fill]


def _fill_row(columns: dict[str, Array], row: int, lo: int, hi: int, edge: str, lasting: bool) -> None:
    if edge == "end":
        columns["end_lo"][row], columns["end_hi"][row] = max(lo, int(columns["start_lo"][row])), hi
        columns["start_hi"][row] = min(int(columns["start_hi"][row]), hi)
        return
    columns["start_lo"][row], columns["start_hi"][row] = lo, hi
    if not lasting:
        columns["end_lo"][row], columns["end_hi"][row] = lo, hi
    else:
        columns["end_lo"][row] = max(lo, int(columns["end_lo"][row]))


def _at_age(birth: int, age: Quantity | None, more: int) -> int | None:
    """Birth plus an age, plus `more` of the age's unit; None where the age cannot be read."""
    if age is None or age.value is None or age.comparator or not 0 <= age.value <= 150 * 366 * 24:
        return None
    unit = AGE_UNITS.get(age.code or age.unit.lower())
    if unit is None:
        return None
    return shift_one(birth, int(age.value) + more, unit)
