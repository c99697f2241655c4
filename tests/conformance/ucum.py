"""The published UCUM cases through the units door: validation, conversion, products and quotients."""

from __future__ import annotations

import pytest

from criteria_dsl.plan.algebra import combine
from eligibility.program import Operator
from eligibility.units import Unit, from_canonical, resolve, to_canonical
from tests.conformance.suites import ucum_cases

GROUPS = ("validation", "conversion", "multiplication", "division")
_SYSTEM = "http://unitsofmeasure.org"


def failures(file: str, group: str) -> tuple[int, list[str]]:
    """How many cases a group has, and the ids of those that fail. Raises `DataMissingError`."""
    cases = ucum_cases(file, group)
    check = {"validation": valid, "conversion": converts}.get(group, combines)
    return len(cases), [case["id"] for case in cases if not check({**case, "group": group})]


def valid(case: dict[str, str]) -> bool:
    """A unit that is valid is read, one that is not has no reading."""
    return (resolve(case["unit"], _SYSTEM) is not None) == (case["valid"] == "true")


def converts(case: dict[str, str]) -> bool:
    """The value in another unit, to the digits that are published."""
    source, target = resolve(case["srcUnit"], _SYSTEM), resolve(case["dstUnit"], _SYSTEM)
    if source is None or target is None or source.dimension != target.dimension:
        return False
    value = from_canonical(to_canonical(case["value"], source), target)
    digits = len(case["outcome"].lower().split("e")[0].replace(".", "").lstrip("0"))
    return value == pytest.approx(float(case["outcome"]), rel=max(0.5 * 10 ** (1 - digits), 1e-12))


def combines(case: dict[str, str]) -> bool:
    """The product or quotient of two quantities is the published quantity, to its digits.

    The language's own algebra of units joins them, as it does for computed values.
    """
    first, second = unit(case["u1"]), unit(case["u2"])
    operator = Operator.DIVIDED_BY if case["group"] == "division" else Operator.TIMES
    joined = combine(operator, first.canonical, second.canonical)
    if joined is None:
        return False
    wanted = unit(case["uRes"] or "1")
    a, b = to_canonical(case["v1"], first), to_canonical(case["v2"], second)
    value = (a / b if operator is Operator.DIVIDED_BY else a * b) * joined[1]
    expected = to_canonical(case["vRes"], wanted)
    digits = len(case["vRes"].replace(".", "").lstrip("0"))
    close = value == pytest.approx(expected, rel=max(0.5 * 10 ** (1 - digits), 1e-12))
    return joined[0] == wanted.canonical and close


def unit(text: str) -> Unit:
    """The unit of a code. Raises LookupError."""
    found = resolve(text, _SYSTEM)
    if found is None:
        raise LookupError(text)
    return found
