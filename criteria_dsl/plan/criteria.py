"""One criterion: its statement, and the attributes that say when, by whom and for whom."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.names import Sort, sort_of
from criteria_dsl.plan.amendments import plan_changes
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.limits import whole_number
from criteria_dsl.plan.questions import keyed
from criteria_dsl.plan.statements import named_statement, plan_statement
from criteria_dsl.plan.written_out import MAX_PROGRAM
from criteria_dsl.problem import RejectedError
from eligibility import program as ir

_STAGES = tuple(stage.value for stage in ir.Stage)


def plan_criterion(scope: Scope, node: t.Criterion) -> ir.Criterion | None:
    """A criterion of the program; None where anything in it is in error."""
    inner = Scope(scope.planning, scope.file, (node.policies,) if node.policies else ())
    failed = False
    statement: ir.Statement | None = None
    applies: ir.Statement | None = None
    stage, asked = ir.Stage.PRE_SCREEN, None
    cohorts: tuple[str, ...] = ()
    changes: tuple[ir.Amended, ...] = ()
    priority, route = None, None
    try:
        _check_attributes(inner, node)
        stage = _stage(inner, node)
        asked = _word(node, "asked")
        applies = _applies(inner, node)
        cohorts = _cohorts(inner, node)
        changes = plan_changes(node, scope.file.header, scope.report)
        priority, route = _priority(inner, node), _route(inner, node)
    except RejectedError:
        failed = True
    try:
        statement = plan_statement(inner, node.statement)
        if scope.planning.asks:
            protocol = scope.file.header.name.text if scope.file.header is not None else ""
            statement, applies = keyed((statement, applies), protocol, node.name.text)
        _check_size(inner, node, (statement, applies))
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
        priority=priority,
        route=route,
        changes=changes,
    )


def _check_size(scope: Scope, node: t.Criterion, parts: tuple[ir.Statement | None, ...]) -> None:
    """What all criteria so far come to, written out. Raises RejectedError."""
    planning = scope.planning
    before = planning.written
    planning.written += planning.sizes.of(parts)
    if before > MAX_PROGRAM:
        raise RejectedError(node.name.text)  # said of the criterion that was one too many
    if planning.written > MAX_PROGRAM:
        message = f"written out, the criteria up to here have more than {MAX_PROGRAM:,} parts"
        hint = "name fewer records in what others relate to, or in exceptions"
        raise scope.report.reject("E004", node.name.span, message, hint)


def _priority(scope: Scope, node: t.Criterion) -> int | None:
    word = _word(node, "priority")
    return None if word is None else whole_number(scope.report, word, 1, 5)


def _route(scope: Scope, node: t.Criterion) -> ir.Responder | None:
    word = _word(node, "route to")
    if word is None:
        return None
    if word.text == "patient":
        hint = "write `route to screener`; what the patient answers is asked with `patient confirms`"
        raise scope.report.reject("E115", word.span, "open findings go to a clinician or screener", hint)
    return ir.Responder(word.text)


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
    return named_statement(scope.asking(), entry)


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
