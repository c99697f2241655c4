"""A resolved unit, and the two conversions. All arithmetic is exact until the one rounding to float."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

from eligibility.units.errors import UnitError
from eligibility.units.registry import DIMENSIONS

_DISPLAY = Context(prec=40)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# No quantity needs more; beyond it exact arithmetic on hostile exponents would never end.
_MAX_DIGITS = 400
_MAX_EXPONENT = 400


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: canonical value = value * ratio + shift, in the canonical unit of its dimension."""

    dimension: int
    canonical: str
    ratio: Fraction
    shift: Fraction
    ucum: str

    @property
    def factor(self) -> Decimal:
        """`ratio` as a decimal of 40 digits (a factor such as 1/60 has no finite one)."""
        return _decimal(self.ratio)

    @property
    def offset(self) -> Decimal:
        """`shift` as a decimal of 40 digits; other than 0 only for temperatures."""
        return _decimal(self.shift)

    def __reduce__(self) -> tuple[object, ...]:
        """Sent as the canonical string, because ids given at run time differ between processes."""
        return make, (self.canonical, self.ratio, self.shift, self.ucum)


def make(canonical: str, ratio: Fraction, shift: Fraction, ucum: str) -> Unit:
    """A unit with its dimension's id in this process. Raises `UnitError` DIMENSIONS_FULL."""
    return Unit(DIMENSIONS.intern(canonical), canonical, ratio, shift, ucum)


def to_canonical(value: Decimal | float | str, unit: Unit) -> float:
    """A value in `unit` as a float in the canonical unit, correctly rounded once.

    Floats are read through their shortest decimal. Infinities pass, as open ends of intervals.
    Raises `UnitError` VALUE_NOT_A_NUMBER or VALUE_OUT_OF_RANGE.
    """
    read = _read(value)
    if isinstance(read, float):
        return read
    up, down = read
    ratio, shift = unit.ratio, unit.shift
    up *= ratio.numerator
    down *= ratio.denominator
    if shift:
        up = up * shift.denominator + shift.numerator * down
        down *= shift.denominator
    return _divide(up, down, value)


def from_canonical(value: float, unit: Unit) -> float:
    """A canonical value as a float in `unit`, for display. Raises as `to_canonical` does."""
    read = _read(value)
    if isinstance(read, float):
        return read
    up, down = read
    ratio, shift = unit.ratio, unit.shift
    if shift:
        up = up * shift.denominator - shift.numerator * down
        down *= shift.denominator
    return _divide(up * ratio.denominator, down * ratio.numerator, value)


def _read(value: Decimal | float | str) -> tuple[int, int] | float:
    """The value as an exact fraction, or an infinity."""
    if isinstance(value, float):
        if math.isinf(value):
            return float(value)
        # numpy's float64 is a float whose repr is not a number.
        decimal = Decimal(float.__repr__(value))
    elif isinstance(value, str):
        text = value.strip()
        if len(text) > _MAX_DIGITS or not _NUMBER.fullmatch(text):
            raise UnitError("VALUE_NOT_A_NUMBER", value, "not a decimal number")
        decimal = Decimal(text)
    else:
        decimal = Decimal(value)
    if decimal.is_infinite():
        return float(decimal)
    if decimal.is_nan():
        raise UnitError("VALUE_NOT_A_NUMBER", value, "not a decimal number")
    if not decimal:
        return 0, 1
    if abs(decimal.adjusted()) > _MAX_EXPONENT or len(decimal.as_tuple().digits) > _MAX_DIGITS:
        raise UnitError("VALUE_OUT_OF_RANGE", value, "too large or too small for a quantity")
    return decimal.as_integer_ratio()


def _divide(up: int, down: int, value: object) -> float:
    """The nearest float of a fraction: division of two integers rounds correctly."""
    try:
        return up / down
    except OverflowError:
        raise UnitError("VALUE_OUT_OF_RANGE", value, "too large for a float once converted") from None


def _decimal(fraction: Fraction) -> Decimal:
    return _DISPLAY.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))
