"""Rules, what they find, and the table they register in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from criteria_dsl.linting.text import Text
from criteria_dsl.source import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the text that keeps its meaning."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule saw, where, and what to do about it."""

    span: Span
    message: str
    suggestion: str = ""
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A `Found` with the code of its rule."""

    code: str
    found: Found


Check = Callable[[Text], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    title: str
    explanation: str
    check: Check


RULES: dict[str, Rule] = {}


def rule(code: str, title: str, explanation: str) -> Callable[[Check], Check]:
    """Registers a check under a code that never changes its meaning."""

    def register(check: Check) -> Check:
        if code in RULES:
            raise ValueError(f"{code} is taken")
        RULES[code] = Rule(code, title, explanation, check)
        return check

    return register
