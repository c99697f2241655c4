"""Gives the date of a test, an entry or a report to what it found; see `nlp.dating.reports`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from eligibility.instants import is_finite
from nlp.dating import reports
from nlp.dating.dates import UNDATED, Dates, Things
from nlp.document import When


def date(
    things: Things,
    whens: Sequence[When],
    own: Sequence[tuple[int, int]],
    begins: Sequence[int],
    starts: Sequence[int],
    behind: set[int],
) -> None:
    """Dates the findings of dated tests that have no date of their own, then those of a dated report."""
    low = things.low
    reaches: list[int] = []
    for position, (when, begin) in enumerate(zip(whens, begins, strict=True)):
        known = is_finite(when.lo) and not (position in behind and not reports.headed(low, when))
        reaches.append(reports.reach(things.text, low, when, begin) if known else when.end)
    for position, (when, stop) in enumerate(zip(whens, reaches, strict=True)):
        if stop <= when.end:
            continue
        place = when.end
        for other in range(position + 1, len(whens)):
            begin, end = own[other]
            if begin >= stop or reaches[other] > whens[other].end:
                stop = min(stop, max(begin, place))
                break
            goes_on = reports.entry(low, when) or reports.heads_lines(low, when)
            if not goes_on and low[whens[other].start - 1] != "(":
                stop = min(stop, max(begin, place))
                break
            # What has a date of its own in its clause is not of this one.
            _found(things, when, bisect_left(starts, place), bisect_left(starts, max(begin, place)))
            place = max(place, end)
        _found(things, when, bisect_left(starts, place), bisect_left(starts, stop))
    report = reports.head(low, whens)
    if report is not None:
        for part in report[1]:
            _found(things, report[0], bisect_left(starts, part.start), bisect_left(starts, part.end))


def _found(things: Things, when: When, first: int, last: int) -> None:
    for number in range(first, last):
        if things.found[number] != UNDATED or (things.elsewhere and things.elsewhere[number]):
            continue
        if reports.finds(things.low, things.mentions[number]):
            things.found[number] = Dates(when)
