"""Functions of planned values: powers, roots, logarithms. They take plain numbers; powers can have units."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl import tree as t
from criteria_dsl.plan.algebra import MAX_EXPONENT, raised
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.limits import Expected
from criteria_dsl.plan.scales import Scale
from criteria_dsl.source import Span
from eligibility import program as ir

_PLAIN = "1"


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A value with its canonical unit, the unit people write it in, and the kinds it is read from."""

    value: ir.Value
    unit: str
    shown: str
    kinds: frozenset[str] = frozenset()
    analyte: str = ""  # of a picked result; what is computed is no longer one analyte's
    scale: Scale = Scale.OTHER  # how a limit in a unit with another zero converts

    def expected(self, what: str) -> Expected:
        """What a limit on this value has to be written in."""
        return Expected(self.unit, self.shown, what, analyte=self.analyte, scale=self.scale)


def function_of(scope: Scope, name: t.Word, part: PlannedValue, span: Span, whole: Span) -> PlannedValue:
    """`square root of A`. Raises RejectedError where A has a unit."""
    if part.unit != _PLAIN:
        message = f"`{name.text}` takes a plain number, and this is measured in `{part.shown}`"
        raise scope.report.reject("E306", span, message, _divide(span, part))
    value = ir.Function(ir.FunctionName(name.text), part.value, text=whole.text)
    return PlannedValue(value, _PLAIN, "", part.kinds)


def power_of(
    scope: Scope, base: PlannedValue, exponent: PlannedValue, span: Span, whole: Span
) -> PlannedValue:
    """`A to the power of B`. Raises RejectedError for units that have no such power."""
    if exponent.unit != _PLAIN:
        message = f"an exponent is a plain number, and this is measured in `{exponent.shown}`"
        raise scope.report.reject("E306", span, message, _divide(span, exponent))
    unit, scale = _PLAIN, 1.0
    if base.unit != _PLAIN:
        number = exponent.value.number if isinstance(exponent.value, ir.Constant) else 0.0
        whole_power = number.is_integer() and 1 <= number <= MAX_EXPONENT
        found = raised(base.unit, int(number)) if whole_power else None
        if found is None:
            message = f"this power of `{base.shown}` has no unit that is known"
            hint = f"divide by a unit first: `(… divided by 1 {base.shown}) to the power of {span.text}`"
            raise scope.report.reject("E306", span, message, hint)
        unit, scale = found
    value = ir.Arithmetic(ir.Operator.POWER, base.value, exponent.value, unit, scale, text=whole.text)
    return PlannedValue(value, unit, "" if unit == _PLAIN else unit, base.kinds | exponent.kinds)


def _divide(span: Span, value: PlannedValue) -> str:
    unit = "years" if value.unit == "a" else value.shown
    return f"divide by a unit first: `({span.text} divided by 1 {unit})`"
