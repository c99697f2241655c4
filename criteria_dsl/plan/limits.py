"""Numbers with units as ranges of the canonical unit, compared with the unit a term declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from criteria_dsl import tree as t
from criteria_dsl.plan.analytes import convertible, suggested
from criteria_dsl.plan.scales import Scale, has_own_zero, of_written
from criteria_dsl.problem import RejectedError, Report
from eligibility.program import Range, Reference, ReferenceEnd
from eligibility.units import Unit, UnitError, resolve, to_canonical

Normal = tuple[float | None, float | None]
_YEARS = ("year", "years")
_ONE = "1"
# How a written number becomes one of the canonical unit, step by step as a result does; none: as it is.
Steps = tuple[Unit, ...]
AGE = "a"  # completed years of age keep this unit and are never converted


@dataclass(frozen=True, slots=True)
class Expected:
    """The unit a limit has to have: canonical, and as a suggestion writes it ("" for none)."""

    canonical: str
    shown: str
    what: str  # what is measured, for messages
    normal: Normal | None = None  # the ends a term states; None: no reference range belongs to it
    analyte: str = ""  # whose mass and substance convert into each other
    scale: Scale = Scale.LEVEL  # how a unit with another zero converts


def limit_range(report: Report, limit: t.Limit, expected: Expected, steps: Steps | None = None) -> Range:
    """The range a limit stands for; `steps` convert a unit that is read already. Raises RejectedError."""
    if limit.comparator == "":
        number = limit.span.text
        hint = f"write `>= {number}`, `<= {number}`, a range such as `1 to 3`, or `= {number}`"
        raise report.reject("E220", limit.span, "a number alone is no limit", hint)
    if limit.multiple is not None:
        return _multiples(report, limit, limit.multiple, expected)
    unit = _on_scale(report, limit, _unit(report, limit, expected), expected) if steps is None else steps
    return _range(report, limit, unit, expected)


def _multiples(report: Report, limit: t.Limit, multiple: t.Multiple, expected: Expected) -> Range:
    """A limit such as `<= 3 x ULN`. Raises RejectedError where no result stands behind it."""
    if expected.normal is None:
        message = f"{expected.what} has no reference range of its own"
        hint = "compare one result: `most recent … is …`, or write the limit in its unit"
        raise report.reject("E311", multiple.span, message, hint)
    end = ReferenceEnd(multiple.end)
    fallback = expected.normal[1 if end is ReferenceEnd.UPPER else 0]
    found = _range(report, limit, (), expected)
    return replace(found, multiple_of=Reference(end, fallback))


def _range(report: Report, limit: t.Limit, unit: Steps, expected: Expected) -> Range:
    first = _number(report, limit.number, unit)
    text = limit.span.text
    match limit.comparator:
        case ">=":
            return Range(low=first, unit=expected.canonical, text=text)
        case ">":
            return Range(low=first, low_open=True, unit=expected.canonical, text=text)
        case "<=":
            return Range(high=first, unit=expected.canonical, text=text)
        case "<":
            return Range(high=first, high_open=True, unit=expected.canonical, text=text)
        case "=":
            return Range(low=first, high=first, unit=expected.canonical, text=text)
    upper = limit.upper or limit.number
    last = _number(report, upper, unit)
    if first > last:
        behind = limit.unit.text if limit.unit else limit.multiple.span.text if limit.multiple else ""
        shown = f" {behind}".rstrip()
        hint = f"write `{upper.text} to {limit.number.text}{shown}`, if that is meant"
        raise report.reject(
            "E218", limit.span, f"no number lies from {limit.number.text} to {upper.text}", hint
        )
    return Range(low=first, high=last, unit=expected.canonical, text=text)


def _unit(report: Report, limit: t.Limit, expected: Expected) -> Steps:
    if limit.unit is None:
        if expected.shown in ("", _ONE):
            return ()
        message = f"this limit has no unit, and {expected.what} is measured in `{expected.shown}`"
        raise report.reject("E302", limit.span, message, f"write `{limit.span.text} {expected.shown}`")
    if expected.canonical == AGE:
        if limit.unit.text in _YEARS:
            return ()
        shorter = ", months, weeks or days" if expected.what == "age" else ""
        message = f"{expected.what} is counted in whole years{shorter}"
        raise report.reject("E217", limit.unit.span, message, "write `years`")
    unit = resolve(limit.unit.text)
    if unit is None:
        raise unknown_unit(report, limit.unit)
    if unit.canonical != expected.canonical:
        further = convertible(expected.analyte, unit, expected.canonical)
        if further is not None:
            return unit, further
        message = f"{expected.what} cannot be given in `{limit.unit.text}`"
        shown = expected.shown or "no unit"
        hint = f"it is measured in `{shown}`" if expected.shown else "it is a plain number: take the unit out"
        unsaid = "" if expected.analyte else suggested(expected.what, unit, expected.canonical)
        if unsaid:
            hint = f"say what is measured, so that it converts: `in {shown} analyte {unsaid}`"
        raise report.reject("E303", limit.unit.span, message, hint)
    return (unit,)


def _on_scale(report: Report, limit: t.Limit, steps: Steps, expected: Expected) -> Steps:
    """The steps for a level, or by their ratios alone for a difference. Raises RejectedError for others."""
    if limit.unit is None or not any(has_own_zero(step) for step in steps):
        return steps
    if expected.scale is Scale.DIFFERENCE:
        return tuple(replace(step, shift=Fraction(0)) for step in steps)
    if expected.scale in (Scale.LEVEL, Scale.WRITTEN):
        return steps
    message = f"{expected.what} is neither one result nor a difference of two, so `{limit.unit.text}`"
    message += " cannot be converted"
    raise report.reject("E322", limit.unit.span, message, f"write the limit in `{expected.shown}`")


def _number(report: Report, number: t.Word, steps: Steps) -> float:
    try:
        value = to_canonical(number.text, steps[0]) if steps else float(number.text)
        for step in steps[1:]:
            value = to_canonical(value, step)
    except UnitError:
        value = float("inf")
    if value in (float("inf"), float("-inf")):
        raise report.reject("E307", number.span, "this number is too large to be compared", "")
    return value


def constant(report: Report, node: t.NumberValue) -> tuple[float, str, Scale]:
    """A written number, its canonical unit and what it is; years stay years, as ages are.

    Raises RejectedError.
    """
    if node.unit is None:
        return _number(report, node.number, ()), _ONE, Scale.PLAIN
    if node.unit.text in _YEARS:
        return _number(report, node.number, ()), AGE, Scale.PLAIN
    unit = resolve(node.unit.text)
    if unit is None:
        raise unknown_unit(report, node.unit)
    return _number(report, node.number, (unit,)), unit.canonical, of_written(unit)


def plain_number(report: Report, word: t.Word) -> float:
    """A number without a unit. Raises RejectedError where it is too large."""
    return _number(report, word, ())


def whole_number(report: Report, word: t.Word, least: int, most: int) -> int:
    """A count. Raises RejectedError where it is not whole or out of bounds."""
    if not word.text.isdecimal() or len(word.text) > 9 or not least <= int(word.text) <= most:
        message = f"`{word.text}` has to be a whole number from {least} to {most:,}"
        raise report.reject("E308", word.span, message, "")
    return int(word.text)


_DEGREES = {"C": "Cel", "F": "[degF]"}


def unknown_unit(report: Report, unit: t.Word) -> RejectedError:
    """A unit that UCUM and its common spellings do not know."""
    hint = "write it in UCUM, such as `mg/dL`, `mm[Hg]`, `10*3/uL`, `{score}`"
    if unit.text in ("ULN", "LLN"):
        hint = f"write a multiple: `3 x {unit.text}`"
    elif unit.text in _DEGREES:
        hint = f"write `{_DEGREES[unit.text]}`"
    elif unit.text.endswith((".", ";")) and resolve(unit.text[:-1]) is not None:
        hint = f"a statement ends without a sign: write `{unit.text[:-1]}`"
    return report.reject("E301", unit.span, f"`{unit.text}` is not a unit", hint)
