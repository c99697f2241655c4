"""Which rows a selection holds, surely or possibly, row by row and test by test.

Each test of a row is true, false or unknown; an unknown one is a doubt with a cause, which the
policy may settle. A row is what all its parts together are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from eligibility.facts import Kind, NotDone, Standing, ValueState
from eligibility.instants import END_OF_TIME
from eligibility.nothing_known import Telling
from eligibility.program import (
    DEFAULT_POLICY,
    Answer,
    AnyEvent,
    Birth,
    Edge,
    Event,
    HasValue,
    LengthTest,
    Moment,
    NoteTest,
    NumberTest,
    Pick,
    Policy,
    Range,
    Relation,
    Rows,
    RowTest,
    SameVisit,
    Selection,
    SetTest,
    TimeTest,
    ValueInSet,
    Window,
    WordTest,
)
from eligibility.reasons import Cause
from eligibility.units import dimension_name
from tests.oracle import added_doses
from tests.oracle.analytes import in_unit
from tests.oracle.instants import Span, ceil, floor, moved
from tests.oracle.lengths import length_state
from tests.oracle.none_known import contradicts, tells
from tests.oracle.notes import covers, denies, is_note, note_state, only_fills, spoken, worded_as_excepted
from tests.oracle.numbers import has_unit, number_in
from tests.oracle.records import Number, Row
from tests.oracle.run import Run
from tests.oracle.truth import (
    FALSE,
    NOTHING,
    TRUE,
    UNKNOWN,
    Truth,
    conjunction,
    disjunction,
    settle,
    truth_of,
    union,
)
from tests.oracle.visits import same_visit
from tests.oracle.words import said


@dataclass(frozen=True, slots=True)
class Judged:
    """A row under a selection. `full` all parts; `base` all but value tests; `outside` see contract."""

    row: Row
    full: Truth
    base: Truth
    doubts: Cause  # of all parts that are unknown
    outside: int  # whether it is there, but outside the window
    timed: int = TRUE  # whether it lies in the window
    policy: Policy = DEFAULT_POLICY  # of the selection that holds it

    @property
    def certain(self) -> bool:
        return self.full.state == TRUE

    @property
    def possible(self) -> bool:
        return self.full.state != FALSE


def is_value_test(test: RowTest) -> bool:
    return isinstance(test, ValueInSet | HasValue) or (
        isinstance(test, NumberTest) and test.column == "value"
    )


def select(run: Run, selection: Selection) -> list[Judged]:
    """All rows of the selection's kind that are members or come near, judged."""
    if selection not in run.seen:
        rows_of_kind = run.rows(selection.kind)
        held = [row for row in rows_of_kind if tells(run, selection, row) is not Telling.NOTHING]
        members = [
            in_unit(row, selection.analyte) for row in held if run.member(selection.value_set, row.concept)
        ]
        rows = [_judge(run, selection, row, members) for row in held]
        judged = [row for row in rows if row is not None]
        if added_doses.dose_tests(selection):
            tests = tuple(t for t in selection.tests if t not in added_doses.dose_tests(selection))
            others = [_judge(run, replace(selection, tests=tests), row, members) for row in held]
            sure = [one.row for one in others if one is not None and one.certain]
            judged = added_doses.unsure(selection, judged, sure)
        coded = any(not is_note(one.row) and one.base.state != FALSE for one in judged)
        run.seen[selection] = [_filling(selection, one, coded) for one in judged]
    return run.seen[selection]  # type: ignore[return-value]


def union_of(run: Run, rows: Rows) -> list[Judged]:
    """The rows of several selections, a row that several hold once, at its best."""
    best: dict[tuple[Kind, int], Judged] = {}
    for selection in rows.selections:
        for judged in select(run, selection):
            key = (judged.row.kind, judged.row.at)
            known = best.get(key)
            if known is None or known.full.state < judged.full.state:
                best[key] = judged
    return list(best.values())


def _filling(selection: Selection, judged: Judged, coded_there: bool) -> Judged:
    """The row once it is known whether its patient has a coded one in the time."""
    part = only_fills(selection, judged.row, coded_there)
    if part.state == TRUE:
        return judged
    return replace(
        judged,
        full=_all([judged.full, part]),
        base=_all([judged.base, part]),
        doubts=judged.doubts | part.causes,
    )


