"""Tests on single columns of rows: standing, attributes, numbers beside the value, and the value."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import CODED, COUNTS, DOES_NOT_COUNT, DONE, NO_VALUE, NOT_DONE, UNCONFIRMED
from eligibility.facts import INTERVALS, Block, Kind
from eligibility.field_words import readings
from eligibility.judging.analytes import in_unit_of
from eligibility.judging.context import Context
from eligibility.judging.moments import Pair
from eligibility.judging.narrowing import Narrowing, either
from eligibility.judging.numbers import near_limit, numbers_of, within
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Flags
from eligibility.program import (
    Answer,
    HasValue,
    NumberTest,
    Policy,
    RowTest,
    Selection,
    SetTest,
    ValueInSet,
    WordTest,
)
from eligibility.reasons import Cause
from eligibility.stretches import Stretches
from eligibility.units import dimension_of


def standing_of(block: Block, rows: Stretches, selection: Selection) -> Pair:
    """Which rows count by the record's own standing; of selections of what was not done: as that."""
    if selection.not_done:
        said = block.rows_of_column("not_done", rows)
        sure, maybe = said == NOT_DONE, said != DONE
        return (maybe, maybe) if _names_status(selection) or np.array_equal(sure, maybe) else (sure, maybe)
    if "standing" not in block.columns:
        return None, None
    standing = rows.of(block.columns["standing"])
    possible = standing != DOES_NOT_COUNT
    if _names_status(selection) or not (standing == UNCONFIRMED).any():
        return possible, possible
    return standing == COUNTS, possible


@lru_cache(maxsize=4_096)
def _names_status(selection: Selection) -> bool:
    """Whether the author named the statuses that count, so that the default rule steps back."""
    lasting = selection.kind in (Kind.CONDITION, Kind.ALLERGY)
    named = "verification_status" if lasting else "status"
    return any(isinstance(t, WordTest) and t.column == named and not t.negated for t in selection.tests)


def attribute(
    context: Context, block: Block, rows: Stretches, test: RowTest, selection: Selection
) -> Narrowing:
    """A test on a coded or word column of a selection's rows.

    An attribute the record does not say may be anything. So may one that is coded in no system which the
    value set uses, or less exactly than the set asks; and a word that FHIR does not have, or that says that
    nobody knows. Policies settle the test as it is written, its `not` included.
    """
    if not isinstance(test, SetTest | WordTest):
        raise TypeError(f"not an attribute test: {test}")
    policy = selection.policy
    part = Narrowing()
    ids = block.rows_of_column(test.column, rows)
    unsaid = ids == 0
    if isinstance(test, SetTest):
        membership = context.membership
        inside = membership.member[test.value_set][ids] & ~unsaid  # any code is no code unsaid
        left_open = ~inside & ~unsaid
        if left_open.any():
            left_open &= membership.near[test.value_set][ids] | ~membership.comparable[test.value_set][ids]
        cause, answer = Cause.CODE_UNMAPPED, policy.unmapped
    else:
        state = said_of(context, selection.kind, test.column, test.words).take(ids)
        inside, left_open = state == TRUE, state == UNKNOWN
        cause, answer = Cause.STATUS_UNCONFIRMED, policy.unconfirmed
    passes = ~inside & ~unsaid & ~left_open if test.negated else inside
    part.pair = (passes, passes)
    part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
    if left_open.any():
        part.unsaid(left_open, cause, answer)
    return part


def said_of(context: Context, kind: Kind, column: str, asked: tuple[str, ...]) -> NDArray[np.uint8]:
    """Whether a word of a column is one of those asked for, by word id, uint8[n_words]; unsaid is not."""
    words = context.facts.words
    told = readings(kind, column, asked)
    states = np.full(len(words), FALSE if told is None else UNKNOWN, dtype=np.uint8)
    states[0] = FALSE
    for word, meant in (dict.fromkeys(asked, True) if told is None else told).items():
        if (at := words.find(word)) > 0:
            states[at] = TRUE if meant else FALSE
    return states


