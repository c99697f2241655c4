"""What lies below a node, and the words there that are names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from criteria_dsl.source import Span
from criteria_dsl.tree.blocks import Attribute, FromNames, Term
from criteria_dsl.tree.limits import Among, Limit, Test
from criteria_dsl.tree.rows import CallClause, FieldTest, Rows, SameVisitClause
from criteria_dsl.tree.statements import EdgeIs, NamedIs, Negated
from criteria_dsl.tree.time import Base, During, Length
from criteria_dsl.tree.word import Word
from criteria_dsl.vocabulary import KINDS, FieldSort, person_fields
from criteria_dsl.vocabulary import fields as fields_of


def nodes(node: Any) -> Iterator[Any]:
    """A node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        # The last field first: what is put in last is taken out first.
        for name in _fields_from_the_last(part.__class__):
            value = getattr(part, name)
            if type(value) is tuple:
                waiting += [one for one in reversed(value) if _is_node(one.__class__)]
            elif _is_node(value.__class__):
                waiting.append(value)


@cache
def _fields_from_the_last(kind: type) -> tuple[str, ...]:
    """The names of a class's fields that may hold nodes: a span never does."""
    return tuple(item.name for item in reversed(fields(kind)) if item.name != "span")


@cache
def _is_node(kind: type) -> bool:
    return is_dataclass(kind) and not issubclass(kind, Span | Word)


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
        case EdgeIs(picked=Word() as name):
            yield name
        case Base(name=name) if name is not None and part.form != "date":
            yield name
        case SameVisitClause(name=name):
            yield name
        case During(period=period):
            yield period
        case Limit(number=number, upper=upper):
            yield from (word for word in (number, upper) if word is not None and word.text[:1].isalpha())
        case Length(number=number) if number.text[:1].isalpha():
            yield number
        case Term(minus=minus):
            yield from minus
        case Attribute(form="only for", word=word):
            yield word


def written_over(node: Any) -> Iterator[str]:
    """The names of numbers and durations below a node, in whose places their values stand by now."""
    for part in nodes(node):
        match part:
            case Limit(number=number, upper=upper):
                words = [number] if upper is None else [number, upper]
            case Length(number=number):
                words = [number]
            case _:
                continue
        yield from (word.span.text for word in words if word.span.text[:1].isalpha())


def mentions(node: Any) -> Iterator[Word]:
    """Words that may be names: what a test compares with, but for the words of closed lists."""
    closed: set[int] = set()
    for part in nodes(node):
        if isinstance(part, NamedIs | FieldTest):
            test = _closed(part)
            if test is not None:
                closed.add(id(test))
        elif isinstance(part, Among) and id(part) not in closed:
            yield from part.words


def _closed(part: NamedIs | FieldTest) -> Test | None:
    """The test of a field that takes words of its own and never names (`sex is female`)."""
    match part:
        case NamedIs(rows=Rows(names=(name,), clauses=()), test=test):
            field = person_fields().get(name.text)
            return test if field is not None and field.sort is not FieldSort.CODES else None
        case FieldTest(field=name, test=test) if name.text in _closed_fields():
            return test
    return None


@cache
def _closed_fields() -> frozenset[str]:
    """The fields that take codes in no kind of record."""
    every = [field for word in KINDS.values() for field in fields_of(word.kind).values()]
    coded = {field.name for field in every if field.sort is FieldSort.CODES}
    return frozenset(field.name for field in every) - coded
