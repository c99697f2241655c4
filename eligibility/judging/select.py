"""Rows of a selection: for each row whether it surely or possibly counts, and what is in doubt.

This is the only place where facts are picked out. Presence, counts, picks and evidence all stand on
its result, so that what is shown is what decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Block, Kind, Standing, ValueFlag, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.context import Context
from eligibility.judging.moments import Pair, Times, both
from eligibility.judging.truth import Flags
from eligibility.judging.windows import in_window
from eligibility.program import (
    Answer,
    AnyEvent,
    Event,
    HasValue,
    NumberTest,
    Policy,
    Range,
    Relation,
    RowTest,
    Selection,
    SetTest,
    TimeTest,
    ValueInSet,
    WordTest,
)
from eligibility.reasons import Cause
from eligibility.stretches import NO_ROWS, Stretches
from eligibility.units import dimension_of

Doubt = tuple[Flags, Cause]


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows considered by a selection; every array has one entry per row in `rows`.

    `certain`/`possible`: the row surely/possibly passes everything. `base_certain`/`base_possible`:
    the same without the tests on its value ("there is a reading"). `outside`: possibly (and
    `outside_sure`: surely) passes all but time and value, and lies outside the window. None stands
    for "all rows". `low`, `high`, `different` say how a value failed.
    `event_unknown` is bool[n_patients]: whether an event that a window hangs on took place is
    itself not known.
    """

    kind: Kind
    rows: Stretches
    patient: NDArray[np.int32]
    certain: Flags | None
    possible: Flags | None
    base_certain: Flags | None
    base_possible: Flags | None
    outside: Flags | None
    doubts: tuple[Doubt, ...]
    low: Flags | None = None
    high: Flags | None = None
    different: Flags | None = None
    event_unknown: Flags | None = None
    outside_sure: Flags | None = None

    def column(self, block: Block, name: str) -> Array:
        return block.rows_of_column(name, self.rows)


class _Narrowing:
    """Conjunction of row tests with the doubts that keep a row from being certain."""

    def __init__(self) -> None:
        self.pair: Pair = (None, None)
        self.doubts: list[Doubt] = []

    def add(self, test: Pair, cause: Cause, answer: Answer = Answer.UNKNOWN) -> None:
        certain, possible = test
        if certain is not possible:
            if answer is Answer.YES:
                certain = possible
            elif answer is Answer.NO:
                possible = certain
            else:
                self.doubts.append((_and_not(possible, certain), cause))
        self.pair = both(self.pair, (certain, possible))

    def add_part(self, other: _Narrowing) -> None:
        self.doubts.extend(other.doubts)
        self.pair = both(self.pair, other.pair)

    def widen(self, rows: Flags, cause: Cause) -> None:
        """These rows may pass, although they do not seem to."""
        certain, possible = self.pair
        if possible is not None:
            gained = rows & ~possible
            if gained.any():
                self.pair = (certain, possible | gained)
                self.doubts.append((gained, cause))

    def unsaid(self, rows: Flags, cause: Cause, answer: Answer | None) -> None:
        """What these rows say cannot be read: they may pass, or what the policy answers."""
        if answer is Answer.YES and rows.any():
            certain, possible = self.pair
            sure = None if certain is None else certain | rows
            self.pair = (sure, sure if certain is possible or possible is None else possible | rows)
        elif answer is not Answer.NO:
            self.widen(rows, cause)

    def unsettle(self, rows: Flags, cause: Cause) -> None:
        """Whether these rows pass cannot be known."""
        if rows.any():
            certain, possible = self.pair
            everything = None if possible is None else possible | rows
            self.pair = (~rows if certain is None else certain & ~rows, everything)
            self.doubts.append((rows, cause))


def _or(a: Flags | None, b: Flags) -> Flags:
    return b if a is None else a | b


def _and_not(a: Flags | None, b: Flags | None) -> Flags:
    if b is None:
        raise ValueError("nothing can be possible and not certain when all is certain")
    return ~b if a is None else a & ~b


