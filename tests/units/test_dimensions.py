"""Ids are dense, the shipped ones fixed by table order, and importing the door stays cheap."""

import subprocess
import sys

import pytest

from eligibility.units import DIMENSIONS, Dimensions, UnitError, dimension_name, dimension_of, resolve, tables


def test_shipped_ids_follow_the_table() -> None:
    canonicals = list(dict.fromkeys(row.canonical for row in tables.units().values()))
    assert [dimension_name(number) for number in range(len(canonicals))] == canonicals
    assert [dimension_of(canonical) for canonical in canonicals] == list(range(len(canonicals)))
    assert dimension_name(0) == "1"


def test_a_new_dimension_gets_the_next_id_once() -> None:
    unit = resolve("W/m2")
    again = resolve("kW/m2")
    assert unit is not None
    assert again is not None
    assert unit.dimension == again.dimension == dimension_of(unit.canonical) < len(DIMENSIONS)


def test_unknown_id() -> None:
    with pytest.raises(UnitError) as caught:
        dimension_name(-1)
    assert caught.value.code == "DIMENSION_UNKNOWN"


def test_ids_end_with_int16() -> None:
    full = Dimensions(str(number) for number in range(32_767))
    assert full.intern("5") == 5
    with pytest.raises(UnitError) as caught:
        full.intern("one more")
    assert caught.value.code == "DIMENSIONS_FULL"


def test_the_table_needs_no_pint() -> None:
    script = (
        "import sys, eligibility.units as u\n"
        "u.resolve('mg/dL'), u.resolve('K/uL'), u.resolve('{score}'), u.resolve('mL/min/1.73 m2')\n"
        "sys.exit('pint' in sys.modules or 'ucumvert' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
