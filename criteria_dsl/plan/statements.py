"""Statements: what is true, false or unknown of a patient."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, Sort, sort_of
from criteria_dsl.plan import (
    choices,  # statements and choices hold each other
    clauses,
    exposure,
    times,
)
from criteria_dsl.plan.ages import age_is
from criteria_dsl.plan.applying import named_with_arguments, with_arguments
from criteria_dsl.plan.changes import changed, greatest_change
from criteria_dsl.plan.comparisons import edge_is, every_is, named_is, picked_is
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.counts import MAX_COUNT, counted
from criteria_dsl.plan.in_a_row import in_a_row
from criteria_dsl.plan.lengths import check_absence
from criteria_dsl.plan.limits import whole_number
from criteria_dsl.plan.policies import policy
from criteria_dsl.plan.questions import question
from criteria_dsl.plan.ratios import ratio_is
from criteria_dsl.plan.rows import plan_rows
from criteria_dsl.plan.slopes import slope_is
from criteria_dsl.problem import RejectedError
from eligibility import program as ir


def plan_statement(scope: Scope, node: t.Statement) -> ir.Statement:
    """A statement of the program. Raises RejectedError; parts of a list are all looked at first."""
    text, line = node.span.text, node.span.line
    match node:
        case t.Present(rows=rows):
            return _present(scope, node)
        case t.Absent(rows=rows):
            check_absence(scope.report, rows, node.span)
            return ir.Not(_there(scope, rows, rows.span.text, line), text)
        case t.Negated():
            return not_named(scope, node)
        case t.Unless():
            return choices.unless(scope, node)
        case t.Choice():
            return choices.choice(scope, node)
        case t.Counted():
            return counted(scope, node)
        case t.Changed():
            return changed(scope, node)
        case t.InARow():
            return in_a_row(scope, node)
        case t.GreatestChange():
            return greatest_change(scope, node)
        case t.HasResult(rows=rows, negated=negated):
            return ir.Exists(_with_result(scope, rows, negated), text, line)
        case t.EveryIs():
            return every_is(scope, node)
        case t.NamedIs():
            return named_is(scope, node)
        case t.PickedIs():
            return picked_is(scope, node)
        case t.SlopeIs():
            return slope_is(scope, node)
        case t.RatioIs():
            return ratio_is(scope, node)
        case t.EdgeIs():
            return edge_is(scope, node)
        case t.AgeIs():
            return age_is(scope, node)
        case t.Died(window=window):
            return ir.Died(times.window(scope, window), policy(scope, None), text, line)
        case t.Confirms():
            return question(scope, node)
        case t.LonePick(picked=picked):
            hint = (
                f"say what it has to be: `{text} is …`; for its mere presence write `{picked.rows.span.text}`"
            )
            timed = [c for c in picked.rows.clauses if isinstance(c, t.TimeClause) and c.relation is None]
            if len(timed) == 1 and len(picked.rows.clauses) == 1 and picked.pick in ("first", "most recent"):
                # English for when the one record was, rather than for which records there are to pick from.
                names = " or ".join(word.text for word in picked.rows.names)
                hint += f", for when it was `start of {picked.pick} {names} is {timed[0].span.text}`"
            raise scope.report.reject(
                "E202", node.span, f"`{picked.pick}` picks a record, but nothing is said of it", hint
            )
        case t.Group():
            return _group(scope, node)


def named_statement(scope: Scope, entry: Entry) -> ir.Statement:
    """The statement of a definition, planned once per set of policy lines. Raises RejectedError."""
    inner = scope.inside(entry)
    key = (entry, inner.lines)
    if key not in scope.planning.kept:
        scope.planning.kept[key] = None
        if isinstance(entry.node, t.Define) and entry.node.statement is not None:
            scope.planning.kept[key] = plan_statement(inner, entry.node.statement)
    kept: ir.Statement | None = scope.planning.kept[key]
    if kept is None:
        raise RejectedError(entry.name)
    return kept


def _present(scope: Scope, node: t.Present) -> ir.Statement:
    rows = with_arguments(scope, node.rows)
    if len(rows.names) == 1 and not rows.clauses and rows.excepted is None:
        entry = lookup(scope, rows.names[0])
        if sort_of(entry) is Sort.STATEMENT:
            return named_statement(scope, entry)
    return _there(scope, rows, node.span.text, node.span.line)


def _there(scope: Scope, rows: t.Rows, text: str, line: int) -> ir.Statement:
    """Rows are there; or, where days are counted, they cover enough of them."""
    days = exposure.days_of(rows)
    if days is not None:
        return exposure.exposed(scope, rows, days)
    return ir.Exists(plan_rows(scope, rows).rows, text, line)


def not_named(scope: Scope, node: t.Negated, word: str = "not") -> ir.Statement:
    """`not NAME`: the name of a statement, after `word`. Raises RejectedError."""
    name = named_with_arguments(scope, node.name, node.arguments, node.span)
    entry = lookup(scope, name)
    if sort_of(entry) is not Sort.STATEMENT:
        hint = f"write `no {name.text}`" if sort_of(entry) in (Sort.TERM, Sort.ROWS) else ""
        if word != "not":
            hint = f"name it first: `define that when {name.text}`; `except` takes records out"
        raise wrong_sort(scope, name, entry, "a statement", hint)
    return ir.Not(named_statement(scope, entry), f"not {node.span.text.removeprefix('not ')}")


def _with_result(scope: Scope, node: t.Rows, negated: bool) -> ir.Rows:
    planned = plan_rows(scope, node)
    for term in planned.terms:
        if not term.word.has_value:
            message = f"`{term.name}` is among the {term.word.plural}, which have no result"
            raise scope.report.reject(
                "E213", node.span, message, "only measurements, assessments and findings do"
            )
    test = ir.HasValue(negated)
    return clauses.narrowed(planned.rows, test)


def _group(scope: Scope, node: t.Group) -> ir.Statement:
    parts: list[ir.Statement] = []
    failed = False
    for part in node.parts:
        try:
            parts.append(plan_statement(scope, part))
        except RejectedError:
            failed = True
    if failed:
        raise RejectedError
    text = node.heading.text
    match node.form:
        case "all":
            return ir.All(tuple(parts), text)
        case "any":
            return ir.AnyOf(tuple(parts), text)
        case "none":
            return ir.Not(ir.AnyOf(tuple(parts), "any of"), text)
    number = node.number
    if number is None:
        raise RejectedError
    count = whole_number(scope.report, number, 0, MAX_COUNT)
    _check_number(scope, node, count, len(parts))
    return ir.NumberOf(
        tuple(parts),
        least=None if node.form == "at most" else count,
        most=None if node.form == "at least" else count,
        text=text,
    )


def _check_number(scope: Scope, node: t.Group, count: int, size: int) -> None:
    """Counts that a simpler heading says, or that can never matter. Raises RejectedError."""
    number = node.number.span if node.number else node.heading
    right = {
        ("at least", 1): "any of",
        ("at least", size): "all of",
        ("exactly", size): "all of",
        ("at most", 0): "none of",
        ("exactly", 0): "none of",
    }.get((node.form, count))
    if right is not None:
        hint = f"write `{right}`"
        raise scope.report.reject(
            "E219", number, f"`{node.heading.text}` {size} bullets is said more simply", hint
        )
    if count > size or (node.form == "at least" and count == 0) or (node.form == "at most" and count == size):
        message = f"there are {size} bullets, so `{node.heading.text}` is decided before anything is known"
        raise scope.report.reject("E219", number, message, "")
