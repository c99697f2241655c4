"""What a case file says, before anybody knows the protocol it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from criteria_dsl.source import Span
from criteria_dsl.tree import Word


@dataclass(frozen=True, slots=True)
class Day:
    """A day, month or year as written: 2026-05-01, 2026-05, 2026."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or the index day (`day` is None), moved by (sign, count, unit) in turn.

    `clock` is the time of that day before it is moved ("14:30"), "" where none is said.
    """

    day: Day | None
    shifts: tuple[tuple[int, int, str], ...]
    span: Span
    clock: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """From a moment to another; both the same for a single one; None is open."""

    start: Moment | None
    end: Moment | None
    single: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written with its comparator and unit, each "" where none is said."""

    comparator: str
    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of a given fact: a name or word, a quantity, or quoted words."""

    field: Word
    value: Word | Quantity
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class GivenPerson:
    born: Day | None
    died: Day | None
    details: tuple[FieldValue, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class GivenCare:
    """The patient was seen now and then, so that the record's silence means something."""

    when: When | None
    span: Span


@dataclass(frozen=True, slots=True)
class GivenFact:
    """One record of a term. `result` is a quantity, the name of codes, or (`worded`) mere words."""

    name: Word
    result: Quantity | Word | None
    worded: bool
    normal: tuple[str, str, str] | None  # reference range: low, high, unit
    fields: tuple[FieldValue, ...]
    when: When | None
    called: Word | None
    within: Word | None  # the visit it belongs to, by what that is called
    span: Span


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a person answered to a question of a criterion (`question` None: it asks but one)."""

    criterion: Word
    question: Word | None
    answer: Quantity | Word
    when: When | None
    span: Span


@dataclass(frozen=True, slots=True)
class GivenNote:
    """What a note says, written on the index day where nothing is said of its time."""

    text: Word
    when: When | None
    span: Span


Given = GivenPerson | GivenCare | GivenFact | GivenAnswer | GivenNote


@dataclass(frozen=True, slots=True)
class Expectation:
    """A criterion (or cohort) with an outcome, or (`criterion` None) the patient's verdict."""

    criterion: Word | None
    outcome: str
    reason: Word | None
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    given: tuple[Given, ...]
    expected: tuple[Expectation, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class CaseFile:
    """`parameters` hold (first day, last day) or a quantity by name."""

    protocol: Word
    as_of: Day
    parameters: dict[str, tuple[str, str] | Quantity] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
