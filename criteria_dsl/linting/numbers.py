"""Limits outside of what bodies do, and units that cannot be the analyte's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Edit, Found, rule
from criteria_dsl.linting.text import Text, nodes
from eligibility import program as ir
from eligibility.codesystems import LOINC
from eligibility.units import Unit, resolve, to_canonical


@dataclass(frozen=True, slots=True)
class Analyte:
    """What is measured; bounds in canonical units."""

    name: str
    unit: Unit
    low: float
    high: float
    shown: str


@cache
def analytes() -> dict[str, Analyte]:
    """Analytes by LOINC code."""
    data = tomllib.loads(files(__package__).joinpath("physiology.toml").read_text(encoding="utf-8"))
    found: dict[str, Analyte] = {}
    for name, row in data.items():
        unit = resolve(row["unit"])
        if unit is None:
            raise ValueError(f"{name}: {row['unit']} is no unit")
        low, high = (to_canonical(str(row[end]), unit) for end in ("low", "high"))
        shown = f"{row['low']} to {row['high']} {row['unit']}"
        found |= dict.fromkeys(row["codes"], Analyte(name, unit, low, high, shown))
    return found


def _analyte(text: Text, value_set: str) -> Analyte | None:
    """What a term measures, where all its LOINC codes agree."""
    source = text.value_sets.get(value_set)
    if source is None:
        return None
    known = {analytes().get(code.code) for code in source.codes if code.system == LOINC}
    return known.pop() if len(known) == 1 else None


@rule("L170", "a unit that cannot be the analyte's", "Results of this test come in another dimension.")
def impossible_unit(text: Text) -> Iterator[Found]:
    for term in text.terms:
        declared = text.declared.get(term.name.text)
        analyte = _analyte(text, declared.value_set) if declared is not None else None
        unit = resolve(term.unit.text) if term.unit is not None else None
        if analyte is None or unit is None or term.unit is None or unit.canonical == analyte.unit.canonical:
            continue
        if not _by_analyte(unit, analyte.unit):
            message = f"{analyte.name} is not measured in `{term.unit.text}`"
            yield Found(term.unit.span, message, f"it lies between {analyte.shown}")


def _by_analyte(one: Unit, other: Unit) -> bool:
    """Whether both are concentrations: mass and substance of one analyte convert into each other."""
    volumes = [
        name.endswith(("/L", "/m3", "m-3")) or "/L" in name for name in (one.canonical, other.canonical)
    ]
    return all(volumes)


@rule("L171", "a limit that no body reaches", "The limit lies outside of anything measured in living people.")
def impossible_limit(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for part in nodes(criterion.statement, ir.ValueIs):
            value = part.value
            if isinstance(value, ir.Picked) and value.multiple_of is None:
                yield from _each_outside(text, node, value.rows, part.range)
            elif isinstance(value, ir.Change | ir.GreatestChange) and not value.share:
                rows = value.first.rows if isinstance(value, ir.Change) else value.rows
                yield from _each_outside(text, node, rows, part.range, difference=True)
        for every in nodes(criterion.statement, ir.Every):
            yield from _each_outside(text, node, every.rows, every.range)
        for row in nodes(criterion.statement, ir.InARow):
            yield from _each_outside(text, node, row.rows, row.range)
        for selection in nodes(criterion.statement, ir.Selection):
            for test in selection.tests:
                if isinstance(test, ir.NumberTest) and test.column == "value":
                    yield from _outside(text, node, selection.value_set, test.range)


def _each_outside(
    text: Text, node: t.Criterion, rows: ir.Rows, limits: ir.Range, difference: bool = False
) -> Iterator[Found]:
    for selection in rows.selections:
        yield from _outside(text, node, selection.value_set, limits, difference)


def _outside(
    text: Text, node: t.Criterion, value_set: str, limits: ir.Range, difference: bool = False
) -> Iterator[Found]:
    """Limits that the analyte cannot reach, or (`difference`) cannot change by; multiples have no unit."""
    analyte = _analyte(text, value_set)
    if analyte is None or limits.unit != analyte.unit.canonical or limits.multiple_of is not None:
        return
    low, high, does = analyte.low, analyte.high, "can be"
    if difference:
        low, high, does = 0.0, analyte.high - analyte.low, "can change by"
    for limit in (limits.low, limits.high):
        if limit is not None and limit != 0 and not low <= limit <= high:
            message = f"`{limits.text}` lies outside of what {analyte.name} {does} ({analyte.shown})"
            yield Found(node.statement.span, message, "is it another unit?")
            return


@rule("L172", "an age that nobody has", "Ages lie between 0 and 120 years.")
def impossible_age(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for part in nodes(criterion.statement, ir.AgeIs):
            # Below 0 is who was born later: what an age in months is made of.
            if any(limit is not None and not -1 <= limit <= 120 for limit in (part.low, part.high)):
                yield Found(node.statement.span, "nobody is that old", "check the age")


@rule("L173", "an age limit that excludes nobody", "Everybody is at least 0 years old.")
def idle_age(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        parts = list(nodes(criterion.statement, ir.AgeIs))
        for part in parts:
            shifted = isinstance(part.at, ir.Given | ir.Literal) and part.at.shifts
            if shifted or any(other.text == part.text and other is not part for other in parts):
                continue  # one end of an age in months
            if part.low in (0, None) and (part.high is None or part.high >= 120):
                yield Found(node.statement.span, "everybody is of this age", "take it out")


@rule("L174", "exactly a decimal", "A measured decimal hardly ever equals a limit exactly.")
def exact_decimal(text: Text) -> Iterator[Found]:
    for limit in text.walk(t.Limit):
        if limit.comparator == "=" and "." in limit.number.text:
            yield Found(limit.span, "a measurement hardly ever equals this", "write a range, `6.9 to 7.1 %`")


@rule("L175", "from a number to itself", "A range of one number is `=`.")
def range_of_one(text: Text) -> Iterator[Found]:
    for limit in text.walk(t.Limit):
        if (
            limit.comparator == "to"
            and limit.upper is not None
            and float(limit.number.text) == float(limit.upper.text)
        ):
            unit = f" {limit.unit.text}" if limit.unit is not None else ""
            new = f"= {limit.number.text}{unit}"
            yield Found(limit.span, "both ends are the same", f"write `{new}`", Edit(limit.span, new))
