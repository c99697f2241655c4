"""`at least 2 consecutive SBP of >= 140 mm[Hg]`: readings that follow each other."""

from __future__ import annotations

from dataclasses import replace

from criteria_dsl import tree as t
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import limit_range, whole_number
from criteria_dsl.plan.rows import plan_names, plan_rows
from criteria_dsl.plan.values import expected_of
from criteria_dsl.problem import RejectedError
from eligibility import program as ir

_MOST = 1_000


def in_a_row(scope: Scope, node: t.InARow) -> ir.Statement:
    """So many readings in a row in a range. Raises RejectedError."""
    report, rows = scope.report, node.rows
    if node.bound.text != "at least":
        hint = f"write `at least {node.number.text}`, and exclude it where that must not have been"
        raise report.reject(
            "E320", node.bound.span, f"`{node.bound.text}` so many in a row is no limit", hint
        )
    number = whole_number(report, node.number, 0, _MOST)
    if number < 2:
        raise report.reject(
            "E219", node.number.span, "one is what the records alone say", f"write `{rows.span.text}`"
        )
    plan_names(scope, rows.names, rows.span)  # a name that is not known is said first, and alone
    limits = [clause for clause in rows.clauses if isinstance(clause, t.OfClause)]
    if len(limits) != 1 or not isinstance(limits[0].test, t.Limit):
        message = "results in a row need one limit that each of them meets"
        raise report.reject("E320", rows.span, message, f"write `{rows.names[0].text} of >= …`")
    for clause in rows.clauses:
        if isinstance(clause, t.ApartClause):
            message = "results in a row follow each other, however far apart"
            raise report.reject("E216", clause.span, message, "take it out, or take `consecutive` out")
    rest = replace(rows, clauses=tuple(clause for clause in rows.clauses if clause is not limits[0]))
    planned = plan_rows(scope, rest)
    expected = expected_of(scope, planned.terms, rows.span)
    if any(_tests_value(selection) for selection in planned.rows.selections):
        raise _already_chosen(scope, node)
    limit = limit_range(report, limits[0].test, expected)
    return ir.InARow(planned.rows, limit, number, node.span.text, node.span.line)


def _tests_value(selection: ir.Selection) -> bool:
    return any(
        isinstance(test, ir.ValueInSet) or (isinstance(test, ir.NumberTest) and test.column == "value")
        for test in selection.tests
    )


def _already_chosen(scope: Scope, node: t.InARow) -> RejectedError:
    message = "these records are chosen by their result already, so that nothing can stand between them"
    hint = "name the term itself, and write the limit here: `of >= …`"
    return scope.report.reject("E320", node.rows.span, message, hint)
