"""Rows of a selection: for each row whether it surely or possibly counts, and what is in doubt.

This is the only place where facts are picked out. Presence, counts, picks and evidence all stand on
its result, so that what is shown is what decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import NO_VALUE
from eligibility.facts import Array, Block, Kind
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.added_doses import may_add_up
from eligibility.judging.analytes import in_unit_of
from eligibility.judging.context import Context
from eligibility.judging.lengths import lasts
from eligibility.judging.moments import EVER, Pair, Times, both, lie_between
from eligibility.judging.narrowing import Doubt, Narrowing, and_not, either, negated
from eligibility.judging.none_known import NoneKnown, contradicted_rows, none_known
from eligibility.judging.rowtests import attribute, number_column, standing_of, value_test
from eligibility.judging.speech import (
    Speech,
    fill_gaps,
    from_notes,
    note_test,
    reaches_back,
    speech_of,
    worded,
)
from eligibility.judging.truth import Flags
from eligibility.judging.visits import same_visit, unseen
from eligibility.judging.windows import in_window
from eligibility.program import (
    DEFAULT_POLICY,
    Analyte,
    Answer,
    AnyEvent,
    Birth,
    Event,
    HasValue,
    LengthTest,
    Notes,
    NoteTest,
    NumberTest,
    Policy,
    Relation,
    RowTest,
    SameVisit,
    Selection,
    SetTest,
    TimeTest,
    ValueInSet,
    WordTest,
)
from eligibility.reasons import Cause
from eligibility.stretches import NO_ROWS, Stretches


@dataclass(frozen=True, slots=True)
class Selected:
    """Rows considered by a selection; every array has one entry per row in `rows`.

    `certain`/`possible`: the row surely/possibly passes everything. `base_certain`/`base_possible`:
    the same without the tests on its value ("there is a reading"). `outside`: possibly (and
    `outside_sure`: surely) passes all but time and value, and lies outside the window. None stands
    for "all rows". `low`, `high`, `different` say how a value failed.
    `event_unknown` is bool[n_patients]: whether an event that a window hangs on took place is
    itself not known. `denied`: a note says within the time that there is none; `against`: it may.
    `none_known`: coded records say that no such allergy is known.
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
    analyte: Analyte | None = None
    denied: Flags | None = None
    against: Flags | None = None
    policy: Policy = DEFAULT_POLICY
    none_known: NoneKnown | None = None

    def column(self, block: Block, name: str) -> Array:
        """A column of the considered rows, values in the unit of the selection's analyte."""
        return in_unit_of(self.analyte, partial(block.rows_of_column, rows=self.rows))(name)


def select(context: Context, selection: Selection) -> Selected:
    """Evaluate a selection over all patients; remembered for the run."""
    found = context.selected.get(selection)
    if not isinstance(found, Selected):
        found = context.selected[selection] = _select(context, selection)
    context.in_use.append(found.rows)
    return found


