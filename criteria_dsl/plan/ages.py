"""Age: of the patient at a moment, and of the patient when something happened."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.plan import times
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import AGE, Expected, limit_range
from criteria_dsl.plan.policies import policy
from criteria_dsl.problem import RejectedError
from eligibility import program as ir

_ONE_DAY = ir.Duration(1, "day")
MAX_AGE = 1_000


def age_is(scope: Scope, node: t.AgeIs) -> ir.Statement:
    """`age at index is 18 to 75 years`, `age at start of first-stroke is …`. Raises RejectedError."""
    at = times.moment(scope, node.at.moment)
    if isinstance(at, ir.Event) and not at.shifts:
        times.check_at_word(scope.report, node.at)
        low, high = _years(scope, node.test)
        return ir.EdgeIs(at, _between(low, high, node.span.text), node.span.text, node.span.line)
    if isinstance(at, ir.AnyEvent):
        base = node.at.moment.base
        name = base.name.text if base.name else ""
        hint = f"say it of the records: `{name} {base.form}ing at age …`"
        raise scope.report.reject("E205", node.at.moment.span, f"there may be many `{name}`", hint)
    fixed = times.fixed_moment(scope, node.at)
    low, high = _years(scope, node.test)
    margin = policy(scope, None).borderline
    return ir.AgeIs(fixed, low, high, margin, node.span.text, node.span.line)


def window(scope: Scope, node: t.AtAge) -> ir.Window:
    """`at age >= 30 years`: the days on which the patient is that old. Raises RejectedError."""
    low, high = _years(scope, node.test)
    return _between(low, high, node.span.text)


def _between(low: int | None, high: int | None, text: str) -> ir.Window:
    lower = ir.Birth(((1, ir.Duration(low, "year")),)) if low else ir.Birth() if low == 0 else None
    upper = None
    if high is not None:
        upper = ir.Birth(((1, ir.Duration(high + 1, "year")), (-1, _ONE_DAY)))
    return ir.Window(lower, upper, text=text)


def _years(scope: Scope, test: t.Test) -> tuple[int | None, int | None]:
    """The least and the most completed years that a test allows. Raises RejectedError."""
    if not isinstance(test, t.Limit):
        raise scope.report.reject("E212", test.span, "age is a number of years", "write `>= 18 years`")
    found = limit_range(scope.report, test, Expected(AGE, "years", "age"))
    for number in (test.number, test.upper):
        if number is not None and not number.text.isdecimal():
            message = f"age is counted in whole years, and `{number.text}` is not one"
            raise scope.report.reject("E217", number.span, message, "")
        if number is not None and int(number.text) > MAX_AGE:
            message = f"nobody is that old: an age lies from 0 to {MAX_AGE:,} years"
            raise scope.report.reject("E217", number.span, message, "")
    low = None if found.low is None else int(found.low) + found.low_open
    high = None if found.high is None else int(found.high) - found.high_open
    if high is not None and high < 0:
        raise RejectedError
    return low, high