def denials(run: Run, selection: Selection) -> list[Judged]:
    """The rows of notes that say, surely within the time and for all of it, that there is none."""
    return [
        judged
        for judged in select(run, selection)
        if denies(selection, judged.row)
        and run.member(selection.value_set, judged.row.concept)
        and judged.timed == TRUE
        and covers(selection, judged.row)
        and _visible(run, selection, judged.row).state == TRUE
    ]


def _judge(run: Run, selection: Selection, written: Row, members: list[Row]) -> Judged | None:
    row = in_unit(written, selection.analyte)
    identity = _identity(run, selection, row)
    if identity.state == FALSE:
        return None
    fixed = [identity, _standing(selection, row), _visible(run, selection, row)]
    fixed += spoken(run, selection, row, members)
    if tells(run, selection, row) in (Telling.UNSURE, Telling.MIXED):
        fixed.append(Truth(UNKNOWN, Cause.CODE_UNMAPPED))
    if contradicts(run, selection, row):
        fixed.append(Truth(UNKNOWN, Cause.SOURCE_CONFLICT))
    times, values = [], []
    for test in selection.tests:
        truth = _test(run, selection, test, row)
        if isinstance(test, TimeTest):
            times.append(truth)
        elif is_value_test(test):
            values.append(truth)
        else:
            fixed.append(truth)
    if any(is_value_test(t) and not isinstance(t, HasValue) for t in selection.tests):
        fixed.append(Truth(FALSE if row.value_state == ValueState.NONE else TRUE))
    others = [other for other in selection.excepts if other.kind is selection.kind]
    fixed += [_not_excepted(run, other, written) for other in others]
    missed = bool(times) and conjunction(times).state == FALSE
    outside = conjunction(fixed).state if missed else FALSE
    doubts = union(part.causes for part in fixed + times + values if part.state == UNKNOWN)
    return Judged(
        row,
        _all(fixed + times + values),
        _all(fixed + times),
        doubts,
        outside,
        conjunction([Truth(TRUE), *times]).state,
        selection.policy,
    )


def _all(parts: list[Truth]) -> Truth:
    """A row's state with its doubts; a row that is sure, or surely not, has none."""
    truth = conjunction(parts)
    return truth if truth.state == UNKNOWN else Truth(truth.state)


def _doubt(state: int, cause: Cause, policy: object = None) -> Truth:
    settled = settle(state, policy)  # type: ignore[arg-type]
    return Truth(settled, cause if settled == UNKNOWN else NOTHING)


def _identity(run: Run, selection: Selection, row: Row) -> Truth:
    if run.member(selection.value_set, row.concept):
        return Truth(TRUE)
    if run.near(selection.value_set, row.concept):
        return _doubt(UNKNOWN, Cause.CODE_UNMAPPED, selection.policy.unmapped)
    return Truth(FALSE)


def _near(policy: Policy) -> Truth:
    """What near-miss wording is, other than of the row's own code: a question, or no."""
    if policy.unmapped is Answer.NO:
        return Truth(FALSE)
    return Truth(UNKNOWN, Cause.CODE_UNMAPPED)


def _standing(selection: Selection, row: Row) -> Truth:
    column = "verification_status" if selection.kind in (Kind.CONDITION, Kind.ALLERGY) else "status"
    named = any(isinstance(t, WordTest) and t.column == column and not t.negated for t in selection.tests)
    if selection.not_done:
        said = row.columns["not_done"]
        if said == NotDone.UNCONFIRMED and not named:
            return _doubt(UNKNOWN, Cause.STATUS_UNCONFIRMED, selection.policy.unconfirmed)
        return Truth(FALSE if said == NotDone.NO else TRUE)
    if row.standing == Standing.DOES_NOT_COUNT:
        return Truth(FALSE)
    if row.standing == Standing.COUNTS:
        return Truth(TRUE)
    if named:
        return Truth(TRUE)
    return _doubt(UNKNOWN, Cause.STATUS_UNCONFIRMED, selection.policy.unconfirmed)


def _visible(run: Run, selection: Selection, row: Row) -> Truth:
    if any(isinstance(t, TimeTest) and t.window.asks_later for t in selection.tests):
        return Truth(TRUE)
    state = truth_of(row.start.hi <= run.cutoff, row.start.lo <= run.cutoff)
    return _doubt(state, Cause.PARTIAL_DATE, selection.policy.undated)


