"""The checked program: what a protocol's criteria mean, free of any surface syntax.

The criteria language compiles to this; the judge evaluates it; the oracle in the tests evaluates it
again, slowly. Everything is checked before a Program exists: names resolve, kinds and units fit,
so evaluators trust it and never validate. Nodes are immutable values; `text` and `line` of a node
say where it stands in the protocol, and take no part in meaning.

Three sorts of thing. *Rows* are selections of facts. *Values* are numbers with a unit (or nothing
yet known). *Statements* are true, false or unknown for a patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast

from eligibility.facts import Kind

_Class = TypeVar("_Class", bound=type)


class _Node:
    """Base of the nodes that serve as keys while judging; holds the hash once it was asked for."""

    __slots__ = ("_hash",)


def _hashed_once(cls: _Class) -> _Class:
    """A node's hash walks its whole tree: remember it."""
    walk = cast("Callable[[Any], int]", cls.__hash__)

    def remembered(self: Any) -> int:
        try:
            known: int = self._hash
        except AttributeError:
            known = walk(self)
            object.__setattr__(self, "_hash", known)
        return known

    type.__setattr__(cls, "__hash__", remembered)
    return cls


# --- time -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar length: months and years move the calendar field, see `instants.shift`."""

    count: int
    unit: str  # hour, day, week, month, year


class Edge(StrEnum):
    START = "start"
    END = "end"


