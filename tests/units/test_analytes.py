"""Analytes: molar masses from formulas, published factors and worked examples, and round trips.

Formula weights are added up from the abridged standard atomic weights of CIAAW (Prohaska et al.,
Pure Appl Chem 94:573, 2022). Published factors are those of the table of SI conversions of the AMA
Manual of Style, 11th edition, section 17.5, as clinical chemistry journals print it, to the digits
that are printed there.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.units import (
    Unit,
    analytes,
    called,
    conversion,
    conversions,
    from_canonical,
    resolve,
    tables,
    to_canonical,
)

ATOMS = {
    "H": "1.0080",
    "C": "12.011",
    "N": "14.007",
    "O": "15.999",
    "Na": "22.990",
    "Mg": "24.305",
    "P": "30.974",
    "S": "32.06",
    "Cl": "35.45",
    "K": "39.098",
    "Ca": "40.078",
    "Fe": "55.845",
    "Co": "58.933",
    "Cu": "63.546",
    "Zn": "65.38",
    "I": "126.90",
    "Li": "6.94",
    "Pb": "207.2",
}
ROWS = list(tables.rows("analytes.csv"))
PAIRS = [
    (name, unit.ucum, unit.canonical)
    for name in analytes()
    for t in analytes()[name].lines
    for unit in conversions(name, t)
]
numbers = st.decimals(min_value="-1e6", max_value="1e6", places=4)


def of(analyte: str, value: str, unit: str, target: str) -> float:
    """A written quantity in another unit, as the engine reads it: canonical, converted, written again."""
    given_unit, wanted = resolve(unit), resolve(target)
    assert given_unit is not None
    assert wanted is not None
    number = to_canonical(value, given_unit)
    step = conversion(analyte, given_unit.canonical, wanted.canonical)
    if step is not None:
        number = to_canonical(number, step)
    else:
        assert given_unit.canonical == wanted.canonical
    return from_canonical(number, wanted)


@pytest.mark.parametrize("row", [row for row in ROWS if row["formula"]], ids=lambda row: row["name"])
def test_molar_masses_add_up(row: dict[str, str]) -> None:
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", row["formula"])
    assert "".join(a + n for a, n in parts) == row["formula"]
    assert sum(Decimal(ATOMS[atom]) * int(count or 1) for atom, count in parts) == Decimal(row["molar_mass"])


def test_every_row_names_its_source_and_no_name_twice() -> None:
    names = [name.lower() for row in ROWS for name in (row["name"], *row["also"].split())]
    assert len(names) == len(set(names))
    assert all(row["source"] for row in ROWS)
    assert all(re.fullmatch(r"[A-Za-z]\w*(-\w+)*", name) for name in names)


# analyte, conventional unit, factor as printed, SI unit
PUBLISHED = [
    ("glucose", "mg/dL", "0.0555", "mmol/L"),
    ("creatinine", "mg/dL", "88.4", "umol/L"),
    ("cholesterol", "mg/dL", "0.0259", "mmol/L"),
    ("LDL", "mg/dL", "0.0259", "mmol/L"),
    ("triglycerides", "mg/dL", "0.0113", "mmol/L"),
    ("bilirubin", "mg/dL", "17.10", "umol/L"),
    ("BUN", "mg/dL", "0.357", "mmol/L"),
    ("uric-acid", "mg/dL", "0.0595", "mmol/L"),
    ("calcium", "mg/dL", "0.2495", "mmol/L"),
    ("calcium", "meq/L", "0.50", "mmol/L"),
    ("phosphate", "mg/dL", "0.323", "mmol/L"),
    ("magnesium", "mg/dL", "0.4114", "mmol/L"),
    ("magnesium", "meq/L", "0.50", "mmol/L"),
    ("sodium", "meq/L", "1.0", "mmol/L"),
    ("potassium", "meq/L", "1.0", "mmol/L"),
    ("chloride", "meq/L", "1.0", "mmol/L"),
    ("bicarbonate", "meq/L", "1.0", "mmol/L"),
    ("lithium", "meq/L", "1.0", "mmol/L"),
    ("iron", "ug/dL", "0.179", "umol/L"),
    ("TIBC", "ug/dL", "0.179", "umol/L"),
    ("copper", "ug/dL", "0.157", "umol/L"),
    ("lead", "ug/dL", "0.0483", "umol/L"),
    ("lactate", "mg/dL", "0.111", "mmol/L"),
    ("ammonia", "ug/dL", "0.587", "umol/L"),
    ("homocysteine", "mg/L", "7.397", "umol/L"),
    ("phenylalanine", "mg/dL", "60.54", "umol/L"),
    ("vitamin-D", "ng/mL", "2.496", "nmol/L"),
    ("calcitriol", "pg/mL", "2.400", "pmol/L"),
    ("vitamin-B12", "pg/mL", "0.7378", "pmol/L"),
    ("folate", "ng/mL", "2.266", "nmol/L"),
    ("testosterone", "ng/dL", "0.0347", "nmol/L"),
    ("estradiol", "pg/mL", "3.671", "pmol/L"),
    ("progesterone", "ng/mL", "3.180", "nmol/L"),
    ("cortisol", "ug/dL", "27.59", "nmol/L"),
    ("aldosterone", "ng/dL", "0.0277", "nmol/L"),
    ("hydroxyprogesterone", "ng/dL", "0.0303", "nmol/L"),
    ("DHEA-sulfate", "ug/dL", "0.0271", "umol/L"),
    ("T4", "ug/dL", "12.87", "nmol/L"),
    ("T3", "ng/dL", "0.01536", "nmol/L"),
    ("digoxin", "ng/mL", "1.281", "nmol/L"),
    ("phenytoin", "ug/mL", "3.964", "umol/L"),
    ("carbamazepine", "ug/mL", "4.233", "umol/L"),
    ("theophylline", "ug/mL", "5.55", "umol/L"),
    ("haemoglobin", "g/dL", "0.6206", "mmol/L"),
]


@pytest.mark.parametrize(("name", "unit", "factor", "target"), PUBLISHED, ids=lambda value: str(value))
def test_published_factors(name: str, unit: str, factor: str, target: str) -> None:
    known = called(name)
    assert known is not None
    places = len(factor.partition(".")[2])
    # The last digit printed may be cut instead of rounded, or come of older atomic weights.
    assert of(known.name, "1", unit, target) == pytest.approx(float(factor), abs=10**-places, rel=2e-4)


# Pairs that guidelines print side by side, to the digits printed.
# American Diabetes Association, Standards of Care, section 2 (glucose, HbA1c); KDIGO 2012 (albuminuria).
SIDE_BY_SIDE = [
    ("glucose", "126", "mg/dL", "7.0", "mmol/L"),
    ("glucose", "200", "mg/dL", "11.1", "mmol/L"),
    ("glucose", "100", "mg/dL", "5.6", "mmol/L"),
    ("glucose", "54", "mg/dL", "3.0", "mmol/L"),
    ("glucose", "70", "mg/dL", "3.9", "mmol/L"),
    ("HbA1c", "6.5", "%", "48", "mmol/mol"),
    ("HbA1c", "5.7", "%", "39", "mmol/mol"),
    ("HbA1c", "6.4", "%", "46", "mmol/mol"),
    ("HbA1c", "7.0", "%", "53", "mmol/mol"),
    ("HbA1c", "8.0", "%", "64", "mmol/mol"),
    ("HbA1c", "10.0", "%", "86", "mmol/mol"),
    ("HbA1c", "12.0", "%", "108", "mmol/mol"),
    ("albumin-creatinine-ratio", "300", "mg/g", "34", "mg/mmol"),
    ("albumin-creatinine-ratio", "30", "mg/g", "3.4", "mg/mmol"),
    ("cholesterol", "200", "mg/dL", "5.17", "mmol/L"),
    ("triglycerides", "150", "mg/dL", "1.69", "mmol/L"),
]


@pytest.mark.parametrize(
    ("name", "value", "unit", "other", "target"), SIDE_BY_SIDE, ids=lambda value: str(value)
)
def test_published_pairs(name: str, value: str, unit: str, other: str, target: str) -> None:
    places = len(other.partition(".")[2])
    assert round(of(name, value, unit, target), places) == float(other)


def test_exactness_is_that_of_the_door() -> None:
    assert of("glucose", "7", "mmol/L", "mg/dL") == 126.1092
    assert of("glucose", "126.1092", "mg/dL", "mmol/L") == 7.0
    assert of("HbA1c", "53", "mmol/mol", "%") == 7.00044
    # The rounded twin of a guideline is not the converted number.
    assert of("glucose", "11.1", "mmol/L", "mg/dL") < 200


def test_what_is_not_an_analytes_unit_stays_apart() -> None:
    assert conversion("glucose", "mg/dL", "meq/L") is None
    assert conversion("glucose", "1", "mmol/L") is None
    assert conversion("glucose", "mg/dL", "mg/dL") is None
    assert conversion("calcium", "mg/d", "mmol/L") is None
    assert conversion("HbA1c", "mmol/L", "1") is None
    with pytest.raises(KeyError):
        conversion("unobtainium", "mg/dL", "mmol/L")
    assert called("unobtainium") is None


@pytest.mark.parametrize(("name", "source", "target"), PAIRS)
def test_there_and_back_is_exactly_nothing(name: str, source: str, target: str) -> None:
    there, back = conversion(name, source, target), conversion(name, target, source)
    assert there is not None
    assert back is not None
    assert there.ratio * back.ratio == 1
    assert there.shift * back.ratio + back.shift == 0


@given(st.sampled_from(PAIRS), numbers)
def test_round_trip_of_numbers(pair: tuple[str, str, str], value: Decimal) -> None:
    there, back = _both(pair)
    number = to_canonical(to_canonical(value, there), back)
    # An intercept costs digits next to it.
    absolute = 1e-12 if there.shift else 0.0
    assert math.isclose(number, float(value), rel_tol=1e-14, abs_tol=absolute)


@given(st.sampled_from(PAIRS), numbers, numbers)
def test_order_is_kept(pair: tuple[str, str, str], a: Decimal, b: Decimal) -> None:
    there, _ = _both(pair)
    low, high = sorted((a, b))
    assert to_canonical(low, there) <= to_canonical(high, there)


@given(st.sampled_from(PAIRS), numbers)
def test_one_rounding(pair: tuple[str, str, str], value: Decimal) -> None:
    there, _ = _both(pair)
    assert to_canonical(value, there) == float(Fraction(value) * there.ratio + there.shift)


def _both(pair: tuple[str, str, str]) -> tuple[Unit, Unit]:
    name, source, target = pair
    there, back = conversion(name, source, target), conversion(name, target, source)
    if there is None or back is None:
        raise LookupError(pair)
    return there, back
