"""Small cases about days at a stable dose; see `corpus`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eligibility.facts import Kind
from eligibility.program import Answer, Duration, Exposed, Given, Range, Window
from eligibility.reasons import Cause
from tests.oracle.corpus import DENSE, DRUG, NO, UNKNOWN, YES, entry, rows, stay
from tests.oracle.tables import UNITS, Fact

MONTH = Duration(30, "day")
UP_TO_INDEX = Window(None, Given("index"))
NOT_ENOUGH = Cause.COUNT | Cause.ABSENCE_ASSUMED


def taken(
    first: int, last: int, dose: float | None = 2.0, unit: str = UNITS[0], channel: str = "active"
) -> Fact:
    columns: dict[str, Any] = {} if dose is None else {"dose_per_day": dose, "dose_unit": unit}
    columns["channel"] = channel
    return replace(stay(first, last, Kind.MEDICATION), columns=columns)


def steady(**more: object) -> Exposed:
    return replace(Exposed(rows(DRUG), MONTH, steady=True), **more)  # type: ignore[arg-type]


entry(
    "days at one dose follow each other, whichever records they are of",
    steady(),
    ((YES, Cause.COUNT), [taken(-60, -45), taken(-44, -31)]),
    ((YES, Cause.COUNT), [taken(-60, -45), taken(-45, -31)]),
    ((YES, Cause.COUNT), [taken(-60, -40), taken(-50, -31, channel="stopped")]),
    ((NO, NOT_ENOUGH), [taken(-60, -45), taken(-44, -31, 4.0), *DENSE]),
    ((YES, Cause.COUNT), [taken(-90, -61, 4.0), taken(-60, -31)]),
)
entry(
    "two orders of one dose side by side may be one dose or add up, and one takes over from another in a day",
    steady(),
    ((UNKNOWN, Cause.SOURCE_CONFLICT), [taken(-60, -31), taken(-60, -31), *DENSE]),
    ((UNKNOWN, Cause.SOURCE_CONFLICT), [taken(-60, -40), taken(-50, -31), *DENSE]),
    ((YES, Cause.COUNT), [taken(-90, -31), taken(-60, -31)]),
    ((YES, Cause.COUNT), [taken(-60, -31), taken(-60, -60)]),
)
entry(
    "two orders of a dose that is too much, or too little, alone",
    steady(dose=Range(low=3.0, unit=UNITS[0])),
    ((UNKNOWN, Cause.SOURCE_CONFLICT), [taken(-60, -31), taken(-60, -31), *DENSE]),
    ((NO, NOT_ENOUGH), [taken(-60, -31), taken(-60, -31, channel="stopped"), *DENSE]),
)
entry(
    "two doses on one day are neither added up nor chosen from",
    steady(),
    ((UNKNOWN, Cause.SOURCE_CONFLICT), [taken(-60, -31), taken(-50, -49, 4.0), *DENSE]),
    ((YES, Cause.COUNT), [taken(-90, -31), taken(-60, -59, 4.0)]),
)
entry(
    "a record without a dose may be of any, or what policy says",
    steady(),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [taken(-60, -31, None), *DENSE]),
    ((UNKNOWN, Cause.DATA_NOT_FOUND), [taken(-60, -31), taken(-45, -44, None), *DENSE]),
    ((UNKNOWN, Cause.UNIT_UNRESOLVED), [taken(-60, -45), taken(-44, -31, 2.0, UNITS[1]), *DENSE]),
)
BY_WORD = Cause.COUNT | Cause.ASSUMED  # the protocol's word
for answer, state, cause in ((Answer.YES, YES, BY_WORD), (Answer.NO, NO, NOT_ENOUGH)):
    drug = replace(DRUG, policy=replace(DRUG.policy, missing=answer))
    entry(
        f"a dose that is not said, where missing means {answer.value}",
        steady(rows=rows(drug)),
        ((state, cause), [taken(-60, -45), taken(-44, -31, None), *DENSE]),
        ((YES, BY_WORD), [taken(-60, -31), taken(-45, -44, None), *DENSE]),
    )
entry(
    "a gap is closed, but not over days at another dose",
    steady(gap=7),
    ((YES, Cause.COUNT), [taken(-60, -50), taken(-44, -31)]),
    ((NO, NOT_ENOUGH), [taken(-60, -50), taken(-47, -46, 4.0), taken(-44, -31), *DENSE]),
)
entry(
    "the dose is one that is asked for",
    steady(dose=Range(low=2.0, low_open=True, unit=UNITS[0])),
    ((YES, Cause.COUNT), [taken(-60, -31, 4.0)]),
    ((NO, NOT_ENOUGH), [taken(-60, -31), *DENSE]),
)
entry(
    "until index, and a drug without an end",
    steady(window=UP_TO_INDEX, through=True),
    ((YES, Cause.COUNT), [taken(-29, 20)]),
    ((NO, NOT_ENOUGH), [taken(-60, -5), taken(-4, 20, 4.0), *DENSE]),
    ((NO, NOT_ENOUGH), [taken(-60, -1), *DENSE]),
)