class Pick(StrEnum):
    """Which one of a patient's rows: by end for the last, by start for the first."""

    MOST_RECENT = "most recent"
    FIRST = "first"
    HIGHEST = "highest"
    LOWEST = "lowest"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Given:
    """A moment fixed for the whole run: `index`, or the first or last day of a period parameter.

    `name` is "index" or a parameter's name; `edge` says which end of a period (None for a date).
    `shifts` are applied in order: (+1 or -1, duration). The moment is a whole day.
    """

    name: str
    edge: Edge | None = None
    shifts: tuple[tuple[int, Duration], ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A moment written out as a date: one whole day, `day` in days since 1970-01-01."""

    day: int
    shifts: tuple[tuple[int, Duration], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of the patient's own: the start or end of the first or most recent of some rows.

    Its time is the interval that row's edge can lie in; where several rows could be the pick, their
    hull. No such row: no moment, and nothing lies in a window around it; where it is not known
    whether there is one, what hangs on it is unknown too, and never "no". A damaged record of its
    kind could be the event: no row surely lies in such a window, and every row may.
    """

    edge: Edge
    pick: Pick  # MOST_RECENT or FIRST
    rows: Rows
    shifts: tuple[tuple[int, Duration], ...] = ()


@dataclass(frozen=True, slots=True)
class AnyEvent:
    """The start or end of *some* row: a window around it matches when it does so for any of them."""

    edge: Edge
    rows: Rows
    shifts: tuple[tuple[int, Duration], ...] = ()


Moment = Given | Literal | Event | AnyEvent


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time. A bound left out is open; both bounds name whole days and are included.

    With `exact`, bounds are instants of the moment itself and excluded: "after start of X" means
    surely later than that instant, not the day after; only events without shifts are exact (the
    instant of a fixed moment would be the first of its day). At most one bound is an AnyEvent, or both
    are the same AnyEvent with different shifts (a window around one event).
    `asks_later` marks a window whose upper bound was named by the author: it may reach past the
    index date. Every other window ends with the index date. A record says nothing of the time after
    the as-of day: where such a window ends later, silence is unknown.
    """

    lower: Moment | None = None
    upper: Moment | None = None
    exact: bool = False
    asks_later: bool = False
    text: str = field(default="", compare=False)


class Relation(StrEnum):
    """Which part of a fact has to lie in the window."""

    STARTING = "starting"
    ENDING = "ending"
    OVERLAPPING = "overlapping"
    ENTIRELY = "entirely"


# --- rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeTest:
    """The fact lies in the window, by the relation."""

    relation: Relation
    window: Window


@dataclass(frozen=True, slots=True)
class SetTest:
    """A coded column (`category`, `class`, `discharge`, …) is in a value set of the program.

    A column without content: may match, unless policy says missing means no (or yes). So may a
    content without comparable code whose wording comes near, unless unmapped means no.
    """

    column: str
    value_set: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class WordTest:
    """A word column (`status`, `intent`, `channel`, …) is one of some words.

    A test that names words of `status` (of conditions and allergies: `verification_status`) takes
    part in the standing rule, see `Selection`. Without content: as `SetTest`.
    """

    column: str
    words: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of canonical units that a number is tested against; None is unbounded."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    unit: str = "1"  # canonical unit, a name of eligibility.units
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NumberTest:
    """A number of the row lies in the range. `value` is the observation's value; others are columns.

    A row without any result is no reading, whatever else is asked of it. A value that cannot be
    compared may lie in the range (`policy.unreadable`), and so may a dose in another unit; a column
    without content may as well (`policy.missing`).
    """

    column: str
    range: Range


@dataclass(frozen=True, slots=True)
class ValueInSet:
    """The observation's coded value is in a value set. No value: it is not.

    An answer in words, a number, or a code of a system the value set does not use cannot be compared:
    it may be.
    """

    value_set: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasValue:
    """The observation carries a result at all (`negated`: it carries none)."""

    negated: bool = False


RowTest = TimeTest | SetTest | WordTest | NumberTest | ValueInSet | HasValue
VALUE_TESTS = (NumberTest, ValueInSet, HasValue)


class Answer(StrEnum):
    """What a policy makes of a doubt."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Policy:
    """What doubt does. None for `missing` and `outdated` means: by the kind's own default.

    - missing: nothing recorded (also: record too thin, source not delivered, attribute not said)
    - outdated: recorded, but outside the window
    - unconfirmed: provisional, preliminary or unknown status
    - undated: the date is partial or unknown, so that it may or may not fit
    - unmapped: no code of a system that the value set uses, but wording that comes near it; "yes"
      counts such rows, yet never makes a coded value or attribute what its wording comes near
    - unreadable: a value is there but cannot be compared (unit missing or of another dimension, words
      where a number is asked for), or is an interval that straddles the limit
    - borderline: share of the limit (0.05 is 5 %) within which a number is nobody's to decide
    """

    missing: Answer | None = None
    outdated: Answer | None = None
    unconfirmed: Answer = Answer.UNKNOWN
    undated: Answer = Answer.UNKNOWN
    unmapped: Answer = Answer.UNKNOWN
    unreadable: Answer = Answer.UNKNOWN
    borderline: float = 0.0


DEFAULT_POLICY = Policy()


@_hashed_once
@dataclass(frozen=True, slots=True)
class Selection(_Node):
    """Facts of one kind and value set that pass all tests and are not excepted.

    Row by row, each condition is surely, possibly or not met; a row counts surely when all of them
    surely hold and no exception possibly does, possibly when all possibly hold and no exception
    surely does. Standing: COUNTS is sure; UNCONFIRMED follows `policy.unconfirmed`;
    DOES_NOT_COUNT never counts, whatever a test names. A WordTest on `status` (of conditions and
    allergies: on `verification_status`), not negated, takes the place of UNCONFIRMED: a named status
    counts as named. A row is also not sure where it hangs on an exception around an event that
    nobody knows to have taken place.

    Rows that pass all but the time tests lie *outside the window*; one that is surely there lets
    `policy.outdated` (for allergies by default: no) decide, one that only may be there does not.
    """

    term: str  # the name the author uses
    kind: Kind
    value_set: str  # key in Program.value_sets
    tests: tuple[RowTest, ...] = ()
    excepts: tuple[Selection, ...] = ()
    policy: Policy = DEFAULT_POLICY


@_hashed_once
@dataclass(frozen=True, slots=True)
class Rows(_Node):
    """The union of one or more selections (`MI or stroke or CABG`)."""

    selections: tuple[Selection, ...]
    text: str = field(default="", compare=False)


# --- values ---------------------------------------------------------------------------------------


@_hashed_once
@dataclass(frozen=True, slots=True)
class Picked(_Node):
    """The number carried by one picked row, or the mean of all. Nothing there: no value."""

    pick: Pick
    rows: Rows
    unit: str  # canonical
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    number: float
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class AgeValue:
    """Completed years of age at a moment (Given or Literal), unit "a"."""

    at: Moment


class Operator(StrEnum):
    PLUS = "plus"
    MINUS = "minus"
    TIMES = "times"
    DIVIDED_BY = "divided by"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Interval arithmetic on two values. `scale` brings the result into `unit` (canonical)."""

    operator: Operator
    left: Value
    right: Value
    unit: str
    scale: float = 1.0
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FirstAvailable:
    """The first value that is there; a value that may be there or not joins the hull with the next."""

    options: tuple[Value, ...]
    text: str = field(default="", compare=False)


Value = Picked | Constant | AgeValue | Arithmetic | FirstAvailable


# --- statements -----------------------------------------------------------------------------------


@_hashed_once
@dataclass(frozen=True, slots=True)
class Exists(_Node):
    """Some row is there."""

    rows: Rows
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class Counted(_Node):
    """At least `least` rows, and at most `most`; `apart` spaces the starts of counted rows.

    A row that several selections hold is one row. Spaced: the largest number of rows whose starts
    lie pairwise at least that far apart, by calendar day. Too few is known where silence means no,
    and of results also where that many readings (spaced likewise) surely lie in the window. "Missing
    means yes" answers where nothing at all is recorded; with some recorded but too few it is unknown.
    """

    rows: Rows
    least: int | None = None
    most: int | None = None
    apart: Duration | None = None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class Every(_Node):
    """All rows pass the range, and there is at least one (`every SBP … is < 180 mm[Hg]`).

    A row that only may be there can spoil it (unknown), not make it. The first selection's policy
    holds for values near a limit or unreadable.
    """

    rows: Rows
    range: Range
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class ValueIs(_Node):
    """A value lies in a range.

    No value: of a single pick what its selections' policies say, of a computed one unknown
    (`NOT_COMPUTABLE`) or what `policy.missing` says. `policy.unreadable` settles doubts of the value
    itself only, never of dates or of whether a row is there.
    """

    value: Value
    range: Range
    policy: Policy = DEFAULT_POLICY
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class PickedIsIn(_Node):
    """The coded value of the first or most recent row is in a value set, or is not (`negated`).

    The first selection's policy holds for wording that comes near; no row: what absence says, which
    `negated` does not turn.
    """

    pick: Pick
    rows: Rows
    value_set: str
    negated: bool = False
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class EdgeIs(_Node):
    """The start or end of a picked row lies in a window (`end of most recent X is at least …`).

    No row: what absence says, but never true. A row that only may be there is unknown, unless it
    surely lies outside and absence says no as well.
    """

    event: Event
    window: Window
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class AgeIs(_Node):
    """Completed years of age at a moment lie in a range of whole years, both ends included."""

    at: Moment  # Given or Literal
    low: int | None
    high: int | None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class PersonIs(_Node):
    """A word or coded column of the demographic row: words, or a value set for coded columns.

    Unsaid is unknown; so is the word "unknown" unless it is named, and wording near the value set.
    """

    column: str
    words: tuple[str, ...] = ()
    value_set: str | None = None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@_hashed_once
@dataclass(frozen=True, slots=True)
class Ask(_Node):
    """A question only a person can answer. The record never does, so it is unknown."""

    question: str
    responder: str  # clinician, screener, patient
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    part: Statement
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Statement, ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Statement, ...]
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NumberOf:
    """Of these statements at least `least` and at most `most` are true."""

    parts: tuple[Statement, ...]
    least: int | None = None
    most: int | None = None
    text: str = field(default="", compare=False)


Leaf = Exists | Counted | Every | ValueIs | PickedIsIn | EdgeIs | AgeIs | PersonIs | Ask
Statement = Leaf | Not | All | AnyOf | NumberOf


# --- criteria -------------------------------------------------------------------------------------


class Polarity(StrEnum):
    INCLUDE = "include"
    EXCLUDE = "exclude"
    POPULATION = "population"  # a measure's population: reported, without a part in any verdict


class Stage(StrEnum):
    PRE_SCREEN = "pre-screen"
    SCREENING = "screening"
    CONSENT = "consent"


class Responder(StrEnum):
    RECORD = "record"
    SCREENER = "screener"
    CLINICIAN = "clinician"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    label: str
    polarity: Polarity
    statement: Statement
    applies_to: Statement | None = None
    stage: Stage = Stage.PRE_SCREEN
    responder: Responder = Responder.RECORD
    source: tuple[str, ...] = ()  # the protocol's own words, line by line
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Code:
    """One code, or (`below`) the code and everything under it by prefix, for ICD-10-CM only."""

    system: str
    code: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class ValueSetSource:
    """What a value set is made of: codes written out, and canonical URLs of sets from files."""

    codes: tuple[Code, ...] = ()
    urls: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()  # names of other value sets of the program
    union: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # words an author uses for it, for near-miss wording only


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind` is "date" or "period"; the default is a (first day, last day) pair or None."""

    name: str
    kind: str
    default: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A protocol ready to be judged. `index` is what the text calls index; None: the as-of date."""

    id: str
    version: str
    title: str
    criteria: tuple[Criterion, ...]
    value_sets: Mapping[str, ValueSetSource]
    parameters: tuple[Parameter, ...] = ()
    index: Given | None = None
    source_sha256: str = field(default="", compare=False)
