"""Values: numbers with a unit, or nothing yet known."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.program.choices import Points, ValueChoice
from eligibility.program.nodes import Node, hashed_once
from eligibility.program.rows import Duration, Moment, Pick, Reference, Rows


@hashed_once
@dataclass(frozen=True, slots=True)
class Picked(Node):
    """The number carried by one picked row, or the mean of all. Nothing there: no value.

    `place` is for most recent and first: the second most recent is the one before the last. Every row
    that so many others can be ahead of, and no more surely are, has to agree; with fewer rows than
    `place` there is none, and where so many only may be there, it only may be there. Surely ahead of one
    another are only rows that surely are different events (`Counting.EVENTS`) by their times, else
    `RECORDED_TWICE`. A mean or median of sure rows, some of which may be one event, lies between the least
    and the greatest of any choice of them that holds as many of each group as there are events.

    With `multiple_of`, numbers in `unit` are taken as multiples of their own reference limits before
    one is picked, and the value is a plain number.
    """

    pick: Pick
    rows: Rows
    unit: str  # canonical
    text: str = field(default="", compare=False)
    multiple_of: Reference | None = None
    place: int = 1


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
    POWER = "to the power of"
    HIGHER = "the higher of"
    LOWER = "the lower of"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Interval arithmetic on two values. `scale` brings the result into `unit` (canonical).

    A part that is not there leaves no value, also of the higher and the lower of two. What has no
    number (division by what may be zero, a power of what may be negative, or of what may be zero with
    an exponent that may not be above zero) is not computable. Before a computed number is compared, it
    and the limit are rounded to twelve significant digits: 0.3 is 1.5 minus 1.2.
    """

    operator: Operator
    left: Value
    right: Value
    unit: str
    scale: float = 1.0
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """How much a reading lies below (`falls`) or above an earlier one, both picked from the same rows.

    With `share`, relative to the earlier one, as a plain number (0.3 is 30 %); where that may not be
    above zero, not computable. With fewer than two readings there is no change, and where two only may
    be there, it only may be there (`DATA_NOT_FOUND` beside the readings' own doubts); so where two may be one
    event (`RECORDED_TWICE`).
    """

    first: Picked
    last: Picked
    falls: bool
    share: bool
    unit: str
    text: str = field(default="", compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class GreatestChange(Node):
    """The greatest rise (`falls`: fall) from a reading to a later one, at most `within` after it.

    A reading's time is that of its start. Hours compare instants; days, weeks, months and years compare
    whole days. Of two readings at one instant neither is the later one. Where dates known in part leave
    open which of two is later, or whether they lie so close, each way only may be. With `share`, relative
    to the earlier reading, as a plain number (0.3 is 30 %); of a reading that may not be above zero, not
    computable. Every pair that may be one can raise what the greatest may be; what it is at least, the
    pairs say that surely are one. Without two readings so close there is no change, and where two only
    may be, it only may be there (`DATA_NOT_FOUND`). A damaged record can only add readings.
    """

    rows: Rows
    within: Duration
    falls: bool
    share: bool
    unit: str  # canonical, of the readings
    text: str = field(default="", compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class SameDayRatio(Node):
    """A reading of `above` divided by one of `below` of the same day; `pick` says of which day, or which.

    A reading's day is that on which it ends. The most recent (first) ratio is that of the last (first) day
    with readings of both; highest and lowest are among all days. Of several readings on one day each may be
    divided by each: all these ratios have to agree. Where days known in part leave open whether two readings
    are of one day, or which day is the last, each way may be, and no such ratio is sure. Divided by what may
    not be above zero it is not computable. Without two readings of one day there is no ratio
    (`DATA_NOT_FOUND`, or what is said of readings of which there are none). A damaged record could be one
    more reading of that day, or of a later one: the ratio may be any.
    """

    pick: Pick  # MOST_RECENT, FIRST, HIGHEST or LOWEST
    above: Rows
    below: Rows
    units: tuple[str, str]  # canonical, of the readings above and below
    unit: str  # canonical, of the ratio
    scale: float = 1.0  # brings the quotient into `unit`
    text: str = field(default="", compare=False)


@hashed_once
@dataclass(frozen=True, slots=True)
class Slope(Node):
    """How much readings rise per day, week, month (30.4375 days) or year (365.25 days), by least squares.

    The line is that of ordinary least squares through all readings, each at the day on which it ends.
    There is one where the readings lie on `least` different days; with fewer there is none
    (`DATA_NOT_FOUND`). It is the average of the slopes between every two readings, weighted by the square
    of the days between them: where a reading only may be there or its day is open, it lies between the least
    and the greatest of these, and only sure readings of known days, of which no two may be one, make it sure.
    Where some may be one event (`RECORDED_TWICE`), the line through all moves as far as those of each group
    beyond its events can move it by what they lie beside it; of imprecise ones, and where that has no bound,
    as above. Else imprecise
    numbers make it exactly as wide as they are. A slope below 1e-12 of what it is summed up from is none.
    A damaged record could be one more reading: the slope may be any.
    """

    rows: Rows
    least: int
    per: str  # day, week, month, year
    unit: str  # canonical, of the readings
    text: str = field(default="", compare=False)

    @property
    def days(self) -> float:
        """The days that the slope is counted over."""
        return {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}[self.per]


class FunctionName(StrEnum):
    SQUARE_ROOT = "square root of"
    CUBE_ROOT = "cube root of"
    NATURAL_LOGARITHM = "natural logarithm of"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of one plain number, which it raises or leaves as it grows: an interval stays one.

    A root of what may be negative, and a logarithm of what may not be above zero, are not computable.
    """

    name: FunctionName
    part: Value
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FirstAvailable:
    """The first value that is there; a value that may be there or not joins the hull with the next."""

    options: tuple[Value, ...]
    text: str = field(default="", compare=False)


Value = (
    Picked
    | Constant
    | AgeValue
    | Arithmetic
    | Change
    | GreatestChange
    | SameDayRatio
    | Slope
    | Function
    | FirstAvailable
    | ValueChoice
    | Points
)
