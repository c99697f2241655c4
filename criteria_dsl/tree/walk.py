"""What lies below a node, and the words there that are names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from criteria_dsl.source import Span
from criteria_dsl.tree.blocks import Attribute, FromNames, Term
from criteria_dsl.tree.limits import Among, Limit
from criteria_dsl.tree.rows import CallClause, Rows, SameVisitClause
from criteria_dsl.tree.statements import Negated
from criteria_dsl.tree.time import Base, During, Length
from criteria_dsl.tree.word import Word


def nodes(node: Any) -> Iterator[Any]:
    """A node and everything below it, in the order of the text."""
    yield node
    for item in fields(node):
        value = getattr(node, item.name)
        for part in value if isinstance(value, tuple) else (value,):
            if is_dataclass(part) and not isinstance(part, Span | Word):
                yield from nodes(part)


def references(node: Any) -> Iterator[Word]:
    """The words below a node that have to be defined names."""
    for part in nodes(node):
        yield from referred(part)


def referred(part: Any) -> Iterator[Word]:
    """The words of one node that have to be defined names."""
    match part:
        case Rows(names=names) | FromNames(names=names):
            yield from names
        case CallClause(words=words):
            yield from words
        case Negated(name=name, arguments=arguments):
            yield name
            yield from arguments
        case Base(name=name) if name is not None and part.form != "date":
            yield name
        case SameVisitClause(name=name):
            yield name
        case During(period=period):
            yield period
        case Limit(number=number) | Length(number=number) if number.text[:1].isalpha():
            yield number
        case Term(minus=minus):
            yield from minus
        case Attribute(form="only for", word=word):
            yield word


def mentions(node: Any) -> Iterator[Word]:
    """Words that may be names: what a test compares with."""
    for part in nodes(node):
        if isinstance(part, Among):
            yield from part.words
