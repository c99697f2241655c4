"""Values: numbers with a unit, or nothing yet known."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.program.choices import Points, ValueChoice
from eligibility.program.nodes import Node, hashed_once
from eligibility.program.rows import Moment, Pick, Reference, Rows


@hashed_once
@dataclass(frozen=True, slots=True)
class Picked(Node):
    """The number carried by one picked row, or the mean of all. Nothing there: no value.

    With `multiple_of`, numbers in `unit` are taken as multiples of their own reference limits before
    one is picked, and the value is a plain number.
    """

    pick: Pick
    rows: Rows
    unit: str  # canonical
    text: str = field(default="", compare=False)
    multiple_of: Reference | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    number: float
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class AgeValue:
    """Completed years of age at a moment (Given or Literal), unit "a"."""

    at: Moment


class Operator(StrEnum):
    PLUS = "plus"
    MINUS = "minus"
    TIMES = "times"
    DIVIDED_BY = "divided by"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Interval arithmetic on two values. `scale` brings the result into `unit` (canonical)."""

    operator: Operator
    left: Value
    right: Value
    unit: str
    scale: float = 1.0
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FirstAvailable:
    """The first value that is there; a value that may be there or not joins the hull with the next."""

    options: tuple[Value, ...]
    text: str = field(default="", compare=False)


Value = Picked | Constant | AgeValue | Arithmetic | FirstAvailable | ValueChoice | Points
