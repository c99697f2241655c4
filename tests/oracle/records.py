"""A fact table read back into plain objects, patient by patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eligibility.facts import COMMON, Facts, Kind, Source, Standing, ValueFlag, ValueState, columns_of
from eligibility.instants import BEGINNING, END_OF_TIME
from tests.oracle.instants import Span, ceil, day_of

_KEPT = ("status", "not_done", "source", "resource", "encounter")  # common columns that are asked for by name


@dataclass(frozen=True, slots=True)
class Number:
    """A number known only to lie between two ends, each of which may itself be excluded."""

    lo: float
    hi: float
    lo_open: bool = False
    hi_open: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One fact. `at` is its place in its block; `columns` are its attributes by name."""

    kind: Kind
    at: int
    concept: int
    start: Span
    end: Span
    recorded: int
    standing: Standing
    columns: Mapping[str, Any]
    written: Span = Span(BEGINNING, END_OF_TIME)  # when it was recorded  # noqa: RUF009 - frozen
    visit: int = -1  # a row of the resources; -1: not said
    unconverted: Row | None = None  # the same before its analyte's conversion; None: this one

    @property
    def undated(self) -> bool:
        return self.start.lo == BEGINNING and self.start.hi == END_OF_TIME

    @property
    def value_state(self) -> ValueState:
        return ValueState(self.columns.get("value_state", ValueState.NONE))

    @property
    def number(self) -> Number:
        flags = self.columns["value_flags"]
        return Number(
            self.columns["value_lo"],
            self.columns["value_hi"],
            bool(flags & ValueFlag.LOW_OPEN),
            bool(flags & ValueFlag.HIGH_OPEN),
        )


@dataclass(frozen=True, slots=True)
class Patient:
    """Everything the table says about one patient."""

    at: int
    rows: Mapping[Kind, list[Row]]
    corrupt: frozenset[Kind]

    def of(self, kind: Kind) -> list[Row]:
        return self.rows.get(kind, [])

    @property
    def person(self) -> Row | None:
        """The demographic row."""
        rows = self.of(Kind.DEMOGRAPHIC)
        return rows[-1] if rows else None


@dataclass(slots=True)
class _Reader:
    rows: dict[int, dict[Kind, list[Row]]] = field(default_factory=dict)

    def take(self, facts: Facts, kind: Kind) -> None:
        block = facts.blocks[kind]
        said = [
            n for n, (_, default) in columns_of(kind).items() if n in block.columns or default is not None
        ]
        held = {name: block.column(name).tolist() for name in said}
        for at in range(len(block)):
            row = Row(
                kind,
                at,
                held["concept"][at],
                Span(held["start_lo"][at], held["start_hi"][at]),
                Span(held["end_lo"][at], held["end_hi"][at]),
                held["recorded"][at] if "recorded" in held else END_OF_TIME,
                Standing(held["standing"][at]),
                {n: held[n][at] for n in held if n not in COMMON or n in _KEPT},
                Span(held["recorded_lo"][at], held["recorded"][at]),
                held["resource" if kind is Kind.ENCOUNTER else "encounter"][at],
            )
            self.rows.setdefault(held["patient"][at], {}).setdefault(kind, []).append(row)


def patients_of(facts: Facts) -> list[Patient]:
    """All patients of a table; the rows of kind CONTACT are left out, see `contact_days`."""
    reader = _Reader()
    for kind in facts.blocks:
        if kind is not Kind.CONTACT:
            reader.take(facts, kind)
    return [
        Patient(
            at,
            reader.rows.get(at, {}),
            frozenset(kind for kind, flags in facts.corrupt.items() if bool(flags[at])),
        )
        for at in range(facts.n_patients)
    ]


def contact_days(patient: Patient) -> set[int]:
    """Days on which the record itself shows the patient in care (the rule of `coverage`)."""
    days = set()
    for kind in (Kind.ENCOUNTER, Kind.OBSERVATION):
        for row in patient.of(kind):
            exact_day = row.start.lo > BEGINNING and ceil(row.start.lo) == ceil(row.start.hi)
            if exact_day and row.standing != Standing.DOES_NOT_COUNT and not _noted(row):
                days.add(day_of(row.start.lo))
    for row in patient.of(Kind.CONDITION):
        if row.recorded < END_OF_TIME and row.standing != Standing.DOES_NOT_COUNT and not _noted(row):
            days.add(day_of(row.recorded))
    return days


def _noted(row: Row) -> bool:
    """A note quotes what others saw: it witnesses nothing."""
    return bool(row.columns["source"] == Source.NOTE)
