"""Records: names, what narrows them, and picks."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span
from criteria_dsl.tree.time import Length, Window
from criteria_dsl.tree.word import Word


@dataclass(frozen=True, slots=True)
class Multiple:
    """`x ULN`, `x LLN`: of the upper or the lower end of the reference range."""

    end: str
    span: Span


@dataclass(frozen=True, slots=True)
class Limit:
    """`>= 7.0 %` (low or high is None), `7.0 to 10.5 %` (comparator "to"), or a number alone ("").

    `multiple` is there where the numbers are multiples of the result's own reference limit.
    """

    comparator: str
    number: Word
    upper: Word | None
    unit: Word | None
    span: Span
    multiple: Multiple | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """`is final or amended`, `is not metastatic`."""

    words: tuple[Word, ...]
    negated: bool
    span: Span


Test = Limit | Among


@dataclass(frozen=True, slots=True)
class OfClause:
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class FieldTest:
    field: Word
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class WhoseClause:
    fields: tuple[FieldTest, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TimeClause:
    relation: Word | None
    window: Window
    span: Span


@dataclass(frozen=True, slots=True)
class ApartClause:
    bound: str
    length: Length
    span: Span


@dataclass(frozen=True, slots=True)
class ForClause:
    """`for at least 3 days`: how long a record itself lasts."""

    bound: str
    length: Length
    span: Span


Clause = OfClause | WhoseClause | TimeClause | ApartClause | ForClause


@dataclass(frozen=True, slots=True)
class Rows:
    names: tuple[Word, ...]
    clauses: tuple[Clause, ...]
    excepted: Rows | None
    span: Span


@dataclass(frozen=True, slots=True)
class Picked:
    pick: str
    rows: Rows
    span: Span
