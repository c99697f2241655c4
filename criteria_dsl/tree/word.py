"""A word of the text and its place."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name, number, unit, date or quoted text as written."""

    text: str
    span: Span
