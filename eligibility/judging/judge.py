"""judge(program, facts, as_of): every criterion for every patient, and the verdict.

Every criterion is judged for every patient; nothing is hidden by short-circuiting. The wall clock
is never read: the as-of date is an input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Facts
from eligibility.instants import DAY, day_start
from eligibility.judging.context import Context, Noted
from eligibility.judging.moments import fixed
from eligibility.judging.people import dead
from eligibility.judging.statements import evaluate
from eligibility.judging.truth import TRUE, UNKNOWN, Causes, States, Truth, disjunction, negate
from eligibility.judging.unread import blamed, with_unread
from eligibility.judging.verdicts import roll_up
from eligibility.program import AnyEvent, Criterion, Leaf, Polarity, Program
from eligibility.reasons import Cause, Outcome
from eligibility.terminology import Membership


class ParameterError(Exception):
    """A parameter without a value, unknown, or backwards. `code` and `name` say which."""

    def __init__(self, code: str, name: str, message: str) -> None:
        self.code, self.name = code, name
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion for all patients.

    `outcome` is uint8[n_patients] of `reasons.Outcome`, the polarity applied (for a measure's
    population: met means in it); `causes` uint32[n_patients] of `reasons.Cause`.
    """

    criterion: Criterion
    outcome: States
    causes: Causes

    @property
    def not_applicable(self) -> NDArray[np.bool_]:
        marked: NDArray[np.bool_] = (self.causes & Cause.NOT_APPLICABLE) != 0
        met: NDArray[np.bool_] = self.outcome == Outcome.MET
        return marked & met


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything a run decided about a table of facts.

    `verdict` is uint8[n_patients] of FAIL, REVIEW, PASS (see `verdicts`), `cohorts` the verdict of each
    cohort alone, by its id in the protocol's order; `dead` the state of "died by the as-of
    date". `leaves` and their `notes` (evidence rows) are kept when they were asked for.
    """

    findings: tuple[Finding, ...]
    verdict: States
    dead: States
    leaves: Mapping[Leaf, Truth] = field(default_factory=dict)
    notes: Mapping[Leaf, Sequence[Noted]] | None = None
    cohorts: Mapping[str, States] = field(default_factory=dict)


def judge(
    program: Program,
    facts: Facts,
    membership: Membership,
    as_of: date,
    parameters: Mapping[str, tuple[date, date]] | None = None,
    evidence: bool = False,
) -> Judgement:
    """Judge all patients of a table.

    `membership` comes from `terminology.bind(program, …, facts.concepts)`. `parameters` give the
    first and last day of each period parameter (twice the same day for a date), over the defaults.
    Raises ParameterError for a parameter that has no value.
    """
    return judge_with_context(program, facts, membership, as_of, parameters, evidence)[0]


def judge_with_context(
    program: Program,
    facts: Facts,
    membership: Membership,
    as_of: date,
    parameters: Mapping[str, tuple[date, date]] | None = None,
    evidence: bool = False,
) -> tuple[Judgement, Context]:
    """`judge`, with the run's context for those who go on to explain the result."""
    ((judgement, context),) = judge_together(
        [(program, parameters or {})], facts, membership, as_of, evidence
    )
    return judgement, context


def judge_together(
    asked: Sequence[tuple[Program, Mapping[str, tuple[date, date]]]],
    facts: Facts,
    membership: Membership,
    as_of: date,
    evidence: bool = False,
) -> list[tuple[Judgement, Context]]:
    """Judge programs, each with its parameters, as `judge_with_context` judges each alone.

    What several of them ask in the same words is worked out once. `membership` has to hold the terms of all;
    a name that two of them have must mean the same in both. Leaves and notes of a judgement may be those of
    others, too.
    """
    memories: list[tuple[Context, dict[Leaf, Truth]]] = []
    judged = []
    for program, parameters in asked:
        context = start(program, with_unread(facts, program), membership, as_of, parameters, evidence)
        known = [memory for memory in memories if memory[0].answers_as(context)]
        context, leaves = known[0] if known else (context, {})
        judged.append((_judged(program, facts, context, leaves), context))
        # Where a limit of the engine was reached, that stays with the program that reached it.
        memories = [memory for memory in memories if memory[0] is not context]
        if context.limited is None:
            memories.append((context, leaves))
    return judged


