"""Numbers and coded values of picked rows, and what is computed from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

from eligibility.facts import Kind, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from eligibility.program import (
    AgeValue,
    Answer,
    Arithmetic,
    Change,
    Constant,
    Every,
    FirstAvailable,
    Function,
    Given,
    GreatestChange,
    Literal,
    Operator,
    Pick,
    Picked,
    PickedIsIn,
    Points,
    Policy,
    Range,
    Reference,
    Rows,
    SameDayRatio,
    Slope,
    Value,
    ValueChoice,
    ValueIs,
)
from eligibility.reasons import Cause
from tests.oracle import (
    choices,
    greatest_change,
    one_event,
    same_day_ratio,
    sent_twice,
    slopes,
)  # a value may ask statements, and those other values
from tests.oracle.absence import absence, one_sided
from tests.oracle.functions import applied, joined
from tests.oracle.instants import years_between
from tests.oracle.numbers import number_in, twelve_digits
from tests.oracle.records import Number
from tests.oracle.run import Run
from tests.oracle.selections import (
    Judged,
    above,
    closed,
    in_range,
    near_limit,
    placed,
    union_of,
    unreadable,
    value_in_set,
)
from tests.oracle.truth import (
    FALSE,
    NOTHING,
    TRUE,
    UNKNOWN,
    Truth,
    conjunction,
    disjunction,
    negate,
    settle,
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
    """What is said of the pick: all candidates must agree, and where they do not, why they differ."""
    states = {truth.state for truth in each}
    if len(states) == 1:
        return Truth(each[0].state, union(truth.causes for truth in each))
    doubts = union(truth.causes for truth in each if truth.state == UNKNOWN)
    return Truth(UNKNOWN, doubts | disagreement(chosen, pick))


def disagreement(chosen: list[Judged], pick: Pick) -> Cause:
    """Why candidates can differ: rows in doubt, dates in doubt, or two that stand at once."""
    doubts = union(judged.full.causes for judged in chosen)
    if doubts:
        return doubts
    spans = [j.row.start if pick is Pick.FIRST else j.row.end for j in chosen]
    return Cause.SOURCE_CONFLICT if all(span.exact for span in spans) else Cause.PARTIAL_DATE


def if_there(said: Truth, found: list[Judged], absent: Truth) -> Truth:
    """What is said of readings none of which is sure to be one: unknown, or absence says the same."""
    if any(judged.certain for judged in found) or said.state == absent.state:
        return said
    doubts = union(judged.full.causes for judged in found)
    return Truth(UNKNOWN, doubts | (said.causes if said.state == UNKNOWN else NOTHING))


def decided(number: Number, limit: Range) -> Truth:
    """A number against a range: which side it is on, or that it straddles a limit."""
    state = in_range(number, limit)
    if state == TRUE:
        return Truth(TRUE, one_sided(limit))
    if state == UNKNOWN:
        return Truth(UNKNOWN, Cause.VALUE_IMPRECISE)
    return Truth(FALSE, Cause.VALUE_HIGH if above(number, limit) else Cause.VALUE_LOW)


def settled(truth: Truth, policy: Policy) -> Truth:
    """An unreadable value as the policy has it."""
    if truth.state != UNKNOWN or policy.unreadable is Answer.UNKNOWN:
        return truth
    return Truth(TRUE if policy.unreadable is Answer.YES else FALSE, Cause.VALUE_DIFFERENT)


def reading_is(judged: Judged, unit: str, reference: Reference | None, limit: Range, policy: Policy) -> Truth:
    number = number_in(judged.row, unit, reference)
    if number is None:
        return settled(Truth(UNKNOWN, unreadable(judged.row, unit) | judged.full.causes), policy)
    if near_limit(closed(number), limit, policy.borderline):
        return Truth(UNKNOWN, Cause.BORDERLINE)
    return settled(decided(number, limit), policy)


def value_is(run: Run, leaf: ValueIs) -> Truth:
    value = leaf.value
    if isinstance(value, Picked) and value.pick in (Pick.FIRST, Pick.MOST_RECENT):
        found = readings(run, value.rows)
        truth = absent = no_reading(run, value.rows)
        if found:
            chosen = placed(found, value.pick, value.place)
        if found and chosen:
            each = [
                reading_is(judged, value.unit, value.multiple_of, leaf.range, leaf.policy)
                for judged in chosen
            ]
            truth = if_there(agreed(chosen, each, value.pick), chosen, absent)
        return unsettled(truth, run.damaged(kinds(value.rows)))
    number = compute(run, value)
    if not (isinstance(value, Picked) and value.pick in (Pick.HIGHEST, Pick.LOWEST)):
        leaf, number = _twelve_digits(leaf, number)
    absent = no_reading(run, value.rows) if isinstance(value, Picked) else said_missing(leaf.policy)
    if number.there == FALSE:
        return Truth(absent.state, number.doubts if absent.state == UNKNOWN else absent.causes)
    truth = reckoned(number, leaf)
    if number.there == UNKNOWN and truth.state != absent.state:
        truth = Truth(UNKNOWN, truth.causes if truth.state == UNKNOWN else number.doubts)
    return truth


def _twelve_digits(leaf: ValueIs, computed: Computed) -> tuple[ValueIs, Computed]:
    """A computed number and its limits, rounded alike."""
    low, high = (None if end is None else twelve_digits(end) for end in (leaf.range.low, leaf.range.high))
    number = Number(twelve_digits(computed.number.lo), twelve_digits(computed.number.hi))
    rounded = replace(leaf, range=replace(leaf.range, low=low, high=high))
    return rounded, replace(computed, number=number)


VALUE_DOUBTS = Cause.UNIT_UNRESOLVED | Cause.NOT_COMPUTABLE | Cause.VALUE_IMPRECISE


def reckoned(computed: Computed, leaf: ValueIs) -> Truth:
    """A computed number against the range; what stands in the way of knowing it comes first."""
    number = computed.number
    truth = decided(number, leaf.range)
    ends_known = math.isfinite(number.lo) and math.isfinite(number.hi)
    if ends_known and near_limit(number, leaf.range, leaf.policy.borderline):
        truth = Truth(UNKNOWN, Cause.BORDERLINE)
    if truth.state != UNKNOWN:
        return truth
    if computed.doubts:
        truth = Truth(UNKNOWN, computed.doubts)
    return truth if truth.causes & ~VALUE_DOUBTS else settled(truth, leaf.policy)


def said_missing(policy: Policy) -> Truth:
    """What it means that a computed value lacks its inputs."""
    if policy.missing in (Answer.YES, Answer.NO):
        return Truth(TRUE if policy.missing is Answer.YES else FALSE, Cause.ABSENCE_ASSUMED)
    return Truth(UNKNOWN, Cause.NOT_COMPUTABLE)


@dataclass(frozen=True, slots=True)
class Computed:
    """A number, whether it is there, and what stands in the way of knowing it."""

    number: Number
    there: int
    doubts: Cause


NOWHERE = Number(math.nan, math.nan)


def damaged_or(computed: Computed, damaged: bool) -> Computed:
    """Where a damaged record could hold the number, it may be there and be anything."""
    if not damaged:
        return computed
    return Computed(ANYTHING, UNKNOWN, computed.doubts | Cause.DATA_CORRUPT)


def compute(run: Run, value: Value) -> Computed:
    match value:
        case Constant():
            return Computed(Number(value.number, value.number), TRUE, NOTHING)
        case AgeValue():
            return damaged_or(_age(run, value), run.damaged({Kind.DEMOGRAPHIC}))
        case Picked():
            return damaged_or(_picked(run, value), run.damaged(kinds(value.rows)))
        case Arithmetic():
            return _arithmetic(value, compute(run, value.left), compute(run, value.right))
        case Change():
            return _change(run, value)
        case GreatestChange():
            return greatest_change.greatest_change(run, value)
        case Slope():
            return slopes.slope(run, value)
        case SameDayRatio():
            return same_day_ratio.same_day_ratio(run, value)
        case Function():
            return _function(value, compute(run, value.part))
        case FirstAvailable():
            return _first_available([compute(run, option) for option in value.options])
        case ValueChoice():
            return choices.value_choice(run, value)
        case Points():
            return choices.points(run, value)


def _age(run: Run, value: AgeValue) -> Computed:
    age = ages(run, value.at)
    if age is None:
        return Computed(NOWHERE, FALSE, Cause.DATA_NOT_FOUND)
    return Computed(Number(age[0], age[1]), TRUE, Cause.PARTIAL_DATE if age[0] != age[1] else NOTHING)


def ages(run: Run, at: object, later: int = 0) -> tuple[int, int] | None:
    """Least and most completed years, days after a fixed moment, or None without a birth date."""
    if not isinstance(at, Given | Literal):
        raise TypeError("age is asked at a fixed moment")
    person = run.patient.person
    if person is None:
        return None
    earliest, latest = person.columns["birth_lo"], person.columns["birth_hi"]
    if earliest <= BEGINNING or latest >= END_OF_TIME:
        return None
    then = run.fixed(at).lo + later * DAY
    return years_between(latest, then), years_between(earliest, then)


def _picked(run: Run, value: Picked) -> Computed:
    found = readings(run, value.rows)
    if not found:
        return Computed(NOWHERE, FALSE, no_reading(run, value.rows).causes)
    by_time = value.pick in (Pick.FIRST, Pick.MOST_RECENT)
    if by_time:
        found = placed(found, value.pick, value.place)
        if not found:
            return Computed(NOWHERE, FALSE, no_reading(run, value.rows).causes)
    sure = [judged for judged in found if judged.certain]
    there = TRUE if sure else UNKNOWN
    doubts = union(judged.full.causes for judged in found)
    unread = [j for j in found if number_in(j.row, value.unit, value.multiple_of) is None]
    doubts |= union(unreadable(judged.row, value.unit) for judged in unread)
    numbers = [_number(judged, value) for judged in found]
    known = [_number(judged, value) for judged in sure]
    if by_time:
        if len({(number.lo, number.hi) for number in numbers}) > 1:
            doubts |= disagreement(found, value.pick)
        return Computed(hull(numbers), there, doubts)
    if value.pick is Pick.HIGHEST:
        return Computed(highest(known, numbers), there, doubts)
    if value.pick is Pick.LOWEST:
        turned = highest([negative(n) for n in known], [negative(n) for n in numbers])
        return Computed(negative(turned), there, doubts)
    if len(sure) < len(found):
        return Computed(hull(numbers), there, doubts)
    if sent_twice.told_twice(run, found):
        number = sent_twice.between(run, found, numbers, value.pick)
        return Computed(number, there, doubts | Cause.RECORDED_TWICE)
    if value.pick is Pick.MEDIAN:
        return Computed(Number(median(n.lo for n in numbers), median(n.hi for n in numbers)), there, doubts)
    mean = Number(sum(n.lo for n in numbers) / len(numbers), sum(n.hi for n in numbers) / len(numbers))
    return Computed(mean, there, doubts)


def _number(judged: Judged, value: Picked) -> Number:
    """A reading's number; one that cannot be compared may be any."""
    number = number_in(judged.row, value.unit, value.multiple_of)
    return ANYTHING if number is None else closed(number)


