"""One limit in two units in the protocol's own words: `7.0 % (53 mmol/mol)`.

Guidelines round the second form, so the two are seldom one limit, and a result between them is on one side of
the one and on the other side of the other. Where they differ by more than is rounded, one of them is a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from criteria_dsl.linting.policies import weighed
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, nodes
from eligibility import program as ir
from eligibility.units import Unit, UnitError, called, conversion, from_canonical, resolve, to_canonical

_AMOUNT = r"(\d+(?:[.,]\d+)?)\s*([%\u00b5\u03bcA-Za-z\[][\w/%\u00b5\u03bc\[\]^*.\u00b2\u00b3]*)"
_PAIR = re.compile(
    rf"{_AMOUNT}\s*[(\[/;,=\u2248]\s*(?:i\.e\.,?\s*|or\s+|[<>=\u2264\u2265~\u2248]+\s*)?{_AMOUNT}"
)


@dataclass(frozen=True, slots=True)
class Twin:
    """Two forms of one limit as written, numbers and units, and the analytes that may join them."""

    first: tuple[str, Unit]
    second: tuple[str, Unit]
    analytes: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, float]:
        return _number(self.first[0]), _number(self.second[0])


def twins(source: str, criterion: ir.Criterion) -> Iterator[Twin]:
    """The pairs of amounts whose units measure the same thing, one beside the other."""
    named = {selection.analyte.name for selection in nodes(criterion, ir.Selection) if selection.analyte}
    named |= {known.name for one in nodes(criterion, ir.Selection) if (known := called(one.term))}
    for first, unit, second, other in _PAIR.findall(source):
        one, two = _unit(unit), _unit(other)
        if one is None or two is None or (one.canonical, one.ratio) == (two.canonical, two.ratio):
            continue
        if one.canonical == two.canonical or any(
            conversion(analyte, one.canonical, two.canonical) for analyte in named
        ):
            yield Twin((first, one), (second, two), tuple(sorted(named)))


def _unit(written: str) -> Unit | None:
    """A unit without what closes the sentence or the bracket behind it."""
    bare = written.rstrip(".")
    return resolve(bare if "[" in bare else bare.rstrip("]"))


@rule(
    "L166",
    "one limit in two units",
    "A limit and its rounded twin in another unit are two limits; where they are far apart, one is a slip.",
)
def two_forms(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        for twin in twins(" ".join(node.quotes), criterion):
            there = _across(twin.first, twin.second[1], twin.analytes)
            back = _across(twin.second, twin.first[1], twin.analytes)
            if there is None or back is None or there == _number(twin.second[0]):
                continue
            said = f"{twin.first[0]} {twin.first[1].ucum} are {there:.5g} {twin.second[1].ucum}"
            if not (_rounds_to(there, twin.second[0]) or _rounds_to(back, twin.first[0])):
                yield Found(node.name.span, f"{said}, not {twin.second[0]}", "look up which one is meant")
            elif not weighed(criterion.statement):
                message = f"{said}, so a result may lie between this limit and {twin.second[0]}"
                yield Found(node.name.span, message, "add `review within 1 % of a limit`")


def _across(amount: tuple[str, Unit], target: Unit, analytes: tuple[str, ...]) -> float | None:
    """An amount in another unit, rounded to what floats hold; None where that is not told."""
    number, unit = amount
    try:
        value = to_canonical(number.replace(",", "."), unit)
        if unit.canonical != target.canonical:
            found = (conversion(analyte, unit.canonical, target.canonical) for analyte in analytes)
            step = next((one for one in found if one is not None), None)
            if step is None:
                return None
            value = to_canonical(value, step)
        return float(f"{from_canonical(value, target):.12g}")
    except UnitError:
        return None


def _rounds_to(value: float, written: str) -> bool:
    """Whether a value is what is written but for rounding in its last digit."""
    places = -int(Decimal(written.replace(",", ".")).as_tuple().exponent)
    return abs(value - _number(written)) <= 0.5 * 10.0**-places * (1 + 1e-9)


def _number(written: str) -> float:
    return float(written.replace(",", "."))
