"""What narrows rows: `of`, `whose`, and time phrases, each checked against the kind of the term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.plan import lengths, related, times
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.doses import dose_range
from criteria_dsl.plan.limits import AGE, Expected, limit_range
from criteria_dsl.plan.notes import note_test
from criteria_dsl.plan.terms import TermFacts, codes_of
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.vocabulary import Field, FieldSort, fields
from eligibility import program as ir

_FLAGS = {"no": 0.0, "yes": 1.0}
_RELATIONS = "`starting`, `ending`, `overlapping` or `entirely`"


def tests(scope: Scope, clause: t.Clause, term: TermFacts) -> list[ir.RowTest]:
    """The tests of result or fields that a clause means for one term. Raises RejectedError."""
    match clause:
        case t.OfClause():
            return [_of(scope, clause, term)]
        case t.WhoseClause(fields=tested):
            return [_field(scope, one, term) for one in tested]
        case t.NotedClause():
            return [note_test(scope.report, clause)]
        case t.SameVisitClause(name=name):
            return [ir.SameVisit(related.of_visit(scope, name))]
        case t.ForClause():
            return [lengths.length_test(scope.report, clause, term)]
    return []


def size(clause: t.Clause) -> int:
    """How many tests a clause asks of each term, counted generously."""
    match clause:
        case t.OfClause(test=t.Among(words=words)):
            return len(words)
        case t.WhoseClause(fields=tested):
            return sum(1 if isinstance(one.test, t.Limit) else len(one.test.words) for one in tested)
    return 1


def expected_unit(term: TermFacts) -> Expected:
    """The unit in which a term's result is compared; a term without a unit is a plain number."""
    if term.unit is None:
        return Expected("1", "", term.name, term.normal)
    analyte = term.analyte.name if term.analyte else ""
    return Expected(term.unit.canonical, term.unit_text, term.name, term.normal, analyte)


def _of(scope: Scope, clause: t.OfClause, term: TermFacts) -> ir.RowTest:
    if not term.word.has_value:
        message = f"`{term.name}` is among the {term.word.plural}, which have no result"
        hint = f"test a field: `{term.name} whose FIELD is …`"
        raise scope.report.reject("E213", clause.span, message, hint)
    if isinstance(clause.test, t.Limit):
        return ir.NumberTest("value", limit_range(scope.report, clause.test, expected_unit(term)))
    if isinstance(clause.test, t.Quoted):
        raise quoted_answer(scope, clause.test)
    return ir.ValueInSet(codes_of(scope, clause.test.words), clause.test.negated)


# --- fields


def _field(scope: Scope, node: t.FieldTest, term: TermFacts) -> ir.RowTest:
    known = fields(term.word.kind)
    field = known.get(node.field.text)
    if field is None:
        near = suggest.nearest(node.field.text, known)
        near = near or next((name for name in known if name.startswith(f"{node.field.text}-")), None)
        names = ", ".join(f"`{name}`" for name in sorted(known)) or "none"
        hint = f"did you mean `{near}`?" if near else f"{term.word.plural} have: {names}"
        message = f"{term.word.plural} have no field `{node.field.text}`"
        raise scope.report.reject("E210", node.field.span, message, hint)
    return field_test(scope, field, node.test)


def field_test(scope: Scope, field: Field, test: t.Test) -> ir.SetTest | ir.WordTest | ir.NumberTest:
    """A field compared with words, codes or a number, whichever it takes. Raises RejectedError."""
    match field.sort, test:
        case FieldSort.WORDS, t.Among(words=words, negated=negated):
            return ir.WordTest(field.column, checked_words(scope.report, field, words), negated)
        case FieldSort.CODES, t.Among(words=words, negated=negated):
            return ir.SetTest(field.column, codes_of(scope, words), negated)
        case FieldSort.FLAG, t.Among(words=(word,), negated=False) if word.text in _FLAGS:
            flag = _FLAGS[word.text]
            return ir.NumberTest(field.column, ir.Range(flag, flag, text=test.span.text))
        case FieldSort.DAYS, t.Limit():
            return ir.NumberTest(
                field.column, limit_range(scope.report, test, Expected("d", "days", field.name))
            )
        case FieldSort.YEARS, t.Limit():
            expected = Expected(AGE, "years", field.name)
            return ir.NumberTest(field.column, limit_range(scope.report, test, expected))
        case FieldSort.DOSE, t.Limit():
            return ir.NumberTest(field.column, dose_range(scope.report, test, field.name))
    raise scope.report.reject(
        "E212", test.span, f"`{field.name}` is not tested like this", f"compare it with {taken(field)}"
    )


