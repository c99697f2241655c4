"""Values: picked numbers, numbers, ages, arithmetic and first-available, with their units."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, Sort, sort_of
from criteria_dsl.plan import (
    choices,  # values and choices hold each other
    ratios,
    times,
)
from criteria_dsl.plan.algebra import LIKE_WITH_LIKE, combine
from criteria_dsl.plan.applying import with_arguments
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.functions import PlannedValue, function_of, power_of
from criteria_dsl.plan.limits import AGE, Expected, constant
from criteria_dsl.plan.picks import Which, which
from criteria_dsl.plan.rows import plan_pick, plan_rows
from criteria_dsl.plan.scales import Scale, alike, joined
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.problem import RejectedError
from criteria_dsl.source import Span
from eligibility import program as ir
from eligibility.program import Operator
from eligibility.units import ENZYME_ACTIVITY


def plan_value(scope: Scope, node: t.Value) -> PlannedValue:
    """A value and its unit. Raises RejectedError."""
    match node:
        case t.RowsValue():
            return _named(scope, node)
        case t.PickedValue(picked=picked):
            planned = plan_rows(scope, picked.rows)
            return of_terms(scope, which(picked.pick), planned.rows, planned.terms, picked.span)
        case t.NumberValue():
            number, unit, scale = constant(scope.report, node)
            shown = "years" if unit == AGE else node.unit.text if node.unit else ""
            return PlannedValue(ir.Constant(number, unit), unit, shown, scale=scale)
        case t.AgeAt(at=at):
            return PlannedValue(ir.AgeValue(times.fixed_moment(scope, at)), AGE, "years")
        case t.FirstOf():
            return _first(scope, node)
        case t.Calculation():
            return _calculation(scope, node)
        case t.ValueChoice():
            return choices.value_choice(scope, node)
        case t.Points():
            return choices.points(scope, node)
        case t.SameDayRatio():
            return ratios.day_ratio(scope, node)
        case t.FunctionOf(name=name, part=part):
            return function_of(scope, name, plan_value(scope, part), part.span, node.span)


def expected_of(scope: Scope, terms: tuple[TermFacts, ...], span: Span) -> Expected:
    """The one unit in which all of these terms are measured. Raises RejectedError."""
    for term in terms:
        if not term.word.has_value:
            message = f"`{term.name}` is among the {term.word.plural}, which have no result"
            hint = "without the pick, the records alone say that there is one"
            raise scope.report.reject("E213", span, message, hint)
    units = {term.unit.canonical if term.unit else "1" for term in terms}
    if len(units) > 1:
        shown = " and ".join(f"`{term.name}` in `{term.unit_text or '1'}`" for term in terms[:3])
        hint = "pick each one by itself"
        raise scope.report.reject("E303", span, f"one number cannot be picked from {shown}", hint)
    analytes = {term.analyte.name if term.analyte else "" for term in terms}
    if "" in analytes:
        # Nobody named it, and each term's results are read by its own codes.
        analytes.discard(ENZYME_ACTIVITY)
    if len(analytes) > 1:
        shown = " and ".join(
            f"`{term.name}` of {f'analyte {term.analyte.name}' if term.analyte else 'no analyte'}"
            for term in terms[:3]
        )
        hint = "name the same analyte for each, or pick each one by itself"
        raise scope.report.reject("E303", span, f"one number cannot be picked from {shown}", hint)
    # One range for all: terms that state different ones have none together.
    normal = terms[0].normal if len({term.normal for term in terms}) == 1 else None
    return Expected(units.pop(), terms[0].unit_text, terms[0].name, normal, analytes.pop())


def of_terms(
    scope: Scope, chosen: Which, rows: ir.Rows, terms: tuple[TermFacts, ...], span: Span
) -> PlannedValue:
    """The number of a picked record of these terms. Raises RejectedError."""
    expected = expected_of(scope, terms, span)
    kinds = frozenset(term.word.word for term in terms)
    value = ir.Picked(chosen.pick, rows, expected.canonical, text=span.text, place=chosen.place)
    return PlannedValue(value, expected.canonical, expected.shown, kinds, expected.analyte, Scale.LEVEL)


def named_value(scope: Scope, entry: Entry) -> PlannedValue:
    """The value of a definition, planned once per set of policy lines. Raises RejectedError."""
    inner = scope.inside(entry)
    key = (entry, inner.lines)
    if key not in scope.planning.kept:
        scope.planning.kept[key] = None
        if isinstance(entry.node, t.Define) and entry.node.value is not None:
            scope.planning.kept[key] = plan_value(inner, entry.node.value)
    kept = scope.planning.kept[key]
    if not isinstance(kept, PlannedValue):
        raise RejectedError(entry.name)
    return kept


def _named(scope: Scope, node: t.RowsValue) -> PlannedValue:
    rows = with_arguments(scope, node.rows)
    word = rows.names[0]
    entry = lookup(scope, word)
    sort = sort_of(entry)
    alone = len(rows.names) == 1 and not rows.clauses and rows.excepted is None
    if alone and sort is Sort.VALUE:
        return named_value(scope, entry)
    if alone and sort is Sort.PICK:
        chosen, planned = plan_pick(scope, entry)
        return of_terms(scope, chosen, planned.rows, planned.terms, word.span)
    if sort in (Sort.TERM, Sort.ROWS):
        hint = f"write `most recent {node.span.text}`, `highest …`, `lowest …` or `mean …`"
        raise scope.report.reject(
            "E201", node.span, f"there may be many `{word.text}`: which one counts?", hint
        )
    raise wrong_sort(scope, word, entry, "a number")


def _first(scope: Scope, node: t.FirstOf) -> PlannedValue:
    options, kinds = plan_alike(scope, node.options)
    first = options[0]
    value = ir.FirstAvailable(tuple(planned.value for planned in options), text=node.span.text)
    analyte = first.analyte if len({planned.analyte for planned in options}) == 1 else ""
    scale = alike(frozenset(planned.scale for planned in options))
    return PlannedValue(value, first.unit, first.shown, kinds, analyte, scale)


def plan_alike(scope: Scope, nodes: tuple[t.Value, ...]) -> tuple[list[PlannedValue], frozenset[str]]:
    """Values that can take each other's place, and the kinds they are read from. Raises RejectedError."""
    options: list[PlannedValue] = []
    failed = False
    for option in nodes:
        try:
            options.append(plan_value(scope, option))
        except RejectedError:
            failed = True
    if failed:
        raise RejectedError
    first = options[0]
    for planned, written in zip(options, nodes, strict=True):
        if planned.unit != first.unit:
            message = f"this is measured in `{planned.shown or '1'}`, the first in `{first.shown or '1'}`"
            raise scope.report.reject("E305", written.span, message, "all lines need the same sort of unit")
    return options, frozenset().union(*(planned.kinds for planned in options))


