"""Means and medians of readings of which some may be one: of every choice that may be there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product
from statistics import mean, median

from eligibility.program import Pick
from tests.oracle.one_event import groups
from tests.oracle.records import Number
from tests.oracle.run import Run
from tests.oracle.selections import Judged


def told_twice(run: Run, found: list[Judged]) -> bool:
    return any(len(rows) > events for rows, events in groups(run, [judged.row for judged in found]))


def between(run: Run, found: list[Judged], numbers: list[Number], pick: Pick) -> Number:
    """The least and the greatest mean or median of any choice."""
    places = {(judged.row.kind, judged.row.at): number for judged, number in zip(found, numbers, strict=True)}
    held = groups(run, [judged.row for judged in found])
    chosen = list(_choices([([places[row.kind, row.at] for row in rows], events) for rows, events in held]))
    middle = mean if pick is Pick.MEAN else median
    return Number(
        min(middle([n.lo for n in each]) for each in chosen),
        max(middle([n.hi for n in each]) for each in chosen),
    )


def _choices(told: list[tuple[list[Number], int]]) -> Iterator[list[Number]]:
    ways = [
        [some for count in range(events, len(numbers) + 1) for some in combinations(numbers, count)]
        for numbers, events in told
    ]
    return (list(chain.from_iterable(one)) for one in product(*ways))
