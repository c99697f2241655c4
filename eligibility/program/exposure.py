"""Days on which something was there: in a row, or in total, over several records."""

from __future__ import annotations

from dataclasses import dataclass, field

from eligibility.program.nodes import Node, hashed_once
from eligibility.program.rows import Duration, Rows, Window


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
    """

    rows: Rows
    length: Duration
    strictly: bool = False
    total: bool = False
    gap: int = 0  # days
    window: Window | None = None  # bounds Given or Literal
    whole: bool = False
    through: bool = False
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