def _calculation(scope: Scope, node: t.Calculation) -> PlannedValue:
    words = [word.text for word in node.operators]
    if len(set(words)) > 1 or (len(words) > 1 and words[0] in ("minus", "divided by", "to the power of")):
        second = node.operators[1]
        message = f"`{words[0]}` and `{words[1]}` on one level: which comes first?"
        raise scope.report.reject(
            "E120", second.span, message, "put parentheses around the part that comes first"
        )
    parts: list[PlannedValue] = []
    failed = False
    for part in node.parts:
        try:
            parts.append(plan_value(scope, part))
        except RejectedError:
            failed = True
    if failed:
        raise RejectedError
    operator = Operator(words[0])
    result = parts[0]
    for planned, written in zip(parts[1:], node.parts[1:], strict=True):
        result = _joined(scope, operator, result, planned, node.span, written.span)
    return result


def _joined(
    scope: Scope, operator: Operator, left: PlannedValue, right: PlannedValue, whole: Span, span: Span
) -> PlannedValue:
    if operator is Operator.POWER:
        return power_of(scope, left, right, span, whole)
    combined = combine(operator, left.unit, right.unit)
    if combined is None:
        units = f"`{left.shown or left.unit}` and `{right.shown or right.unit}`"
        if operator in LIKE_WITH_LIKE:
            done = {Operator.PLUS: "added", Operator.MINUS: "taken from each other"}.get(operator, "compared")
            message = f"{units} cannot be {done}"
            hint = "both sides need the same sort of unit"
            if right.unit == "1" and isinstance(right.value, ir.Constant):
                hint = f"give the number a unit: `{span.text} {left.shown}`"
            elif left.unit == "1" and isinstance(left.value, ir.Constant):
                hint = f"give the first number a unit: `{right.shown}`"
            raise scope.report.reject("E305", span, message, hint)
        message = f"{units} joined by `{operator}` give no unit that is known"
        raise scope.report.reject("E306", span, message, "divide or multiply by a number with a unit first")
    unit, factor = combined
    scale = joined(operator, left.scale, right.scale)
    if scale is None:
        wrong = left if left.scale is Scale.WRITTEN else right
        message = f"a number in `{wrong.shown}` in a calculation: is it a level, or a difference?"
        raise scope.report.reject(
            "E322", span, message, f"write it in `{wrong.unit}`, where both are the same"
        )
    shown = left.shown if unit == left.unit else right.shown if unit == right.unit else unit
    value = ir.Arithmetic(operator, left.value, right.value, unit, factor, text=whole.text)
    return PlannedValue(value, unit, "" if unit == "1" else shown, left.kinds | right.kinds, scale=scale)
