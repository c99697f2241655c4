"""Spellings of real records, and the traps: texts that look like a unit and must not be read."""

import pytest

from eligibility.units import resolve

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("mg/dl", "mg/dL"),
        ("MG/DL", "mg/dL"),
        ("Mg/dL", "mg/dL"),
        ("PG/ML", "pg/mL"),
        ("mm Hg", "mm[Hg]"),
        ("kg/m²", "kg/m2"),
        ("kg / m^2", "kg/m2"),
        ("\u00b5g/L", "ug/L"),
        ("\u03bcg/L", "ug/L"),
        ("°C", "Cel"),
        ("K/uL", "10*3/uL"),
        ("k/ul", "10*3/uL"),
        ("Thousand/uL", "10*3/uL"),
        ("10³/µL", "10*3/uL"),
        ("x10E3/uL", "10*3/uL"),
        ("10e3 / uL", "10*3/uL"),
        ("10(3)/mcL", "10*3/uL"),
        ("x10^9/L", "10*9/L"),
        ("10*9/l", "10*9/L"),
        ("10^3 cells/mm^3", "10*3/uL"),
        ("mIU/mL", "m[iU]/mL"),
        ("{nominal}", "1"),
        ("(score)", "1"),
        ("{#}", "1"),
        ("%{WBC}", "%"),
        ("/{HPF}", "/[HPF]"),
        ("{beats}/min", "/min"),
        ("mg/g{creat}", "mg/g"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
        ("mL/min/1,73 m²", "mL/min/{1.73_m2}"),
        ("ml/min per 1.73 m^2", "mL/min/{1.73_m2}"),
        ("mL/min{1.73_m2}", "mL/min/{1.73_m2}"),
        ("mL/min/1.73.m2", "mL/min/{1.73_m2}"),
        ("mL/min/(173.10*-2.m2)", "mL/min/{1.73_m2}"),
        ("milliliters/minute/1.73 meter squared", "mL/min/{1.73_m2}"),
        ("mg/24.h", "mg/d"),
        ("picogram/milliliter", "pg/mL"),
        ("years", "a"),
        ("percent", "%"),
    ],
)
@pytest.mark.parametrize("system", [None, UCUM])
def test_spelling_means_code(spelling: str, code: str, system: str | None) -> None:
    read, meant = resolve(spelling, system), resolve(code, UCUM)
    assert read is not None
    assert meant is not None
    assert (read.dimension, read.ratio, read.shift) == (meant.dimension, meant.ratio, meant.shift)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "M",
        "G",
        "K",
        "C",
        "F",
        "S",
        "Mg",
        "G/L",
        "MU",
        "MV",
        "Mm",
        "PG",
        "units",
        "units/week",
        "EU/mL",
        "100",
        "1.73",
        "mg/1.73",
        "mg/2.1",
        "103/uL",
        "10 3/uL",
        "10+3/uL",
        "mg/kg.h",
        "BSA",
        "24 h",
        "{Log_x}/mL",
        "a{b}c",
        "mCel",
        "Cel/min",
        "mK",
        "10*999999999",
        "m999999999",
        "L22",
        "(" * 50 + "m" + ")" * 50,
        "((((((m))))))",
        "m" * 100_000,
        "{" * 60,
        "mg/dL; DROP",
        "кг",
        "\ud800",
        "\x00",
        "mg/dL\nmmol/L",
    ],
)
def test_no_safe_reading(text: str) -> None:
    assert resolve(text) is None


def test_absent_is_not_a_number() -> None:
    assert resolve(None) is None
    assert resolve(None, UCUM) is None


@pytest.mark.parametrize("code", ["258797006", "1234", "100"])
@pytest.mark.parametrize("system", [None, UCUM, SNOMED])
def test_a_number_is_not_a_unit(code: str, system: str | None) -> None:
    assert resolve(code, system) is None


def test_another_system_is_believed_for_known_spellings_only() -> None:
    assert resolve("mg/dL", "urn:local:units") == resolve("mg/dL")
    assert resolve("kW.h", UCUM) is not None
    assert resolve("kW.h", "urn:local:units") is None


def test_declared_ucum_is_read_to_the_letter() -> None:
    gauss, product = resolve("G", UCUM), resolve("mg/kg.h", UCUM)
    assert gauss is not None
    assert product is not None
    per_hour = resolve("mg/kg/h", UCUM)
    assert per_hour is not None
    assert product.dimension != per_hour.dimension


@pytest.mark.parametrize(
    "system", ["https://ucum.org", "http://unitsofmeasure.org/", "urn:oid:2.16.840.1.113883.6.8"]
)
def test_every_name_of_the_system_counts(system: str) -> None:
    assert resolve("kW.h", system) is not None


def test_a_refused_text_is_never_read_in_another_case() -> None:
    litre, declared = resolve("g/L"), resolve("G/L", UCUM)
    assert litre is not None
    assert declared is None or declared.dimension != litre.dimension