def _select(context: Context, selection: Selection) -> Selected:
    kind, policy = selection.kind, selection.policy
    block = context.block(kind)
    if block is None:
        return _nothing(context, selection)
    rows, near = _considered(context, selection)
    patient = rows.of(block.columns["patient"])
    base = Narrowing()
    if near is not None:
        base.add((~near, None), Cause.CODE_UNMAPPED, policy.unmapped)
    base.add(standing_of(block, rows, selection), Cause.STATUS_UNCONFIRMED, policy.unconfirmed)
    if len(doubtful := context.doubtful_concepts(kind, selection.value_set)):
        named = ~np.isin(rows.of(block.columns["concept"]), doubtful)
        base.add((named, None), Cause.CODE_UNMAPPED)
    speech = None
    if from_notes(block):
        speech = speech_of(
            context, block, rows, patient, near, times_of(context, block, rows, kind), selection
        )
    if speech is not None:
        base.add_part(speech.part)
    times: list[TimeTest] = []
    values: list[RowTest] = []
    doses: list[NumberTest] = []
    event_unknown: Flags | None = None
    for test in selection.tests:
        if isinstance(test, TimeTest):
            times.append(test)
        elif isinstance(test, NumberTest) and test.column == "dose_per_day":
            doses.append(test)
        elif isinstance(test, NumberTest) and test.column != "value":
            base.add_part(number_column(block, rows, test, policy))
        elif isinstance(test, NumberTest | ValueInSet | HasValue):
            values.append(test)
        elif isinstance(test, LengthTest):
            length = lasts(context, times_of(context, block, rows, kind), selection, test)
            base.add(length, Cause.PARTIAL_DATE, policy.undated)
        elif isinstance(test, SameVisit):
            joined, unknown = same_visit(context, block, rows, patient, test, policy)
            base.add_part(joined)
            event_unknown = either(event_unknown, unknown)
        elif isinstance(test, NoteTest):
            base.add_part(note_test(context, block, rows, test))
        else:
            base.add_part(attribute(context, block, rows, test, selection))
    for excepted in selection.excepts:
        if excepted.kind is kind:
            _except(context, block, rows, patient, excepted, base)
    if any(isinstance(test, NumberTest | ValueInSet) for test in values):
        state = block.rows_of_column("value_state", rows)
        reading = state != NO_VALUE
        base.add((reading, reading), Cause.DATA_NOT_FOUND)
    if not any(test.window.asks_later for test in times):
        base.add(_visible(context, block, rows, kind), Cause.PARTIAL_DATE, policy.undated)
    if (contradicted := contradicted_rows(context, selection, block, rows)) is not None:
        possible = base.pair[1]
        base.unsettle(contradicted if possible is None else contradicted & possible, Cause.SOURCE_CONFLICT)
    but_doses = base.pair
    for dose in doses:
        base.add_part(number_column(block, rows, dose, policy))
    surely, whenever = base.pair
    timed = Narrowing()
    for test in times:
        when = times_of(context, block, rows, kind, test.relation)
        part, hangs = _timed(context, when, patient, test, policy)
        timed.add_part(part)
        if hangs is not None:
            event_unknown = either(event_unknown, hangs)
    outside = outside_sure = None
    if times:
        missed = _none(len(patient)) if timed.pair[1] is None else ~timed.pair[1]
        outside = missed if whenever is None else whenever & missed
        outside_sure = outside if surely is whenever else missed if surely is None else surely & missed
    base.add_part(timed)
    sure = both(but_doses, timed.pair)[0]
    for dose in doses:
        added = may_add_up(block, rows, times_of(context, block, rows, kind), sure, dose)
        base.unsettle(added, Cause.SOURCE_CONFLICT)
    denied = against = None
    if speech is not None:
        if policy.notes is Notes.FILL_GAPS:
            base.add_part(fill_gaps(speech, patient, base.pair[1], context.n))
        if speech.denying.any():
            denied, against = _denials(context, block, rows, selection, speech, timed)
    full = Narrowing()
    full.add_part(base)
    failed: dict[str, Flags | None] = {"low": None, "high": None, "different": None}
    for test in values:
        value_test(context, block, rows, test, full, failed, selection)
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
        selection.analyte,
        denied,
        against,
        policy=policy,
        none_known=none_known(context, selection),
    )


def _denials(
    context: Context, block: Block, rows: Stretches, selection: Selection, speech: Speech, timed: Narrowing
) -> Pair:
    """Which rows say that there is none: surely within the time and for all of it, and at all."""
    spoken = speech.denying
    if not any(isinstance(t, TimeTest) and t.window.asks_later for t in selection.tests):
        visible = Narrowing()
        visible.add(
            _visible(context, block, rows, selection.kind), Cause.PARTIAL_DATE, selection.policy.undated
        )
        seen = visible.pair[0]
        spoken = spoken if seen is None else spoken & seen
    certain, possible = timed.pair
    lasting = reaches_back(selection, block.rows_of_column("start_hi", rows))
    denied = spoken & lasting if certain is None else spoken & lasting & certain
    return denied, spoken if possible is None else spoken & possible


def _nothing(context: Context, selection: Selection) -> Selected:
    """A selection of a kind of which nobody has any row: its events may still be unknown."""
    nobody, never = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    event_unknown: Flags | None = None
    for test in selection.tests:
        if isinstance(test, TimeTest):
            _, unknown = in_window(context, Times(never, never, never, never), nobody, test)
            if unknown is not None:
                event_unknown = either(event_unknown, unknown)
        elif isinstance(test, SameVisit):
            event_unknown = either(event_unknown, unseen(context, test))
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
    return context.rows_with_near(selection.kind, selection.value_set), near


