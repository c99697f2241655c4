"""How long one row lasts, by the words of `LengthTest`: one row, one calendar step at a time."""

from __future__ import annotations

from eligibility.instants import DAY
from eligibility.program import LengthTest, Selection, TimeTest
from tests.oracle.instants import Span, day_of, finite, gone_by, move
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.truth import truth_of


def length_state(run: Run, selection: Selection, test: LengthTest, row: Row) -> int:
    """Whether the row lasts as long as is asked."""
    later = any(isinstance(t, TimeTest) and t.window.asks_later for t in selection.tests)
    looked_at = run.as_of if later else run.cutoff - DAY + 1
    start = row.start
    end = Span(min(row.end.lo, looked_at), min(row.end.hi, looked_at + DAY - 1))
    if test.length.unit == "hour":
        zone = run.facts.manifest.zone
        start, end = gone_by(start, zone), gone_by(end, zone)
    shortest, longest = _reaches(test, start.hi, end.lo), _reaches(test, start.lo, end.hi)
    state = truth_of(shortest, longest)
    return 2 - state if test.negated else state


def _reaches(test: LengthTest, start: int, end: int) -> bool:
    if test.length.unit == "hour":
        asked = move(start, test.length.count, "hour")
    else:
        start, end = (day_of(at) * DAY if finite(at) else at for at in (start, end))
        asked = move(start, test.length.count, test.length.unit)
    if test.both_days:
        end += DAY
    return end > asked if test.strictly else end >= asked
