"""Checks between names, before anything is planned: unknown names, circles, size, ids."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from criteria_dsl import phrasebook, suggest
from criteria_dsl import tree as t
from criteria_dsl.calls import calls, check_calls, own_arguments
from criteria_dsl.names import Entry, File
from criteria_dsl.problem import Report
from criteria_dsl.source import Span
from criteria_dsl.tree.walk import mentions, nodes, references
from criteria_dsl.vocabulary import person_fields

MAX_HEIGHT = 40
MAX_WEIGHT = 20_000
MAX_TOTAL = 100_000
_SIMPLIFY = "its definitions repeat each other: simplify them"
_NESTING = t.Group | t.Choice | t.Calculation | t.FirstOf | t.FunctionOf | t.ValueChoice | t.Points


def check(file: File, report: Report) -> None:
    """Reports everything about names of one file; entries that cannot be used lose their node."""
    _check_unknown(file, report)
    _check_headings(file, report)
    _check_ids(file, report)
    check_calls(file, report)
    _check_shape(file, report)


def _check_unknown(file: File, report: Report) -> None:
    person = frozenset(person_fields())
    for node in file.nodes:
        reported = set(own_arguments(node))
        for word in (*references(node), *_given(node, file)):
            if word.text in file.names or word.text in reported:
                continue
            reported.add(word.text)
            if _is_person_test(node, word, person):
                continue
            report_unknown(word, file, report, node.span)


def _given(node: Any, file: File) -> list[t.Word]:
    """The words that stand where arguments do."""
    return [word for call in calls(node, file.names) for word in call.words or ()]


def _is_person_test(node: Any, word: t.Word, person: frozenset[str]) -> bool:
    return word.text in person and any(
        isinstance(part, t.NamedIs) and part.rows.names[0] == word for part in nodes(node)
    )


def report_unknown(word: t.Word, file: File, report: Report, within: Span | None = None) -> None:
    """An unknown name: English that has a phrase of ours, else the nearest name."""
    near = None if report.is_long else suggest.nearest(word.text, file.names)
    if near is None and within is not None and phrasebook.report(word.span, within, report):
        return
    hint = f"did you mean `{near}`?" if near else "define it above, or `use` it from a library"
    report.add("E110", word.span, f"`{word.text}` is not defined", hint)


def _check_headings(file: File, report: Report) -> None:
    kind = file.header.kind if file.header else "protocol"
    for criterion in file.criteria:
        head = Span(criterion.span.source, criterion.span.start, criterion.name.span.end)
        if kind == "library":
            report.add("E137", head, "a library holds no criteria", "move it into a protocol or measure")
        elif kind == "measure" and criterion.polarity != "population":
            report.add("E137", head, "a measure has populations", f"write `population {criterion.name.text}`")
        elif kind == "protocol" and criterion.polarity == "population":
            hint = "write `include`, `exclude` or `cohort`"
            report.add("E137", head, "only a measure has populations", hint)


def _check_ids(file: File, report: Report) -> None:
    seen: dict[str, t.Criterion] = {}
    for criterion in file.criteria:
        first = seen.setdefault(criterion.name.text, criterion)
        if first is not criterion:
            message = f"two criteria are called `{criterion.name.text}`"
            report.add("E112", criterion.name.span, message, f"the first stands on line {first.span.line}")


def _check_shape(file: File, report: Report) -> None:
    """Circles among definitions, and definitions that grow too tall or too large when written out."""
    measure: dict[Entry, tuple[int, int]] = {}
    for entry in list(file.entries):
        _measure(entry, measure, report)
    total = _total(file, measure, report)
    for criterion in list(file.criteria):
        weight = sum(size * measure.get(entry, (1, 1))[1] for entry, size in _below(criterion, file))
        total += weight
        if weight > MAX_WEIGHT:
            file.nodes.remove(criterion)
            message = f"written out, this criterion has more than {MAX_WEIGHT:,} parts"
            report.add("E004", criterion.name.span, message, _SIMPLIFY)
        elif total > MAX_TOTAL:
            file.nodes = [node for node in file.nodes if not isinstance(node, t.Criterion)]
            message = f"written out, the file has more than {MAX_TOTAL:,} parts"
            report.add("E004", criterion.name.span, message, _SIMPLIFY)
            return


def _total(file: File, measure: dict[Entry, tuple[int, int]], report: Report) -> int:
    """The parts of all definitions of a file; from the one that is too many on, they lose their node."""
    total = 0
    reported = False
    for entry in list(file.entries):
        weight = measure.get(entry, (1, 1))[1]
        if total + weight <= MAX_TOTAL:
            total += weight
            continue
        if not reported:
            message = f"written out, the definitions have more than {MAX_TOTAL:,} parts"
            report.add("E004", entry.span, message, _SIMPLIFY)
        reported = True
        entry.node = None
    return total


def _measure(root: Entry, measure: dict[Entry, tuple[int, int]], report: Report) -> None:
    """Depth-first without recursion: (height, weight) of every entry below `root`."""
    path: list[Entry] = []
    on_path: set[Entry] = set()
    stack: list[tuple[Entry, bool]] = [(root, False)]
    while stack:
        entry, leaving = stack.pop()
        if leaving:
            path.pop()
            on_path.discard(entry)
            measure[entry] = _sum_up(entry, measure, report)
            continue
        if entry in measure:
            continue
        if entry in on_path:
            _report_circle(entry, path, report)
            continue
        path.append(entry)
        on_path.add(entry)
        stack.append((entry, True))
        for below in dict(_below(entry.node, entry.file)) if entry.node is not None else ():
            if below in on_path:
                _report_circle(below, path, report)
            elif below not in measure:
                stack.append((below, False))


def _below(node: Any, file: File) -> list[tuple[Entry, int]]:
    """The names below a node, and how often each is written out there."""
    hidden = own_arguments(node)
    return [
        (file.names[word.text], size)
        for word, size in _sizes(node, file)
        if word.text in file.names and word.text not in hidden
    ]


def _sizes(node: Any, file: File) -> list[tuple[t.Word, int]]:
    """The words below a node that name something; an argument counts as often as it is used."""
    made = list(calls(node, file.names))
    given = {
        id(word): call.function.uses.get(argument.text, 1)
        for call in made
        for word, argument in zip(call.words or (), call.function.arguments, strict=False)
    }
    words = (*references(node), *mentions(node))
    return [(word, given.get(id(word), 1)) for word in words]


def _sum_up(entry: Entry, measure: dict[Entry, tuple[int, int]], report: Report) -> tuple[int, int]:
    if entry.node is None:
        return 1, 1
    node, file = entry.node, entry.file
    for word, size in _sizes(node, file):
        if word.text in own_arguments(node):
            entry.uses[word.text] = min(MAX_WEIGHT, entry.uses.get(word.text, 0) + size)
    below = _below(node, file)
    height = _own_height(node) + max((measure.get(other, (1, 1))[0] for other, _ in below), default=0)
    # What is given to a definition stands below it.
    for call in calls(node, file.names):
        given = [file.names[word.text] for word in call.words or () if word.text in file.names]
        inner = max((measure.get(other, (1, 1))[0] for other in given), default=0)
        height = max(height, _own_height(node) + measure.get(call.function, (1, 1))[0] + inner)
    weight = 1 + sum(size * measure.get(other, (1, 1))[1] for other, size in below)
    if height > MAX_HEIGHT or weight > MAX_WEIGHT:
        entry.node = None
        message = f"written out, `{entry.name}` has more than {MAX_WEIGHT:,} parts or {MAX_HEIGHT} levels"
        report.add("E004", entry.span, message, _SIMPLIFY)
        return 1, 1
    return height, weight


def _own_height(node: Any) -> int:
    deepest = max(
        (
            _own_height(part)
            for item in fields(node)
            for value in [getattr(node, item.name)]
            for part in (value if isinstance(value, tuple) else (value,))
            if is_dataclass(part) and not isinstance(part, Span | t.Word)
        ),
        default=0,
    )
    return deepest + isinstance(node, _NESTING | t.Define | t.Term)


def _report_circle(entry: Entry, path: list[Entry], report: Report) -> None:
    circle = path[path.index(entry) :]
    names = " → ".join(f"`{other.name}`" for other in [*circle, entry])
    for other in circle:
        other.node = None
    report.add("E113", entry.span, f"`{entry.name}` is defined by itself: {names}", "break the circle")
