"""What was written, before anyone asks what it means: one node per construct, each with its place.

Names are words here; that a name exists and is of the right sort is settled later.
"""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name, number, unit, date or quoted text as written."""

    text: str
    span: Span


# --- time


@dataclass(frozen=True, slots=True)
class Length:
    number: Word
    unit: str  # hour, day, week, month, year
    span: Span


@dataclass(frozen=True, slots=True)
class Base:
    """`form` is index, date, name, start, end or day; the last three are edges of `name`."""

    form: str
    span: Span
    name: Word | None = None
    any: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A base moved by lengths, innermost first; the sign is -1 for before, +1 for after."""

    base: Base
    shifts: tuple[tuple[int, Length], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Within:
    """`within 90 days before index`; side is before, after or of."""

    length: Length
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Bounded:
    """`at least 6 months before index`; bound is at least, at most, more than or less than."""

    bound: str
    length: Length
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class TheSpan:
    """`the 90 days before index`, after `overlapping`."""

    length: Length
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class During:
    """`during measurement-period`; `bare` without the word, after `overlapping`."""

    period: Word
    bare: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Between:
    first: Moment
    last: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Relative:
    """`before`, `after`, `up to`, `at` or `on` a moment."""

    word: str
    moment: Moment
    span: Span


Window = Within | Bounded | TheSpan | During | Between | Relative


# --- rows


@dataclass(frozen=True, slots=True)
class Limit:
    """`>= 7.0 %` (low or high is None), `7.0 to 10.5 %` (comparator "to"), or a number alone ("")."""

    comparator: str
    number: Word
    upper: Word | None
    unit: Word | None
    span: Span


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


Clause = OfClause | WhoseClause | TimeClause | ApartClause


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


# --- statements


@dataclass(frozen=True, slots=True)
class Present:
    """Rows alone, or the name of a statement."""

    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class LonePick:
    picked: Picked
    span: Span


@dataclass(frozen=True, slots=True)
class Absent:
    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class Negated:
    name: Word
    span: Span


@dataclass(frozen=True, slots=True)
class Counted:
    bound: str  # at least, at most, exactly
    number: Word
    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class EveryIs:
    rows: Rows
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class NamedIs:
    """`NAME is …`: a value, a named pick, or a field of the person."""

    rows: Rows
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class PickedIs:
    picked: Picked
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class HasResult:
    rows: Rows
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class EdgeIs:
    edge: Word
    picked: Picked
    window: Window
    span: Span


@dataclass(frozen=True, slots=True)
class AgeIs:
    at: Relative
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class Confirms:
    responder: str
    question: Word
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`form` is all, any, none, at least, at most or exactly (with `number`)."""

    form: str
    number: Word | None
    parts: tuple[Statement, ...]
    span: Span  # the heading and its bullets
    heading: Span


Statement = (
    Present
    | LonePick
    | Absent
    | Negated
    | Counted
    | EveryIs
    | NamedIs
    | PickedIs
    | HasResult
    | EdgeIs
    | AgeIs
    | Confirms
    | Group
)


# --- values


@dataclass(frozen=True, slots=True)
class RowsValue:
    """Rows without a pick: the name of a value, or (alone after `as`) a named row set."""

    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class PickedValue:
    picked: Picked
    span: Span


@dataclass(frozen=True, slots=True)
class NumberValue:
    number: Word
    unit: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class AgeAt:
    at: Relative
    span: Span


@dataclass(frozen=True, slots=True)
class FirstOf:
    options: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Calculation:
    """Two or more parts joined left to right; `operators` is one shorter than `parts`."""

    parts: tuple[Value, ...]
    operators: tuple[Word, ...]
    span: Span


Value = RowsValue | PickedValue | NumberValue | AgeAt | FirstOf | Calculation


# --- blocks


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """`doubt` is a word of the grammar's `doubt` rule, or review (`number` is a share)."""

    doubt: str
    kind: Word | None
    answer: str
    number: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Header:
    kind: str  # protocol, measure, library
    name: Word
    version: Word
    title: Word
    policies: tuple[PolicyLine, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    name: Word
    sort: Word
    first: Word | None
    last: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    names: tuple[Word, ...]
    library: Word
    version: Word
    span: Span


@dataclass(frozen=True, slots=True)
class Coded:
    system: Word  # a name of the table, or a quoted URI
    quoted: bool
    codes: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class FromSet:
    url: Word


@dataclass(frozen=True, slots=True)
class FromNames:
    names: tuple[Word, ...]


CodeSource = Coded | FromSet | FromNames


@dataclass(frozen=True, slots=True)
class Term:
    kind: Word
    name: Word
    also: tuple[Word, ...]  # other wordings of the name
    unit: Word | None
    sources: tuple[CodeSource, ...]
    minus: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Define:
    """Exactly one of `statement` and `value` is there."""

    name: Word
    statement: Statement | None
    value: Value | None
    policies: tuple[PolicyLine, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    form: str  # stage, asked, only for
    word: Word
    span: Span


@dataclass(frozen=True, slots=True)
class Criterion:
    polarity: str
    name: Word
    label: Word
    quotes: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    statement: Statement
    policies: tuple[PolicyLine, ...]
    span: Span


Node = Header | Parameter | Index | Use | Term | Define | Criterion
