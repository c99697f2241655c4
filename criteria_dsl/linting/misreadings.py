"""What compiles, and what many read as something else than it says."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Edit, Found, rule
from criteria_dsl.linting.text import Text, nodes
from eligibility import program as ir
from eligibility.facts import Kind
from eligibility.units import ENZYME_ACTIVITY

_ONE_IN_TIME = (ir.Pick.MOST_RECENT, ir.Pick.FIRST)


@rule(
    "L180",
    "one record for several tests",
    "`most recent A or B` is the last record of either, and says nothing of the other.",
)
def one_of_several(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for said, picked in _picked(criterion.statement):
            if picked.pick not in _ONE_IN_TIME:
                continue
            names = list(dict.fromkeys(one.term for one in picked.rows.selections))
            if len(names) > 1 and _are_tests(picked.rows) and not _measure_one_thing(picked.rows):
                message = f"`{said}` is one record of {' or '.join(names)}, whichever came {_place(picked)}"
                hint = "for each of them write a bullet of its own, below `all of` or `any of`"
                yield Found(node.name.span, message, hint)


def _picked(statement: ir.Statement) -> Iterator[tuple[str, ir.Picked | ir.PickedIsIn]]:
    """The tests of one record, with their words: of its number, or of its coded answer."""
    for leaf in nodes(statement, ir.ValueIs):
        if isinstance(leaf.value, ir.Picked):
            yield leaf.text, leaf.value
    for coded in nodes(statement, ir.PickedIsIn):
        yield coded.text, coded


def _are_tests(rows: ir.Rows) -> bool:
    return all(one.kind is Kind.OBSERVATION for one in rows.selections)


def _measure_one_thing(rows: ir.Rows) -> bool:
    """Whether all terms name one and the same analyte: its results under several codes are one series."""
    named = {one.analyte.name if one.analyte is not None else "" for one in rows.selections}
    return len(named) == 1 and named.isdisjoint(("", ENZYME_ACTIVITY))


def _place(picked: ir.Picked | ir.PickedIsIn) -> str:
    return "last" if picked.pick is ir.Pick.MOST_RECENT else "first"


@rule(
    "L181",
    "a time of the exception alone",
    "A time behind `except` narrows what is taken out, and not what it is taken from.",
)
def time_of_exception(text: Text) -> Iterator[Found]:
    for rows in text.walk(t.Rows):
        if rows.excepted is None or any(isinstance(one, t.TimeClause) for one in rows.clauses):
            continue
        times = [one for one in rows.excepted.clauses if isinstance(one, t.TimeClause)]
        mine = {word.text for word in rows.names}
        # The same records at another time are what such an exception is for.
        if times and mine.isdisjoint(word.text for word in rows.excepted.names):
            names = " or ".join(word.text for word in rows.names)
            yield Found(
                times[0].span,
                f"this narrows what is excepted; `{names}` counts at any time",
                f"if it is meant of both, put it before `except`: `{names} {times[0].span.text} except …`",
            )


@rule(
    "L182",
    "older than completed years",
    "Age counts completed years, so that `> 18 years` begins with the 19th birthday.",
)
def older_than(text: Text) -> Iterator[Found]:
    for node in text.walk(t.AgeIs):
        limit = node.test
        if not isinstance(limit, t.Limit) or limit.comparator != ">" or not limit.number.text.isdecimal():
            continue
        completed = int(limit.number.text) + 1
        unit = f" {limit.unit.text}" if limit.unit is not None else " years"
        new = f">= {completed}{unit}"
        yield Found(
            limit.span,
            f"who is {limit.number.text} does not meet this until {completed}{unit} are completed",
            f"write `{new}`, which is the same, or `>= {limit.number.text}{unit}`",
            Edit(limit.span, new),
        )
