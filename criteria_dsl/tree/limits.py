"""What something is compared with: numbers, or words."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span
from criteria_dsl.tree.word import Word


@dataclass(frozen=True, slots=True)
class Multiple:
    """`x ULN`, `x LLN`: of the upper or the lower end of the reference range."""

    end: str
    span: Span


@dataclass(frozen=True, slots=True)
class Limit:
    """`>= 7.0 %` (low or high is None), `7.0 to 10.5 %` (comparator "to"), or a number alone ("").

    `multiple` is there where the numbers are multiples of the result's own reference limit.
    """

    comparator: str
    number: Word
    upper: Word | None
    unit: Word | None
    span: Span
    multiple: Multiple | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """`is final or amended`, `is not metastatic`."""

    words: tuple[Word, ...]
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """`is "MA" or "Massachusetts"`: words as a record writes them."""

    words: tuple[Word, ...]
    negated: bool
    span: Span


Test = Limit | Among | Quoted
