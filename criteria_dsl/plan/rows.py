"""Rows: names joined by `or`, narrowed by clauses, less what `except` names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, Sort, sort_of
from criteria_dsl.plan import clauses, lengths, reach, related, times
from criteria_dsl.plan.applying import with_arguments
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.picks import Which, which
from criteria_dsl.plan.policies import policy
from criteria_dsl.plan.pregnancy import silent_of_pregnancy
from criteria_dsl.plan.terms import TermFacts, term_facts
from criteria_dsl.plan.written_out import MAX_PHRASE
from criteria_dsl.problem import RejectedError
from criteria_dsl.source import Span
from eligibility import program as ir
from eligibility.facts import Kind

_NO_ROWS = {
    Sort.STATEMENT: "a statement stands alone on its line, or after `not`; join statements with bullets",
    Sort.VALUE: "compare it: `… is >= …`",
    Sort.PICK: "test it: `… is …`, or use its time: `day of …`",
    Sort.CODES: "declare it with a kind, such as `diagnosis` or `finding`",
    Sort.FUNCTION: "name it with its arguments first: `define … as … of …`",
    Sort.PERIOD: "use it in a time phrase: `during …`",
    Sort.DATE: "use it in a time phrase: `before …`",
}


@dataclass(frozen=True, slots=True)
class PlannedRows:
    """Rows of the program, and what their terms say, selection by selection."""

    rows: ir.Rows
    terms: tuple[TermFacts, ...]
    apart: ir.Duration | None = None

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(term.word.word for term in self.terms)


def plan_rows(scope: Scope, node: t.Rows, *, counted: bool = False) -> PlannedRows:
    """The rows a phrase selects. Raises RejectedError.

    `counted`: the phrase stands after a count, where `at least 7 days apart` has a meaning.
    """
    node = with_arguments(scope, node)
    planned = plan_names(scope, node.names, node.span)
    tests: list[list[ir.RowTest]] = [[] for _ in planned.terms]
    apart: ir.Duration | None = None
    failed = False
    _check_size(scope, len(planned.terms) * sum(clauses.size(clause) for clause in node.clauses), node.span)
    lengths.check_place(scope.report, node.clauses)
    for clause in node.clauses:
        try:
            if isinstance(clause, t.DaysClause):
                raise lengths.misplaced(scope.report, clause)
            if isinstance(clause, t.StableDoseClause):
                raise lengths.without_days(scope.report, clause)
            if isinstance(clause, t.ApartClause):
                apart = clauses.apart(scope, clause, counted=counted)
                continue
            for found, more in zip(tests, _tests(scope, clause, planned.terms), strict=True):
                found += more
        except RejectedError:
            failed = True
    try:
        clauses.check_times(scope.report, node.clauses)
        excepted = plan_rows(scope, node.excepted) if node.excepted is not None else None
    except RejectedError:
        failed = True
        excepted = None
    if failed:
        raise RejectedError
    selections = tuple(
        replace(selection, tests=(*selection.tests, *more))
        for selection, more in zip(planned.rows.selections, tests, strict=True)
    )
    selections = related.not_done(scope.report, node.clauses, selections, planned.terms)
    selections = tuple(map(_permitting, selections))
    if excepted is not None and node.excepted is not None:
        selections = _less(scope, selections, planned.terms, excepted, node.excepted)
    rows = ir.Rows(selections, text=node.span.text)
    _check_size(scope, scope.planning.sizes.of(rows), node.span)
    return PlannedRows(rows, planned.terms, apart)


def named_rows(scope: Scope, entry: Entry, node: t.Rows) -> PlannedRows:
    """The rows of a definition, planned once per set of policy lines. Raises RejectedError."""
    inner = scope.inside(entry)
    key, planning = (entry, inner.lines), scope.planning
    kept = planning.kept.get(key)
    if kept is planning.report:
        raise RejectedError(entry.name)  # planned before, and its problem stands in this report
    if isinstance(kept, PlannedRows):
        return kept
    planning.kept[key] = planning.report
    planning.kept[key] = planned = plan_rows(inner, node)
    return planned


def _permitting(selection: ir.Selection) -> ir.Selection:
    """A consent is one that permits, unless the text says which decision is meant."""
    told = any(isinstance(test, ir.WordTest) and test.column == "decision" for test in selection.tests)
    if selection.kind is not Kind.CONSENT or told:
        return selection
    return replace(selection, tests=(*selection.tests, ir.WordTest("decision", ("permit",))))


def _tests(scope: Scope, clause: t.Clause, terms: tuple[TermFacts, ...]) -> list[list[ir.RowTest]]:
    """What a clause asks, term by term. Raises RejectedError."""
    if not isinstance(clause, t.TimeClause):
        return [clauses.tests(scope, clause, term) for term in terms]
    relations = [clauses.relation_of(scope.report, clause, term) for term in terms]
    if reach.in_half_lives(clause.window):
        windows = [times.window(scope, clause.window, term) for term in terms]
    else:
        windows = [times.window(scope, clause.window)] * len(terms)
    return [[ir.TimeTest(relation, one)] for relation, one in zip(relations, windows, strict=True)]


def _check_size(scope: Scope, parts: int, span: Span) -> None:
    """Names times clauses or exceptions, or all of it with what it relates to. Raises RejectedError."""
    if parts > MAX_PHRASE:
        message = f"written out, this phrase has more than {MAX_PHRASE:,} parts"
        raise scope.report.reject("E004", span, message, "join the names in one term: `codes of … or …`")


def plan_names(scope: Scope, names: Sequence[t.Word], span: Span) -> PlannedRows:
    """The union of named terms and row sets. Raises RejectedError."""
    selections: list[ir.Selection] = []
    terms: list[TermFacts] = []
    failed = False
    for word in names:
        try:
            part = _named(scope, word)
        except RejectedError:
            failed = True
            continue
        selections += part.rows.selections
        terms += part.terms
    if failed:
        raise RejectedError
    return PlannedRows(ir.Rows(tuple(selections), text=span.text), tuple(terms))


def plan_pick(scope: Scope, entry: Entry) -> tuple[Which, PlannedRows]:
    """The pick and rows of a `define NAME as most recent …`. Raises RejectedError."""
    inner = scope.inside(entry)
    node = entry.node
    match node:
        case t.Define(value=t.PickedValue(picked=picked)):
            return which(picked.pick), named_rows(scope, entry, picked.rows)
        case t.Define(value=t.RowsValue(rows=rows)):
            return plan_pick(inner, lookup(inner, with_arguments(inner, rows).names[0]))
    raise RejectedError(entry.name)


def _named(scope: Scope, word: t.Word) -> PlannedRows:
    entry = lookup(scope, word)
    match sort_of(entry):
        case Sort.TERM:
            facts = term_facts(scope.planning, entry)
            selection = ir.Selection(
                facts.name,
                facts.word.kind,
                facts.value_set,
                policy=policy(scope, facts.word.word),
                analyte=facts.analyte,
            )
            selection = silent_of_pregnancy(selection, scope.planning.value_sets.get(facts.value_set))
            return PlannedRows(ir.Rows((selection,), text=word.text), (facts,))
        case Sort.ROWS:
            node = entry.node
            if isinstance(node, t.Define) and isinstance(node.value, t.RowsValue):
                return named_rows(scope, entry, node.value.rows)
    raise wrong_sort(scope, word, entry, "records", _NO_ROWS.get(sort_of(entry), ""))


def _less(
    scope: Scope,
    selections: tuple[ir.Selection, ...],
    terms: tuple[TermFacts, ...],
    excepted: PlannedRows,
    node: t.Rows,
) -> tuple[ir.Selection, ...]:
    """Each selection without the excepted records of its own kind."""
    _check_size(scope, len(selections) * len(excepted.terms), node.span)
    kinds = {selection.kind for selection in selections}
    for selection, term in zip(excepted.rows.selections, excepted.terms, strict=True):
        if selection.kind not in kinds:
            mine = " or ".join(sorted({term.word.plural for term in terms}))
            message = f"`{selection.term}` is among the {term.word.plural}, so no record of the {mine} is one"
            raise scope.report.reject(
                "E209", node.span, message, "an exception takes out records of the same kind"
            )
    return tuple(
        replace(
            selection,
            excepts=(
                *selection.excepts,
                *(other for other in excepted.rows.selections if other.kind is selection.kind),
            ),
        )
        for selection in selections
    )
