"""Columns of numbers convert exactly as single numbers do in decimal arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.facts import Kind, ValueState
from eligibility.units import resolve, to_canonical
from fhir_adapters import Vocabulary, read_bundle
from fhir_adapters.conversion import convert, convert_one
from tests.fhir_adapters.records import bundle, observation, quantity

UNITS = ("%", "mg/dL", "ug/L", "cm", "[lb_av]", "[in_i]", "Cel", "[degF]", "mmol/mol", "10*3/uL", "/min")
short = st.decimals(min_value=-10_000, max_value=1_000_000, places=3).map(float)
numbers = st.one_of(short, st.floats(-1e12, 1e12), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(st.tuples(numbers, st.sampled_from(UNITS)), min_size=1, max_size=120))
@settings(deadline=None)
def test_many_conversions_equal_single_ones(pairs: list[tuple[float, str]]) -> None:
    vocabulary = Vocabulary()
    readings = [vocabulary.units[code, "", "", ""] for _, code in pairs]
    ids = np.array([reading.number for reading in readings])
    values = np.array([value for value, _ in pairs])
    many = convert(values, ids, vocabulary.unit_table())
    single = np.array([convert_one(value, r) for (value, _), r in zip(pairs, readings, strict=True)])
    assert np.array_equal(many, single, equal_nan=True)


@given(st.lists(short, min_size=40, max_size=60), st.sampled_from(UNITS))
@settings(deadline=None, max_examples=40)
def test_quantities_reach_the_table_unchanged_but_for_their_unit(values: list[float], code: str) -> None:
    records = [observation(str(i), valueQuantity=quantity(v, code)) for i, v in enumerate(values)]
    facts = read_bundle(bundle(*records)).facts
    block = facts.blocks[Kind.OBSERVATION]
    unit = resolve(code)
    assert unit is not None
    order = [int(facts.resources.name(int(r)).partition("/")[2]) for r in block.column("resource")]
    assert block.column("value_lo").tolist() == [to_canonical(values[i], unit) for i in order]
    assert set(block.column("unit").tolist()) == {unit.dimension}


@pytest.mark.parametrize("count", [1, 50])
def test_nine_percent_written_either_way_is_the_same_number(count: int) -> None:
    records = [
        observation(f"{i}-{code}", valueQuantity=quantity(value, code))
        for i in range(count)
        for value, code in ((9, "%"), (0.09, "1"), (9.0, "%"))
    ]
    facts = read_bundle(bundle(*records)).facts
    assert set(facts.blocks[Kind.OBSERVATION].column("value_lo").tolist()) == {0.09}


@pytest.mark.parametrize(
    ("code", "unit", "believed"),
    [("kg", "lbs", False), ("1", "%", False), ("mg/dL", "mmol/L", False), ("Cel", "[degF]", False),
     ("kg", "kilogram", True), ("mm[Hg]", "mmHg", True), ("10*3/uL", "K/uL", True), ("kg", "", True),
     ("[iU]/L", "U/L", True), ("mL/min/{1.73_m2}", "mL/min", True), ("mL/min", "mL/min/{1.73_m2}", False),
     ("{score}", "score", True), ("kg", "as weighed", True), ("", "kg", True)],
)  # fmt: skip
def test_a_unit_whose_text_is_surely_another_is_not_believed(code: str, unit: str, believed: bool) -> None:
    facts = read_bundle(bundle(observation(valueQuantity=quantity(80, code, unit=unit)))).facts
    state = facts.blocks[Kind.OBSERVATION].column("value_state")[0]
    assert state == (ValueState.NUMBER if believed else ValueState.UNIT_UNRESOLVED)
