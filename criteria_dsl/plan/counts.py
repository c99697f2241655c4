"""`at least 2 stroke`, `at most 3 records of visit`, `at least 2 relatives with CAD-in-family`."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import whole_number
from criteria_dsl.plan.rows import PlannedRows, plan_rows
from eligibility import program as ir
from eligibility.facts import Kind

MAX_COUNT = 10_000


def counted(scope: Scope, node: t.Counted) -> ir.Statement:
    """How many events, records or relatives. Raises RejectedError."""
    planned = plan_rows(scope, node.rows, counted=True)
    number = whole_number(scope.report, node.number, 0, MAX_COUNT)
    rows_text = node.rows.span.text
    if node.bound == "at least" and number < 2:
        message = "always true" if number == 0 else "one is what the records alone say"
        raise scope.report.reject("E219", node.number.span, message, f"write `{rows_text}`")
    if node.bound != "at least" and number == 0:
        raise scope.report.reject(
            "E219", node.number.span, "none is said with `no`", f"write `no {rows_text}`"
        )
    counting = ir.Counting(node.what)
    if counting is ir.Counting.RELATIVES:
        _about_relatives(scope, node, planned)
    return ir.Counted(
        planned.rows,
        least=None if node.bound == "at most" else number,
        most=None if node.bound == "at least" else number,
        apart=planned.apart,
        text=node.span.text,
        line=node.span.line,
        counting=counting,
    )


def _about_relatives(scope: Scope, node: t.Counted, planned: PlannedRows) -> None:
    """Only family histories tell of relatives. Raises RejectedError."""
    other = next((term for term in planned.terms if term.word.kind is not Kind.FAMILY_HISTORY), None)
    if other is not None:
        message = f"`{other.name}` is among the {other.word.plural}, which are the patient's own"
        raise scope.report.reject("E221", node.rows.span, message, "count terms of kind `family-history`")
    if planned.apart is not None:
        raise scope.report.reject(
            "E221", node.rows.span, "relatives are no time apart", "take out what is said of `apart`"
        )
