"""Doses that may add up: for each record, those that surely run beside it, day by day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from eligibility.instants import DAY
from eligibility.program import NumberTest, Selection
from eligibility.reasons import Cause
from eligibility.units import dimension_name
from tests.oracle import selections
from tests.oracle.numbers import twelve_digits
from tests.oracle.records import Number, Row
from tests.oracle.truth import UNKNOWN, Truth


def unsure(
    selection: Selection, judged: Sequence[selections.Judged], sure: Sequence[Row]
) -> list[selections.Judged]:
    """The rows as they were judged, and in doubt where their dose decides otherwise with what is beside it.

    `sure` are the rows that are there for certain, whatever their dose.
    """
    found = list(judged)
    there = {row.at for row in sure}
    for test in dose_tests(selection):
        for at, one in enumerate(found):
            if one.row.at not in there:
                continue
            beside = [row for row in sure if row.at != one.row.at and _beside(one.row, row, test.range.unit)]
            own = _dose(one.row, test.range.unit)
            if own is None or not beside:
                continue
            total = twelve_digits(own + math.fsum(_dose(row, test.range.unit) or 0.0 for row in beside))
            if selections.in_range(Number(own, max(own, total)), test.range) == UNKNOWN:
                doubt = Truth(UNKNOWN, Cause.SOURCE_CONFLICT)
                found[at] = replace(one, full=doubt, base=doubt, doubts=one.doubts | doubt.causes)
    return found


def dose_tests(selection: Selection) -> list[NumberTest]:
    return [t for t in selection.tests if isinstance(t, NumberTest) and t.column == "dose_per_day"]


def _dose(row: Row, unit: str) -> float | None:
    dose, dimension = float(row.columns["dose_per_day"]), row.columns["dose_unit"]
    return None if math.isnan(dose) or dimension < 0 or dimension_name(dimension) != unit else dose


def _beside(one: Row, other: Row, unit: str) -> bool:
    """Whether two records told in one way, with doses of one unit, surely share more than one day."""
    if one.columns["channel"] != other.columns["channel"] or _dose(other, unit) is None:
        return False
    first = max(one.start.hi // DAY, other.start.hi // DAY)
    return min(one.end.lo // DAY, other.end.lo // DAY) > first
