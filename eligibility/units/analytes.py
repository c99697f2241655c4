"""Analytes: what a mass, a substance and an equivalent concentration of one and the same thing have to do.

A mass never becomes a substance by itself; where it is said which analyte is measured, its molar
mass tells. Conversions are exact fractions between canonical units; a number is rounded once, as
everywhere at this door. Each row of the table names its source; nothing is guessed from a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from eligibility.units.tables import rows
from eligibility.units.unit import Unit, make

# NGSP % = slope x IFCC mmol/mol + intercept; the source stands in the table.
_NGSP_SLOPE, _NGSP_INTERCEPT = Fraction("0.09148"), Fraction("2.152")
# Of each rate or concentration: the units of mass, substance and equivalents, and how many grams
# the unit of mass is for one mole of the unit of substance (mg/dL is 10 mg/L beside mmol/L).
_FAMILIES = (("mg/dL", "mmol/L", "meq/L", 10), ("mg/d", "mmol/d", "meq/d", 1))
# The analyte of all enzymes: a unit of activity is the same for each.
ENZYME_ACTIVITY = "enzyme-activity"

Line = tuple[Fraction, Fraction]  # slope and intercept


@dataclass(frozen=True, slots=True)
class Analyte:
    """One analyte. `lines`: canonical unit → how its numbers become those of the unit of its group.

    `lines[unit] = (group, slope, intercept)`; units of one group are converted into each other.
    """

    name: str
    also: tuple[str, ...]
    lines: Mapping[str, tuple[str, Line]]
    source: str

    def measures(self, canonical: str) -> bool:
        """Whether results of this analyte come in a unit that can be converted."""
        return canonical in self.lines


@cache
def analytes() -> Mapping[str, Analyte]:
    """The table by name, in file order."""
    found = {}
    for row in rows("analytes.csv"):
        found[row["name"]] = Analyte(row["name"], tuple(row["also"].split()), _lines(row), row["source"])
    return found


@cache
def _by_any_name() -> Mapping[str, Analyte]:
    table: dict[str, Analyte] = {}
    for analyte in analytes().values():
        for name in (analyte.name, *analyte.also):
            table[name.lower()] = analyte
    return table


def called(name: str) -> Analyte | None:
    """The analyte of a name or one of its other names, in any case of letters; None if there is none."""
    return _by_any_name().get(name.lower())


@cache
def conversion(analyte: str, source: str, target: str) -> Unit | None:
    """How numbers in one canonical unit become numbers of the analyte in another; None if they do not.

    The result is a `Unit` for `to_canonical` and `from_canonical`: its own unit is `source`, its
    canonical one `target`. Raises KeyError for a name that is not in the table.
    """
    lines = analytes()[analyte].lines
    if source == target or source not in lines or target not in lines:
        return None
    group, (slope, intercept) = lines[source]
    other, (other_slope, other_intercept) = lines[target]
    if group != other:
        return None
    return make(target, slope / other_slope, (intercept - other_intercept) / other_slope, source)


@cache
def conversions(analyte: str, target: str) -> tuple[Unit, ...]:
    """All conversions of an analyte into a canonical unit. Raises KeyError as `conversion` does."""
    found = (conversion(analyte, source, target) for source in analytes()[analyte].lines)
    return tuple(unit for unit in found if unit is not None)


@cache
def enzyme_codes() -> frozenset[str]:
    """LOINC codes of enzymes whose results are an activity in a volume."""
    return frozenset(row["loinc"] for row in rows("enzymes.csv"))


def _lines(row: dict[str, str]) -> dict[str, tuple[str, Line]]:
    none = Fraction(0)
    match row["measures"]:
        case "glycated":
            per_percent = 100 / _NGSP_SLOPE
            return {
                "mmol/mol": ("mmol/mol", (Fraction(1), none)),
                "1": ("mmol/mol", (per_percent, -_NGSP_INTERCEPT / _NGSP_SLOPE)),
            }
        case "catalytic":
            return {unit: ("U/L", (Fraction(1), none)) for unit in ("U/L", "[iU]/L")}
        case "per-creatinine":
            # A gram of creatinine is 1000 / molar mass millimoles.
            per_gram = Fraction(row["molar_mass"]) / 1000
            return {"mg/mmol": ("mg/mmol", (Fraction(1), none)), "mg/g": ("mg/mmol", (per_gram, none))}
        case "concentration":
            lines = {}
            for mass, substance, equivalents, grams in _FAMILIES:
                lines[substance] = (substance, (Fraction(1), none))
                lines[mass] = (substance, (grams / Fraction(row["molar_mass"]), none))
                if row["valence"]:
                    lines[equivalents] = (substance, (1 / Fraction(row["valence"]), none))
            return lines
    raise ValueError(f"analytes.csv: {row['name']} measures {row['measures']}")
