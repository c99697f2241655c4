"""How far a window reaches: a calendar length, half-lives of a medication, or the longer of two.

Half-lives become whole days, rounded up: a window counts whole days.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal

from criteria_dsl import tree as t
from criteria_dsl.plan import times  # windows hold lengths, and lengths are times
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.problem import Report
from eligibility import program as ir

_IN_DAYS = {"day": 1, "week": 7}
_IN_MONTHS = {"month": 1, "year": 12}


def in_half_lives(node: t.Window) -> bool:
    """Whether a window counts half-lives anywhere, so that it differs from term to term."""
    match node:
        case t.Within(length=length) | t.Bounded(length=length) | t.TheSpan(length=length):
            return any(isinstance(part, t.HalfLives) for part in _parts(length))
    return False


def _parts(length: t.Reach) -> tuple[t.Reach, ...]:
    return (length.first, length.second) if isinstance(length, t.LongerOf) else (length,)


def shared_term(report: Report, node: t.Window, terms: Iterable[TermFacts]) -> TermFacts:
    """The term whose half-life holds for one record picked from several terms. Raises RejectedError."""
    known = list(terms)
    if in_half_lives(node) and len({term.half_life for term in known}) > 1:
        names = " and ".join(f"`{term.name}`" for term in known[:3])
        hint = "pick each one by itself"
        raise report.reject("E243", node.span, f"{names} have different half-lives", hint)
    return known[0]


def reach(report: Report, node: t.Reach, term: TermFacts | None) -> ir.Length:
    """A length, with half-lives of the term. Raises RejectedError."""
    match node:
        case t.Length():
            return times.duration(report, node)
        case t.HalfLives():
            return _half_lives(report, node, term)
    first, second = (reach(report, part, term) for part in (node.first, node.second))
    if isinstance(first, ir.LongerOf) or isinstance(second, ir.LongerOf):
        raise TypeError("the longer of two lengths has plain lengths")
    for units in (_IN_DAYS, _IN_MONTHS):
        if first.unit in units and second.unit in units:
            longer = first.count * units[first.unit] >= second.count * units[second.unit]
            return first if longer is (node.word == "longer") else second
    return ir.LongerOf((first, second), node.word == "shorter")


def _half_lives(report: Report, node: t.HalfLives, term: TermFacts | None) -> ir.Duration:
    if term is None:
        raise report.reject("E243", node.span, "half-lives of what?", "write the time in days")
    if term.half_life is None:
        if term.word.word != "medication":
            message = f"{term.word.plural} have no half-life"
            raise report.reject("E243", node.span, message, "write the time in days")
        message = f"the half-life of `{term.name}` is not declared"
        hint = f"declare it with the term: `medication {term.name} half-life 7 days: …`"
        raise report.reject("E243", node.span, message, hint)
    number = Decimal(node.number.text)
    days = (number * term.half_life / 24).to_integral_value(ROUND_CEILING)
    if number <= 0 or days > times.MAX_LENGTH:
        message = f"`{node.span.text}` of `{term.name}` is no length from 1 to {times.MAX_LENGTH:,} days"
        raise report.reject("E243", node.span, message, "")
    return ir.Duration(int(days), "day")
