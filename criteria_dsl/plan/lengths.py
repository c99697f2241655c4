"""`for at least 3 days`: how long one record lasts, checked against the kind of the term."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from criteria_dsl import tree as t
from criteria_dsl.plan import times
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.source import Span
from eligibility import program as ir
from eligibility.facts import Kind

_NOT_MORE = ("at most", "less than")
_STRICT = ("more than", "at most")  # at most 3 days: not more than 3 days


def length_test(report: Report, clause: t.ForClause, term: TermFacts) -> ir.LengthTest:
    """The length a record of a term has to have. Raises RejectedError."""
    if term.word.relation is not None:
        message = f"{term.word.plural} have no length: `{term.name}` happens at one time"
        hint = "only diagnoses, medications, visits and allergies last"
        raise report.reject("E240", clause.span, message, hint)
    length = times.duration(report, clause.length, hours=True)
    both_days = term.word.kind is Kind.MEDICATION and length.unit != "hour"
    return ir.LengthTest(length, clause.bound in _STRICT, clause.bound in _NOT_MORE, both_days)


def check_place(report: Report, clauses: Sequence[t.Clause]) -> None:
    """A length that runs into `before …` reads as a time span. Raises RejectedError."""
    for clause, following in pairwise(clauses):
        match clause, following:
            case t.ForClause(), t.TimeClause(
                relation=None, window=t.Relative(word="before" as word) as window
            ):
                text = clause.span.text
                span = clause.span.to(following.span)
                since = text.replace("for", "starting", 1)
                hint = f"write `{since} {window.span.text}` for how long ago it began, "
                hint += f"or `{text} ending {window.span.text}` for its own length"
                message = f"`{text} {word} …`: its own length, or how long ago it began?"
                raise report.reject("E241", span, message, hint)


def check_absence(report: Report, node: t.Rows, span: Span) -> None:
    """`no X for at least 14 days` may be a time without X, or no X that lasts. Raises RejectedError.

    A time that is said, other than one the length runs into, and a dose make it the length of X.
    """
    said = [c for c in node.clauses if isinstance(c, t.TimeClause | t.StableDoseClause)]
    for clause, following in zip_longest(node.clauses, node.clauses[1:]):
        if not isinstance(clause, t.ForClause | t.DaysClause) or clause.bound in _NOT_MORE:
            continue
        if isinstance(clause, t.DaysClause) and clause.total:
            continue
        if said not in ([], [_run_into(clause, following)]):
            continue
        names = " or ".join(word.text for word in node.names)
        number, unit = clause.length.number.span.text, clause.length.unit
        time = f"{number} {unit}{'' if number == '1' else 's'}" if number[:1].isdigit() else number
        message = f"`no {names} {clause.span.text}`: a time without it, or none that lasts so long?"
        hint = f"write `no {names} overlapping the {time} before index` for a time without it; "
        hint += f"for its length name it: `define that as {names} {clause.span.text}`, then `no that`"
        raise report.reject("E247", span, message, hint)


def _run_into(clause: t.Clause, following: t.Clause | None) -> t.TimeClause | None:
    """The time that a record's length runs into: `for at least 14 days before index`."""
    match clause, following:
        case t.ForClause(), t.TimeClause(relation=None, window=t.Relative(word="before")):
            return following
    return None


def without_days(report: Report, clause: t.StableDoseClause) -> RejectedError:
    """A dose is stable over some days that are counted."""
    message = "over how many days has the dose to be stable?"
    hint = f"write `{clause.span.text} for at least 8 consecutive weeks until index`"
    return report.reject("E246", clause.span, message, hint)


def misplaced(report: Report, clause: t.DaysClause) -> RejectedError:
    """Days are counted where records are only narrowed."""
    message = "days of several records are counted in a statement of their own"
    hint = "let it stand alone, or name it: `define long-enough when …`"
    return report.reject("E244", clause.span, message, hint)
