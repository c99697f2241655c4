"""Definitions used with arguments: each combination is planned once, as if written out."""

from __future__ import annotations

from dataclasses import replace

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, applied, instance
from criteria_dsl.plan.context import Applied, Scope
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.source import Span


def with_arguments(scope: Scope, rows: t.Rows) -> t.Rows:
    """Rows that begin with `f of a, b`: the same with that as one name. Other rows as they are.

    Raises RejectedError where the arguments do not fit.
    """
    function = scope.find(rows.names[0])
    if function is None or not function.arguments or len(rows.names) > 1:
        return rows
    made, clauses = applied(function, rows, scope.file, dict(scope.bindings))
    span = rows.names[0].span
    if rows.clauses:
        span = span.to(rows.clauses[0].span)
    return replace(rows, names=(_word(scope, function, made, span),), clauses=clauses)


def named_with_arguments(scope: Scope, name: t.Word, words: tuple[t.Word, ...], span: Span) -> t.Word:
    """`not f of a, b`: the definition with its arguments as one name. Raises RejectedError."""
    function = scope.find(name)
    if function is None or not function.arguments:
        if words:
            message = f"`{name.text}` takes no arguments"
            raise scope.report.reject("E116", span, message, f"write `not {name.text}`")
        return name
    return _word(scope, function, instance(function, words, scope.file, dict(scope.bindings)), span)


def _word(scope: Scope, function: Entry, made: Entry | None, span: Span) -> Applied:
    if made is None:
        raise RejectedError(function.name)  # reported before planning
    _try(scope, function, made, span)
    return Applied(made.name, span, made)


def _try(scope: Scope, function: Entry, made: Entry, span: Span) -> None:
    """Plans the definition with these arguments once; what does not fit is said where they are given."""
    planning = scope.planning
    if made not in planning.tried:
        outer, planning.report = planning.report, Report()
        planning.tried[made] = False
        try:
            planning.plan_entry(scope, made)
            planning.tried[made] = not planning.report.failed
        except RejectedError:
            pass
        finally:
            inner, planning.report = planning.report, outer
        if not planning.tried[made]:
            _report(function, made, inner, span, outer)
    if not planning.tried[made]:
        raise RejectedError(made.name)


def _report(function: Entry, made: Entry, inner: Report, span: Span, report: Report) -> None:
    """The first thing in the definition that the arguments do not fit, where they are given."""
    given = made.name.removeprefix(f"{function.name} of ")
    message = f"`{given}` does not fit `{function.name}`"
    problem = next(iter(inner.problems(made.file.source.name)), None)
    if problem is None:
        report.add("E117", span, message, "it does not fit what that is made of")
        return
    place = f"used on line {problem.line} of {problem.file}"
    hint = f"{problem.suggestion} ({place})" if problem.suggestion else place
    report.add("E117", span, f"{message}: {problem.message}", hint)
