"""The whole program: heading, parameters, criteria, and definitions nobody used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.names import Entry, File, Sort, sort_of
from criteria_dsl.parameters import Setting
from criteria_dsl.plan import times
from criteria_dsl.plan.context import Planning, Scope, lookup, wrong_sort
from criteria_dsl.plan.policies import check_lines
from criteria_dsl.plan.rows import plan_pick, plan_rows
from criteria_dsl.plan.statements import named_statement, plan_statement
from criteria_dsl.plan.terms import term_facts, value_set
from criteria_dsl.plan.values import named_value
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.source import Source
from criteria_dsl.tree.walk import mentions, references
from criteria_dsl.vocabulary import KINDS
from eligibility import program as ir
from eligibility.facts import Kind

_SORTS = ("date", "period", "number", "duration")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_STAGES = tuple(stage.value for stage in ir.Stage)


@dataclass(frozen=True, slots=True)
class Declared:
    """A term or list of codes (`kind` is None) as cases and other tools name it.

    `unit` is as declared, "" where there is none; `value_set` a key of `Planned.value_sets`.
    """

    name: str
    kind: Kind | None
    unit: str
    value_set: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The program, None where anything is in error; and all that the file names, used or not."""

    program: ir.Program | None
    declared: Mapping[str, Declared]
    value_sets: Mapping[str, ir.ValueSetSource]


def plan_program(
    file: File,
    files: Iterable[File],
    sources: list[Source],
    report: Report,
    settings: Mapping[str, Setting],
) -> Planned:
    """The program of a checked file; `settings` are the numbers and durations in force."""
    planning = Planning(report, file, _plan_entry)
    scope = Scope(planning, file)
    for each in files:
        _check_policies(each, report)
        _check_bound(file, each, report)
    parameters = _parameters(file, settings, report)
    index = _index(scope)
    criteria = [found for node in file.criteria if (found := _criterion(scope, node)) is not None]
    value_sets = _plan_rest(scope)
    declared = _declared(planning, file)
    if report.failed or file.header is None:
        return Planned(None, declared, value_sets)
    _warn_unused(file, report)
    program = ir.Program(
        id=file.header.name.text,
        version=file.header.version.text,
        title=file.header.title.text,
        criteria=tuple(criteria),
        value_sets=planning.value_sets,
        parameters=tuple(parameters),
        index=index,
        source_sha256=_digest(sources),
    )
    return Planned(program, declared, value_sets)


def _digest(sources: list[Source]) -> str:
    """One hash over all texts: the protocol, then its libraries by name."""
    digest = hashlib.sha256()
    first, *others = sources
    for source in (first, *sorted(others, key=lambda other: other.name)):
        text = source.text.encode("utf-8", "surrogatepass")
        name = b"" if source is first else source.name.encode("utf-8", "surrogatepass")
        digest.update(b"%d %d\n" % (len(name), len(text)) + name + text)
    return digest.hexdigest()


def _check_policies(file: File, report: Report) -> None:
    for node in file.nodes:
        if isinstance(node, t.Header | t.Define | t.Criterion):
            check_lines(node.policies, report)


def _check_bound(main: File, library: File, report: Report) -> None:
    """The parameters of a library are those of the same name in the file that uses it."""
    if library is main:
        return
    for entry in library.entries:
        node = entry.node
        mine = main.names.get(entry.name)
        if not isinstance(node, t.Parameter) or (mine is not None and sort_of(mine) is sort_of(entry)):
            continue
        uses = [
            use for use in main.nodes if isinstance(use, t.Use) and f"{use.library.text}/" == library.prefix
        ]
        span = uses[0].library.span if uses else node.name.span
        message = f"`{library.prefix[:-1]}` needs the parameter `{entry.name}`"
        report.add("E136", span, message, f"declare `parameter {entry.name} is a {node.sort.text}`")


# --- parameters and index


def _parameters(file: File, settings: Mapping[str, Setting], report: Report) -> list[ir.Parameter]:
    found: list[ir.Parameter] = []
    for entry in file.entries:
        if entry.name in settings and isinstance(entry.node, t.Parameter):
            value = settings[entry.name].text
            found.append(ir.Parameter(entry.name, entry.node.sort.text, value=value))
        elif isinstance(entry.node, t.Parameter):
            try:
                found.append(_parameter(entry.node, report))
            except RejectedError:
                continue
    return found


