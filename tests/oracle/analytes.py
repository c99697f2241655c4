"""Results in the unit of their term, by the chemistry: grams, moles and charges, one row at a time.

Reads the molar masses from the table and calculates by itself, with fractions.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import eligibility.units
from eligibility.facts import ValueState
from eligibility.program import Analyte
from eligibility.units import dimension_name, dimension_of
from tests.oracle.records import Row

TABLE = Path(eligibility.units.__file__).parent / "analytes.csv"
NUMBERS = ("value_lo", "value_hi", "range_lo", "range_hi")


def _table() -> dict[str, dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {row["name"]: row for row in csv.DictReader(lines)}


CHEMISTRY = _table()


def in_unit(row: Row, analyte: Analyte | None) -> Row:
    """The row as a selection of this analyte reads it; the row itself where nothing is to be read."""
    if analyte is None or row.value_state != ValueState.NUMBER or row.columns["unit"] < 0:
        return row
    written = dimension_name(row.columns["unit"])
    if written == analyte.unit or not _convertible(analyte, written):
        return row
    columns: dict[str, Any] = dict(row.columns)
    for name in NUMBERS:
        if name in columns:
            columns[name] = _converted(float(columns[name]), analyte, written)
    columns["unit"] = dimension_of(analyte.unit)
    return replace(row, columns=columns, unconverted=row)


def _converted(number: float, analyte: Analyte, written: str) -> float:
    if not math.isfinite(number):
        return number
    exact = Fraction(float.__repr__(number))
    return float(_from_moles(_moles(exact, analyte, written), analyte))


def _convertible(analyte: Analyte, written: str) -> bool:
    row = CHEMISTRY[analyte.name]
    families = {
        "glycated": ({"1", "mmol/mol"},),
        "per-creatinine": ({"mg/g", "mg/mmol"},),
        "concentration": ({"mg/dL", "mmol/L", "meq/L"}, {"mg/d", "mmol/d", "meq/d"}),
        "catalytic": ({"U/L", "[iU]/L"},),
    }[row["measures"]]
    known = any({written, analyte.unit} <= family for family in families)
    return known and not ("meq" in written + analyte.unit and not row["valence"])


def _moles(number: Fraction, analyte: Analyte, unit: str) -> Fraction:
    """In mmol/L, mmol/d, mg/mmol, or mmol/mol; an enzyme's activity in umol/min, which both its units are."""
    row = CHEMISTRY[analyte.name]
    match unit:
        case "mg/dL":
            return number * 10 / Fraction(row["molar_mass"])
        case "mg/d":
            return number / Fraction(row["molar_mass"])
        case "meq/L" | "meq/d":
            return number / int(row["valence"])
        case "mg/g":
            return number * Fraction(row["molar_mass"]) / 1000
        case "1":
            return (number * 100 - Fraction("2.152")) / Fraction("0.09148")
    return number


def _from_moles(number: Fraction, analyte: Analyte) -> Fraction:
    row = CHEMISTRY[analyte.name]
    match analyte.unit:
        case "mg/dL":
            return number * Fraction(row["molar_mass"]) / 10
        case "mg/d":
            return number * Fraction(row["molar_mass"])
        case "meq/L" | "meq/d":
            return number * int(row["valence"])
        case "mg/g":
            return number * 1000 / Fraction(row["molar_mass"])
        case "1":
            return (number * Fraction("0.09148") + Fraction("2.152")) / 100
    return number
