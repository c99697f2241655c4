"""What depends on a condition (`if … :`, `otherwise:`), points, and definitions with arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.places import Places
from criteria_dsl.source import Span


@dataclass(frozen=True, slots=True)
class Limits:
    """Bullets in place of a test; the rule that meets them makes one statement of each."""

    conditions: tuple[t.Statement, ...]
    tests: tuple[t.Test, ...]
    span: Span


@v_args(meta=True, inline=True)
class ChoiceRules(Places):
    """The rules of choices, points and arguments."""

    def conditional_limits(self, meta: Meta, *parts: Any) -> Limits:
        conditions, tests = _pairs(parts)
        return Limits(conditions, tests, self._span(meta))

    def by_condition(self, meta: Meta, *parts: Any) -> tuple[Any, Any]:
        return _pairs(parts)

    def statement_choice(self, meta: Meta, bullets: tuple[Any, Any]) -> t.Choice:
        whole = self._span(meta)
        return t.Choice(*bullets, whole, replace(whole, end=whole.start))

    def whichever(self, meta: Meta, first: Token, last: Token, bullets: tuple[Any, Any]) -> t.Choice:
        heading = self._word(first).span.to(self._word(last).span)
        return t.Choice(*bullets, self._span(meta), heading)

    def value_choice(self, meta: Meta, *parts: Any) -> t.ValueChoice:
        conditions, values = _pairs(parts)
        return t.ValueChoice(conditions, values, self._span(meta))

    def points(self, meta: Meta, *parts: Any) -> t.Points:
        kept = [part for part in parts if not _is_bullet(part)]
        numbers = tuple(self._word(token) for token in kept[0::2])
        return t.Points(numbers, tuple(kept[1::2]), self._span(meta))

    def arguments(self, meta: Meta, *names: Token) -> tuple[t.Word, ...]:
        return tuple(self._word(name) for name in names)

    def unless(self, meta: Meta, statement: t.Statement, name: Token, arguments: Any) -> t.Unless:
        word, words = self._word(name), arguments or ()
        span = word.span if not words else word.span.to(words[-1].span)
        return t.Unless(statement, t.Negated(word, words, span), self._span(meta))

    def call_clause(self, meta: Meta, *names: Token) -> t.CallClause:
        return t.CallClause(self.arguments(meta, *names), self._span(meta))

    def _tested(
        self, meta: Meta, test: t.Test | Limits, made: Callable[[t.Test, Span], t.Statement]
    ) -> t.Statement:
        """The statement that `made` makes of a test, or of each bullet's."""
        whole = self._span(meta)
        if not isinstance(test, Limits):
            return made(test, whole)
        heading = replace(whole, end=test.span.start)
        parts = tuple(made(one, one.span.after(heading)) for one in test.tests)
        return t.Choice(test.conditions, parts, whole, heading)


def _is_bullet(part: Any) -> bool:
    return isinstance(part, Token) and part.type == "_BULLET"


def _pairs(parts: tuple[Any, ...]) -> tuple[tuple[t.Statement, ...], tuple[Any, ...]]:
    """Conditions, and what they choose; the last is chosen by none."""
    kept = [part for part in parts if not isinstance(part, Token)]
    return tuple(kept[:-1:2]), (*kept[1::2], kept[-1])
