"""The names that a file declares, whether or not a criterion uses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, File, Sort, sort_of
from criteria_dsl.plan.context import Planning, Scope
from criteria_dsl.plan.rows import named_rows, plan_pick
from criteria_dsl.plan.statements import named_statement
from criteria_dsl.plan.terms import term_facts, value_set
from criteria_dsl.plan.values import named_value
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.tree.walk import mentions, references, written_over
from criteria_dsl.vocabulary import KINDS
from eligibility import program as ir
from eligibility.facts import Kind


@dataclass(frozen=True, slots=True)
class Declared:
    """A term or list of codes (`kind` is None) as cases and other tools name it.

    `unit` is as declared, "" where there is none; `value_set` a key of `Planned.value_sets`.
    """

    name: str
    kind: Kind | None
    unit: str
    value_set: str


def plan_rest(scope: Scope) -> dict[str, ir.ValueSetSource]:
    """Plans what nothing used, so that its problems show too; the program keeps nothing of it.

    Answers all value sets, used or not.
    """
    kept = dict(scope.planning.value_sets)
    for entry in scope.file.entries:
        try:
            plan_entry(scope, entry)
        except RejectedError:
            continue
    found = dict(scope.planning.value_sets)
    if not _is_library(scope.file):
        scope.planning.value_sets.clear()
        scope.planning.value_sets.update(kept)
    return found


def declared_names(planning: Planning, file: File, files: Iterable[File] = ()) -> dict[str, Declared]:
    """The terms and lists of codes of a file, those it uses from libraries included.

    All those of libraries stand there once more as `library/name`, also where only the library names them.
    """
    found: dict[str, Declared] = {}
    others = [(entry.key, entry) for each in files if each is not file for entry in each.entries]
    for name, entry in (*file.names.items(), *others):
        node = entry.node
        if isinstance(node, t.Term) and sort_of(entry) in (Sort.TERM, Sort.CODES):
            word = KINDS.get(node.kind.text)
            unit = node.unit.text if node.unit is not None else ""
            found[name] = Declared(entry.name, word.kind if word is not None else None, unit, entry.key)
    return found


def _is_library(file: File) -> bool:
    return file.header is not None and file.header.kind == "library"


def plan_entry(scope: Scope, entry: Entry) -> None:
    """Plans whatever a name stands for. Raises RejectedError."""
    match sort_of(entry):
        case Sort.TERM:
            term_facts(scope.planning, entry)
        case Sort.CODES:
            node = entry.node
            value_set(scope.planning, entry)
            if isinstance(node, t.Term) and node.unit is not None:
                hint = f"take out `in {node.unit.text}`"
                scope.report.add("E304", node.unit.span, "a list of codes has no unit", hint)
        case Sort.STATEMENT:
            named_statement(scope, entry)
        case Sort.VALUE:
            named_value(scope, entry)
        case Sort.PICK:
            plan_pick(scope, entry)
        case Sort.ROWS:
            node = entry.node
            if isinstance(node, t.Define) and isinstance(node.value, t.RowsValue):
                named_rows(scope, entry, node.value.rows)


def warn_unused(file: File, report: Report) -> None:
    """Names that no criterion needs, in a file that is no library."""
    if _is_library(file):
        return
    needed = _reached(file)
    for entry in file.entries:
        if entry not in needed:
            report.add("W501", entry.span, f"`{entry.name}` is not used", "take it out, or use it")


def _reached(file: File) -> set[Entry]:
    """The names that criteria use, directly or through other names.

    A parameter of a library is the protocol's own of that name.
    """
    reached: set[Entry] = set()
    open_nodes: list[tuple[File, t.Node]] = [(file, node) for node in file.criteria]
    open_nodes += [(file, node) for node in file.nodes if isinstance(node, t.Index)]
    while open_nodes:
        where, node = open_nodes.pop()
        used = [word.text for word in (*references(node), *mentions(node))]
        for name in (*used, *written_over(node)):
            entry = where.names.get(name)
            if entry is not None and entry not in reached and entry.node is not None:
                reached.add(entry)
                open_nodes.append((entry.file, entry.node))
                own = file.names.get(name)
                if isinstance(entry.node, t.Parameter) and own is not None:
                    reached.add(own)
    return reached