def select(context: Context, selection: Selection) -> Selected:
    """Evaluate a selection over all patients; remembered for the run."""
    known = context.selected.get(selection)
    if isinstance(known, Selected):
        return known
    result = _select(context, selection)
    context.selected[selection] = result
    return result


def _select(context: Context, selection: Selection) -> Selected:
    kind, policy = selection.kind, selection.policy
    block = context.block(kind)
    if block is None:
        return _nothing(context, selection)
    rows, near = _considered(context, selection)
    patient = rows.of(block.columns["patient"])
    base = _Narrowing()
    if near is not None:
        base.add((~near, None), Cause.CODE_UNMAPPED, policy.unmapped)
    base.add(_standing(block, rows, selection), Cause.STATUS_UNCONFIRMED, policy.unconfirmed)
    times: list[TimeTest] = []
    values: list[RowTest] = []
    for test in selection.tests:
        if isinstance(test, TimeTest):
            times.append(test)
        elif isinstance(test, NumberTest) and test.column != "value":
            base.add_part(_number_column(block, rows, test, policy))
        elif isinstance(test, NumberTest | ValueInSet | HasValue):
            values.append(test)
        else:
            base.add_part(_attribute(context, block, rows, test, policy))
    for excepted in selection.excepts:
        if excepted.kind is kind:
            _except(context, block, rows, patient, excepted, base)
    if any(isinstance(test, NumberTest) for test in values):
        state = block.rows_of_column("value_state", rows)
        reading = state != ValueState.NONE
        base.add((reading, reading), Cause.DATA_NOT_FOUND)
    if not any(test.window.asks_later for test in times):
        base.add(_visible(context, block, rows, kind), Cause.PARTIAL_DATE, policy.undated)
    surely, whenever = base.pair
    event_unknown: Flags | None = None
    timed = _Narrowing()
    for test in times:
        when = times_of(context, block, rows, kind, test.relation)
        part, unknown = _timed(context, when, patient, test, policy)
        timed.add_part(part)
        if unknown is not None:
            event_unknown = unknown if event_unknown is None else event_unknown | unknown
    outside = outside_sure = None
    if times:
        missed = _none(len(patient)) if timed.pair[1] is None else ~timed.pair[1]
        outside = missed if whenever is None else whenever & missed
        outside_sure = outside if surely is whenever else missed if surely is None else surely & missed
    base.add_part(timed)
    full = _Narrowing()
    full.add_part(base)
    failed: dict[str, Flags | None] = {"low": None, "high": None, "different": None}
    for value_test in values:
        _value(context, block, rows, value_test, full, failed, policy)
    certain, possible = full.pair
    return Selected(
        kind,
        rows,
        patient,
        certain,
        possible,
        base.pair[0],
        base.pair[1],
        outside,
        tuple(full.doubts),
        failed["low"],
        failed["high"],
        failed["different"],
        event_unknown,
        outside_sure,
    )


def _nothing(context: Context, selection: Selection) -> Selected:
    """A selection of a kind of which nobody has any row: its events may still be unknown."""
    nobody, never = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    event_unknown: Flags | None = None
    for test in selection.tests:
        if isinstance(test, TimeTest):
            _, unknown = in_window(context, Times(never, never, never, never), nobody, test)
            if unknown is not None:
                event_unknown = _or(event_unknown, unknown)
    return Selected(
        selection.kind,
        NO_ROWS,
        nobody,
        None,
        None,
        None,
        None,
        None,
        (),
        event_unknown=event_unknown,
    )


def _none(count: int) -> Flags:
    return np.zeros(count, dtype=np.bool_)


def _considered(context: Context, selection: Selection) -> tuple[Stretches, Flags | None]:
    """Rows of the value set, with those that only come near it after them (`near` marks them)."""
    sure = context.rows_in(selection.kind, selection.value_set)
    if selection.policy.unmapped is Answer.NO:
        return sure, None
    close = context.rows_near(selection.kind, selection.value_set)
    if not len(close):
        return sure, None
    near = np.zeros(len(sure) + len(close), dtype=np.bool_)
    near[len(sure) :] = True
    return sure + close, near


