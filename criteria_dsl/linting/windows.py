"""Times that are too open, too long, or empty."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.counts import days
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, nodes
from eligibility.facts import Kind


@rule("L150", "a result of any age", "A picked result without a window may be many years old.")
def open_pick(text: Text) -> Iterator[Found]:
    for picked in text.walk(t.PickedIs):
        rows = picked.picked.rows
        timed = any(isinstance(clause, t.TimeClause) for clause in rows.clauses)
        kinds = [text.declared[w.text].kind for w in rows.names if w.text in text.declared]
        if (
            not timed
            and picked.picked.pick == "most recent"
            and kinds
            and all(k is Kind.OBSERVATION for k in kinds)
        ):
            yield Found(picked.picked.span, "how old may this result be?", "add `within … before index`")


@rule("L152", "longer than a life", "Nobody's record reaches back that far.")
def too_long(text: Text) -> Iterator[Found]:
    for length in text.walk(t.Length):
        if days(length) > 120 * 366:
            yield Found(
                length.span, f"{length.span.text} is longer than anybody's record", "leave the window out"
            )


@rule("L153", "a year in days", "365 days are not a year; protocols that say a year mean the calendar's.")
def year_in_days(text: Text) -> Iterator[Found]:
    for length in text.walk(t.Length):
        number = length.number.text
        if length.unit == "day" and number in ("365", "730", "1825", "3650", "366"):
            years = round(int(number) / 365)
            said = f"{years} year{'s' * (years > 1)}"
            yield Found(
                length.span,
                f"{length.span.text} and {said} differ by leap days",
                f"write `{said}` if that is meant",
            )


@rule("L154", "a date before records", "No electronic record reaches back to this day.")
def ancient(text: Text) -> Iterator[Found]:
    for base in text.walk(t.Base):
        if base.form == "date" and base.name is not None and base.name.text < "1900":
            yield Found(base.span, f"{base.name.text} lies before any record")


@rule("L155", "the window ends before it begins", "Nothing lies between a later day and an earlier one.")
def backwards(text: Text) -> Iterator[Found]:
    for window in text.walk(t.Between):
        first, last = window.first, window.last
        plain = not first.shifts and not last.shifts and first.base.form == last.base.form == "date"
        if plain and first.base.name and last.base.name and first.base.name.text > last.base.name.text:
            message = f"{first.base.name.text} is after {last.base.name.text}"
            yield Found(
                window.span, message, f"write `between {last.base.name.text} and {first.base.name.text}`"
            )


@rule(
    "L156",
    "a history that is over",
    "A chronic disease `starting` in a short time before index is a new one only.",
)
def new_only(text: Text) -> Iterator[Found]:
    for node in text.criteria:
        if node.polarity != "exclude" or not any("history" in line.lower() for line in node.quotes):
            continue
        for clause in (c for rows in _rows(node) for c in rows.clauses if isinstance(c, t.TimeClause)):
            starts = clause.relation is not None and clause.relation.text == "starting"
            if starts and isinstance(clause.window, t.Within) and clause.window.side == "before":
                yield Found(
                    clause.span, "the source speaks of a history; this finds only what began in the window"
                )


def _rows(node: t.Criterion) -> Iterator[t.Rows]:
    yield from nodes(node.statement, t.Rows)
