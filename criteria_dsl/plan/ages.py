"""Age: of the patient at a moment, and of the patient when something happened."""

from __future__ import annotations

from dataclasses import replace

from criteria_dsl import tree as t
from criteria_dsl.plan import times
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import AGE, Expected, limit_range
from criteria_dsl.plan.policies import policy
from criteria_dsl.problem import RejectedError
from eligibility import program as ir

_ONE_DAY = ir.Duration(1, "day")
MAX_AGE = 1_000
_SHORTER = {"month": 12, "week": 52, "day": 365}  # how many there are in a year at least


def age_is(scope: Scope, node: t.AgeIs) -> ir.Statement:
    """`age at index is 18 to 75 years`, `age at start of first-stroke is …`. Raises RejectedError."""
    at = times.moment(scope, node.at.moment)
    low, high, unit = _completed(scope, node.test)
    if isinstance(at, ir.Event) and not at.shifts:
        times.check_at_word(scope.report, node.at)
        return ir.EdgeIs(at, _between(low, high, unit, node.span.text), node.span.text, node.span.line)
    if isinstance(at, ir.AnyEvent):
        base = node.at.moment.base
        name = base.name.text if base.name else ""
        hint = f"say it of the records: `{name} {base.form}ing at age …`"
        raise scope.report.reject("E205", node.at.moment.span, f"there may be many `{name}`", hint)
    fixed = times.fixed_moment(scope, node.at)
    if unit != "year":
        return _younger(fixed, low, high, unit, node)
    margin = policy(scope, None).borderline
    return ir.AgeIs(fixed, low, high, margin, node.span.text, node.span.line)


def _younger(
    at: ir.Given | ir.Literal, low: int | None, high: int | None, unit: str, node: t.AgeIs
) -> ir.Statement:
    """An age in months, weeks or days: who is 6 months old was born by the day 6 months before."""
    text, line = node.span.text, node.span.line
    parts: list[ir.Statement] = []
    if low is not None:
        parts.append(ir.AgeIs(_earlier(at, low, unit), 0, None, text=text, line=line))
    if high is not None:
        parts.append(ir.AgeIs(_earlier(at, high + 1, unit), None, -1, text=text, line=line))
    return parts[0] if len(parts) == 1 else ir.All(tuple(parts), text)


def _earlier(at: ir.Given | ir.Literal, count: int, unit: str) -> ir.Given | ir.Literal:
    """The day so long before a moment; itself where there is nothing to go back."""
    return replace(at, shifts=(*at.shifts, (-1, ir.Duration(count, unit)))) if count else at


def window(scope: Scope, node: t.AtAge) -> ir.Window:
    """`at age >= 30 years`: the days on which the patient is that old. Raises RejectedError."""
    low, high, unit = _completed(scope, node.test)
    return _between(low, high, unit, node.span.text)


def _between(low: int | None, high: int | None, unit: str, text: str) -> ir.Window:
    lower = ir.Birth(((1, ir.Duration(low, unit)),)) if low else ir.Birth() if low == 0 else None
    upper = None
    if high is not None:
        upper = ir.Birth(((1, ir.Duration(high + 1, unit)), (-1, _ONE_DAY)))
    return ir.Window(lower, upper, text=text)


def _completed(scope: Scope, test: t.Test) -> tuple[int | None, int | None, str]:
    """The least and the most completed years, months, weeks or days that a test allows, and of which.

    Raises RejectedError.
    """
    if not isinstance(test, t.Limit):
        raise scope.report.reject("E212", test.span, "age is a number of years", "write `>= 18 years`")
    unit = test.unit.text.removesuffix("s") if test.unit is not None else "year"
    if unit not in _SHORTER:
        unit = "year"
    in_years = replace(test, unit=replace(test.unit, text="years")) if unit != "year" and test.unit else test
    found = limit_range(scope.report, in_years, Expected(AGE, "years", "age"))
    most = MAX_AGE * _SHORTER.get(unit, 1)
    for number in (test.number, test.upper):
        if number is not None and not number.text.isdecimal():
            message = f"age is counted in whole {unit}s, and `{number.text}` is not one"
            raise scope.report.reject("E217", number.span, message, "")
        if number is not None and int(number.text) > most:
            message = f"nobody is that old: an age lies from 0 to {most:,} {unit}s"
            raise scope.report.reject("E217", number.span, message, "")
    low = None if found.low is None else int(found.low) + found.low_open
    high = None if found.high is None else int(found.high) - found.high_open
    if high is not None and high < 0:
        raise RejectedError
    return low, high, unit