def _names_status(selection: Selection) -> bool:
    """Whether the author named the statuses that count, so that the default rule steps back."""
    lasting = selection.kind in (Kind.CONDITION, Kind.ALLERGY)
    named = "verification_status" if lasting else "status"
    return any(isinstance(t, WordTest) and t.column == named and not t.negated for t in selection.tests)


def _standing(block: Block, rows: Stretches, selection: Selection) -> Pair:
    if "standing" not in block.columns:
        return None, None
    standing = rows.of(block.columns["standing"])
    possible = standing != Standing.DOES_NOT_COUNT
    if _names_status(selection):
        return possible, possible
    certain = standing == Standing.COUNTS
    if np.array_equal(certain, possible):
        return certain, certain
    return certain, possible


def _attribute(context: Context, block: Block, rows: Stretches, test: RowTest, policy: Policy) -> _Narrowing:
    """A test on a coded or word column. An attribute the record does not say may be anything.

    So may one without a comparable code whose wording comes near, unless near misses are no.
    """
    part = _Narrowing()
    if not isinstance(test, SetTest | WordTest):
        raise TypeError(f"not an attribute test: {test}")
    ids = block.rows_of_column(test.column, rows)
    unsaid = ids == 0
    near: Flags | None = None
    if isinstance(test, SetTest):
        inside = context.membership.member[test.value_set][ids]
        close = context.membership.near[test.value_set]
        if policy.unmapped is not Answer.NO and close[1:].any():
            near = close[ids] & ~unsaid & ~inside
    else:
        inside = np.zeros(len(ids), dtype=np.bool_)
        for word in test.words:
            inside |= ids == context.facts.words.find(word)
    part.pair = (inside, inside)
    part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
    if near is not None:
        part.widen(near, Cause.CODE_UNMAPPED)
    if test.negated:
        part.pair = _negated(part.pair)
    return part


def _negated(pair: Pair) -> Pair:
    certain, possible = pair
    if certain is None or possible is None:
        raise ValueError("an attribute test is always about rows")
    if certain is possible:
        turned = ~certain
        return turned, turned
    return ~possible, ~certain


def _number_column(block: Block, rows: Stretches, test: NumberTest, policy: Policy) -> _Narrowing:
    """A test on a number beside the value. A dose in a unit that cannot be compared may be any."""
    values = block.rows_of_column(test.column, rows)
    inside = within(test.range, values, values)[0]
    unsaid = np.isnan(values)
    part = _Narrowing()
    part.pair = (inside, inside)
    if test.column == "dose_per_day":
        other = ~unsaid & (block.rows_of_column("dose_unit", rows) != dimension_of(test.range.unit))
        if other.any():
            inside = inside & ~other
            part.pair = (inside, inside)
            part.unsaid(other, Cause.UNIT_UNRESOLVED, policy.unreadable)
    part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
    return part


def _except(
    context: Context,
    block: Block,
    rows: Stretches,
    patient: NDArray[np.int32],
    excepted: Selection,
    base: _Narrowing,
) -> None:
    """Take out rows that are also in the excepted selection, by its own tests."""
    concept = rows.of(block.columns["concept"])
    part = _Narrowing()
    member = context.membership.member[excepted.value_set][concept]
    near = context.membership.near[excepted.value_set][concept]
    if excepted.policy.unmapped is not Answer.NO and near.any():
        part.add((member, member | near), Cause.CODE_UNMAPPED)
    else:
        part.add((member, member), Cause.CODE_UNMAPPED)
    for test in excepted.tests:
        if isinstance(test, TimeTest):
            times = times_of(context, block, rows, excepted.kind)
            timed, unknown = _timed(context, times, patient, test, excepted.policy)
            if unknown is not None:
                timed.widen(unknown[patient], Cause.DATA_NOT_FOUND)
            part.add_part(timed)
        elif isinstance(test, SetTest | WordTest):
            part.add_part(_attribute(context, block, rows, test, excepted.policy))
        elif isinstance(test, NumberTest) and test.column != "value":
            part.add_part(_number_column(block, rows, test, excepted.policy))
        else:
            unused: dict[str, Flags | None] = {"low": None, "high": None, "different": None}
            _value(context, block, rows, test, part, unused, excepted.policy)
    certain, possible = part.pair
    if certain is not possible:
        # Only a row that is perhaps excepted is in doubt, not one that misses by another test.
        perhaps = _and_not(possible, certain)
        base.doubts.extend((mask & perhaps, cause) for mask, cause in part.doubts)
    base.pair = both(base.pair, _negated(part.pair))