def taken(field: Field) -> str:
    match field.sort:
        case FieldSort.WORDS:
            return ", ".join(f"`{word}`" for word in field.words)
        case FieldSort.CODES:
            return "the name of codes: `codes name: SYSTEM CODE`"
        case FieldSort.DOSE:
            return "a daily amount, such as `>= 1500 mg/d`"
        case FieldSort.DAYS:
            return "a number of days, such as `>= 90 days`"
        case FieldSort.YEARS:
            return "an age, such as `< 55 years`"
        case FieldSort.PLACE:
            return 'quoted words as the record writes them, such as `is "MA" or "Massachusetts"`'
        case FieldSort.FLAG:
            return "`yes` or `no`"


def quoted_answer(scope: Scope, test: t.Quoted) -> RejectedError:
    """Results and coded fields are compared by code, never by wording."""
    hint = "name codes: `codes name: SYSTEM CODE`; `yes` and `no` need none"
    return scope.report.reject("E212", test.span, "answers are compared by their codes", hint)


def checked_words(report: Report, field: Field, words: tuple[t.Word, ...]) -> tuple[str, ...]:
    """Words of FHIR's closed list for a field. Raises RejectedError for any other word."""
    for word in words:
        if word.text not in field.words:
            near = suggest.nearest(word.text, field.words)
            hint = f"did you mean `{near}`?" if near else f"it takes {taken(field)}"
            raise report.reject("E211", word.span, f"`{field.name}` is never `{word.text}`", hint)
    return tuple(dict.fromkeys(word.text for word in words))


# --- time


def relation_of(report: Report, clause: t.TimeClause, term: TermFacts) -> ir.Relation:
    """Which part of a term's records has to fall in the window. Raises RejectedError."""
    window = clause.window
    on_a_day = isinstance(window, t.Relative) and window.word in ("at", "on")
    if clause.relation is not None:
        relation = ir.Relation(clause.relation.text)
        _check_shape(report, clause, relation)
        if relation is ir.Relation.OVERLAPPING and on_a_day and term.word.relation is None:
            message = "`overlapping` is already what a single day means here"
            raise report.reject("E204", clause.relation.span, message, f"write `{window.span.text}`")
        return relation
    if term.word.relation is not None:
        return term.word.relation
    if on_a_day:
        return ir.Relation.OVERLAPPING
    message = f"{term.word.plural} last: which part of `{term.name}` has to fall in this window?"
    words = window.span.text
    other = f"ending {words}" if _has_no_beginning(window) else f"overlapping {overlapped(window)}"
    hint = f"put {_RELATIONS} in front: `starting {words}`, `{other}`"
    raise report.reject("E203", window.span, message, hint)


def overlapped(window: t.Window) -> str:
    """How a window is written after `overlapping`."""
    text = window.span.text
    match window:
        case t.Within(side="of", length=length, moment=moment):
            by, at = length.span.text, moment.span.text
            return f"between {by} before {at} and {by} after {at}"
        case t.Within(length=t.LongerOf()):
            return text.replace("within ", "", 1)
        case t.Within():
            return text.replace("within", "the", 1)
        case t.During():
            return f"any {window.period.text}" if window.any else window.period.text
        case t.Bounded(bound="at most" | "less than" as bound, length=t.LongerOf()):
            return text.replace(f"{bound} ", "", 1)
        case t.Bounded(bound="at most" | "less than" as bound):
            return text.replace(bound, "the", 1)
    return text


