"""How long a fact itself lasts, best case beside worst case: the time from its start to its end."""

from __future__ import annotations

import numpy as np

from eligibility.elapsed import on_one_line
from eligibility.instants import DAY, floor_day, shift
from eligibility.judging.context import Context
from eligibility.judging.moments import Pair, Times
from eligibility.judging.narrowing import negated
from eligibility.program import LengthTest, Selection, TimeTest


def until(context: Context, selection: Selection) -> tuple[int, int]:
    """The day at which facts of a selection are looked at: its first and its last instant."""
    later = any(isinstance(test, TimeTest) and test.window.asks_later for test in selection.tests)
    day = context.as_of_day if later else context.cutoff_day
    return day, day + DAY - 1


def lasts(context: Context, times: Times, selection: Selection, test: LengthTest) -> Pair:
    """Which rows are as long as a test asks (certain, possible), bool[k] each."""
    first, last = until(context, selection)
    end_lo, end_hi = np.minimum(times.end_lo, first), np.minimum(times.end_hi, last)
    start_lo, start_hi = times.start_lo, times.start_hi
    if test.length.unit == "hour":
        zone = context.facts.manifest.zone
        start_lo, start_hi = on_one_line(zone, start_lo, start_hi)
        end_lo, end_hi = on_one_line(zone, end_lo, end_hi)
    else:
        start_lo, start_hi, end_lo, end_hi = map(floor_day, (start_lo, start_hi, end_lo, end_hi))
    if test.both_days:
        end_lo, end_hi = end_lo + DAY, end_hi + DAY
    needed_hi = shift(start_hi, test.length.count, test.length.unit)
    needed_lo = shift(start_lo, test.length.count, test.length.unit)
    reached = np.greater if test.strictly else np.greater_equal
    certain, possible = reached(end_lo, needed_hi), reached(end_hi, needed_lo)
    pair = (certain, certain) if np.array_equal(certain, possible) else (certain, possible)
    return negated(pair) if test.negated else pair
