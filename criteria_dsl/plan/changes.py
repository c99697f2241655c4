"""Changes: how much a result fell or rose from one reading to a later one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from criteria_dsl import tree as t
from criteria_dsl.plan import times
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import Expected, limit_range
from criteria_dsl.plan.picks import Which, which
from criteria_dsl.plan.policies import policy
from criteria_dsl.plan.rows import plan_rows
from criteria_dsl.plan.scales import Scale
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.plan.values import expected_of, of_terms
from criteria_dsl.source import Span
from eligibility import program as ir
from eligibility.units import conversion

_PERCENT = "%"
_HUNDREDTH = Fraction(1, 100)
_TEMPERATURE = "Cel"
_VALUES = (ir.Pick.HIGHEST, ir.Pick.LOWEST)


def changed(scope: Scope, node: t.Changed) -> ir.Statement:
    """`platelets fell by >= 30 % from highest to most recent …`. Raises RejectedError."""
    planned = plan_rows(scope, node.rows)
    first, last = which(node.first.text), which(node.last.text)
    _check_order(scope, node, first, last)
    begin = of_terms(scope, first, planned.rows, planned.terms, node.rows.span)
    end = of_terms(scope, last, planned.rows, planned.terms, node.rows.span)
    if not isinstance(begin.value, ir.Picked) or not isinstance(end.value, ir.Picked):
        raise TypeError("a pick of terms is a Picked")
    limits, share = _limits(scope, node.test, planned.terms, begin.expected("the change"))
    falls = node.change.text == "fell"
    value = ir.Change(begin.value, end.value, falls, share, limits.unit, text=node.span.text)
    kind = next(iter(planned.kinds)) if len(planned.kinds) == 1 else None
    return ir.ValueIs(value, limits, policy(scope, kind), node.span.text, node.span.line)


def greatest_change(scope: Scope, node: t.GreatestChange) -> ir.Statement:
    """`creatinine rose by >= 0.3 mg/dL over at most 48 hours …`. Raises RejectedError."""
    planned = plan_rows(scope, node.rows)
    expected = expected_of(scope, planned.terms, node.rows.span)
    within = times.duration(scope.report, node.within, hours=True)
    differing = replace(expected, what="the change", normal=None)
    limits, share = _limits(scope, node.test, planned.terms, differing)
    if limits.low is None or limits.high is not None:
        # Some two readings always differ by less: only the greatest change says something.
        message = "some two readings differ by little in nearly every record"
        hint = (
            f"write a lower limit, `{node.change.text} by >= …`, and exclude it where that must not have been"
        )
        raise scope.report.reject("E319", node.test.span, message, hint)
    falls = node.change.text == "fell"
    value = ir.GreatestChange(planned.rows, within, falls, share, expected.canonical, node.span.text)
    kind = next(iter(planned.kinds)) if len(planned.kinds) == 1 else None
    return ir.ValueIs(value, limits, policy(scope, kind), node.span.text, node.span.line)


def _limits(
    scope: Scope, test: t.Test, terms: tuple[TermFacts, ...], expected: Expected
) -> tuple[ir.Range, bool]:
    """The limit of a change, and whether it is a share of the earlier reading. Raises RejectedError."""
    if not isinstance(test, t.Limit):
        raise scope.report.reject("E212", test.span, "a change is a number", "write `by >= 30 %`")
    share = test.unit is not None and test.unit.text == _PERCENT
    if share:
        _check_share(scope, test.span, terms)
        return limit_range(scope.report, test, Expected("1", _PERCENT, "the change")), share
    return limit_range(scope.report, test, replace(expected, scale=Scale.DIFFERENCE)), share


def _check_share(scope: Scope, span: Span, terms: tuple[TermFacts, ...]) -> None:
    """A percentage is a share of the earlier reading where it can be nothing else. Raises RejectedError."""
    for term in terms:
        if term.unit is None:
            continue
        if term.unit.canonical == "1" and term.unit.ratio == _HUNDREDTH:
            message = f"`{term.name}` is measured in `{term.unit_text}`: is this a share of it, or points of"
            message += " percent?"
            hint = "define the change as a value: `define change as … minus …`"
            raise scope.report.reject("E319", span, message, hint)
        if term.analyte is not None and conversion(term.analyte.name, "1", term.unit.canonical) is not None:
            message = f"`{term.name}` is given in `%`, too: is this a share of it, or points of percent?"
            hint = f"write the amount in `{term.unit_text}`"
            raise scope.report.reject("E319", span, message, hint)
        if term.unit.canonical == _TEMPERATURE:
            message = f"a share of `{term.name}` depends on where zero lies in its unit"
            raise scope.report.reject("E319", span, message, f"write the amount in `{term.unit_text}`")


def _check_order(scope: Scope, node: t.Changed, first: Which, last: Which) -> None:
    """The first reading has to be the earlier one whatever the numbers are. Raises RejectedError."""
    from_start = first.pick is ir.Pick.FIRST and first.place == 1
    to_end = last.pick is ir.Pick.MOST_RECENT and last.place == 1
    earlier = first.pick in _VALUES or first.pick is ir.Pick.FIRST or first.place > 1
    later = last.pick in _VALUES or last.place > 1 or to_end
    averaged = {first.pick, last.pick} & {ir.Pick.MEAN, ir.Pick.MEDIAN}
    if averaged or not ((from_start and later) or (to_end and earlier)):
        message = f"nothing says that `{first.words}` comes before `{last.words}`"
        hint = "begin with `from first`, or end with `to most recent`"
        raise scope.report.reject("E319", node.first.span.to(node.last.span), message, hint)