def _not_excepted(run: Run, other: Selection, written: Row) -> Truth:
    row = in_unit(written, other.analyte)
    member = run.member(other.value_set, row.concept)
    near = run.near(other.value_set, row.concept)
    parts = [Truth(TRUE) if member else _near(other.policy) if near else Truth(FALSE)]
    parts.append(worded_as_excepted(other, row))
    if other.not_done:
        parts.append(_standing(other, row))
    if parts[0].state != FALSE:
        for test in other.tests:
            parts.append(_test(run, other, test, row))
            if parts[-1].state == FALSE and _event_unknown(run, test):
                parts[-1] = Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
        parts += [_not_excepted(run, inner, written) for inner in other.excepts if inner.kind is other.kind]
    excepted = conjunction(parts)
    return Truth(2 - excepted.state, excepted.causes)


def _test(run: Run, selection: Selection, test: RowTest, row: Row) -> Truth:
    policy = selection.policy
    match test:
        case TimeTest():
            timed = in_time(run, test, row, policy.undated)
            return _events_damaged(run, test.window, timed)
        case SetTest():
            return _settled(_turned(_in_set(run, test, row), test.negated), policy)
        case WordTest():
            word = run.facts.words.texts[row.columns[test.column]]
            return _settled(_turned(said(row.kind, test.column, word, test.words), test.negated), policy)
        case NumberTest(column="value"):
            return value_in_range(row, test.range, policy)
        case NumberTest():
            return _column_in_range(row, test, policy)
        case ValueInSet():
            return answer_is(run, row, test, policy)
        case SameVisit():
            return same_visit(run, test, row, policy)
        case NoteTest():
            return note_state(run, test, row)
        case LengthTest():
            return _doubt(length_state(run, selection, test, row), Cause.PARTIAL_DATE, policy.undated)
        case HasValue():
            return _turned(Truth(FALSE if row.value_state == ValueState.NONE else TRUE), test.negated)


def _turned(truth: Truth, negated: bool) -> Truth:
    return Truth(2 - truth.state, truth.causes) if negated else truth


def _settled(truth: Truth, policy: Policy) -> Truth:
    """What the policy says of a test as it is written, which is in doubt for one reason."""
    if truth.state != UNKNOWN:
        return truth
    answers = {
        Cause.DATA_NOT_FOUND: policy.missing,
        Cause.CODE_UNMAPPED: policy.unmapped,
        Cause.STATUS_UNCONFIRMED: policy.unconfirmed,
    }
    return _doubt(UNKNOWN, truth.causes, answers[truth.causes])


def _in_set(run: Run, test: SetTest, row: Row) -> Truth:
    concept = row.columns[test.column]
    if not concept:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    if run.member(test.value_set, concept):
        return Truth(TRUE)
    if run.near(test.value_set, concept) or not run.comparable(test.value_set, concept):
        return Truth(UNKNOWN, Cause.CODE_UNMAPPED)
    return Truth(FALSE)


def _column_in_range(row: Row, test: NumberTest, policy: Policy) -> Truth:
    number = float(row.columns[test.column])
    if math.isnan(number):
        return _doubt(UNKNOWN, Cause.DATA_NOT_FOUND, policy.missing)
    if test.column == "onset_age":
        most = float(row.columns["onset_age_hi"])
        ages = Number(number, number if math.isnan(most) else most)
        return _doubt(in_range(ages, test.range), Cause.VALUE_IMPRECISE, policy.unreadable)
    if test.column == "dose_per_day":
        dimension = row.columns["dose_unit"]
        if dimension < 0 or dimension_name(dimension) != test.range.unit:
            return _doubt(UNKNOWN, Cause.UNIT_UNRESOLVED, policy.unreadable)
    return Truth(in_range(Number(number, number), test.range))


# --- values ---------------------------------------------------------------------------------------


def below(number: Number, limit: Range) -> bool:
    """Whether the whole number lies below the range."""
    if limit.low is None:
        return False
    return number.hi < limit.low or (number.hi == limit.low and (limit.low_open or number.hi_open))


