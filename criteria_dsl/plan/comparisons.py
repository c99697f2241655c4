"""Statements that compare: a picked record, a named value, every record, an edge, age, the person."""

from __future__ import annotations

from dataclasses import replace

from criteria_dsl import tree as t
from criteria_dsl.names import Sort, sort_of
from criteria_dsl.plan import clauses, reach, times
from criteria_dsl.plan.applying import with_arguments
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.functions import PlannedValue
from criteria_dsl.plan.limits import limit_range
from criteria_dsl.plan.picks import Which, which
from criteria_dsl.plan.policies import policy
from criteria_dsl.plan.rows import PlannedRows, plan_pick, plan_rows
from criteria_dsl.plan.terms import codes_of
from criteria_dsl.plan.values import expected_of, named_value, of_terms
from criteria_dsl.source import Span
from criteria_dsl.vocabulary import Field, FieldSort, person_fields
from eligibility import program as ir


def picked_is(scope: Scope, node: t.PickedIs) -> ir.Statement:
    """`most recent X is TEST`. Raises RejectedError."""
    planned = plan_rows(scope, node.picked.rows)
    return _pick_is(scope, which(node.picked.pick), planned, node.picked.span, node.test, node.span)


def _pick_is(
    scope: Scope, chosen: Which, planned: PlannedRows, picked: Span, test: t.Test, whole: Span
) -> ir.Statement:
    if isinstance(test, t.Limit):
        value = of_terms(scope, chosen, planned.rows, planned.terms, picked)
        if test.multiple is not None:
            return _multiple_is(scope, chosen, planned, picked, test, whole)
        return _value_is(scope, value, planned.terms[0].name, test, whole)
    for term in planned.terms:
        if not term.word.has_value:
            message = f"`{term.name}` is among the {term.word.plural}, which have no result"
            raise scope.report.reject(
                "E213", picked, message, f"test a field: `{term.name} whose FIELD is …`"
            )
    if isinstance(test, t.Quoted):
        raise clauses.quoted_answer(scope, test)
    if not chosen.by_time:
        message = f"`{chosen.words}` is a number, and codes are none"
        raise scope.report.reject("E212", test.span, message, "write `most recent` or `first`, or a limit")
    codes = codes_of(scope, test.words)
    return ir.PickedIsIn(chosen.pick, planned.rows, codes, test.negated, whole.text, whole.line, chosen.place)


def _multiple_is(
    scope: Scope, chosen: Which, planned: PlannedRows, picked: Span, limit: t.Limit, whole: Span
) -> ir.Statement:
    """`most recent ALT is <= 3 x ULN`: the number as a multiple of its own reference limit."""
    expected = expected_of(scope, planned.terms, picked)
    if len({term.normal for term in planned.terms}) > 1 and limit.multiple is not None:
        message = "these terms state different reference ranges"
        raise scope.report.reject("E311", limit.multiple.span, message, "pick each one by itself")
    limits = limit_range(scope.report, limit, expected)
    value = ir.Picked(
        chosen.pick, planned.rows, expected.canonical, picked.text, limits.multiple_of, chosen.place
    )
    kind = next(iter(planned.kinds)) if len(planned.kinds) == 1 else None
    plain = replace(limits, unit="1", multiple_of=None)
    return ir.ValueIs(value, plain, policy(scope, kind), whole.text, whole.line)


def _value_is(scope: Scope, value: PlannedValue, what: str, limit: t.Limit, whole: Span) -> ir.Statement:
    limits = limit_range(scope.report, limit, value.expected(what))
    kind = next(iter(value.kinds)) if len(value.kinds) == 1 else None
    return ir.ValueIs(value.value, limits, policy(scope, kind), whole.text, whole.line)


def named_is(scope: Scope, node: t.NamedIs) -> ir.Statement:
    """`NAME is TEST`: a value, a named pick, or a field of the person. Raises RejectedError."""
    rows, test = with_arguments(scope, node.rows), node.test
    word = rows.names[0]
    alone = len(rows.names) == 1 and not rows.clauses and rows.excepted is None
    if alone and word.text in person_fields():
        return _person_is(scope, word, test, node.span)
    entry = lookup(scope, word)
    sort = sort_of(entry)
    if alone and sort is Sort.PICK:
        chosen, planned = plan_pick(scope, entry)
        return _pick_is(scope, chosen, planned, word.span, test, node.span)
    if alone and sort is Sort.VALUE:
        if isinstance(test, t.Limit):
            return _value_is(scope, named_value(scope, entry), word.text, test, node.span)
        message = f"`{word.text}` is a number, and codes are none"
        raise scope.report.reject("E212", test.span, message, "compare it with a limit: `is >= …`")
    if sort in (Sort.TERM, Sort.ROWS):
        shown = rows.span.text
        hint = f"say which: `most recent {shown}`, `highest …`"
        if isinstance(test, t.Limit) or not rows.clauses:
            hint += f"; to filter instead: `{entry.name} of {test.span.text}`"
        message = f"`is` tests one record, but there may be many `{entry.name}`"
        raise scope.report.reject("E201", rows.span, message, hint)
    message = f"`{word.text}` names {sort.called}, not a number or a picked record"
    raise scope.report.reject("E114", rows.span, message, "")


