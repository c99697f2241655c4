"""The oracle: judges a program slowly and plainly, one patient, one row, one test at a time.

It follows the docstrings of `eligibility.program` and shares no code with `eligibility.judging`;
the fast judge must come to the same states, causes and verdicts. It is never part of the product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from eligibility.facts import Facts, Kind, Standing
from eligibility.instants import DAY, END_OF_TIME
from eligibility.program import (
    AgeIs,
    All,
    AnyEvent,
    AnyOf,
    Ask,
    Birth,
    Choice,
    Counted,
    Criterion,
    Died,
    EdgeIs,
    Event,
    Every,
    Exists,
    Exposed,
    InARow,
    Leaf,
    Not,
    NumberOf,
    PersonIs,
    PickedIsIn,
    Polarity,
    Program,
    Relation,
    Stage,
    Statement,
    TimeTest,
    ValueIs,
)
from eligibility.reasons import Cause
from eligibility.terminology import Membership
from tests.oracle import choices
from tests.oracle.absence import exists, moment_unknown
from tests.oracle.assumed import owed
from tests.oracle.counts import counted
from tests.oracle.death import died
from tests.oracle.exposure import exposed
from tests.oracle.in_a_row import in_a_row
from tests.oracle.notes import damaged_note, took_too_long, with_unread
from tests.oracle.places import lives_in
from tests.oracle.questions import ask
from tests.oracle.records import Patient, Row, patients_of
from tests.oracle.run import Run, runs
from tests.oracle.selections import event_bound, in_time
from tests.oracle.truth import (
    FALSE,
    TRUE,
    UNKNOWN,
    Truth,
    conjunction,
    disjunction,
    negate,
    number_of,
    settle,
    truth_of,
    unsettled,
)
from tests.oracle.values import ages, every, kinds, no_reading, picked_is_in, value_is
from tests.oracle.words import NOBODY_KNOWS, said

FAIL, REVIEW, PASS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the oracle says of one patient: each criterion's outcome and causes, and the verdict."""

    findings: tuple[Truth, ...]
    verdict: int
    cohorts: dict[str, int]


def opinions(
    program: Program,
    facts: Facts,
    membership: Membership,
    as_of: date,
    parameters: Mapping[str, tuple[date, date]] | None = None,
) -> list[Opinion]:
    """The oracle's word on every patient of a table."""
    patients = [with_unread(facts, program, patient) for patient in patients_of(facts)]
    made = runs(program, facts, membership, patients, as_of, parameters or {})
    return [blamed(facts, run.patient, _opinion(run, program)) for run in made]


def blamed(facts: Facts, patient: Patient, opinion: Opinion) -> Opinion:
    """The opinion, with doubts that a note left which took too long named by it."""
    if not took_too_long(facts, patient.at):
        return opinion
    other_damage = any(flags[patient.at] for flags in facts.corrupt.values()) or damaged_note(
        facts, patient.at
    )

    def named(truth: Truth) -> Truth:
        if not truth.causes & Cause.DATA_CORRUPT:
            return truth
        kept = truth.causes if other_damage else truth.causes & ~Cause.DATA_CORRUPT
        return Truth(truth.state, kept | Cause.NLP_TIMEOUT)

    return replace(opinion, findings=tuple(map(named, opinion.findings)))


def _opinion(run: Run, program: Program) -> Opinion:
    findings = tuple(_finding(run, criterion) for criterion in program.criteria)
    said = [
        (criterion, truth.state)
        for criterion, truth in zip(program.criteria, findings, strict=True)
        if criterion.stage is Stage.PRE_SCREEN and criterion.polarity is not Polarity.POPULATION
    ]
    alive = {TRUE: FAIL, UNKNOWN: REVIEW, FALSE: PASS}[_dead(run)]
    names = [criterion.id for criterion in program.criteria if criterion.polarity is Polarity.COHORT]
    cohorts = {
        name: min([alive, *(state for criterion, state in said if _is_asked_of(criterion, name))])
        for name in names
    }
    shared = min([alive, *(state for criterion, state in said if _is_asked_of(criterion, None))])
    return Opinion(findings, max(cohorts.values(), default=shared), cohorts)


def _is_asked_of(criterion: Criterion, cohort: str | None) -> bool:
    """Whether a criterion is asked of the members of a cohort (None: of everybody)."""
    if criterion.polarity is Polarity.COHORT:
        return criterion.id == cohort
    return not criterion.cohorts or cohort in criterion.cohorts


def _finding(run: Run, criterion: Criterion) -> Truth:
    truth = evaluate(run, criterion.statement)
    if criterion.polarity is Polarity.EXCLUDE:
        truth = negate(truth)
    if criterion.applies_to is not None:
        outside = negate(evaluate(run, criterion.applies_to))
        if outside.state == TRUE:
            outside = Truth(TRUE, Cause.NOT_APPLICABLE)
        truth = disjunction([outside, truth])
    return truth


def _dead(run: Run) -> int:
    person = run.patient.person
    damaged = run.damaged({Kind.DEMOGRAPHIC})
    if person is None:
        return UNKNOWN
    if not person.columns["deceased"]:
        return UNKNOWN if damaged else FALSE
    earliest, latest = person.columns["death_lo"], person.columns["death_hi"]
    if latest >= END_OF_TIME:
        return TRUE
    today = run.as_of + DAY - 1
    state = truth_of(latest <= today, earliest <= today)
    return UNKNOWN if state == FALSE and damaged else state