def above(number: Number, limit: Range) -> bool:
    """Whether the whole number lies above the range."""
    if limit.high is None:
        return False
    return number.lo > limit.high or (number.lo == limit.high and (limit.high_open or number.lo_open))


def in_range(number: Number, limit: Range) -> int:
    from_low = (
        limit.low is None
        or number.lo > limit.low
        or (number.lo == limit.low and (number.lo_open or not limit.low_open))
    )
    to_high = (
        limit.high is None
        or number.hi < limit.high
        or (number.hi == limit.high and (number.hi_open or not limit.high_open))
    )
    return truth_of(from_low and to_high, not below(number, limit) and not above(number, limit))


def closed(number: Number) -> Number:
    """The number with closed ends: an open end is moved to the next float."""
    lo, hi = number.lo, number.hi
    if number.lo_open and math.isfinite(lo):
        lo = math.nextafter(lo, math.inf)
    if number.hi_open and math.isfinite(hi):
        hi = math.nextafter(hi, -math.inf)
    return Number(lo, hi)


def near_limit(number: Number, limit: Range, share: float) -> bool:
    """Whether a number may lie within a share of a limit, on either side."""
    for end in (limit.low, limit.high):
        margin = 0.0 if end is None else abs(end) * share
        if share and end is not None and number.lo <= end + margin and number.hi >= end - margin:
            return True
    return False


def value_in_range(row: Row, limit: Range, policy: Policy) -> Truth:
    if row.value_state == ValueState.NONE:
        return _doubt(UNKNOWN, Cause.DATA_NOT_FOUND, policy.missing)
    number = number_in(row, limit.unit, limit.multiple_of)
    if number is None:
        return _doubt(UNKNOWN, unreadable(row, limit.unit), policy.unreadable)
    if near_limit(closed(number), limit, policy.borderline):
        return Truth(UNKNOWN, Cause.BORDERLINE)
    return _doubt(in_range(number, limit), Cause.VALUE_IMPRECISE, policy.unreadable)


def unreadable(row: Row, unit: str) -> Cause:
    """Why a value cannot be compared with a number: words, a unit, or no reference limit beside it."""
    if row.value_state in (ValueState.CODED, ValueState.TEXT) or has_unit(row, unit):
        return Cause.NOT_COMPUTABLE
    return Cause.UNIT_UNRESOLVED


def answer_is(run: Run, row: Row, test: ValueInSet, policy: Policy) -> Truth:
    """A test on a coded answer, its `not` and the policy included."""
    return _settled(_turned(value_in_set(run, row, test.value_set), test.negated), policy)


def value_in_set(run: Run, row: Row, value_set: str) -> Truth:
    concept = row.columns["value_concept"]
    if row.value_state == ValueState.CODED and run.member(value_set, concept):
        return Truth(TRUE)
    if row.value_state == ValueState.NONE:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    if row.value_state == ValueState.CODED and run.comparable(value_set, concept):
        return Truth(FALSE)
    return Truth(UNKNOWN, Cause.CODE_UNMAPPED)


# --- time -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """A moment, and whether it exists. `hangs`: why it is open which of several facts it is."""

    span: Span
    there: Truth = Truth(TRUE)  # noqa: RUF009 - frozen
    hangs: Cause | None = None


def in_time(
    run: Run, test: TimeTest, row: Row, undated: Answer = Answer.UNKNOWN, hangs: Cause | None = None
) -> Truth:
    """Whether the row lies in the window: for some choice of the window's event, if it has one.

    `hangs`: why it is open which of several facts the row itself is.
    """
    ways = [_fits(row, test, lower, upper, undated, hangs) for lower, upper in windows(run, test.window)]
    return disjunction([Truth(FALSE), *ways])


def _event_unknown(run: Run, test: RowTest) -> bool:
    from tests.oracle.absence import hangs_on_unknown  # windows hang on events, events on absence

    return hangs_on_unknown(run, test)


def _events_damaged(run: Run, window: Window, timed: Truth) -> Truth:
    """A damaged record could be the event that is meant, or one more to choose from."""
    for moment in (window.lower, window.upper):
        if isinstance(moment, Birth) and run.damaged({Kind.DEMOGRAPHIC}):
            timed = Truth(UNKNOWN, timed.causes | Cause.DATA_CORRUPT)
        if not isinstance(moment, Event | AnyEvent):
            continue
        if run.damaged({selection.kind for selection in moment.rows.selections}):
            if isinstance(moment, Event):
                timed = Truth(UNKNOWN, timed.causes | Cause.DATA_CORRUPT)
            elif timed.state == FALSE:
                timed = Truth(UNKNOWN, Cause.DATA_CORRUPT)
    return timed


