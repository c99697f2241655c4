"""Readings in a row: every choice of so many of a patient's readings, and what may lie between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from eligibility.program import Counted, InARow, NumberTest, Rows
from eligibility.reasons import Cause
from tests.oracle.counts import too_few
from tests.oracle.instants import Span
from tests.oracle.one_event import surely_different
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.selections import Judged
from tests.oracle.truth import FALSE, NOTHING, TRUE, UNKNOWN, Truth, union, unsettled
from tests.oracle.values import kinds, reading_is, readings


def in_a_row(run: Run, leaf: InARow) -> Truth:
    return unsettled(_in_a_row(run, leaf), run.damaged(kinds(leaf.rows)))


def _in_a_row(run: Run, leaf: InARow) -> Truth:
    found = readings(run, leaf.rows)
    said = [reading_is(one, leaf.range.unit, leaf.range.multiple_of, leaf.range, one.policy) for one in found]
    both = list(zip(found, said, strict=True))
    passing = [one.row for one, truth in both if one.certain and truth.state == TRUE]
    may_fail = [one.row.start for one, truth in both if truth.state != TRUE]
    stretches = [rows for rows in _stretches(passing, may_fail) if len(rows) >= leaf.least]
    if any(surely_different(run, rows) >= leaf.least for rows in stretches):
        return Truth(TRUE, Cause.COUNT)
    twice = Cause.RECORDED_TWICE if stretches else NOTHING
    may_pass = [one.row.start for one, truth in both if truth.state != FALSE]
    failing = [one.row.start for one, truth in both if one.certain and truth.state == FALSE]
    for chosen in combinations(may_pass, leaf.least):
        if not any(_surely_between(span, chosen) for span in failing):
            return Truth(UNKNOWN, _doubts(both) | twice or Cause.SOURCE_CONFLICT)
    test = NumberTest("value", leaf.range)
    counted = tuple(replace(one, tests=(*one.tests, test)) for one in leaf.rows.selections)
    return too_few(run, Counted(Rows(counted), leaf.least), leaf.least)


def _stretches(passing: list[Row], may_fail: list[Span]) -> list[list[Row]]:
    """The rows that each surely stand beside all that may fail, by those of them that stand before."""
    found: dict[tuple[bool, ...], list[Row]] = {}
    for row in passing:
        if all(span.hi < row.start.lo or span.lo > row.start.hi for span in may_fail):
            before = tuple(span.hi < row.start.lo for span in may_fail)
            found.setdefault(before, []).append(row)
    return list(found.values())


def _surely_between(span: Span, chosen: tuple[Span, ...]) -> bool:
    return any(one.hi < span.lo for one in chosen) and any(one.lo > span.hi for one in chosen)


def _doubts(both: list[tuple[Judged, Truth]]) -> Cause:
    doubts = union(one.full.causes for one, _ in both)
    doubts |= union(truth.causes for _, truth in both if truth.state == UNKNOWN)
    for one, _ in both:
        start = one.row.start
        touched = any(
            other.row.start.lo <= start.hi and other.row.start.hi >= start.lo
            for other, _ in both
            if other is not one
        )
        doubts |= Cause.PARTIAL_DATE if touched and not start.exact else NOTHING
    return doubts
