"""Changes: how much a result fell or rose from one reading to a later one."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import Expected, limit_range
from criteria_dsl.plan.picks import Which, which
from criteria_dsl.plan.policies import policy
from criteria_dsl.plan.rows import plan_rows
from criteria_dsl.plan.values import of_terms
from eligibility import program as ir

_PERCENT = "%"
_VALUES = (ir.Pick.HIGHEST, ir.Pick.LOWEST)


def changed(scope: Scope, node: t.Changed) -> ir.Statement:
    """`platelets fell by >= 30 % from highest to most recent …`. Raises RejectedError."""
    planned = plan_rows(scope, node.rows)
    first, last = which(node.first.text), which(node.last.text)
    _check_order(scope, node, first, last)
    begin = of_terms(scope, first, planned.rows, planned.terms, node.rows.span)
    end = of_terms(scope, last, planned.rows, planned.terms, node.rows.span)
    if not isinstance(node.test, t.Limit):
        raise scope.report.reject("E212", node.test.span, "a change is a number", "write `by >= 30 %`")
    if not isinstance(begin.value, ir.Picked) or not isinstance(end.value, ir.Picked):
        raise TypeError("a pick of terms is a Picked")
    unit = node.test.unit
    share = unit is not None and unit.text == _PERCENT
    term = planned.terms[0]
    if share and term.unit_text == _PERCENT:
        message = f"`{term.name}` is measured in `%`: is this a share of it, or points of percent?"
        hint = "define the change as a value: `define change as … minus …`"
        raise scope.report.reject("E319", node.test.span, message, hint)
    expected = Expected("1", _PERCENT, "the change") if share else begin.expected("the change")
    limits = limit_range(scope.report, node.test, expected)
    falls = node.change.text == "fell"
    value = ir.Change(begin.value, end.value, falls, share, expected.canonical, text=node.span.text)
    kind = next(iter(planned.kinds)) if len(planned.kinds) == 1 else None
    return ir.ValueIs(value, limits, policy(scope, kind), node.span.text, node.span.line)


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
