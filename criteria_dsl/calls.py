"""Definitions with arguments: `define f of a, b …`, used as `f of x, y`. Checked before planning.

An argument is a name, and only a name: of records, a value, a statement, codes, a moment. Inside the
definition the argument's name means what was given, whatever else has that name; every other name
there means what it means in the definition's own file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, File, written_call
from criteria_dsl.problem import Report
from criteria_dsl.source import Span
from criteria_dsl.tree import walk
from criteria_dsl.vocabulary import person_fields


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a definition with arguments. `words` is None where none are given."""

    function: Entry
    words: tuple[t.Word, ...] | None
    span: Span
    alone: bool  # not joined by `or` to other names


def own_arguments(node: t.Node) -> frozenset[str]:
    """The names that a definition takes as arguments."""
    return frozenset(word.text for word in node.arguments) if isinstance(node, t.Define) else frozenset()


def calls(node: t.Node, names: Mapping[str, Entry]) -> Iterator[Call]:
    """Every use of a definition with arguments below a node."""
    hidden = own_arguments(node)

    def function(word: t.Word) -> Entry | None:
        entry = names.get(word.text)
        return entry if entry is not None and entry.arguments and word.text not in hidden else None

    for part in walk.nodes(node):
        match part:
            case t.Rows(names=(first, *others)):
                for word in (first, *others):
                    called = function(word)
                    if called is None:
                        continue
                    words = written_call(part) if not others else None
                    span = word.span if words is None else word.span.to(words[-1].span)
                    yield Call(called, words, span, not others)
            case t.Negated(name=name, arguments=words):
                called = function(name)
                if called is not None:
                    yield Call(called, words or None, part.span, True)


def check_calls(file: File, report: Report) -> None:
    """Arguments declared twice, not used or named like a field of the person; uses with too few or many."""
    for node in file.nodes:
        if isinstance(node, t.Define):
            _check_declared(node, report)
        for call in calls(node, file.names):
            _check_call(call, file, own_arguments(node), report)


def _check_declared(node: t.Define, report: Report) -> None:
    used = {word.text for word in (*walk.references(node), *walk.mentions(node))}
    seen: set[str] = set()
    for word in node.arguments:
        if word.text in seen:
            report.add("E111", word.span, f"`{word.text}` is taken twice", "give each argument its own name")
        elif word.text in person_fields():
            message = f"`{word.text}` is a field of the person, so it cannot be a name"
            report.add("E107", word.span, message, f"choose another, such as `{word.text}-of-patient`")
        elif word.text not in used:
            message = f"`{node.name.text}` takes `{word.text}` and does not use it"
            report.add("E116", word.span, message, "take it out, or use it")
        seen.add(word.text)


def _check_call(call: Call, file: File, hidden: frozenset[str], report: Report) -> None:
    wanted = [word.text for word in call.function.arguments]
    form = f"{call.function.name} of {', '.join(wanted)}"
    if not call.alone:
        message = f"`{call.function.name}` takes arguments, so it stands alone"
        report.add("E116", call.span, message, f"name it first: `define … as {form}`")
        return
    if call.words is None or len(call.words) != len(wanted):
        count = len(call.words or ())
        given = f"{count} are given" if count > 1 else f"{'one' if count else 'none'} is given"
        needed = "an argument" if len(wanted) == 1 else f"{len(wanted)} arguments"
        message = f"`{call.function.name}` needs {needed}, and {given}"
        report.add("E116", call.span, message, f"write `{form}` with the names that are meant")
        return
    for word in call.words:
        entry = file.names.get(word.text)
        if word.text not in hidden and entry is not None and entry.arguments:
            hint = "name it with its arguments first, with `define`"
            report.add("E117", word.span, f"`{word.text}` takes arguments itself", hint)
