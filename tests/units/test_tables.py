"""Every row of the data files is derived again: from UCUM's definitions, and by pint's own arithmetic."""

import os
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

from eligibility.units import resolve, tables
from eligibility.units.essence import read_essence
from eligibility.units.expression import Reader, reader

HERE = Path(__file__).parent
DATA = (
    Path(os.environ.get("ELIGIBILITY_TEST_DATA", HERE.parents[2] / "shared" / "data"))
    / "conformance"
    / "ucum"
)
UCUM = "http://unitsofmeasure.org"
DERIVED = [row for row in tables.units().values() if row.derived]

# pint takes the conventional 133.322387 Pa for a millimetre of mercury, UCUM 133.3220.
PINT_TOLERANCE = 5e-6
PINT_DIFFERS = {
    "g%": "reads gram times percent",
    "[Cal]": "reads a small calorie",
    "[in_i'Hg]": "mercury at 60 °F",
    "[in_i'H2O]": "water at 60 °F",
    "[pH]": "not defined",
    "dB": "a level",
    "B": "a level",
}


def check(source: Reader) -> list[str]:
    """The rows whose factor or dimension does not follow from a set of definitions."""
    wrong = []
    for row in DERIVED:
        factor, signature = source.read(row.code)
        unit, canonical = source.read(row.canonical)
        if signature != canonical or factor / unit != row.factor or row.offset:
            wrong.append(row.code)
    return wrong


def test_rows_follow_from_the_definitions_we_install() -> None:
    assert check(reader()) == []


@pytest.mark.thirdparty
def test_rows_follow_from_the_published_definitions() -> None:
    published = DATA / "ucum-essence.xml"
    if not published.is_file():
        pytest.skip(f"NOT RUN: {published} is absent; set ELIGIBILITY_TEST_DATA")
    assert check(Reader(read_essence(published))) == []


def test_rows_agree_with_pint() -> None:
    registry = import_module("ucumvert").PintUcumRegistry()
    wrong = []
    for row in DERIVED:
        if row.code in PINT_DIFFERS or row.canonical in PINT_DIFFERS:
            continue
        ratio = (1 * registry.from_ucum(row.code) / registry.from_ucum(row.canonical)).to_base_units()
        if not ratio.dimensionless or abs(ratio.magnitude / float(row.factor) - 1) > PINT_TOLERANCE:
            wrong.append(row.code)
    assert wrong == []


def test_temperatures() -> None:
    rows = tables.units()
    assert rows["K"].offset == Fraction("-273.15")
    assert (rows["[degF]"].factor, rows["[degF]"].offset) == (Fraction(5, 9), Fraction(-160, 9))
    assert (rows["[degR]"].factor, rows["[degR]"].offset) == (Fraction(5, 9), Fraction("-273.15"))


def test_only_temperatures_have_offsets() -> None:
    assert {row.canonical for row in tables.units().values() if row.offset} == {"Cel"}


def test_canonicals_are_their_own() -> None:
    units = tables.units()
    for row in units.values():
        own = units[row.canonical]
        assert own.canonical == row.canonical
        assert own.factor == 1
        assert own.offset == 0


def test_sizes() -> None:
    assert len(tables.units()) >= 250
    assert sum(len(tables.aliases(scope).exact) for scope in ("whole", "part", "below")) >= 150


@pytest.mark.parametrize("name", ["units.csv", "aliases.csv", "annotations.csv", "bases.csv", "refused.csv"])
def test_rows_are_whole_and_named_once(name: str) -> None:
    read = list(tables.rows(name))
    keys = ["".join(next(iter(row.values())).split()) for row in read]
    assert sorted(set(keys)) == sorted(keys)
    for row in read:
        assert None not in row, row
        assert next(reversed(row.values())), row


@pytest.mark.parametrize("scope", ["whole", "part", "below"])
def test_an_alias_names_a_unit(scope: str) -> None:
    before = "mg/" if scope == "below" else ""
    for spelling, code in tables.aliases(scope).exact.items():
        assert resolve(before + code, UCUM) is not None, code
        assert resolve(before + spelling) is not None, spelling


def test_no_alias_changes_a_code_of_the_table() -> None:
    for code, row in tables.units().items():
        unit = resolve(code, UCUM)
        assert unit is not None
        assert (unit.canonical, unit.ratio, unit.shift) == (row.canonical, row.factor, row.offset)


def test_a_code_in_capitals_or_small_letters_is_the_same_or_nothing() -> None:
    for code in tables.units():
        meant = resolve(code, UCUM)
        if "[iu]" in code.lower():
            continue  # M[IU] and m[IU] are both in use, and the brackets say that the letter is meant
        for spelling in (code.upper(), code.lower()):
            read = resolve(spelling)
            if meant is not None and read is not None and read.dimension == meant.dimension:
                assert read.ratio == meant.ratio, spelling
