"""Laws of the door, over any text, any unit of the table and any decimal."""

import math
import pickle
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.units import Unit, UnitError, from_canonical, resolve, tables, to_canonical

UCUM = "http://unitsofmeasure.org"
CODES = sorted(tables.units())
PIECES = [*CODES[::7], *"/.(){}[]^*1273 %", "10*", "{a}", "{1.73_m2}", "µ", "²", "per", "Log"]

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e12", max_value="1e12", places=6)
codes = st.sampled_from(CODES)


def unit_of(code: str) -> Unit:
    unit = resolve(code, UCUM)
    if unit is None:
        raise LookupError(code)
    return unit


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_resolves_or_not(text: str) -> None:
    unit = resolve(text)
    assert unit is None or unit.ratio > 0


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join), st.sampled_from([None, UCUM, "x"])
)
def test_any_mixture_of_pieces_resolves_or_not(text: str, system: str | None) -> None:
    unit = resolve(text, system)
    assert unit is None or unit.ratio > 0


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["m", "g", "mmol", "s", "U", "/", ".", "2", "L", "(", ")"]), max_size=9).map(
        "".join
    )
)
def test_a_canonical_unit_is_its_own(text: str) -> None:
    unit = resolve(text, UCUM)
    if unit is not None:
        own = unit_of(unit.canonical)
        assert own.canonical == unit.canonical
        assert own.ratio == 1
        assert own.shift == 0


@given(codes, decimals, decimals)
def test_order_is_kept(code: str, a: Decimal, b: Decimal) -> None:
    unit = unit_of(code)
    low, high = sorted((a, b))
    assert to_canonical(low, unit) <= to_canonical(high, unit)


@given(codes, decimals)
def test_round_trip(code: str, value: Decimal) -> None:
    unit = unit_of(code)
    back = from_canonical(to_canonical(value, unit), unit)
    # An offset costs digits next to it: 1e-6 of a kelvin beside 273.15.
    absolute = 1e-12 if unit.shift else 0.0
    assert math.isclose(back, float(value), rel_tol=1e-14, abs_tol=absolute)


@given(
    st.sampled_from(
        [("mg/dL", "mg/L"), ("g/dL", "g/L"), ("%", "1"), ("10*3/uL", "/uL"), ("kg", "ng"), ("U/L", "nkat/L")]
    ),
    decimals,
)
def test_exactly_converted_text_is_the_same_float(pair: tuple[str, str], value: Decimal) -> None:
    unit, other = map(unit_of, pair)
    ratio = unit.ratio / other.ratio
    with localcontext() as context:
        context.prec = 60
        exact = value * ratio.numerator / ratio.denominator
        if exact * ratio.denominator / ratio.numerator != value or ratio.denominator not in (
            1,
            10,
            100,
            1000,
        ):
            return
    assert to_canonical(value, unit) == to_canonical(str(exact), other)


@given(codes, st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_float_is_read_as_its_shortest_decimal(code: str, value: float) -> None:
    unit = unit_of(code)
    assert (
        to_canonical(value, unit)
        == to_canonical(repr(value), unit)
        == to_canonical(np.array([value])[0], unit)
    )


@pytest.mark.parametrize(
    "value", ["", "abc", "1_0", "１", "NaN", "inf", "0x1", "9" * 500, "1e99999", float("nan")]
)
def test_not_a_number(value: str | float) -> None:
    with pytest.raises(UnitError) as caught:
        to_canonical(value, unit_of("mg/dL"))
    assert caught.value.code == "VALUE_NOT_A_NUMBER"


@pytest.mark.parametrize("value", ["1e9999", "1e-9999", Decimal("1e999999999"), "1e309"])
def test_out_of_range(value: str | Decimal) -> None:
    with pytest.raises(UnitError) as caught:
        to_canonical(value, unit_of("mg/dL"))
    assert caught.value.code == "VALUE_OUT_OF_RANGE"


def test_open_ends_pass() -> None:
    assert to_canonical(math.inf, unit_of("[degF]")) == math.inf
    assert from_canonical(-math.inf, unit_of("g/L")) == -math.inf


@given(codes)
def test_a_unit_survives_another_process(code: str) -> None:
    unit = unit_of(code)
    assert pickle.loads(pickle.dumps(unit)) == unit