def _judged(program: Program, facts: Facts, context: Context, leaves: dict[Leaf, Truth]) -> Judgement:
    """The judgement of a program; `leaves` are those that are known already, and are added to."""
    findings = tuple(_find(context, criterion, leaves) for criterion in program.criteria)
    told: Mapping[Leaf, Truth] = leaves
    if facts.unread:
        findings = tuple(
            replace(found, causes=blamed(facts, Truth(found.outcome, found.causes)).causes)
            for found in findings
        )
        told = {leaf: blamed(facts, truth) for leaf, truth in leaves.items()}
    deaths = dead(context)
    verdict, cohorts = roll_up(findings, deaths)
    kept = told if context.notes is not None else {}
    return Judgement(findings, verdict, deaths, kept, context.notes, cohorts)


def start(
    program: Program,
    facts: Facts,
    membership: Membership,
    as_of: date,
    parameters: Mapping[str, tuple[date, date]],
    evidence: bool,
) -> Context:
    """The context of a run: parameters bound, index resolved."""
    membership.refresh()
    periods: dict[str, tuple[int, int]] = {}
    for parameter in program.parameters:
        if parameter.value:
            continue  # written into the statements already
        given = parameters.get(parameter.name)
        if given is not None:
            first, last = day_start(given[0]), day_start(given[1])
        elif parameter.default is not None:
            first, last = parameter.default[0] * DAY, parameter.default[1] * DAY
        else:
            raise ParameterError(
                "PARAMETER_MISSING", parameter.name, f"parameter {parameter.name} has no value"
            )
        if first > last:
            raise ParameterError(
                "PARAMETER_BACKWARDS", parameter.name, f"{parameter.name} ends before it starts"
            )
        periods[parameter.name] = (first, last)
    for name in parameters:
        if name not in periods:
            raise ParameterError("PARAMETER_UNKNOWN", name, f"the protocol has no parameter {name}")
    as_of_day = day_start(as_of)
    context = Context(facts, membership, as_of_day, as_of_day, periods, {} if evidence else None)
    if program.index is not None:
        day = fixed(context, program.index).lo
        context.index_day = int(day) if isinstance(day, int) else as_of_day
    return context


def _find(context: Context, criterion: Criterion, leaves: dict[Leaf, Truth]) -> Finding:
    truth = _decide(context, criterion, leaves)
    context.release()
    return Finding(criterion, truth.state, truth.causes)


def _decide(context: Context, criterion: Criterion, leaves: dict[Leaf, Truth]) -> Truth:
    """Whether a criterion is met, its polarity applied."""
    truth = evaluate(context, criterion.statement, leaves)
    applies = None if criterion.applies_to is None else evaluate(context, criterion.applies_to, leaves)
    truth = met(criterion, truth, applies)
    if context.limited is not None and _looks_at_pairs((criterion.statement, criterion.applies_to)):
        truth = Truth(
            np.where(context.limited, UNKNOWN, truth.state).astype(np.uint8),
            np.where(context.limited, np.uint32(Cause.EVAL_LIMIT), truth.causes),
        )
    return truth


def met(criterion: Criterion, truth: Truth, applies: Truth | None) -> Truth:
    """A criterion's polarity, and whom it applies to, put upon the truth of its statement."""
    if criterion.polarity is Polarity.EXCLUDE:
        truth = negate(truth)
    if applies is None:
        return truth
    # Met for whom it does not apply; the same for both polarities once the truth means "met".
    outside = negate(applies)
    marked = np.where(outside.state == TRUE, np.uint32(Cause.NOT_APPLICABLE), outside.causes)
    return disjunction([Truth(outside.state, marked.astype(np.uint32)), truth])


def _looks_at_pairs(node: object) -> bool:
    """Whether a part of a program relates rows to any of some other rows."""
    if isinstance(node, tuple):
        return any(_looks_at_pairs(part) for part in node)
    if isinstance(node, AnyEvent):
        return True
    if not is_dataclass(node):
        return False
    return any(_looks_at_pairs(getattr(node, item.name)) for item in fields(node))