def windows(run: Run, window: Window) -> list[tuple[Bound | None, Bound | None]]:
    """The window's bounds: once, or once for each event that an AnyEvent may mean."""
    anything = next((m for m in (window.lower, window.upper) if isinstance(m, AnyEvent)), None)
    if anything is None:
        lower, upper = _bound(run, window.lower), _bound(run, window.upper)
        return [_widened(lower, upper, window.exact)]
    alternatives = []
    for event in union_of(run, anything.rows):
        if event.possible:
            lower = _one(event, window.lower) or _bound(run, window.lower)
            upper = _one(event, window.upper) or _bound(run, window.upper)
            alternatives.append(_widened(lower, upper, window.exact))
    return alternatives


def _one(event: Judged, moment: Moment | None) -> Bound | None:
    if not isinstance(moment, AnyEvent):
        return None
    edge = edge_of(event.row, moment.edge)
    return Bound(moved(edge, moment.shifts), event.full)


def edge_of(row: Row, edge: Edge) -> Span:
    return {Edge.START: row.start, Edge.END: row.end, Edge.RECORDED: row.written}[edge]


def _bound(run: Run, moment: Moment | None) -> Bound | None:
    if moment is None:
        return None
    if isinstance(moment, Birth):
        return Bound(run.birth(moment))
    if isinstance(moment, Event):
        return event_bound(run, moment)
    if isinstance(moment, AnyEvent):
        raise TypeError("a window has one AnyEvent")
    return Bound(run.fixed(moment))


def _widened(lower: Bound | None, upper: Bound | None, exact: bool) -> tuple[Bound | None, Bound | None]:
    """Whole days: from the first instant of the lower day to the last of the upper one."""
    if exact:
        return lower, upper
    return (
        lower and replace(lower, span=Span(floor(lower.span.lo), floor(lower.span.hi))),
        upper and replace(upper, span=Span(ceil(upper.span.lo), ceil(upper.span.hi))),
    )


def candidates(rows: list[Judged], pick: Pick) -> list[Judged]:
    """The rows that could be the first or the most recent: not surely beaten by a certain one."""
    sure = [judged.row for judged in rows if judged.certain]

    def beaten(row: Row) -> bool:
        if pick is Pick.FIRST:
            return any(other.start.hi < row.start.lo for other in sure)
        return any(other.end.lo > row.end.hi for other in sure)

    return [judged for judged in rows if judged.possible and not beaten(judged.row)]


def placed(rows: list[Judged], pick: Pick, place: int) -> list[Judged]:
    """The rows that could be the n-th; each is as sure as it is that there are n, with all doubts."""
    if place == 1:
        return candidates(rows, pick)
    possible = [judged for judged in rows if judged.possible]
    sure = [_told(judged.row, pick) for judged in possible if judged.certain]
    doubts = union(judged.full.causes for judged in possible) | _sent_twice(sure, place)
    enough = at_different_times(sure) >= place
    chosen = []
    for judged in possible:
        ahead = [span for span in sure if span.lo > _told(judged.row, pick).hi]
        others = [other for other in possible if other is not judged]
        perhaps = sum(_ahead(other.row, judged.row, pick) for other in others)
        if at_different_times(ahead) < place <= perhaps + 1:
            chosen.append(replace(judged, full=Truth(TRUE if enough else UNKNOWN, doubts)))
    return chosen


def _told(row: Row, pick: Pick) -> Span:
    """When a reading may be told of, in the order of the pick: what comes first in it comes last in time."""
    if pick is Pick.FIRST:
        return Span(-row.start.hi, -row.start.lo)
    return Span(min(row.start.lo, row.end.lo), row.end.hi)


def at_different_times(times: list[Span]) -> int:
    """How many of the times at most of which no two touch."""
    count, until = 0, None
    for time in sorted(times, key=lambda span: span.hi):
        if until is None or time.lo > until:
            count, until = count + 1, time.hi
    return count


