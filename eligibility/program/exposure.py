"""Days on which something was there: in a row, or in total, over several records."""

from __future__ import annotations

from dataclasses import dataclass, field

from eligibility.program.nodes import Node, hashed_once
from eligibility.program.rows import Duration, Range, Rows, Window


@hashed_once
@dataclass(frozen=True, slots=True)
class Exposed(Node):
    """Rows cover at least `length` of days (`strictly`: more): in a row, or in `total`.

    A row covers the days from that of its start to that of its end, both counted, and none after index
    (after the as-of day, where the window asks later). In a row, up to `gap` days between two covered
    days are covered as well. With a window whose bounds are fixed for the run, only the days in it count
    (`whole`: the days in a row only have to touch it). `through`: the days in a row reach the last day of
    the window, if it has one. Months and years in a row are those of the calendar; days in total count
    days or weeks.

    A row that only may be there, or whose dates are known in part, covers its sure days only where it
    surely covers them: enough sure days are true, too few even with all possible ones is what too few
    rows of a count are, all else is unknown. `policy.undated` settles a row's own dates. A damaged record
    can only add days. Kinds of which silence means no, and no results.

    `steady` (medications; neither `total` nor `whole`): all these days are at one dose per day, and with
    `dose` at one in that range. Each selection is one drug, and has its own days.

    - Records of one dose told in different ways (`channel`: ordered, dispensed, stated) on the same day say
      one thing twice and are not added up. Two of one way (two orders) on more than the one day on which one
      ends and the other begins may be one dose or add up: those days are not surely at any dose, and may be
      at any (SOURCE_CONFLICT).
    - A day that another dose may lie on, too, is not surely at either; it may be at any (SOURCE_CONFLICT).
    - A dose that is not said (`policy.missing`) or cannot be compared (`policy.unreadable`) may be any dose,
      so its record makes no day sure and leaves none of the days that it may cover so. With yes it is the
      dose of the days around it, with no the record is left out.
    - A gap is not closed over a day that surely is (for sure days: may be) at another dose.
    - A damaged record may be one of another dose: true is not known then.
    """

    rows: Rows
    length: Duration
    strictly: bool = False
    total: bool = False
    gap: int = 0  # days
    window: Window | None = None  # bounds Given or Literal
    whole: bool = False
    through: bool = False
    steady: bool = False
    dose: Range | None = None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
