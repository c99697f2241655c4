"""Counts whose spacing cannot fit, and counts of illnesses where people may be meant."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, nodes
from eligibility import program as ir
from eligibility.facts import Kind


def _is_spaced(node: t.Counted) -> bool:
    return any(isinstance(clause, t.ApartClause) for clause in node.rows.clauses)


@rule(
    "L103",
    "count of a pick of one day",
    "On a single day few things are counted; a spacing of days cannot fit.",
)
def spaced_in_a_day(text: Text) -> Iterator[Found]:
    for node in text.walk(t.Counted):
        windows = [c.window for c in node.rows.clauses if isinstance(c, t.TimeClause)]
        if _is_spaced(node) and any(isinstance(w, t.Relative) and w.word in ("at", "on") for w in windows):
            yield Found(
                node.span, "records of one day cannot lie days apart", "widen the window, or take out `apart`"
            )


@rule("L104", "spacing wider than the window", "N records that far apart do not fit into the window.")
def spacing_does_not_fit(text: Text) -> Iterator[Found]:
    for node in text.walk(t.Counted):
        for window in (c.window for c in node.rows.clauses if isinstance(c, t.TimeClause)):
            apart = next((c.length for c in node.rows.clauses if isinstance(c, t.ApartClause)), None)
            if not isinstance(window, t.Within) or apart is None or window.side == "of":
                continue
            if not isinstance(window.length, t.Length):
                continue
            if node.bound != "at most" and days(apart) * (int(node.number.text) - 1) > days(window.length):
                spaced, width = apart.span.text, window.length.span.text
                message = f"{node.number.text} records {spaced} apart do not fit into {width}"
                yield Found(node.span, message, "nobody can meet this: widen the window")


@rule(
    "L105",
    "illnesses counted, not relatives",
    "Two illnesses of one relative may be one or two; `relatives with` counts people.",
)
def illnesses_of_relatives(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for leaf in nodes(criterion.statement, ir.Counted):
            kinds = {selection.kind for selection in leaf.rows.selections}
            if kinds == {Kind.FAMILY_HISTORY} and leaf.counting is ir.Counting.EVENTS:
                yield Found(
                    node.name.span,
                    f"`{leaf.text}` counts what relatives have, and two illnesses of one leave it open",
                    "to count people, write `relatives with` behind the number",
                )


_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.2}


def days(length: t.Length) -> float:
    """A length in days, months and years as their averages."""
    return float(length.number.text) * _DAYS.get(length.unit, 1.0)
