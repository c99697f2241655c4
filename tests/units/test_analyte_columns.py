"""Columns of results converted at once are what the units door makes of each number, bit for bit."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.judging.analytes import converted_column
from eligibility.program import Analyte
from eligibility.units import analytes, conversions, dimension_of, to_canonical

TARGETS = [(name, target) for name in analytes() for target in analytes()[name].lines]
short = st.decimals(min_value="-1e4", max_value="1e6", places=2).map(float)
long = st.floats(min_value=-1e12, max_value=1e12)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(TARGETS), st.lists(st.one_of(short, long), min_size=1, max_size=90))
def test_a_column_is_its_numbers(target: tuple[str, str], numbers: list[float]) -> None:
    name, unit = target
    analyte = Analyte(name, unit)
    for step in conversions(name, unit):
        values = np.array([*numbers, math.nan, math.inf, -math.inf])
        dimension = np.full(len(values), dimension_of(step.ucum), dtype=np.int16)
        found = converted_column(analyte, "value_lo", values, dimension)
        expected = [to_canonical(number, step) for number in numbers]
        assert found[:-3].tolist() == expected
        assert math.isnan(found[-3])
        assert found[-2:].tolist() == [math.inf, -math.inf]
        assert set(converted_column(analyte, "unit", dimension, dimension).tolist()) == {dimension_of(unit)}


def test_other_dimensions_stay_as_they_are() -> None:
    values = np.array([5.0, 90.0, 7.0, 1.0])
    dimension = np.array(
        [dimension_of(unit) for unit in ("mmol/L", "mg/dL", "mmol/mol")] + [-1], dtype=np.int16
    )
    analyte = Analyte("glucose", "mg/dL")
    found = converted_column(analyte, "value_lo", values, dimension)
    assert found.tolist() == [90.078, 90.0, 7.0, 1.0]
    units = converted_column(analyte, "unit", dimension, dimension)
    assert units.tolist() == [dimension[1], dimension[1], dimension[2], -1]
    assert values.tolist() == [5.0, 90.0, 7.0, 1.0]
