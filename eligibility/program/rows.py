"""Rows: which facts a criterion speaks of, and when. Moments can be facts themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.facts import Assertion, Kind
from eligibility.program.nodes import Node, hashed_once


@dataclass(frozen=True, slots=True)
class Duration:
    """A calendar length: months and years move the calendar field, see `instants.shift`."""

    count: int
    unit: str  # hour, day, week, month, year


@dataclass(frozen=True, slots=True)
class LongerOf:
    """The longer of some lengths, or the shorter: the one that reaches farthest (least far).

    Which one that is can hang on the day it is counted from (1 month or 30 days), so it is settled
    there. From a moment known in part, each end of it moves by the length that holds for it.
    """

    lengths: tuple[Duration, ...]
    shorter: bool = False


Length = Duration | LongerOf


class Edge(StrEnum):
    """A moment of a fact; `RECORDED`: when it was written down or ordered (events only)."""

    START = "start"
    END = "end"
    RECORDED = "recording"


class Pick(StrEnum):
    """Which one of a patient's rows: by end for the last, by start for the first.

    Mean and median are of all rows; the median of an even number is the mean of the middle two. With
    rows that only may be there, both lie between the least and the most.
    """

    MOST_RECENT = "most recent"
    FIRST = "first"
    HIGHEST = "highest"
    LOWEST = "lowest"
    MEAN = "mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Given:
    """A moment fixed for the whole run: `index`, or the first or last day of a period parameter.

    `name` is "index" or a parameter's name; `edge` says which end of a period (None for a date).
    `shifts` are applied in order: (+1 or -1, length). The moment is a whole day.
    """

    name: str
    edge: Edge | None = None
    shifts: tuple[tuple[int, Length], ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A moment written out as a date: one whole day, `day` in days since 1970-01-01."""

    day: int
    shifts: tuple[tuple[int, Length], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of the patient's own: the start or end of the first or most recent of some rows.

    Its time is the interval that row's edge can lie in; where several rows could be the pick, their
    hull. No such row: no moment, and nothing lies in a window around it; where it is not known
    whether there is one, what hangs on it is unknown too, and never "no". A row that only may be there
    (unconfirmed, unmapped …) is a moment that only may be: what would lie in the window is unknown, with
    that row's causes, and so is what lies there or not by which row is the pick. `policy.undated`
    settles neither. Nor does such a row say of other events that there are none: with no other, and where
    its absence would be unknown, what lies outside is unknown too. A damaged record of its kind could be
    the event: no row surely lies in such a window, and every row may.
    """

    edge: Edge
    pick: Pick  # MOST_RECENT or FIRST
    rows: Rows
    shifts: tuple[tuple[int, Length], ...] = ()


@dataclass(frozen=True, slots=True)
class AnyEvent:
    """The start or end of *some* row: a window around it matches when it does so for any of them.

    A match with a row that only may be there is unknown, with that row's causes, however exact the
    dates; `policy.undated` settles what dates leave open, pair by pair.
    """

    edge: Edge
    rows: Rows
    shifts: tuple[tuple[int, Length], ...] = ()


@dataclass(frozen=True, slots=True)
class Birth:
    """The day of the patient's birth, which ages are counted from.

    A first shift by months or years names the day on which that age is completed (`instants.completed`).
    A birth date that is known in part, or not said, may be any day it leaves open: what hangs on it is
    settled by `policy.undated`. A damaged demographic record: no row surely lies in such a window, and
    every row may.
    """

    shifts: tuple[tuple[int, Duration], ...] = ()


Moment = Given | Literal | Birth | Event | AnyEvent


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time. A bound left out is open; both bounds name whole days and are included.

    With `exact`, bounds are instants of the moment itself and excluded: "after start of X" means
    surely later than that instant, not the day after; only events without shifts are exact (the
    instant of a fixed moment would be the first of its day). At most one bound is an AnyEvent, or both
    are AnyEvents of the same rows: then they mean the same row of them (a window around one event, or
    from its start to its end).
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
    """Which part of a fact has to lie in the window.

    THROUGHOUT turns it round: the fact began by the window's first day and goes on to its last day.
    RECORDED looks at when the fact was written down (a drug: ordered), whenever it was; what does not say
    so was recorded at some time up to the cutoff.
    """

    STARTING = "starting"
    ENDING = "ending"
    OVERLAPPING = "overlapping"
    ENTIRELY = "entirely"
    THROUGHOUT = "throughout"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class TimeTest:
    """The fact lies in the window, by the relation."""

    relation: Relation
    window: Window


@dataclass(frozen=True, slots=True)
class SetTest:
    """A coded column (`category`, `class`, `discharge`, …) is in a value set of the program.

    A column without content: may match, unless policy says missing means no (or yes). So may a
    content without comparable code whose wording comes near, unless policy says so of unmapped.
    Policies answer after `negated`.
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


class ReferenceEnd(StrEnum):
    """An end of the reference range that a laboratory states beside a result."""

    UPPER = "ULN"
    LOWER = "LLN"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a number is a multiple of: an end of the result's own reference range.

    `fallback` (canonical unit) stands in where the result states no range at all; without one the
    multiple is not known (`NOT_COMPUTABLE`, as unreadable as a number without unit). Nor is it where
    the end is not above zero. A multiple is rounded to twelve significant digits, since most decimals
    are no floats: 3.3 is three times 1.1. Only observations state a range.
    """

    end: ReferenceEnd
    fallback: float | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """An interval of canonical units that a number is tested against; None is unbounded.

    With `multiple_of` the ends are multiples of the row's own reference limit, and `unit` is that of
    the row's value.
    """

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    unit: str = "1"  # canonical unit, a name of eligibility.units
    text: str = field(default="", compare=False)
    multiple_of: Reference | None = None


@dataclass(frozen=True, slots=True)
class NumberTest:
    """A number of the row lies in the range. `value` is the observation's value; others are columns.

    A row without any result is no reading, whatever else is asked of it. A value that cannot be
    compared may lie in the range (`policy.unreadable`), and so may a dose in another unit, or a column
    that is an interval across the limit; a column without content may as well (`policy.missing`).

    A dose per day that lies on one side of the range alone, and may not when records that surely lie beside
    it (same selection, channel and unit, more than one day) add to it, may lie in it (SOURCE_CONFLICT),
    whatever the policy says; in an exception each record's dose is its own.
    """

    column: str
    range: Range


@dataclass(frozen=True, slots=True)
class ValueInSet:
    """The observation's coded value is in a value set. Without a value there is no reading: as if unsaid.

    An answer in words, a number, or a code of a system the value set does not use cannot be compared:
    it may be, unless policy answers for what is unmapped (after `negated`). A code of a system that the
    value set uses, but outside of it, is a sure no. In an exception, no value may be any value.
    """

    value_set: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class HasValue:
    """The observation carries a result at all (`negated`: it carries none)."""

    negated: bool = False


@dataclass(frozen=True, slots=True)
class LengthTest:
    """The fact itself lasts at least `length` (`strictly`: longer than it; `negated`: it does not).

    Its length is the time from its start to its end, and no further than index (than the as-of day,
    where a window of the selection asks later): what goes on has lasted until then. Days, weeks, months
    and years compare whole days: the day of the end with the day of the start moved by the length, so
    that a stay from the 1st to the 4th lasts 3 days. With `both_days` the first and the last day count,
    so that a supply from the 1st to the 4th is one of 4 days. Hours compare instants; index is then some
    instant of its day. A start or end known in part that leaves both answers open: `policy.undated`.
    """

    length: Duration
    strictly: bool = False
    negated: bool = False
    both_days: bool = False


@dataclass(frozen=True, slots=True)
class SameVisit:
    """The record belongs to the same visit as some row of `rows`; a visit belongs to itself.

    Records are joined by the visit that they refer to. One that refers to none, or to one that was not
    delivered, may belong to any visit (`policy.missing`) of the patient that such a row may belong to;
    so may every record where such a row refers to none. Where it is not known whether there is any such
    row, its silence is unknown as around events. Where the other row only may be there, so does the
    match, with that row's causes; `policy.missing` settles the join alone. A damaged record may be such
    a row.
    """

    rows: Rows


@dataclass(frozen=True, slots=True)
class NoteTest:
    """The row comes from a note, from a section of one of these usual names (empty: any).

    `assertions` takes the place of what counts by itself, which is what is stated as present or past; empty,
    the test says nothing of the wording. Of several tests in a selection all must hold: what counts are the
    assertions that those which name some have in common. Where they have none, no row counts, nor may a
    hedged one. Every statement counts as a row of its own, also one that a coded record restates. Unless
    what is present counts, rows are neither contradicted nor denied: "none" does not say what others have.

    In an exception, a row is taken out when it is worded so: perhaps, where it is hedged or ambiguous
    (`NOTE_UNCERTAIN`). One that names no assertions takes out what notes say in any wording.
    """

    assertions: tuple[Assertion, ...] = ()
    sections: tuple[str, ...] = ()


RowTest = (
    NoteTest | TimeTest | SetTest | WordTest | NumberTest | ValueInSet | HasValue | LengthTest | SameVisit
)


class Answer(StrEnum):
    """What a policy makes of a doubt."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Notes(StrEnum):
    """What the text of notes may do beside coded records."""

    IGNORED = "ignored"  # it is not looked at
    REVIEW = "review"  # it raises a question and decides nothing
    FILL_GAPS = "fill gaps"  # it decides where nothing coded lies in the time
    DECIDE = "decide"  # it counts as coded records do


@dataclass(frozen=True, slots=True)
class Policy:
    """What doubt does. None for `missing` and `outdated` means: by the kind's own default.

    - missing: nothing recorded (also: record too thin, source not delivered, attribute not said)
    - outdated: recorded, but outside the window
    - unconfirmed: provisional, preliminary or unknown status
    - undated: the date is partial or unknown, so that it may or may not fit; says nothing of whether an
      event that the time is counted from took place, or which of several it was
    - unmapped: no code of a system that the value set uses, but wording that comes near it; of a coded
      value: any answer that is not coded in such a system (words, a number, another system)
    - unreadable: a value is there but cannot be compared (unit missing or of another dimension, words
      where a number is asked for), or is an interval that straddles the limit
    - borderline: share of the limit (0.05 is 5 %) within which a number is nobody's to decide; a row
      tested for such a number may or may not count
    - notes: what rows from notes may do, see `Selection`

    A decided statement that would be open, or decided otherwise, without its policies' answers has the cause
    `ASSUMED`: when it is met, it is met by assumption. Where absence itself is named, that is all.

    "no" settles that the test in doubt does not hold as it is written, its own `negated` included, and
    "yes" that it does. So `whose severity is not SEVERE` with missing "no" fails where none is said.
    """

    missing: Answer | None = None
    outdated: Answer | None = None
    unconfirmed: Answer = Answer.UNKNOWN
    undated: Answer = Answer.UNKNOWN
    unmapped: Answer = Answer.UNKNOWN
    unreadable: Answer = Answer.UNKNOWN
    borderline: float = 0.0
    notes: Notes = Notes.REVIEW


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Analyte:
    """What the results of a selection measure, so that mass and substance can be told from each other.

    Results (and the reference ranges beside them) in another unit of the analyte are read in `unit`,
    the canonical unit of the term, exactly and with one rounding; an interval by both its ends. A
    result of any other dimension, or without a unit, stays one that cannot be compared.
    """

    name: str  # in eligibility.units.analytes
    unit: str


@hashed_once
@dataclass(frozen=True, slots=True)
class Selection(Node):
    """Facts of one kind and value set that pass all tests and are not excepted.

    Row by row, each condition is surely, possibly or not met; a row counts surely when all of them
    surely hold and no exception possibly does, possibly when all possibly hold and no exception
    surely does. An exception has exceptions of its own. Standing: COUNTS is sure; UNCONFIRMED follows
    `policy.unconfirmed`; DOES_NOT_COUNT never counts, whatever a test names. A WordTest on `status` (of
    conditions and allergies: on `verification_status`), not negated, takes the place of UNCONFIRMED: a
    named status counts as named. A row is also not sure where it hangs on an exception around an event
    that nobody knows to have taken place.

    `not_done` selects records of the opposite instead: that it was not done, or is not to be done. They
    count for nothing else. Of them, too, one that may not hold follows `policy.unconfirmed`.

    Rows from notes stand beside the others. One that states it as present or past counts by
    `policy.notes`: not at all; possibly (`NOTE_ONLY`); surely, where of that patient no coded row may
    lie in the time, else possibly; surely. A hedged or ambiguous one only possibly (`NOTE_UNCERTAIN`),
    one about somebody else or a mere possibility never. One that a coded row of the value set surely
    restates (they lie together or on one day, and numbers differ by no more than rounding) is no row of
    its own. A denial unsettles every row that may lie together with it, and a refuted record every
    statement (`SOURCE_CONFLICT`); numbers of one day that nothing coded restates unsettle the coded ones
    and themselves. Where no row possibly counts, a denial made within the time asked about (without a
    lower bound: for all time) answers no (`DENIED`) where notes fill gaps or decide, and otherwise is a
    question beside the silence.

    Rows that pass all but the time tests lie *outside the window*; one that is surely there lets
    `policy.outdated` (for allergies and family history by default: no) decide, one that only may be
    there does not.
    """

    term: str  # the name the author uses
    kind: Kind
    value_set: str  # key in Program.value_sets
    tests: tuple[RowTest, ...] = ()
    excepts: tuple[Selection, ...] = ()
    policy: Policy = DEFAULT_POLICY
    analyte: Analyte | None = None
    not_done: bool = False


@hashed_once
@dataclass(frozen=True, slots=True)
class Rows(Node):
    """The union of one or more selections (`MI or stroke or CABG`)."""

    selections: tuple[Selection, ...]
    text: str = field(default="", compare=False)
