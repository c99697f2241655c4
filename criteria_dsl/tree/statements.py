"""What is said to be true."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span
from criteria_dsl.tree.limits import Test
from criteria_dsl.tree.rows import Picked, Rows
from criteria_dsl.tree.time import Length, Relative, Window
from criteria_dsl.tree.values import SameDayRatio
from criteria_dsl.tree.word import Word


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
    arguments: tuple[Word, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unless:
    """`STATEMENT unless NAME`."""

    statement: Statement
    unless: Negated
    span: Span


@dataclass(frozen=True, slots=True)
class Counted:
    bound: str  # at least, at most, exactly
    number: Word
    rows: Rows
    span: Span
    what: str = "events"  # or records, relatives


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
class RatioIs:
    ratio: SameDayRatio
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class SlopeIs:
    """`slope of A per year by results of at least 3 days … is TEST`; `least` is a length in days."""

    rows: Rows
    per: Word
    least: Length
    test: Test
    slope: Span
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
    """`start of first X is …`, or `start of NAME is …` of a defined pick."""

    edge: Word
    picked: Picked | Word
    window: Window
    span: Span


@dataclass(frozen=True, slots=True)
class AgeIs:
    at: Relative
    test: Test
    span: Span


@dataclass(frozen=True, slots=True)
class Died:
    window: Window
    span: Span


@dataclass(frozen=True, slots=True)
class Confirms:
    """`… confirms "…"`, or `… answers "…" with TYPE is …`."""

    responder: str
    question: Word
    span: Span
    type: str = "yes or no"  # or a date, a number, one of
    unit: Word | None = None
    options: tuple[Word, ...] = ()
    expected: Test | Window | None = None  # None: yes
    since: Window | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """`form` is all, any, none, at least, at most or exactly (with `number`)."""

    form: str
    number: Word | None
    parts: tuple[Statement, ...]
    span: Span  # the heading and its bullets
    heading: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """`… is` and bullets `if …: LIMIT`, `otherwise: LIMIT`; `parts` is one longer than `conditions`."""

    conditions: tuple[Statement, ...]
    parts: tuple[Statement, ...]
    span: Span  # the heading and its bullets
    heading: Span


@dataclass(frozen=True, slots=True)
class Changed:
    """`X fell by LIMIT from PICK to PICK`: both picks are of the same rows."""

    change: Word
    test: Test
    first: Word
    last: Word
    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class InARow:
    """`at least 2 consecutive X of LIMIT`."""

    bound: Word
    number: Word
    rows: Rows
    span: Span


@dataclass(frozen=True, slots=True)
class GreatestChange:
    """`X rose by LIMIT over at most LENGTH`: from some reading to a later one."""

    change: Word
    test: Test
    within: Length
    rows: Rows
    span: Span


Statement = (
    Present
    | LonePick
    | Absent
    | Negated
    | Unless
    | Counted
    | EveryIs
    | NamedIs
    | PickedIs
    | RatioIs
    | SlopeIs
    | HasResult
    | EdgeIs
    | AgeIs
    | Died
    | Changed
    | GreatestChange
    | InARow
    | Confirms
    | Group
    | Choice
)
