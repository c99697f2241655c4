"""Lengths, moments and windows as written."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span
from criteria_dsl.tree.limits import Test
from criteria_dsl.tree.word import Word


@dataclass(frozen=True, slots=True)
class Length:
    number: Word
    unit: str  # hour, day, week, month, year
    span: Span


@dataclass(frozen=True, slots=True)
class HalfLives:
    """`5 half-lives` of the medication that the window narrows."""

    number: Word
    span: Span


@dataclass(frozen=True, slots=True)
class LongerOf:
    """`the longer of 5 half-lives or 60 days`; word is longer or shorter."""

    word: str
    first: Length | HalfLives
    second: Length | HalfLives
    span: Span


Reach = Length | HalfLives | LongerOf


@dataclass(frozen=True, slots=True)
class Base:
    """`form` is index, birth, date, name, start, end, day or recording; the last four are edges of `name`."""

    form: str
    span: Span
    name: Word | None = None
    any: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A base moved by lengths, innermost first; the sign is -1 for before, +1 for after."""

    base: Base
    shifts: tuple[tuple[int, Length], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Within:
    """`within 90 days before index`; side is before, after or of."""

    length: Reach
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Bounded:
    """`at least 6 months before index`; bound is at least, at most, more than or less than."""

    bound: str
    length: Reach
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class TheSpan:
    """`the 90 days before index`, after `overlapping`."""

    length: Reach
    side: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class During:
    """`during measurement-period`, `during any stay`; `bare` without the word, after `overlapping`."""

    period: Word
    bare: bool
    span: Span
    any: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    first: Moment
    last: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class Relative:
    """`before`, `after`, `since`, `up to`, `at` or `on` a moment."""

    word: str
    moment: Moment
    span: Span


@dataclass(frozen=True, slots=True)
class AtAge:
    """`at age >= 30 years`."""

    test: Test
    span: Span


Window = Within | Bounded | TheSpan | During | Between | Relative | AtAge