def _timed(
    context: Context, times: Times, patient: NDArray[np.int32], test: TimeTest, policy: Policy
) -> tuple[_Narrowing, Flags | None]:
    """A test of time; and for whom it is not known whether an event that it hangs on took place."""
    part = _Narrowing()
    pair, unknown = in_window(context, times, patient, test)
    part.add(pair, Cause.PARTIAL_DATE, policy.undated)
    for moment in (test.window.lower, test.window.upper):
        if isinstance(moment, Event | AnyEvent):
            for kind in {selection.kind for selection in moment.rows.selections}:
                damaged = context.facts.corrupt.get(kind)
                if damaged is None:
                    continue
                # A damaged record could be another event: the one meant, or one more to choose from.
                if isinstance(moment, Event):
                    part.unsettle(damaged[patient], Cause.DATA_CORRUPT)
                else:
                    part.widen(damaged[patient], Cause.DATA_CORRUPT)
    return part, unknown


def times_of(
    context: Context, block: Block, rows: Stretches, kind: Kind, relation: Relation | None = None
) -> Times:
    """When rows started and ended, those without any date bounded by the cutoff.

    For a relation that looks at one edge only, the other edge's columns stand in for it unread.
    """
    columns = block.columns
    if relation is Relation.ENDING:
        lo, hi = columns["end_lo"], columns["end_hi"]
        end_lo = rows.of(lo)
        end_hi = end_lo if hi is lo else rows.of(hi)
        return Times(end_lo, end_hi, end_lo, end_hi)
    start_lo = rows.of(columns["start_lo"])
    picked: dict[int, Array] = {id(columns["start_lo"]): start_lo}

    def pick(name: str) -> Array:
        column = columns[name]
        if id(column) not in picked:
            picked[id(column)] = rows.of(column)
        return picked[id(column)]

    start_hi = pick("start_hi")
    if context.undated_rows(kind) and start_hi is not start_lo:
        # A record without any date was in the record by the time of the extract.
        undated = start_hi >= END_OF_TIME
        if undated.any():
            undated &= start_lo <= BEGINNING
            start_hi = np.where(undated, np.maximum(context.cutoff, start_lo), start_hi)
    if relation is Relation.STARTING:
        return Times(start_lo, start_hi, start_lo, start_hi)
    end_lo, end_hi = pick("end_lo"), pick("end_hi")
    return Times(start_lo, start_hi, end_lo, end_hi)


def _visible(context: Context, block: Block, rows: Stretches, kind: Kind) -> Pair:
    """Facts that start after the cutoff are invisible."""
    if context.visible_at_all(kind):
        return None, None
    times = times_of(context, block, rows, kind, Relation.STARTING)
    certain = times.start_hi <= context.cutoff
    if times.start_hi is times.start_lo:
        return certain, certain
    return certain, times.start_lo <= context.cutoff


def within(limits: Range, low: Array, high: Array) -> tuple[Flags, Flags]:
    """Whether values known to lie in [low, high] surely/possibly lie in the range; NaN: neither."""
    certain = ~np.isnan(low)
    possible = certain.copy()
    if limits.low is not None:
        certain &= low > limits.low if limits.low_open else low >= limits.low
        possible &= high > limits.low if limits.low_open else high >= limits.low
    if limits.high is not None:
        certain &= high < limits.high if limits.high_open else high <= limits.high
        possible &= low < limits.high if limits.high_open else low <= limits.high
    return certain, possible