def _check_shape(report: Report, clause: t.TimeClause, relation: ir.Relation) -> None:
    """`overlapping the 90 days before …`, `overlapping period`; the other relations the other way."""
    window, word = clause.window, clause.relation.text if clause.relation else ""
    if relation in (ir.Relation.OVERLAPPING, ir.Relation.THROUGHOUT):
        if relation is ir.Relation.THROUGHOUT and (_has_no_beginning(window) or _has_no_end(window)):
            message = "what goes on throughout a time needs both its ends"
            hint = "say them: `throughout between … and …`"
            raise report.reject("E204", clause.span, message, hint)
        if _has_no_beginning(window):
            message = "what overlaps a time without a beginning starts in it"
            raise report.reject("E204", clause.span, message, f"write `starting {window.span.text}`")
        right = overlapped(window)
        if right != window.span.text:
            raise report.reject(
                "E204",
                clause.span,
                f"after `{word}` this window is written differently",
                f"write `{word} {right}`",
            )
    elif isinstance(window, t.TheSpan):
        longer = isinstance(window.length, t.LongerOf)
        right = window.span.text.replace("the", "within the" if longer else "within", 1)
        raise report.reject(
            "E204", clause.span, "`the … days` goes with `overlapping`", f"write `{word} {right}`"
        )
    elif isinstance(window, t.During) and window.bare:
        right = f"{word} during {overlapped(window)}"
        raise report.reject("E204", clause.span, f"`{word}` needs `during`", f"write `{right}`")


def _has_no_beginning(window: t.Window) -> bool:
    match window:
        case t.AtAge(test=t.Limit(comparator="<" | "<=")):
            return True
        case t.Bounded(bound=bound, side=side):
            return side == "before" and bound in ("at least", "more than")
        case t.Relative(word=word):
            return word in ("before", "up to")
    return False


def _has_no_end(window: t.Window) -> bool:
    match window:
        case t.AtAge(test=t.Limit(comparator=">" | ">=")):
            return True
        case t.Bounded(bound=bound, side=side):
            return side == "after" and bound in ("at least", "more than")
        case t.Relative(word=word):
            return word in ("after", "since")
    return False


def check_times(report: Report, clauses: Sequence[t.Clause]) -> None:
    """Two time phrases of one relation in one phrase. Raises RejectedError."""
    seen: set[str] = set()
    for clause in clauses:
        if isinstance(clause, t.TimeClause):
            relation = clause.relation.text if clause.relation else ""
            if isinstance(clause.window, t.AtAge):
                relation += " at age"
            elif isinstance(clause.window, t.During) and clause.window.any:
                relation += " during any"  # beside a time: no one window says both
            if relation in seen:
                hint = "say both ends in one: `between … and …`"
                raise report.reject("E215", clause.span, "a second time phrase for the same records", hint)
            seen.add(relation)


def apart(scope: Scope, clause: t.ApartClause, *, counted: bool) -> ir.Duration:
    """The spacing of counted records. Raises RejectedError."""
    if not counted:
        hint = "write `at least 2 …` in front, or take it out"
        raise scope.report.reject("E216", clause.span, "only records that are counted lie apart", hint)
    if clause.bound != "at least":
        length = clause.length
        hint = "write `at least … apart`"
        if clause.bound == "more than" and length.unit in ("day", "week") and length.number.text.isdecimal():
            days = int(length.number.text) * (7 if length.unit == "week" else 1)
            hint = f"write `at least {days + 1} days apart`"
        raise scope.report.reject("E216", clause.span, f"`{clause.bound} … apart` has no meaning here", hint)
    return times.duration(scope.report, clause.length, hours=True)


def narrowed(rows: ir.Rows, test: ir.RowTest) -> ir.Rows:
    """Rows that also pass one more test."""
    selections = tuple(replace(selection, tests=(*selection.tests, test)) for selection in rows.selections)
    return ir.Rows(selections, rows.text)