def _sent_twice(sure: list[Span], place: int) -> Cause:
    """Whether readings that touch others are counted on the way to the place."""
    for since in sorted({span.lo for span in sure}, reverse=True):
        if at_different_times([span for span in sure if span.lo >= since]) >= place:
            passed = sum(span.lo > since for span in sure)
            return Cause.RECORDED_TWICE if passed + 1 > place else NOTHING
    return Cause.RECORDED_TWICE if at_different_times(sure) < len(sure) else NOTHING


def _ahead(one: Row, other: Row, pick: Pick) -> bool:
    """Whether a row may come before another in the order of the pick; at the same time it may."""
    if pick is Pick.FIRST:
        return one.start.lo <= other.start.hi
    return one.end.hi >= other.end.lo


def event_bound(run: Run, event: Event) -> Bound:
    rows = candidates(union_of(run, event.rows), event.pick)
    if not rows:
        return Bound(Span(0, 0), Truth(FALSE))
    edges = [edge_of(judged.row, event.edge) for judged in rows]
    hull = moved(Span(min(edge.lo for edge in edges), max(edge.hi for edge in edges)), event.shifts)
    in_doubt = [judged for judged in rows if not judged.certain]
    doubts = union(judged.full.causes for judged in in_doubt)
    hangs = doubts if in_doubt and len(rows) > 1 else None
    if len(in_doubt) < len(rows):
        return Bound(hull, Truth(TRUE), hangs)
    return Bound(hull, Truth(UNKNOWN, doubts), hangs)


def _fits(
    row: Row, test: TimeTest, lower: Bound | None, upper: Bound | None, undated: Answer, hangs: Cause | None
) -> Truth:
    relation, exact = test.relation, test.window.exact

    def side(state: int, bound: Bound) -> list[Truth]:
        """What the dates say, and whether there is the moment: two doubts, of which dates are one."""
        why = [cause for cause in (bound.hangs, hangs) if cause is not None]
        if state == UNKNOWN and why:
            return [Truth(UNKNOWN, union(why)), bound.there]
        return [_doubt(state, Cause.PARTIAL_DATE, undated), bound.there]

    if relation is Relation.THROUGHOUT:
        return _goes_on(row, lower, upper, exact, side)
    if relation is Relation.RECORDED:
        row = replace(row, start=row.written, end=row.written)
    parts = [Truth(TRUE)]
    if lower is not None:
        late = row.end if relation in (Relation.ENDING, Relation.OVERLAPPING) else row.start
        parts += side(not_before(late, lower.span, exact), lower)
    if upper is not None:
        early = row.start if relation in (Relation.STARTING, Relation.OVERLAPPING) else row.end
        parts += side(not_before(upper.span, early, exact), upper)
    return _all(parts)


def _goes_on(
    row: Row,
    lower: Bound | None,
    upper: Bound | None,
    exact: bool,
    side: Callable[[int, Bound], list[Truth]],
) -> Truth:
    """Begun by the window's first day, and lasting to its last."""
    parts = [Truth(TRUE)]
    if lower is not None:
        begun = lower.span if exact else Span(ceil(lower.span.lo), ceil(lower.span.hi))
        parts += side(not_before(begun, row.start, exact), lower)
    if upper is not None:
        last = upper.span if exact else Span(floor(upper.span.lo), floor(upper.span.hi))
        parts += side(not_before(row.end, last, exact), upper)
    return _all(parts)


def not_before(late: Span, early: Span, exact: bool) -> int:
    """Whether one instant is at or after another; strictly after, where exact."""
    if exact:
        return truth_of(late.lo > early.hi, late.hi > early.lo)
    return truth_of(late.lo >= early.hi, late.hi >= early.lo)


def reach(run: Run, selection: Selection) -> int | None:
    """Earliest instant of the first time test with a lower bound; None is "ever"."""
    for test in selection.tests:
        if isinstance(test, TimeTest) and test.window.lower is not None:
            if isinstance(test.window.lower, AnyEvent):
                return None
            bound = _bound(run, test.window.lower)
            if bound is None or bound.there.state == FALSE:
                return END_OF_TIME  # no moment: nothing can lie in the window, however far back
            return bound.span.lo if test.window.exact else floor(bound.span.lo)
    return None