def _parameter(node: t.Parameter, report: Report) -> ir.Parameter:
    if node.sort.text in ("number", "duration"):
        raise RejectedError(node.name.text)  # it has no value, which a library's need not have
    if node.sort.text not in ("date", "period"):
        near = suggest.nearest(node.sort.text, _SORTS)
        hint = f"did you mean `{near}`?" if near else "write `is a date`, `period`, `number` or `duration`"
        raise report.reject("E115", node.sort.span, f"a parameter is no `{node.sort.text}`", hint)
    if node.unit is not None:
        hint = f"take out `in {node.unit.text}`"
        raise report.reject("E310", node.unit.span, f"a {node.sort.text} has no unit", hint)
    if node.first is None:
        return ir.Parameter(node.name.text, node.sort.text)
    for word in (node.first, node.last):
        if word is not None and not _DATE.fullmatch(word.text):
            hint = "write a date, such as `2026-01-31`"
            raise report.reject("E310", word.span, f"this is not the default of a {node.sort.text}", hint)
    first = times.day_number(report, node.first)
    last = times.day_number(report, node.last) if node.last is not None else first
    if (node.last is None) == (node.sort.text == "period"):
        hint = "write `default 2026-01-01 to 2026-12-31`" if node.last is None else "write one date"
        raise report.reject("E310", node.first.span, f"this is not the default of a {node.sort.text}", hint)
    if last < first and node.last is not None:
        hint = f"write `{node.last.text} to {node.first.text}`, if that is meant"
        raise report.reject("E310", node.last.span, "the period ends before it begins", hint)
    return ir.Parameter(node.name.text, node.sort.text, (first, last))


def _index(scope: Scope) -> ir.Given | None:
    found: ir.Given | None = None
    lines = [node for node in scope.file.nodes if isinstance(node, t.Index)]
    for node in lines[1:]:
        scope.report.add("E111", node.span, "the index is said twice", "keep one of the two lines")
    for node in lines[:1]:
        try:
            at = times.moment(scope, node.moment)
        except RejectedError:
            continue
        if isinstance(at, ir.Given) and at.name != "index":
            found = at
        else:
            hint = "declare `parameter index-date is a date` and write `index is index-date`"
            scope.report.add("E205", node.moment.span, "the index is a parameter, or an end of one", hint)
    return found


# --- criteria


def _criterion(scope: Scope, node: t.Criterion) -> ir.Criterion | None:
    inner = Scope(scope.planning, scope.file, node.policies)
    failed = False
    statement: ir.Statement | None = None
    applies: ir.Statement | None = None
    stage, asked = ir.Stage.PRE_SCREEN, None
    cohorts: tuple[str, ...] = ()
    try:
        _check_attributes(inner, node)
        stage = _stage(inner, node)
        asked = _word(node, "asked")
        applies = _applies(inner, node)
        cohorts = _cohorts(inner, node)
    except RejectedError:
        failed = True
    try:
        statement = plan_statement(inner, node.statement)
    except RejectedError:
        failed = True
    if failed or statement is None:
        return None
    return ir.Criterion(
        id=node.name.text,
        label=node.label.text,
        polarity=ir.Polarity(node.polarity),
        statement=statement,
        applies_to=applies,
        stage=stage,
        responder=ir.Responder(asked.text) if asked is not None else _responder(statement),
        source=node.quotes,
        line=node.span.line,
        cohorts=cohorts,
    )


def _cohorts(scope: Scope, node: t.Criterion) -> tuple[str, ...]:
    """The cohorts whose own a criterion is, each once. Raises RejectedError."""
    own = next((one for one in node.attributes if one.form == "for cohort"), None)
    if node.polarity == "cohort":
        for attribute in node.attributes:
            if attribute.form in ("for cohort", "only for"):
                hint = "ask it in the cohort's own statement, or in a criterion of its own"
                message = f"a cohort is a group already, so `{attribute.form}` has no meaning here"
                raise scope.report.reject("E119", attribute.span, message, hint)
    if own is None:
        return ()
    known = [one.name.text for one in scope.file.criteria if one.polarity == "cohort"]
    words = (own.word, *own.others)
    for word in words:
        if word.text not in known:
            near = suggest.nearest(word.text, known)
            hint = f"did you mean `{near}`?" if near else f'declare it: `cohort {word.text} "…"`'
            raise scope.report.reject("E118", word.span, f"there is no cohort `{word.text}`", hint)
    return tuple(dict.fromkeys(word.text for word in words))


def _word(node: t.Criterion, form: str) -> t.Word | None:
    return next((one.word for one in node.attributes if one.form == form), None)


