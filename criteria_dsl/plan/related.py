"""Rows related to other rows of the patient: those of the same visit, and records of what was not done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from criteria_dsl import tree as t
from criteria_dsl.plan import rows  # relations hold rows, and rows hold relations
from criteria_dsl.plan.context import Scope
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.problem import Report
from eligibility import program as ir
from eligibility.facts import ATTRIBUTES


def of_visit(scope: Scope, name: t.Word) -> ir.Rows:
    """The rows whose visit is meant. Raises RejectedError."""
    return rows.plan_names(scope, (name,), name.span).rows


def not_done(
    report: Report,
    clauses: Sequence[t.Clause],
    selections: tuple[ir.Selection, ...],
    terms: tuple[TermFacts, ...],
) -> tuple[ir.Selection, ...]:
    """The selections turned to records of what was not done, where a clause says so. Raises RejectedError."""
    said = [clause for clause in clauses if isinstance(clause, t.NotDoneClause)]
    for clause in said:
        for term in terms:
            if "not_done_reason" not in ATTRIBUTES[term.word.kind]:
                message = f"no record says of {term.word.plural} that they were not done"
                hint = f"write `no {term.name}`, if there shall be none"
                raise report.reject("E230", clause.span, message, hint)
    return tuple(replace(one, not_done=one.not_done or bool(said)) for one in selections)
