"""A compiled file as the rules see it: its nodes, the program, and ways to walk both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from criteria_dsl import tree as t
from criteria_dsl.names import File
from criteria_dsl.plan import Declared
from criteria_dsl.source import Span
from eligibility import program as ir

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Text:
    """One file that compiles. `program` is None for a library."""

    file: File
    program: ir.Program | None
    declared: Mapping[str, Declared]
    value_sets: Mapping[str, ir.ValueSetSource]

    @property
    def criteria(self) -> list[t.Criterion]:
        return list(self.file.criteria)

    @property
    def terms(self) -> list[t.Term]:
        return [node for node in self.file.nodes if isinstance(node, t.Term)]

    def planned(self) -> Iterator[tuple[t.Criterion, ir.Criterion]]:
        """Each criterion as it is written, with what it compiles to."""
        known = {c.id: c for c in self.program.criteria} if self.program is not None else {}
        for node in self.criteria:
            if node.name.text in known:
                yield node, known[node.name.text]

    def walk(self, kind: type[N]) -> Iterator[N]:
        """All nodes of a kind in the file's own blocks."""
        for node in self.file.nodes:
            yield from nodes(node, kind)


def nodes(root: object, kind: type[N]) -> Iterator[N]:
    """A tree's nodes of one kind, outermost first; spans and sources are not entered."""
    if isinstance(root, kind):
        yield root
    if isinstance(root, tuple):
        for part in root:
            yield from nodes(part, kind)
    elif is_dataclass(root) and not isinstance(root, type | Span):
        for item in fields(root):
            value: Any = getattr(root, item.name)
            if isinstance(value, tuple) or (is_dataclass(value) and not isinstance(value, Span)):
                yield from nodes(value, kind)


def all_of(statement: ir.Statement) -> Iterator[ir.Statement]:
    """What has to be true together: the parts of `all of`, else the statement itself."""
    if isinstance(statement, ir.All):
        for part in statement.parts:
            yield from all_of(part)
    else:
        yield statement


def any_of(statement: ir.Statement) -> Iterator[ir.Statement]:
    """What suffices alone: the parts of `any of`, else the statement itself."""
    if isinstance(statement, ir.AnyOf):
        for part in statement.parts:
            yield from any_of(part)
    else:
        yield statement


def negation(statement: ir.Statement) -> ir.Statement:
    return statement.part if isinstance(statement, ir.Not) else ir.Not(statement)