def evaluate(run: Run, statement: Statement) -> Truth:
    match statement:
        case Not():
            return negate(evaluate(run, statement.part))
        case All():
            return conjunction([evaluate(run, part) for part in statement.parts])
        case AnyOf():
            return disjunction([evaluate(run, part) for part in statement.parts])
        case NumberOf():
            parts = [evaluate(run, part) for part in statement.parts]
            return number_of(parts, statement.least, statement.most)
        case Choice():
            return choices.choice(run, statement)
        case _:
            return owed(run, statement, judge_leaf(run, statement))


def judge_leaf(run: Run, statement: Leaf) -> Truth:
    match statement:
        case Exists():
            return exists(run, statement.rows)
        case Counted():
            return counted(run, statement)
        case Exposed():
            return exposed(run, statement)
        case InARow():
            return in_a_row(run, statement)
        case Every():
            return every(run, statement)
        case ValueIs():
            return value_is(run, statement)
        case PickedIsIn():
            return picked_is_in(run, statement)
        case EdgeIs():
            return _edge_is(run, statement)
        case AgeIs():
            return _age_is(run, statement)
        case Died():
            return died(run, statement)
        case PersonIs():
            return _person_is(run, statement)
        case Ask():
            return ask(run, statement)


def _edge_is(run: Run, leaf: EdgeIs) -> Truth:
    moments = (leaf.event, leaf.window.lower, leaf.window.upper)
    events = [moment for moment in moments if isinstance(moment, Event | AnyEvent)]
    damaged = run.damaged({kind for event in events for kind in kinds(event.rows)})
    if any(isinstance(moment, Birth) for moment in moments):
        damaged = damaged or run.damaged({Kind.DEMOGRAPHIC})
    bound = event_bound(run, leaf.event)
    if bound.there.state == FALSE:
        absent = exists(run, leaf.event.rows)
        return unsettled(Truth(min(absent.state, UNKNOWN), absent.causes), damaged)
    edge = Row(Kind.CONTACT, 0, 0, bound.span, bound.span, END_OF_TIME, Standing.COUNTS, {})
    lies = in_time(run, TimeTest(Relation.STARTING, leaf.window), edge, hangs=bound.hangs)
    state, cause = (both := conjunction([lies, bound.there])).state, both.causes
    if state != UNKNOWN:
        cause = Cause.OUT_OF_WINDOW if state == FALSE else Cause.EVIDENCE
    if state == FALSE and any(moment_unknown(run, event) for event in events[1:]):
        state, cause = UNKNOWN, Cause.DATA_NOT_FOUND
    if state == FALSE and bound.there.state == UNKNOWN and no_reading(run, leaf.event.rows).state != FALSE:
        return unsettled(Truth(UNKNOWN, exists(run, leaf.event.rows).causes), damaged)
    return unsettled(Truth(state, cause), damaged)


def _age_is(run: Run, leaf: AgeIs) -> Truth:
    if run.damaged({Kind.DEMOGRAPHIC}):
        return Truth(UNKNOWN, Cause.DATA_CORRUPT)
    age = ages(run, leaf.at)
    if age is None:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    least, most = age
    low = least if leaf.low is None else leaf.low
    high = most if leaf.high is None else leaf.high
    state = truth_of(low <= least and most <= high, low <= most and least <= high)
    birthdays = (leaf.low, None if leaf.high is None else leaf.high + 1)
    if any(years and leaf.borderline and near_birthday(run, leaf, years) for years in birthdays):
        return Truth(UNKNOWN, Cause.BORDERLINE)
    return Truth(state, Cause.PARTIAL_DATE if state == UNKNOWN else Cause.DEMOGRAPHIC)


def near_birthday(run: Run, leaf: AgeIs, years: int) -> bool:
    """Whether somebody may complete so many years within the margin of days around the moment."""
    margin = math.floor(leaf.borderline * years * 365.25)
    before = ages(run, leaf.at, -margin - 1)
    after = ages(run, leaf.at, margin)
    return before is not None and after is not None and before[0] < years <= after[1]


def _person_is(run: Run, leaf: PersonIs) -> Truth:
    if run.damaged({Kind.DEMOGRAPHIC}):
        return Truth(UNKNOWN, Cause.DATA_CORRUPT)
    person = run.patient.person
    held = 0 if person is None else person.columns[leaf.column]
    if not held:
        return _unsaid(leaf)
    word = run.facts.words.texts[held] if leaf.value_set is None else ""
    if leaf.value_set is not None:
        state = FALSE
        if run.member(leaf.value_set, held):
            state = TRUE
        elif run.near(leaf.value_set, held) or not run.comparable(leaf.value_set, held):
            state = UNKNOWN
    elif leaf.column in ("country", "state", "postal_code"):
        state = max(lives_in(leaf.column, word, place) for place in leaf.words)
    elif word in NOBODY_KNOWS and word not in leaf.words:
        return _unsaid(leaf)
    else:
        state = said(Kind.DEMOGRAPHIC, leaf.column, word, leaf.words).state
    state = settle(2 - state if leaf.negated else state, leaf.policy.unmapped)
    return Truth(state, Cause.CODE_UNMAPPED if state == UNKNOWN else Cause.DEMOGRAPHIC)


def _unsaid(leaf: PersonIs) -> Truth:
    state = settle(UNKNOWN, leaf.policy.missing)
    return Truth(state, Cause.DATA_NOT_FOUND if state == UNKNOWN else Cause.ABSENCE_ASSUMED)