def negative(number: Number) -> Number:
    return Number(-number.hi, -number.lo)


def highest(known: list[Number], possible: list[Number]) -> Number:
    """The highest of all known ones and some of the possible ones."""
    lo = max((n.lo for n in known), default=min(n.lo for n in possible))
    return Number(lo, max(n.hi for n in possible))


def hull(numbers: list[Number]) -> Number:
    return Number(min(n.lo for n in numbers), max(n.hi for n in numbers))


def _arithmetic(value: Arithmetic, left: Computed, right: Computed) -> Computed:
    there = min(left.there, right.there)
    doubts = left.doubts | right.doubts
    if there == FALSE:
        return Computed(NOWHERE, FALSE, doubts | Cause.NOT_COMPUTABLE)
    if value.operator in (Operator.HIGHER, Operator.LOWER, Operator.POWER):
        both = joined(value.operator, left.number, right.number)
        ends = None if both is None else [both.lo, both.hi]
    else:
        ends = reckon(value.operator, left.number, right.number)
    if ends is None or any(math.isnan(end) for end in ends):
        return Computed(ANYTHING, UNKNOWN, doubts | Cause.NOT_COMPUTABLE)
    return Computed(Number(min(ends) * value.scale, max(ends) * value.scale), there, doubts)


def _change(run: Run, value: Change) -> Computed:
    first, last = compute(run, value.first), compute(run, value.last)
    found = readings(run, value.first.rows)
    damaged = run.damaged(kinds(value.first.rows))
    two = UNKNOWN if damaged or len(found) >= 2 else FALSE
    sure = [judged.row for judged in found if judged.certain]
    different = one_event.surely_different(run, sure)
    if different >= 2 and not damaged:
        two = TRUE
    there = min(first.there, last.there, two)
    doubts = first.doubts | last.doubts | (NOTHING if there == TRUE else Cause.DATA_NOT_FOUND)
    if different < 2 <= len(sure):
        doubts |= Cause.RECORDED_TWICE
    if there == FALSE:
        return Computed(NOWHERE, FALSE, doubts | Cause.NOT_COMPUTABLE)
    a, b = first.number, last.number
    if not value.share:
        number = Number(b.lo - a.hi, b.hi - a.lo)
    elif a.lo <= 0:
        return Computed(ANYTHING, UNKNOWN, doubts | Cause.NOT_COMPUTABLE)
    else:
        ends = [y / x - 1 for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        ends = [end for end in ends if not math.isnan(end)]  # no end of anything by anything
        number = Number(min(ends), max(ends))
    return Computed(negative(number) if value.falls else number, there, doubts)


def _function(value: Function, part: Computed) -> Computed:
    if part.there == FALSE:
        return Computed(NOWHERE, FALSE, part.doubts | Cause.NOT_COMPUTABLE)
    number = applied(value.name, part.number)
    if number is None:
        return Computed(ANYTHING, UNKNOWN, part.doubts | Cause.NOT_COMPUTABLE)
    return Computed(number, part.there, part.doubts)


def reckon(operator: Operator, a: Number, b: Number) -> list[float] | None:
    """Numbers whose least and greatest bound the result; None where it may be anything."""
    if operator is Operator.PLUS:
        return [a.lo + b.lo, a.hi + b.hi]
    if operator is Operator.MINUS:
        return [a.lo - b.hi, a.hi - b.lo]
    pairs = [(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
    if operator is Operator.TIMES:
        return [x * y for x, y in pairs]
    return None if b.lo <= 0 <= b.hi else [x / y for x, y in pairs]


def _first_available(options: list[Computed]) -> Computed:
    result = options[0]
    for option in options[1:]:
        if result.there == TRUE:
            return result
        there = max(result.there, option.there)
        used = [each.number for each in (result, option) if each.there != FALSE]
        result = Computed(hull(used) if used else NOWHERE, there, result.doubts | option.doubts)
    return result


def every(run: Run, leaf: Every) -> Truth:
    """All readings pass the range, and a sure one is there; a possible one can spoil, not make it."""
    found = readings(run, leaf.rows)
    truth = absent = no_reading(run, leaf.rows)
    if found:
        each = []
        for judged in found:
            passes = reading_is(judged, leaf.range.unit, leaf.range.multiple_of, leaf.range, judged.policy)
            if passes.state == FALSE and not judged.certain:
                passes = Truth(UNKNOWN, judged.full.causes)
            each.append(passes)
        truth = if_there(conjunction(each), found, absent)
    return unsettled(truth, run.damaged(kinds(leaf.rows)))


def picked_is_in(run: Run, leaf: PickedIsIn) -> Truth:
    found = readings(run, leaf.rows)
    truth = absent = no_reading(run, leaf.rows)
    if found:
        chosen = placed(found, leaf.pick, leaf.place)
    if found and chosen:
        each = [_is_in(run, leaf, judged) for judged in chosen]
        truth = if_there(agreed(chosen, each, leaf.pick), chosen, absent)
    return unsettled(truth, run.damaged(kinds(leaf.rows)))


def _is_in(run: Run, leaf: PickedIsIn, judged: Judged) -> Truth:
    held = value_in_set(run, judged.row, leaf.value_set)
    if held.state == UNKNOWN:
        answer = settle(UNKNOWN, judged.policy.unmapped)
        if answer == UNKNOWN:
            return Truth(UNKNOWN, held.causes | judged.full.causes)
        return Truth(answer, Cause.EVIDENCE if answer == TRUE else Cause.VALUE_DIFFERENT)
    said = Truth(held.state, Cause.EVIDENCE if held.state == TRUE else Cause.VALUE_DIFFERENT)
    return negate(said) if leaf.negated else said