def _except(
    context: Context,
    block: Block,
    rows: Stretches,
    patient: NDArray[np.int32],
    excepted: Selection,
    base: Narrowing,
) -> None:
    """Take out rows that are also in the excepted selection, by its own tests and exceptions."""
    concept = rows.of(block.columns["concept"])
    part = Narrowing()
    member = context.membership.member[excepted.value_set][concept]
    near = context.membership.near[excepted.value_set][concept]
    if excepted.policy.unmapped is not Answer.NO and near.any():
        part.add((member, member | near), Cause.CODE_UNMAPPED)
    else:
        part.add((member, member), Cause.CODE_UNMAPPED)
    part.add_part(worded(block, rows, excepted))
    if excepted.not_done:
        part.add(standing_of(block, rows, excepted), Cause.STATUS_UNCONFIRMED, excepted.policy.unconfirmed)
    for test in excepted.tests:
        if isinstance(test, TimeTest):
            recorded = test.relation if test.relation is Relation.RECORDED else None
            times = times_of(context, block, rows, excepted.kind, recorded)
            timed, unknown = _timed(context, times, patient, test, excepted.policy)
            if unknown is not None:
                timed.widen(unknown[patient], Cause.DATA_NOT_FOUND)
            part.add_part(timed)
        elif isinstance(test, LengthTest):
            times = times_of(context, block, rows, excepted.kind)
            part.add(lasts(context, times, excepted, test), Cause.PARTIAL_DATE, excepted.policy.undated)
        elif isinstance(test, SameVisit):
            joined, nobody_knows = same_visit(context, block, rows, patient, test, excepted.policy)
            joined.widen(nobody_knows[patient], Cause.DATA_NOT_FOUND)
            part.add_part(joined)
        elif isinstance(test, SetTest | WordTest):
            part.add_part(attribute(context, block, rows, test, excepted))
        elif isinstance(test, NumberTest) and test.column != "value":
            part.add_part(number_column(block, rows, test, excepted.policy))
        elif isinstance(test, NoteTest):
            part.add_part(note_test(context, block, rows, test))
        else:
            unused: dict[str, Flags | None] = {"low": None, "high": None, "different": None}
            value_test(context, block, rows, test, part, unused, excepted)
    for inner in excepted.excepts:
        if inner.kind is excepted.kind:
            _except(context, block, rows, patient, inner, part)
    certain, possible = part.pair
    if certain is not possible:
        # Only a row that is perhaps excepted is in doubt, not one that misses by another test.
        perhaps = and_not(possible, certain)
        base.doubts.extend((mask & perhaps, cause) for mask, cause in part.doubts)
    base.pair = both(base.pair, negated(part.pair))


def _timed(
    context: Context, times: Times, patient: NDArray[np.int32], test: TimeTest, policy: Policy
) -> tuple[Narrowing, Flags | None]:
    """A test of time; and for whom it is not known whether an event that it hangs on took place."""
    part, unknown = in_window(context, times, patient, test, policy.undated)
    for moment in (test.window.lower, test.window.upper):
        if isinstance(moment, Birth):
            damaged = context.facts.corrupt.get(Kind.DEMOGRAPHIC)
            if damaged is not None:
                part.unsettle(damaged[patient], Cause.DATA_CORRUPT)
        elif isinstance(moment, Event | AnyEvent):
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

    For a relation that looks at one edge only, the other edge's columns stand in for it unread; for
    RECORDED all are the time of recording.
    """
    columns = block.columns
    if relation is Relation.RECORDED:
        recorded_lo = block.rows_of_column("recorded_lo", rows)
        recorded_hi = block.rows_of_column("recorded", rows)
        unsaid = (recorded_hi >= END_OF_TIME) & (recorded_lo <= BEGINNING)
        if unsaid.any():
            recorded_hi = np.where(unsaid, context.cutoff, recorded_hi)
        return Times(recorded_lo, recorded_hi, recorded_lo, recorded_hi)
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
    start = times.start_lo, times.start_hi
    return lie_between(start, EVER, start, context.cutoff)
