"""Statements: true, false or unknown for a patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.program.choices import Choice
from eligibility.program.exposure import Exposed
from eligibility.program.nodes import Node, hashed_once
from eligibility.program.questions import Ask
from eligibility.program.rows import (
    DEFAULT_POLICY,
    Duration,
    Event,
    Moment,
    Pick,
    Policy,
    Range,
    Rows,
    Window,
)
from eligibility.program.values import Value


@hashed_once
@dataclass(frozen=True, slots=True)
class Exists(Node):
    """Some row is there."""

    rows: Rows
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


class Counting(StrEnum):
    """What is counted.

    EVENTS: as many as records, or fewer where records may be of one event. They may where their starts may
    be the same (drugs told in different ways, by `channel`: where their times overlap) and nothing tells
    them apart: not their kind; not their code (two codes of one code system in a record of one coding of it;
    of diagnoses only two categories of ICD; of drugs only those told in the same way; of numbers none, which
    are sent in two units under the code of each; of procedures, vaccines and visits none); of results and
    answers not two coded values. Diagnoses may be one up to 3 days apart, injuries under active treatment
    by ICD-10-CM up to 90 days, those seen again at any distance; malignant diseases that have spread or have
    no site, told by ICD, with any other at any distance, and apart by their sites alone. Procedures and
    vaccines may be one of one day or up to 6 hours around midnight; visits also where they overlap, or are
    parts of one visit or one of another (`encounter`).
    Relatives that may be one person may have one illness told twice, whenever it was told.
    So the least number of events is that of groups of records
    with overlapping times, of each group the largest number that one of these traits tells apart.

    RECORDS: each row is one.

    RELATIVES: people of whom a family history tells. The rows of one record are of one person; as many as
    records, less those of a role that one person alone has (a natural mother), and as few as the roles and
    sexes that surely are different people (`eligibility.relatives`).
    """

    EVENTS = "events"
    RECORDS = "records"
    RELATIVES = "relatives"


@hashed_once
@dataclass(frozen=True, slots=True)
class Counted(Node):
    """At least `least` events, and at most `most`; `apart` spaces the starts of counted rows.

    A row that several selections hold is one row. Where the records are enough and the events may be too few
    (`RECORDED_TWICE`), it is unknown. Rows that are spaced apart are counted as they are: the largest number
    of rows whose starts lie pairwise at least that far apart, by calendar day. Too few is known where silence
    means no, and of results also where that many readings (counted likewise) surely lie in the window.
    "Missing means yes" answers where nothing at all is recorded; with some but too few it is unknown.
    """

    rows: Rows
    least: int | None = None
    most: int | None = None
    apart: Duration | None = None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    counting: Counting = Counting.EVENTS


@hashed_once
@dataclass(frozen=True, slots=True)
class Every(Node):
    """All rows pass the range, and there is at least one (`every SBP … is < 180 mm[Hg]`).

    A row that only may be there can spoil it (unknown), not make it. For values near a limit or unreadable
    the policy of the row's own selection holds (of several that hold it alike, of the first).
    """

    rows: Rows
    range: Range
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class InARow(Node):
    """At least `least` readings of `rows` in a row lie in the range, in order of their starts.

    Surely so: so many sure ones that surely are different ones (`Counting.EVENTS`, else `RECORDED_TWICE`)
    surely lie in it, and each other reading that may fail surely starts before all of them or after all of
    them. Possibly so: so many may lie in it, and no sure reading that surely fails surely starts after one of
    them and before another. A reading that only may be there can therefore spoil it (unknown), not make it,
    and two at one instant may stand in either order (`SOURCE_CONFLICT` where nothing else is in doubt). Too
    few is known as in `Counted`: where that many readings surely lie in the window. For values near a limit
    or unreadable the policy of a reading's own selection holds. A damaged record could stand between any two:
    unknown.
    """

    rows: Rows
    range: Range
    least: int
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class ValueIs(Node):
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


@hashed_once
@dataclass(frozen=True, slots=True)
class PickedIsIn(Node):
    """The coded value of the first or most recent row is in a value set, or is not (`negated`).

    The policy of the row's own selection holds for wording that comes near; no row: what absence says, which
    `negated` does not turn.
    """

    pick: Pick
    rows: Rows
    value_set: str
    negated: bool = False
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    place: int = 1  # see Picked


@hashed_once
@dataclass(frozen=True, slots=True)
class EdgeIs(Node):
    """The start or end of a picked row lies in a window (`end of most recent X is at least …`).

    No row: what absence says, but never true. A row that only may be there is unknown, unless it
    surely lies outside and absence says no as well.
    """

    event: Event
    window: Window
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class AgeIs(Node):
    """Completed years of age at a moment lie in a range of whole years, both ends included.

    `borderline` is a share: within so much of the years of the birthday that decides (`low`, or the one
    after `high`; counted in days of 1/365.25 year) before or after that birthday, it is nobody's to decide.
    """

    at: Moment  # Given or Literal
    low: int | None
    high: int | None
    borderline: float = 0.0
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class Died(Node):
    """The patient's death lies in a window.

    Nobody said to be dead has died, as far as the window's end has come; after the as-of day that is
    unknown. A death known in part or without a date may have been on any day it leaves open
    (`policy.undated`); without a demographic record nothing is known (`policy.missing`).
    """

    window: Window
    policy: Policy = DEFAULT_POLICY
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class PersonIs(Node):
    """A word or coded column of the demographic row: words, or a value set for coded columns.

    Unsaid is unknown (`policy.missing`); so is the word "unknown" unless it is named. Wording near the
    value set is unknown (`policy.unmapped`). Policies answer the statement as it stands here: with
    `negated`, "no" means that it does not hold that it is none of them. Places (country, state, postal
    code) are compared as written, see `eligibility.places`; one that is written in another way (MA,
    Massachusetts) is wording that comes near. A damaged demographic record is always unknown.
    """

    column: str
    words: tuple[str, ...] = ()
    value_set: str | None = None
    policy: Policy = DEFAULT_POLICY
    negated: bool = False
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


Leaf = (
    Exists
    | Counted
    | Exposed
    | InARow
    | Every
    | ValueIs
    | PickedIsIn
    | EdgeIs
    | AgeIs
    | Died
    | PersonIs
    | Ask
)
Statement = Leaf | Not | All | AnyOf | NumberOf | Choice
