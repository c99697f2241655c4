"""Quantities read by their bytes say what each says when it is read alone."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.facts import ValueState
from fhir_adapters.conversion import convert_one
from fhir_adapters.readings import Readings
from fhir_adapters.records import Quantity
from fhir_adapters.vocabulary import Vocabulary

UNITS = ("mg/dL", "mmol/L", "%", "Cel", "[degF]", "kg", "[lb_av]", "nonsense", "")
numbers = st.one_of(st.none(), st.integers(-(10**6), 10**6), st.floats(-1e9, 1e9, allow_nan=False))


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """A quantity in one of the spellings that occur."""
    value, unit = draw(numbers), draw(st.sampled_from(UNITS))
    parts: dict[str, object] = {} if value is None else {"value": value}
    if unit:
        parts |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    if draw(st.integers(0, 5)) == 0:
        parts = dict(reversed(parts.items()))
    return msgspec.json.encode(parts)


@settings(deadline=None)
@given(
    batches=st.lists(st.lists(st.one_of(written(), st.sampled_from([b"", b"null"])), max_size=40), max_size=3)
)
def test_as_each_alone(batches: list[list[bytes]]) -> None:
    vocabulary = Vocabulary()
    readings = Readings(vocabulary)
    for raws in batches:
        found = readings.find(raws)
        columns = readings.columns()
        for raw, row in zip(raws, found.tolist(), strict=True):
            quantity = Quantity() if raw in (b"", b"null") else msgspec.json.decode(raw, type=Quantity)
            if quantity.value is None:
                assert columns.state[row] == ValueState.NONE
                continue
            unit = vocabulary.reading(quantity)
            value = convert_one(quantity.value, unit)
            known = unit.dimension >= 0 and not math.isnan(value)
            assert columns.state[row] == (ValueState.NUMBER if known else ValueState.UNIT_UNRESOLVED)
            assert columns.value[row] == (quantity.value if math.isnan(value) else value)
            assert columns.resolved[row] == (unit.dimension if known else -1)


@pytest.mark.parametrize("bad", [b'{"value":"7"}', b'{"value":7,"unit":3}', b"[]", b'{"value":1e999}'])
def test_a_bad_one_is_refused_and_leaves_the_others(bad: bytes) -> None:
    readings = Readings(Vocabulary())
    good = b'{"value":7.5,"unit":"%","code":"%"}'
    with pytest.raises(msgspec.DecodeError):
        readings.find([good, bad])
    found = readings.find([good])
    assert readings.columns().state[found].tolist() == [ValueState.NUMBER]