def _person_is(scope: Scope, word: t.Word, test: t.Test, whole: Span) -> ir.Statement:
    field = person_fields()[word.text]
    if isinstance(test, t.Limit):
        message = f"`{word.text}` is not a number"
        raise scope.report.reject(
            "E212", test.span, message, f"write `{word.text} is` and a word or the name of codes"
        )
    if field.sort is FieldSort.PLACE or isinstance(test, t.Quoted):
        person = _lives(scope, field, test, whole)
    elif field.sort is FieldSort.WORDS:
        words = clauses.checked_words(scope.report, field, test.words)
        person = ir.PersonIs(
            field.column, words=words, policy=policy(scope, None), text=whole.text, line=whole.line
        )
    else:
        codes = codes_of(scope, test.words)
        person = ir.PersonIs(
            field.column, value_set=codes, policy=policy(scope, None), text=whole.text, line=whole.line
        )
    return replace(person, negated=test.negated)


def _lives(scope: Scope, field: Field, test: t.Among | t.Quoted, whole: Span) -> ir.PersonIs:
    if field.sort is not FieldSort.PLACE or not isinstance(test, t.Quoted):
        message = f"`{field.name}` is not tested like this"
        hint = f"compare it with {clauses.taken(field)}"
        raise scope.report.reject("E212", test.span, message, hint)
    words = tuple(dict.fromkeys(word.text for word in test.words))
    if not all(word.strip("* ") for word in words):
        message = "nothing is left to compare"
        raise scope.report.reject("E212", test.span, message, "write at least one letter or digit")
    doubt = policy(scope, None)
    return ir.PersonIs(field.column, words=words, policy=doubt, text=whole.text, line=whole.line)


def every_is(scope: Scope, node: t.EveryIs) -> ir.Statement:
    """`every X is LIMIT`. Raises RejectedError."""
    planned = plan_rows(scope, node.rows)
    if not isinstance(node.test, t.Limit):
        hint = f"write `no {node.rows.span.text} of not …`"
        raise scope.report.reject("E212", node.test.span, "`every` compares numbers", hint)
    expected = expected_of(scope, planned.terms, node.rows.span)
    limits = limit_range(scope.report, node.test, expected)
    return ir.Every(planned.rows, limits, node.span.text, node.span.line)


def edge_is(scope: Scope, node: t.EdgeIs) -> ir.Statement:
    """`end of most recent X is WINDOW`, `end of NAME is WINDOW`. Raises RejectedError."""
    if node.edge.text == "day":
        hint = f"write `end of {node.picked.span.text}`"
        raise scope.report.reject("E205", node.edge.span, "`day of` has no single edge to compare", hint)
    chosen = _pick_of(scope, node)
    if not chosen.by_time or chosen.place > 1:
        message = f"`{chosen.words}` is no moment here"
        raise scope.report.reject("E205", node.picked.span, message, "write `most recent` or `first`")
    if isinstance(node.picked, t.Word):
        _, planned = plan_pick(scope, lookup(scope, node.picked))
    else:
        planned = plan_rows(scope, node.picked.rows)
    event = ir.Event(ir.Edge(node.edge.text), chosen.pick, planned.rows)
    term = reach.shared_term(scope.report, node.window, planned.terms)
    return ir.EdgeIs(event, times.window(scope, node.window, term), node.span.text, node.span.line)


def _pick_of(scope: Scope, node: t.EdgeIs) -> Which:
    """Which record the edge is of. Raises RejectedError for a name of something else than a pick."""
    if isinstance(node.picked, t.Picked):
        return which(node.picked.pick)
    entry = lookup(scope, node.picked)
    if sort_of(entry) is Sort.PICK:
        return plan_pick(scope, entry)[0]
    name = node.picked.text
    hint = f"write `{node.edge.text} of most recent {name} is …` (or `first`)"
    raise wrong_sort(
        scope,
        node.picked,
        entry,
        "one picked record",
        hint if sort_of(entry) in (Sort.TERM, Sort.ROWS) else "",
    )
