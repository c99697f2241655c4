"""Numbers and coded values of picked rows, and what is computed from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from eligibility.facts import Kind, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.program import (
    AgeValue,
    Answer,
    Arithmetic,
    Constant,
    Every,
    FirstAvailable,
    Given,
    Literal,
    Operator,
    Pick,
    Picked,
    PickedIsIn,
    Policy,
    Range,
    Rows,
    Value,
    ValueIs,
)
from eligibility.reasons import Cause
from tests.oracle.absence import absence, one_sided
from tests.oracle.instants import years_between
from tests.oracle.records import Number
from tests.oracle.run import Run
from tests.oracle.selections import (
    Judged,
    above,
    below,
    candidates,
    has_unit,
    in_range,
    union_of,
    value_in_range,
    value_in_set,
)
from tests.oracle.truth import (
    FALSE,
    NOTHING,
    TRUE,
    UNKNOWN,
    Truth,
    disjunction,
    doubtful,
    negate,
    union,
    unsettled,
)

ANYTHING = Number(-math.inf, math.inf, True, True)


def readings(run: Run, rows: Rows) -> list[Judged]:
    """Possible rows that carry a value."""
    return [j for j in union_of(run, rows) if j.possible and j.row.value_state != ValueState.NONE]


def no_reading(run: Run, rows: Rows) -> Truth:
    return disjunction([absence(run, selection) for selection in rows.selections])


def kinds(rows: Rows) -> set[Kind]:
    return {selection.kind for selection in rows.selections}


def agreed(chosen: list[Judged], each: list[Truth], pick: Pick) -> Truth:
    """What is said of the pick: all candidates must agree."""
    if all(truth.state == TRUE for truth in each) or all(truth.state == FALSE for truth in each):
        return Truth(each[0].state, union(truth.causes for truth in each))
    doubts = union(truth.causes for truth in each if truth.state == UNKNOWN)
    if doubts:
        return Truth(UNKNOWN, doubts)
    spans = [j.row.start if pick is Pick.FIRST else j.row.end for j in chosen]
    unsure = any(not span.exact for span in spans) or any(not j.certain for j in chosen)
    return Truth(UNKNOWN, Cause.PARTIAL_DATE if unsure else Cause.SOURCE_CONFLICT)


def if_there(said: Truth, found: list[Judged], absent: Truth) -> Truth:
    """What is said of readings none of which is sure to be one: unknown, or absence says the same."""
    if any(judged.certain for judged in found):
        return said
    if said.state == absent.state != UNKNOWN:
        return Truth(said.state, said.causes | absent.causes)
    doubts = union(judged.full.causes for judged in found)
    return Truth(UNKNOWN, doubts | (said.causes if said.state == UNKNOWN else NOTHING))


def limited(number: Number, limit: Range, policy: Policy) -> Truth:
    """A number against a range: which side it is on, or why that cannot be said."""
    share = policy.borderline
    for end in (limit.low, limit.high):
        if end is not None and share and math.isfinite(number.lo) and math.isfinite(number.hi):
            margin = share * abs(end)
            if number.lo <= end + margin and number.hi >= end - margin:
                return Truth(UNKNOWN, Cause.BORDERLINE)
    state = in_range(number, limit)
    if state == TRUE:
        return Truth(TRUE, one_sided(limit))
    if state == UNKNOWN:
        return Truth(UNKNOWN, Cause.VALUE_IMPRECISE)
    low, high = below(number, limit), above(number, limit)
    return Truth(FALSE, (Cause.VALUE_LOW if low else NOTHING) | (Cause.VALUE_HIGH if high else NOTHING))


def reading_is(judged: Judged, limit: Range, policy: Policy) -> Truth:
    if has_unit(judged.row, limit.unit):
        return limited(judged.row.number, limit, policy)
    return value_in_range(judged.row, limit)


def value_is(run: Run, leaf: ValueIs) -> Truth:
    value = leaf.value
    if isinstance(value, Picked):
        found = readings(run, value.rows)
        if not found:
            truth = said_missing(no_reading(run, value.rows), leaf.policy)
        elif value.pick in (Pick.FIRST, Pick.MOST_RECENT):
            chosen = candidates(found, value.pick)
            each = [reading_is(judged, leaf.range, leaf.policy) for judged in chosen]
            absent = said_missing(no_reading(run, value.rows), leaf.policy)
            truth = if_there(agreed(chosen, each, value.pick), found, absent)
        else:
            number = compute(run, value)
            said = reckoned(number, leaf)
            absent = said_missing(no_reading(run, value.rows), leaf.policy)
            truth = if_there(said, found, absent)
        return unsettled(truth, run.damaged(kinds(value.rows)))
    number = compute(run, value)
    if number.there == FALSE:
        truth = said_missing(number.absent, leaf.policy)
    else:
        truth = reckoned(number, leaf)
        if number.there == UNKNOWN and not (
            truth.state == said_missing(number.absent, leaf.policy).state != UNKNOWN
        ):
            doubts = truth.causes if truth.state == UNKNOWN else NOTHING
            truth = Truth(UNKNOWN, doubts | number.doubts)
    return unsettled(truth, run.damaged(number.kinds))


def said_missing(absent: Truth, policy: Policy) -> Truth:
    if policy.missing is None:
        return absent
    cause = Cause.DATA_NOT_FOUND if policy.missing is Answer.UNKNOWN else Cause.ABSENCE_ASSUMED
    return Truth({Answer.YES: TRUE, Answer.NO: FALSE, Answer.UNKNOWN: UNKNOWN}[policy.missing], cause)


@dataclass(frozen=True, slots=True)
class Computed:
    """A number, whether it is there, why it is not exact, and what it means that it is not there."""

    number: Number
    there: int
    doubts: Cause
    absent: Truth
    kinds: set[Kind]


def reckoned(computed: Computed, leaf: ValueIs) -> Truth:
    truth = limited(computed.number, leaf.range, leaf.policy)
    if truth.state == UNKNOWN and computed.doubts and truth.causes != Cause.BORDERLINE:
        return Truth(UNKNOWN, computed.doubts)
    return truth


def compute(run: Run, value: Value) -> Computed:
    match value:
        case Constant():
            return Computed(Number(value.number, value.number), TRUE, NOTHING, Truth(UNKNOWN), set())
        case AgeValue():
            return _age(run, value)
        case Picked():
            return _picked(run, value)
        case Arithmetic():
            return _arithmetic(run, value)
        case FirstAvailable():
            return _first_available([compute(run, option) for option in value.options])


def _age(run: Run, value: AgeValue) -> Computed:
    age = ages(run, value.at)
    absent = Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    held = {Kind.DEMOGRAPHIC}
    if age is None:
        return Computed(ANYTHING, FALSE, Cause.DATA_NOT_FOUND, absent, held)
    doubt = Cause.PARTIAL_DATE if age[0] != age[1] else NOTHING
    return Computed(Number(age[0], age[1]), TRUE, doubt, absent, held)


def ages(run: Run, at: object) -> tuple[int, int] | None:
    """Least and most completed years at a fixed moment, or None without a birth date."""
    if not isinstance(at, Given | Literal):
        raise TypeError("age is asked at a fixed moment")
    person = run.patient.person
    if person is None:
        return None
    earliest, latest = person.columns["birth_lo"], person.columns["birth_hi"]
    if earliest <= BEGINNING or latest >= END_OF_TIME:
        return None
    then = run.fixed(at).lo
    return years_between(latest, then), years_between(earliest, then)


def _picked(run: Run, value: Picked) -> Computed:
    found = readings(run, value.rows)
    absent = no_reading(run, value.rows)
    held = kinds(value.rows)
    if not found:
        return Computed(ANYTHING, FALSE, absent.causes, absent, held)
    sure = [judged for judged in found if judged.certain]
    there = TRUE if sure else UNKNOWN
    if value.pick in (Pick.FIRST, Pick.MOST_RECENT):
        found = candidates(found, value.pick)
    doubts = union(judged.full.causes for judged in found)
    doubts |= union(_unreadable(judged, value.unit) for judged in found)
    numbers = [_number(judged, value.unit) for judged in found]
    if value.pick in (Pick.FIRST, Pick.MOST_RECENT):
        return Computed(hull(numbers), there, doubts, absent, held)
    known = [_number(judged, value.unit) for judged in sure]
    if value.pick is Pick.HIGHEST:
        number = highest(known, numbers)
    elif value.pick is Pick.LOWEST:
        number = negative(highest([negative(n) for n in known], [negative(n) for n in numbers]))
    elif len(sure) == len(found):
        number = Number(
            sum(n.lo for n in numbers) / len(numbers),
            sum(n.hi for n in numbers) / len(numbers),
            any(n.lo_open for n in numbers),
            any(n.hi_open for n in numbers),
        )
    else:
        number = hull(numbers)
    return Computed(number, there, doubts, absent, held)


def _number(judged: Judged, unit: str) -> Number:
    return judged.row.number if has_unit(judged.row, unit) else ANYTHING


def _unreadable(judged: Judged, unit: str) -> Cause:
    if has_unit(judged.row, unit):
        return NOTHING
    return value_in_range(judged.row, Range(unit=unit)).causes


def negative(number: Number) -> Number:
    return Number(-number.hi, -number.lo, number.hi_open, number.lo_open)


def highest(known: list[Number], possible: list[Number]) -> Number:
    """The highest of all known ones and some of the possible ones."""
    lo = max((n.lo for n in known), default=min(n.lo for n in possible))
    hi = max(n.hi for n in possible)
    return Number(
        lo,
        hi,
        any(n.lo_open for n in known if n.lo == lo),
        all(n.hi_open for n in possible if n.hi == hi),
    )


def hull(numbers: list[Number]) -> Number:
    lo, hi = min(n.lo for n in numbers), max(n.hi for n in numbers)
    return Number(
        lo,
        hi,
        all(n.lo_open for n in numbers if n.lo == lo),
        all(n.hi_open for n in numbers if n.hi == hi),
    )


def _arithmetic(run: Run, value: Arithmetic) -> Computed:
    left, right = compute(run, value.left), compute(run, value.right)
    there = min(left.there, right.there)
    doubts = left.doubts | right.doubts
    held = left.kinds | right.kinds
    lacking = union(part.absent.causes for part in (left, right) if part.there == FALSE)
    absent = Truth(UNKNOWN, Cause.NOT_COMPUTABLE | lacking)
    number = scaled(reckon(value.operator, left.number, right.number), value.scale)
    return Computed(number, there, doubts, absent, held)


def reckon(operator: Operator, a: Number, b: Number) -> Number:
    if operator is Operator.MINUS:
        return reckon(Operator.PLUS, a, negative(b))
    if operator is Operator.PLUS:
        return Number(a.lo + b.lo, a.hi + b.hi, a.lo_open or b.lo_open, a.hi_open or b.hi_open)
    if operator is Operator.DIVIDED_BY:
        if b.lo <= 0 <= b.hi:
            return ANYTHING
        b = Number(1 / b.hi, 1 / b.lo, b.hi_open, b.lo_open)
    ends = [
        (_times(x, y), x_open or y_open)
        for x, x_open in ((a.lo, a.lo_open), (a.hi, a.hi_open))
        for y, y_open in ((b.lo, b.lo_open), (b.hi, b.hi_open))
    ]
    lo, hi = min(ends)[0], max(ends)[0]
    return Number(
        lo,
        hi,
        all(is_open for end, is_open in ends if end == lo),
        all(is_open for end, is_open in ends if end == hi),
    )


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def scaled(number: Number, scale: float) -> Number:
    return replace(number, lo=number.lo * scale, hi=number.hi * scale)


def _first_available(options: list[Computed]) -> Computed:
    used = []
    for option in options:
        if option.there != FALSE:
            used.append(option)
        if option.there == TRUE:
            break
    held = set().union(*(option.kinds for option in options))
    absent = disjunction([option.absent for option in options])
    if not used:
        return Computed(ANYTHING, FALSE, absent.causes, absent, held)
    return Computed(
        hull([option.number for option in used]),
        max(option.there for option in used),
        union(option.doubts for option in used),
        absent,
        held,
    )


def every(run: Run, leaf: Every) -> Truth:
    """All readings pass the range, and there is one."""
    found = readings(run, leaf.rows)
    damaged = run.damaged(kinds(leaf.rows))
    absent = no_reading(run, leaf.rows)
    if not found:
        return doubtful(absent, damaged)
    each = {id(judged): reading_is(judged, leaf.range, Policy()) for judged in found}
    failed = [each[id(j)] for j in found if j.certain and each[id(j)].state == FALSE]
    if failed:
        return unsettled(Truth(FALSE, union(truth.causes for truth in failed)), damaged)
    if all(truth.state == TRUE for truth in each.values()):
        said = Truth(TRUE, one_sided(leaf.range))
    elif all(truth.state == FALSE for truth in each.values()):
        said = Truth(FALSE, union(truth.causes for truth in each.values()))
    else:
        spoiling = [judged for judged in found if each[id(judged)].state != TRUE]
        doubts = union(each[id(j)].causes for j in spoiling if each[id(j)].state == UNKNOWN)
        said = Truth(UNKNOWN, doubts | union(judged.full.causes for judged in spoiling))
    return unsettled(if_there(said, found, absent), damaged)


def picked_is_in(run: Run, leaf: PickedIsIn) -> Truth:
    found = readings(run, leaf.rows)
    damaged = run.damaged(kinds(leaf.rows))
    absent = no_reading(run, leaf.rows)
    if not found:
        return unsettled(absent, damaged)
    chosen = candidates(found, leaf.pick)
    policies = {id(judged): _policy_of(leaf, judged) for judged in chosen}
    each = []
    for judged in chosen:
        held = value_in_set(run, judged.row, leaf.value_set, policies[id(judged)])
        truth = negate(held) if leaf.negated else held
        if held.state == UNKNOWN:
            each.append(truth)
        else:
            each.append(Truth(truth.state, Cause.EVIDENCE if truth.state else Cause.VALUE_DIFFERENT))
    return unsettled(if_there(agreed(chosen, each, leaf.pick), found, absent), damaged)


def _policy_of(leaf: PickedIsIn, judged: Judged) -> Policy:
    kind = judged.row.kind
    return next(s.policy for s in leaf.rows.selections if s.kind is kind)
