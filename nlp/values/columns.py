"""A number in a row of a table: its unit may stand in the next cell, and a range beside it is no result.

Cells are parted by bars, or by spaces where the row is copied from a list of results. Which of several
columns of numbers is the latest cannot be told from the row.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

from nlp.values.numbers import Read
from nlp.values.units import unit_at

_FLAG = r"(?:[ \t]*(?:\((?:h|l|hh|ll|high|low|a|n)\)|(?:hh|ll|h|l|high|low)\b|[*]+))?"
_NUMBER = r"(?P<number>\d[\d,]*(?:\.\d+)?)"
_CELL = re.compile(rf"[ \t]*{_NUMBER}{_FLAG}[ \t]*")
# Behind a range and its unit, at the end of a line.
_RESULT = re.compile(rf"[ \t]+(?P<number>\d[\d,]*(?:\.\d+)?){_FLAG}[ \t]*(?=\n|\Z)")


class InRow(NamedTuple):
    """A number as its row tells it. `several`: other columns have numbers, too."""

    found: Read
    at: int
    several: bool = False


def is_in_cell(low: str, name_end: int, at: int) -> bool:
    """Whether a bar stands between a name and its number."""
    return "|" in low[name_end:at]


def is_heading(low: str, name_start: int, name_end: int, at: int) -> bool:
    """Whether a name heads a column: its number is on the next line, and it is not alone on its own."""
    if "\n" not in low[name_end:at]:
        return False
    return "|" in low[low.rfind("\n", 0, name_start) + 1 : name_start]


def in_row(text: str, low: str, name_end: int, at: int, found: Read, dates: Container[int]) -> InRow:
    """The number of a name that was found at a place, corrected by the rest of its row."""
    if not is_in_cell(low, name_end, at):
        if len(found.numbers) == 2 and found.unit and not any(map(str.isalpha, low[name_end:at])):
            result = _RESULT.match(low, found.end)
            if result is not None and result.start("number") not in dates:
                return InRow(_one(found, result), result.start("number"))
        return InRow(found, at)
    line = low.find("\n", found.end)
    line = len(low) if line < 0 else line
    several, start = False, low.find("|", found.end, line)
    while start >= 0:
        end = low.find("|", start + 1, line)
        end = line if end < 0 else end
        cell = _CELL.fullmatch(low, start + 1, end)
        if cell is not None and cell.start("number") not in dates:
            if len(found.numbers) == 2:
                found, at = _one(found, cell), cell.start("number")
            else:
                several = True
        elif not found.unit and cell is None:
            first = start + 1 + len(low[start + 1 : end]) - len(low[start + 1 : end].lstrip())
            unit = unit_at(text, low, first, end)
            if unit is not None and not low[unit[1] : end].strip():
                found = found._replace(unit=unit[0])
        start = end if end < line else -1
    return InRow(found, at, several)


def _one(found: Read, number: re.Match[str]) -> Read:
    """One number instead of a range before it."""
    value = float(number["number"].replace(",", ""))
    end = number.end("number")
    return found._replace(numbers=(value,), end=end, number_end=end)
