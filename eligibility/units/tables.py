"""Reads the data files beside this module: units, spellings, annotations, bases, refusals.

Each row names its source or its reason. Nothing is computed here and nothing is guessed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

# The source of rows whose factor follows from UCUM's definitions; a test derives each again.
DERIVED = "UCUM 2.2"


@dataclass(frozen=True, slots=True)
class UnitRow:
    """canonical = value * factor + offset, exactly; `derived` is False where the grammar cannot say so."""

    code: str
    canonical: str
    factor: Fraction
    offset: Fraction
    derived: bool


@dataclass(frozen=True, slots=True)
class Aliases:
    """Spellings of one scope, as written and without case; spaces are taken out."""

    exact: dict[str, str]
    any_case: dict[str, str]

    def find(self, spelling: str) -> str | None:
        """The UCUM code of a spelling without spaces."""
        return self.exact.get(spelling) or self.any_case.get(spelling.lower())


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one data file of this package."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def units() -> dict[str, UnitRow]:
    """UCUM code → row, in file order; the order of first use of a canonical fixes its id."""
    return {
        row["code"]: UnitRow(
            row["code"],
            row["canonical"],
            Fraction(row["factor"]),
            Fraction(row["offset"] or "0"),
            row["source"] == DERIVED,
        )
        for row in rows("units.csv")
    }


@cache
def units_any_case() -> dict[str, str]:
    """Lower-case text → code, for rates and concentrations whose letters alone decide.

    Codes without a slash are left out: `MV` is not `mV`, and `G` is not `g`.
    """
    found: dict[str, str] = {}
    clash: set[str] = set()
    for code, row in units().items():
        key = code.lower()
        if "/" not in code.strip("/"):
            continue
        other = found.setdefault(key, code)
        if (row.canonical, row.factor) != (units()[other].canonical, units()[other].factor):
            clash.add(key)
    return {key: code for key, code in found.items() if key not in clash}


@cache
def aliases(scope: str) -> Aliases:
    """The spellings seen in real data that are not UCUM.

    Scope `whole` is a unit, `part` one part of it between slashes, `below` a part after a slash.
    """
    table = Aliases({}, {})
    for row in rows("aliases.csv"):
        if row["scope"] != scope:
            continue
        spelling = row["spelling"].replace(" ", "")
        table.exact[spelling] = row["ucum"]
        if row["case"] == "any":
            table.any_case[spelling.lower()] = row["ucum"]
    return table


@cache
def refused() -> frozenset[str]:
    """Texts that UCUM reads as something which clinical data never mean."""
    return frozenset(row["text"] for row in rows("refused.csv"))


@cache
def meanings() -> tuple[tuple[str, str], ...]:
    """(pattern, symbol) of the annotations that carry meaning; an empty symbol refuses the unit."""
    return tuple((row["pattern"], row["symbol"]) for row in rows("annotations.csv"))


@cache
def bases() -> dict[str, tuple[str, Fraction]]:
    """UCUM atom → (base of its own, factor) where UCUM's own definition would merge meanings."""
    return {row["atom"]: (row["base"], Fraction(row["factor"])) for row in rows("bases.csv")}
