"""Ranges of numbers, dates and days as our limits and windows."""

from __future__ import annotations

import re

from api.authoring.importing.documents import Part
from api.authoring.importing.draft import NoEqualError

_COMPARATORS = {"lt": "<", "lte": "<=", "eq": "=", "gt": ">", "gte": ">="}
_DATES = {"lt": "before", "lte": "up to", "eq": "on", "gt": "after", "gte": "since"}
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?")


def limit(part: Part, unit: str) -> str:
    """A numeric range as a limit: `>= 7 %`, `18 to 75 years`. Raises NoEqualError where it has none."""
    operator = part.get("Op").text()
    value = part.get("Value").number()
    behind = f" {unit}" if unit else ""
    if operator == "bt":
        return f"{value} to {part.get('Extent').number()}{behind}"
    if operator not in _COMPARATORS:
        raise NoEqualError(f"The comparison `{operator}` has no equal.")
    return f"{_COMPARATORS[operator]} {value}{behind}"


def dates(part: Part) -> str:
    """A range of dates as a window. Raises NoEqualError where it has none."""
    operator = part.get("Op").text()
    first = _day(part.get("Value"))
    if operator == "bt":
        return f"between {first} and {_day(part.get('Extent'))}"
    if operator not in _DATES:
        raise NoEqualError(f"The comparison `{operator}` has no equal.")
    return f"{_DATES[operator]} {first}"


def window(part: Part, anchor: str) -> str:
    """A window in days around an event: `between 365 days before … and …`; "" for all time.

    Raises NoEqualError where a side is open the wrong way.
    """
    lower, upper = (_side(part.get(end), anchor, wanted) for end, wanted in (("Start", -1), ("End", 1)))
    if lower and upper:
        return f"between {lower} and {upper}"
    if lower:
        return f"since {lower}"
    return f"up to {upper}" if upper else ""


def _side(part: Part, anchor: str, wanted: int) -> str:
    """A bound as a moment; "" for an open one."""
    way = part.get("Coeff").whole()
    if way not in (-1, 1):
        raise part.get("Coeff").fault("-1 (before) or 1 (after) is expected")
    if part.get("Days").value is None:
        if way != wanted:
            raise NoEqualError("A window that is open the wrong way has no equal.")
        return ""
    days = part.get("Days").whole()
    if days == 0:
        return anchor
    return f"{days} day{'s' if days != 1 else ''} {'before' if way < 0 else 'after'} {anchor}"


def _day(part: Part) -> str:
    found = _DAY.fullmatch(part.text())
    if found is None:
        raise part.fault(f"a day is expected, and this is `{part.text()[:40]}`")
    return found[1]