def numbers_of(
    unit: str, state: Array, low: Array, high: Array, flags: Array, dimension: Array
) -> tuple[Array, Array, Flags, Flags]:
    """(low, high, known, unresolved) of values in a canonical unit; arrays of one length each.

    `known` rows carry a comparable number; open ends are moved to the next float, so that intervals
    are closed. `unresolved` marks numbers whose unit is missing or of another dimension.
    """
    is_number = state == ValueState.NUMBER
    fits = dimension == dimension_of(unit)
    if flags.any():
        low_open = (flags & ValueFlag.LOW_OPEN != 0) & np.isfinite(low)
        high_open = (flags & ValueFlag.HIGH_OPEN != 0) & np.isfinite(high)
        low = np.where(low_open, np.nextafter(low, np.inf), low)
        high = np.where(high_open, np.nextafter(high, -np.inf), high)
    known = is_number & fits
    unresolved = (is_number & ~fits) | (state == ValueState.UNIT_UNRESOLVED)
    return low, high, known, unresolved


def _numbers(block: Block, rows: Stretches, unit: str) -> tuple[Array, Array, Flags, Flags]:
    names = ("value_state", "value_lo", "value_hi", "value_flags", "unit")
    return numbers_of(unit, *(block.rows_of_column(name, rows) for name in names))


def _value(
    context: Context,
    block: Block,
    rows: Stretches,
    test: RowTest,
    full: _Narrowing,
    failed: dict[str, Flags | None],
    policy: Policy,
) -> None:
    """A test on what an observation says."""
    state = block.rows_of_column("value_state", rows)
    if isinstance(test, HasValue):
        holds = (state == ValueState.NONE) if test.negated else (state != ValueState.NONE)
        full.add((holds, holds), Cause.DATA_NOT_FOUND)
        return
    if isinstance(test, NumberTest):
        low, high, known, unresolved = _numbers(block, rows, test.range.unit)
        certain, possible = within(test.range, low, high)
        certain, possible = certain & known, possible & known
        other = ~known & (state != ValueState.NONE)
        straddles = possible & ~certain
        if policy.unreadable is Answer.YES:
            certain = possible = possible | other
        elif policy.unreadable is Answer.NO:
            possible = certain
        else:
            if other.any():
                full.doubts.append((unresolved, Cause.UNIT_UNRESOLVED))
                full.doubts.append((other & ~unresolved, Cause.NOT_COMPUTABLE))
            if straddles.any():
                full.doubts.append((straddles, Cause.VALUE_IMPRECISE))
            possible = possible | other
        same = np.array_equal(certain, possible)
        full.pair = both(full.pair, (certain, certain if same else possible))
        missed = known & ~possible
        if test.range.low is not None:
            failed["low"] = _or(failed["low"], missed & (high <= test.range.low))
        if test.range.high is not None:
            failed["high"] = _or(failed["high"], missed & (low >= test.range.high))
        return
    if not isinstance(test, ValueInSet):
        raise TypeError(f"not a value test: {test}")
    coded = block.rows_of_column("value_concept", rows)
    inside = context.membership.member[test.value_set][coded] & (state == ValueState.CODED)
    near = context.membership.near[test.value_set][coded]
    near = near & ((state == ValueState.CODED) | (state == ValueState.TEXT)) & ~inside
    pair: Pair = (inside, inside | near) if near.any() else (inside, inside)
    if pair[0] is not pair[1] and policy.unmapped is Answer.NO:
        pair = (inside, inside)
    if test.negated:
        pair = _negated(pair)
    full.add(pair, Cause.CODE_UNMAPPED)
    if pair[1] is not None:
        failed["different"] = _or(failed["different"], ~pair[1])