def number_column(block: Block, rows: Stretches, test: NumberTest, policy: Policy) -> Narrowing:
    """A test on a number beside the value. A dose in a unit that cannot be compared may be any."""
    values = block.rows_of_column(test.column, rows)
    unsaid = np.isnan(values)
    part = Narrowing()
    if test.column in INTERVALS:
        most = block.rows_of_column(INTERVALS[test.column], rows)
        pair = within(test.range, values, np.where(np.isnan(most), values, most))
        part.add(pair, Cause.VALUE_IMPRECISE, policy.unreadable)
        part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
        return part
    inside = within(test.range, values, values)[0]
    part.pair = (inside, inside)
    if test.column == "dose_per_day":
        other = ~unsaid & (block.rows_of_column("dose_unit", rows) != dimension_of(test.range.unit))
        if other.any():
            inside = inside & ~other
            part.pair = (inside, inside)
            part.unsaid(other, Cause.UNIT_UNRESOLVED, policy.unreadable)
    part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
    return part


def value_test(
    context: Context,
    block: Block,
    rows: Stretches,
    test: RowTest,
    full: Narrowing,
    failed: dict[str, Flags | None],
    selection: Selection,
) -> None:
    """A test on what an observation says. Without a value it may be anything.

    That matters to exceptions: a selection that tests values takes such rows for no readings at all.
    """
    policy = selection.policy
    state = block.rows_of_column("value_state", rows)
    if isinstance(test, HasValue):
        holds = (state == NO_VALUE) if test.negated else (state != NO_VALUE)
        full.add((holds, holds), Cause.DATA_NOT_FOUND)
        return
    if isinstance(test, NumberTest):
        written = partial(block.rows_of_column, rows=rows)
        column = in_unit_of(selection.analyte, written)
        low, high, known, unresolved = numbers_of(test.range.unit, column, test.range.multiple_of, written)
        certain, possible = within(test.range, low, high)
        certain, possible = certain & known, possible & known
        other = ~known & (state != NO_VALUE)
        told = len(full.doubts)
        straddles = possible & ~certain
        near = known & near_limit(test.range, low, high, policy.borderline) if policy.borderline else None
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
        if near is not None and near.any():
            # Nobody's to decide, whatever else is said of a value that cannot be compared.
            full.doubts[told:] = [(rows_in & ~near, cause) for rows_in, cause in full.doubts[told:]]
            full.doubts.append((near, Cause.BORDERLINE))
            certain, possible = certain & ~near, possible | near
        same = np.array_equal(certain, possible)
        part = Narrowing()
        part.pair = (certain, certain if same else possible)
        part.unsaid(~known & (state == NO_VALUE), Cause.DATA_NOT_FOUND, policy.missing)
        full.add_part(part)
        missed = known & ~possible
        if test.range.low is not None:
            failed["low"] = either(failed["low"], missed & (high <= test.range.low))
        if test.range.high is not None:
            failed["high"] = either(failed["high"], missed & (low >= test.range.high))
        return
    if not isinstance(test, ValueInSet):
        raise TypeError(f"not a value test: {test}")
    coded = block.rows_of_column("value_concept", rows)
    inside = context.membership.member[test.value_set][coded] & (state == CODED)
    comparable = context.membership.comparable[test.value_set][coded] & (state == CODED)
    silent = state == NO_VALUE
    passes = comparable & ~inside if test.negated else inside
    part = Narrowing()
    part.pair = (passes, passes)
    part.unsaid(~(comparable | inside | silent), Cause.CODE_UNMAPPED, policy.unmapped)
    part.unsaid(silent, Cause.DATA_NOT_FOUND, policy.missing)
    full.add_part(part)
    if part.pair[1] is not None:
        failed["different"] = either(failed["different"], ~part.pair[1])