def _check_attributes(scope: Scope, node: t.Criterion) -> None:
    seen: set[str] = set()
    for attribute in node.attributes:
        if attribute.form in seen:
            message = f"`{attribute.form}` is said twice"
            raise scope.report.reject("E141", attribute.span, message, "keep one of the two lines")
        seen.add(attribute.form)


def _stage(scope: Scope, node: t.Criterion) -> ir.Stage:
    word = _word(node, "stage")
    if word is None:
        return ir.Stage.PRE_SCREEN
    if word.text not in _STAGES:
        near = suggest.nearest(word.text, _STAGES)
        hint = f"did you mean `{near}`?" if near else "stages are `pre-screen`, `screening` and `consent`"
        raise scope.report.reject("E115", word.span, f"there is no stage `{word.text}`", hint)
    return ir.Stage(word.text)


def _applies(scope: Scope, node: t.Criterion) -> ir.Statement | None:
    word = _word(node, "only for")
    if word is None:
        return None
    entry = lookup(scope, word)
    if sort_of(entry) is not Sort.STATEMENT:
        raise wrong_sort(
            scope, word, entry, "a statement", f"define one: `define that-group when {word.text}`"
        )
    return named_statement(scope, entry)


def _responder(statement: ir.Statement) -> ir.Responder:
    """The record, unless every leaf is a question to the same person."""
    asked = {leaf.responder if isinstance(leaf, ir.Ask) else "record" for leaf in leaves(statement)}
    return ir.Responder(asked.pop()) if len(asked) == 1 else ir.Responder.RECORD


def leaves(statement: ir.Statement) -> Iterator[ir.Leaf]:
    """The leaves of a statement from left to right."""
    match statement:
        case ir.Not(part=part):
            yield from leaves(part)
        case ir.All(parts=parts) | ir.AnyOf(parts=parts) | ir.NumberOf(parts=parts):
            for part in parts:
                yield from leaves(part)
        case ir.Choice(conditions=conditions, parts=parts):
            for part in (*conditions, *parts):
                yield from leaves(part)
        case _:
            yield statement
            if isinstance(statement, ir.ValueIs):
                for condition in ir.conditions_of(statement.value):
                    yield from leaves(condition)


# --- what no criterion reached


def _plan_rest(scope: Scope) -> dict[str, ir.ValueSetSource]:
    """Plans what nothing used, so that its problems show too; the program keeps nothing of it.

    Answers all value sets, used or not.
    """
    kept = dict(scope.planning.value_sets)
    for entry in scope.file.entries:
        try:
            _plan_entry(scope, entry)
        except RejectedError:
            continue
    found = dict(scope.planning.value_sets)
    if not _is_library(scope.file):
        scope.planning.value_sets.clear()
        scope.planning.value_sets.update(kept)
    return found


def _declared(planning: Planning, file: File) -> dict[str, Declared]:
    """The terms and lists of codes of a file, those it uses from libraries included."""
    found: dict[str, Declared] = {}
    for name, entry in file.names.items():
        node = entry.node
        if isinstance(node, t.Term) and sort_of(entry) in (Sort.TERM, Sort.CODES):
            word = KINDS.get(node.kind.text)
            unit = node.unit.text if node.unit is not None else ""
            found[name] = Declared(name, word.kind if word is not None else None, unit, entry.key)
    return found


def _is_library(file: File) -> bool:
    return file.header is not None and file.header.kind == "library"


def _plan_entry(scope: Scope, entry: Entry) -> None:
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
                plan_rows(scope.inside(entry), node.value.rows)


def _warn_unused(file: File, report: Report) -> None:
    if _is_library(file):
        return
    needed = _reached(file)
    for entry in file.entries:
        if entry not in needed and not isinstance(entry.node, t.Parameter):
            report.add("W501", entry.span, f"`{entry.name}` is not used", "take it out, or use it")


def _reached(file: File) -> set[Entry]:
    """The names that criteria use, directly or through other names."""
    reached: set[Entry] = set()
    open_nodes: list[tuple[File, t.Node]] = [(file, node) for node in file.criteria]
    open_nodes += [(file, node) for node in file.nodes if isinstance(node, t.Index)]
    while open_nodes:
        where, node = open_nodes.pop()
        for word in (*references(node), *mentions(node)):
            entry = where.names.get(word.text)
            if entry is not None and entry not in reached and entry.node is not None:
                reached.add(entry)
                open_nodes.append((entry.file, entry.node))
    return reached
