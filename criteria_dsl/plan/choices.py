"""What depends on a condition: limits, values, and points."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.plan import statements, values  # both hold choices
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.functions import PlannedValue
from criteria_dsl.plan.limits import plain_number
from criteria_dsl.plan.scales import alike
from criteria_dsl.problem import RejectedError
from eligibility import program as ir

_ONE = "1"


def choice(scope: Scope, node: t.Choice) -> ir.Statement:
    """`… is` and a limit for each condition. Raises RejectedError; all bullets are looked at first."""
    conditions = _all(scope.asking(), node.conditions)
    parts = _all(scope, node.parts)
    if conditions is None or parts is None:
        raise RejectedError
    return ir.Choice(conditions, parts, node.heading.text)


def unless(scope: Scope, node: t.Unless) -> ir.Statement:
    """A statement that holds while a named one does not. Raises RejectedError."""
    inner = node.statement
    if _is_negative(inner):
        # English means two things here: "none, or else NAME", and "none, and NAME neither".
        hint = f"say which: `any of` with bullets `{inner.span.text}` and `{node.unless.span.text}`, "
        hint += "or `all of` with `not`"
        message = "`unless` after a negation can be read in two ways"
        raise scope.report.reject("E260", node.span, message, hint)
    found = _one(scope, inner)
    other = statements.not_named(scope.asking(), node.unless, "unless")
    if found is None:
        raise RejectedError
    return ir.All((found, other), node.span.text)


def _is_negative(node: t.Statement) -> bool:
    match node:
        case t.Absent() | t.Negated() | t.HasResult(negated=True):
            return True
        case t.Counted(bound=bound):
            return bound != "at least"
        case t.PickedIs(test=t.Among(negated=True)) | t.NamedIs(test=t.Among(negated=True)):
            return True
    return False


def value_choice(scope: Scope, node: t.ValueChoice) -> PlannedValue:
    """A value for each condition, of one sort of unit. Raises RejectedError."""
    conditions = _all(scope.asking(), node.conditions)
    options, kinds = values.plan_alike(scope, node.values)
    if conditions is None:
        raise RejectedError
    value = ir.ValueChoice(conditions, tuple(planned.value for planned in options), text=node.span.text)
    scale = alike(frozenset(planned.scale for planned in options))
    return PlannedValue(value, options[0].unit, options[0].shown, kinds, scale=scale)


def points(scope: Scope, node: t.Points) -> PlannedValue:
    """The sum of points. Raises RejectedError."""
    found = _all(scope, node.statements)
    numbers = tuple(plain_number(scope.report, word) for word in node.numbers)
    if found is None:
        raise RejectedError
    return PlannedValue(ir.Points(numbers, found, text=node.span.text), _ONE, "")


def _all(scope: Scope, nodes: tuple[t.Statement, ...]) -> tuple[ir.Statement, ...] | None:
    """All of the statements, or None where one of them is rejected."""
    found = [planned for node in nodes if (planned := _one(scope, node)) is not None]
    return tuple(found) if len(found) == len(nodes) else None


def _one(scope: Scope, node: t.Statement) -> ir.Statement | None:
    """A statement, or None where it is rejected."""
    try:
        return statements.plan_statement(scope, node)
    except RejectedError:
        return None
