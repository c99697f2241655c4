"""Where zero lies: a temperature and a difference of two convert differently, and so does HbA1c.

37 Cel are 98.6 [degF], but 1 Cel more is 1.8 [degF] more. A number is followed through arithmetic as
what it is: a level, a difference, a plain number, or none of these (a product, a sum of levels).
"""

from __future__ import annotations

from enum import StrEnum

from eligibility.program import Operator
from eligibility.units import Unit


class Scale(StrEnum):
    """What a number is on its scale, and so how a limit on it converts."""

    LEVEL = "a level"  # a result, or what takes its place: a limit keeps the constant of its unit
    DIFFERENCE = "a difference"  # a limit converts by the ratio alone
    WRITTEN = "written in a unit with another zero"  # read as a level, and so never calculated with
    PLAIN = "a number"  # written in a unit that has no other zero: what it stands beside says what it is
    OTHER = "neither a level nor a difference"


def has_own_zero(unit: Unit) -> bool:
    """Whether zero in this unit is not zero in the canonical one."""
    return unit.shift != 0


def of_written(unit: Unit | None) -> Scale:
    """What a number written in this unit is."""
    return Scale.WRITTEN if unit is not None and has_own_zero(unit) else Scale.PLAIN


_LEVELS = frozenset({Scale.LEVEL, Scale.WRITTEN, Scale.PLAIN})


def alike(scales: frozenset[Scale]) -> Scale:
    """What one of several is, whichever it is: each takes the place of the others."""
    if len(scales) == 1:
        return next(iter(scales))
    if scales <= {Scale.DIFFERENCE, Scale.PLAIN}:
        return Scale.DIFFERENCE
    if scales <= {Scale.WRITTEN, Scale.PLAIN}:
        return Scale.WRITTEN
    return Scale.LEVEL if scales <= _LEVELS else Scale.OTHER


_SUMS = {
    (Scale.LEVEL, Scale.DIFFERENCE): Scale.LEVEL,
    (Scale.LEVEL, Scale.PLAIN): Scale.LEVEL,
    (Scale.DIFFERENCE, Scale.LEVEL): Scale.LEVEL,
    (Scale.PLAIN, Scale.LEVEL): Scale.LEVEL,
    (Scale.DIFFERENCE, Scale.DIFFERENCE): Scale.DIFFERENCE,
    (Scale.DIFFERENCE, Scale.PLAIN): Scale.DIFFERENCE,
    (Scale.PLAIN, Scale.DIFFERENCE): Scale.DIFFERENCE,
    (Scale.PLAIN, Scale.PLAIN): Scale.PLAIN,
}
# `temp minus 1 Cel` may be a lower temperature, or how far it lies above one: nobody says which.
_REMAINDERS = {
    (Scale.LEVEL, Scale.LEVEL): Scale.DIFFERENCE,
    (Scale.PLAIN, Scale.LEVEL): Scale.DIFFERENCE,
    (Scale.LEVEL, Scale.DIFFERENCE): Scale.LEVEL,
    (Scale.DIFFERENCE, Scale.DIFFERENCE): Scale.DIFFERENCE,
    (Scale.DIFFERENCE, Scale.PLAIN): Scale.DIFFERENCE,
    (Scale.PLAIN, Scale.PLAIN): Scale.PLAIN,
}


def joined(operator: Operator, left: Scale, right: Scale) -> Scale | None:
    """What `left operator right` is; None where a number would be misread."""
    if operator in (Operator.HIGHER, Operator.LOWER):
        one_misread = Scale.WRITTEN in (left, right) and Scale.DIFFERENCE in (left, right)
        return None if one_misread else alike(frozenset({left, right}))
    if Scale.WRITTEN in (left, right):
        return None
    if operator is Operator.PLUS:
        return _SUMS.get((left, right), Scale.OTHER)
    if operator is Operator.MINUS:
        return _REMAINDERS.get((left, right), Scale.OTHER)
    return Scale.PLAIN if left is right is Scale.PLAIN else Scale.OTHER
