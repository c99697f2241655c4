"""What a run is given: parameters of kind date and period, their defaults, and the index day."""

from __future__ import annotations

import re
from collections.abc import Mapping

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.names import File, sort_of
from criteria_dsl.parameters import Setting
from criteria_dsl.plan import times
from criteria_dsl.plan.context import Scope
from criteria_dsl.problem import RejectedError, Report
from eligibility import program as ir

_SORTS = ("date", "period", "number", "duration")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def check_bound(main: File, library: File, report: Report) -> None:
    """The parameters of a library are those of the same name in the file that uses it."""
    if library is main:
        return
    for entry in library.entries:
        node = entry.node
        mine = main.names.get(entry.name)
        if not isinstance(node, t.Parameter) or (mine is not None and sort_of(mine) is sort_of(entry)):
            continue
        uses = [
            use for use in main.nodes if isinstance(use, t.Use) and f"{use.library.text}/" == library.prefix
        ]
        span = uses[0].library.span if uses else node.name.span
        message = f"`{library.prefix[:-1]}` needs the parameter `{entry.name}`"
        report.add("E136", span, message, f"declare `parameter {entry.name} is a {node.sort.text}`")


def plan_parameters(file: File, settings: Mapping[str, Setting], report: Report) -> list[ir.Parameter]:
    """The parameters that the program shows; one with a problem is left out."""
    found: list[ir.Parameter] = []
    for entry in file.entries:
        if entry.name in settings and isinstance(entry.node, t.Parameter):
            value = settings[entry.name].text
            found.append(ir.Parameter(entry.name, entry.node.sort.text, value=value))
        elif isinstance(entry.node, t.Parameter):
            try:
                found.append(_parameter(entry.node, report))
            except RejectedError:
                continue
    return found


def _parameter(node: t.Parameter, report: Report) -> ir.Parameter:
    if node.sort.text in ("number", "duration"):
        raise RejectedError(node.name.text)  # it has no value, which a library's need not have
    if node.sort.text not in ("date", "period"):
        near = suggest.nearest(node.sort.text, _SORTS)
        hint = f"did you mean `{near}`?" if near else "write `is a date`, `period`, `number` or `duration`"
        raise report.reject("E115", node.sort.span, f"a parameter is no `{node.sort.text}`", hint)
    if node.unit is not None:
        hint = f"take out `in {node.unit.text}`"
        raise report.reject("E310", node.unit.span, f"a {node.sort.text} has no unit", hint)
    if node.first is None:
        return ir.Parameter(node.name.text, node.sort.text)
    for word in (node.first, node.last):
        if word is not None and not _DATE.fullmatch(word.text):
            hint = "write a date, such as `2026-01-31`"
            raise report.reject("E310", word.span, f"this is not the default of a {node.sort.text}", hint)
    first = times.day_number(report, node.first)
    last = times.day_number(report, node.last) if node.last is not None else first
    if (node.last is None) == (node.sort.text == "period"):
        hint = "write `default 2026-01-01 to 2026-12-31`" if node.last is None else "write one date"
        raise report.reject("E310", node.first.span, f"this is not the default of a {node.sort.text}", hint)
    if last < first and node.last is not None:
        hint = f"write `{node.last.text} to {node.first.text}`, if that is meant"
        raise report.reject("E310", node.last.span, "the period ends before it begins", hint)
    return ir.Parameter(node.name.text, node.sort.text, (first, last))


def plan_index(scope: Scope) -> ir.Given | None:
    """What the text calls index; None: the as-of day."""
    found: ir.Given | None = None
    lines = [node for node in scope.file.nodes if isinstance(node, t.Index)]
    for node in lines[1:]:
        scope.report.add("E111", node.span, "the index is said twice", "keep one of the two lines")
    for node in lines[:1]:
        try:
            at = times.moment(scope, node.moment)
        except RejectedError:
            continue
        if isinstance(at, ir.Given) and at.name != "index":
            found = at
        else:
            hint = "declare `parameter index-date is a date` and write `index is index-date`"
            scope.report.add("E205", node.moment.span, "the index is a parameter, or an end of one", hint)
    return found
