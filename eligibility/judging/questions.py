"""Questions to a person: the newest answer among the facts, best case beside worst case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.answers import date_told, words_told
from eligibility.facts import Block, Kind, Standing, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME, floor_day
from eligibility.judging.context import Context, Noted
from eligibility.judging.numbers import closed, numbers_of, within
from eligibility.judging.picks import unsettled
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Causes, Flags, States, Truth
from eligibility.judging.windows import bounds
from eligibility.program import Ask, Range, Window
from eligibility.reasons import Cause

_Told = tuple[States, Causes]


@dataclass(frozen=True, slots=True)
class _Answers:
    """The answers to one question that may be seen: arrays with one entry each, in order of rows."""

    rows: NDArray[np.int64]
    patient: NDArray[np.int32]
    lo: NDArray[np.int64]
    hi: NDArray[np.int64]
    counts: Flags  # by its status


def ask(context: Context, leaf: Ask) -> Truth:
    """What the newest answers in time say; unknown where there is none."""
    n = context.n
    state = np.full(n, UNKNOWN, dtype=np.uint8)
    causes = np.full(n, np.uint32(Cause.PATIENT_INPUT_NEEDED), dtype=np.uint32)
    block = context.block(Kind.ANSWER)
    found = None if block is None else _find(context, block, leaf)
    if block is not None and found is not None:
        _settle(context, leaf, block, found, state, causes)
    return unsettled(context, Kind.ANSWER, Truth(state, causes))


def _find(context: Context, block: Block, leaf: Ask) -> _Answers | None:
    word = context.facts.words.find(leaf.key) if leaf.key else -1
    if word < 0:
        return None
    rows = np.flatnonzero(block.column("question") == word)
    standing = block.column("standing")[rows]
    lo, hi = block.column("start_lo")[rows], block.column("start_hi")[rows]
    # What has no date at all was told by the cutoff.
    hi = np.where((lo <= BEGINNING) & (hi >= END_OF_TIME), context.cutoff, hi)
    seen = standing != Standing.DOES_NOT_COUNT
    if leaf.since is None or not leaf.since.asks_later:
        seen &= lo <= context.cutoff
    rows, lo, hi, standing = rows[seen], lo[seen], hi[seen], standing[seen]
    if not len(rows):
        return None
    return _Answers(rows, block.column("patient")[rows], lo, hi, standing == Standing.COUNTS)


def _settle(
    context: Context, leaf: Ask, block: Block, found: _Answers, state: States, causes: Causes
) -> None:
    """Fill in state and causes of those who have an answer."""
    n, patient = context.n, found.patient
    inside, maybe = _in_time(context, leaf, found)
    causes[patient] = np.uint32(Cause.DATA_STALE)
    sure = inside & found.counts
    newest = np.full(n, np.iinfo(np.int64).min, dtype=np.int64)
    np.maximum.at(newest, patient[sure], floor_day(found.lo[sure]))
    rules = maybe & (floor_day(found.hi) >= newest[patient])
    told, why = _told(context, leaf, block, found.rows)

    least, most = np.full(n, TRUE, dtype=np.uint8), np.full(n, FALSE, dtype=np.uint8)
    np.minimum.at(least, patient[rules], told[rules])
    np.maximum.at(most, patient[rules], told[rules])
    someone = _whose(n, patient[rules])
    decided = someone & _whose(n, patient[sure]) & (least == most) & (least != UNKNOWN)
    state[decided] = least[decided]

    vague = ~inside | (floor_day(found.lo) != floor_day(found.hi))
    doubt = np.where(told == UNKNOWN, why, np.uint32(0))
    doubt |= np.where(vague, np.uint32(Cause.PARTIAL_DATE), np.uint32(0))
    doubt |= np.where(found.counts, np.uint32(0), np.uint32(Cause.STATUS_UNCONFIRMED))
    said, left_open = np.zeros(n, dtype=np.uint32), np.zeros(n, dtype=np.uint32)
    np.bitwise_or.at(said, patient[rules], why[rules])
    np.bitwise_or.at(left_open, patient[rules], doubt[rules])
    yes, no = (_whose(n, patient[rules & sure & (told == answer)]) for answer in (TRUE, FALSE))
    left_open[yes & no] |= np.uint32(Cause.SOURCE_CONFLICT)
    causes[someone] = np.where(decided, said, left_open)[someone]
    _note(context, leaf, found, ("for", rules & found.counts), ("doubt", rules & ~found.counts))
    _note(context, leaf, found, ("outside", ~maybe))


def _whose(n: int, patient: NDArray[np.int32]) -> Flags:
    flags = np.zeros(n, dtype=np.bool_)
    flags[patient] = True
    return flags


def _note(context: Context, leaf: Ask, found: _Answers, *roles: tuple[str, Flags]) -> None:
    for role, mask in roles:
        if mask.any():
            context.keep(leaf, Noted(Kind.ANSWER, found.rows[mask], found.patient[mask], role))


def _in_time(context: Context, leaf: Ask, found: _Answers) -> tuple[Flags, Flags]:
    """Which answers surely, and possibly, were given in the time asked for."""
    lower, upper = _ends(context, leaf.since)
    if leaf.since is None or not leaf.since.asks_later:
        upper = min(upper, context.cutoff)
    return (found.lo >= lower) & (found.hi <= upper), (found.hi >= lower) & (found.lo <= upper)


def _ends(context: Context, window: Window | None) -> tuple[int, int]:
    """First and last instant of a window of fixed days."""
    if window is None:
        return BEGINNING, END_OF_TIME
    lower, upper, _ = bounds(context, window)
    first = lower.lo if lower is not None and isinstance(lower.lo, int) else BEGINNING
    last = upper.hi if upper is not None and isinstance(upper.hi, int) else END_OF_TIME
    return first, last


def _told(context: Context, leaf: Ask, block: Block, rows: NDArray[np.int64]) -> _Told:
    """What each answer says of the statement, and why."""
    expected = leaf.expected
    if isinstance(expected, Range):
        return _number(expected, block, rows)
    if isinstance(expected, Window):
        first, last = _ends(context, expected)
        return _by_words(block, rows, lambda one: _date(context, one, first, last))
    return _by_words(block, rows, lambda one: _choice(context, one, leaf, expected))


def _number(limits: Range, block: Block, rows: NDArray[np.int64]) -> _Told:
    low, high, known, unresolved = numbers_of(limits.unit, lambda name: block.column(name)[rows])
    certain, possible = within(limits, low, high)
    state = np.where(known, certain.astype(np.uint8) + possible, UNKNOWN).astype(np.uint8)
    causes = np.full(len(rows), np.uint32(Cause.EVIDENCE), dtype=np.uint32)
    least, _ = closed(limits)
    causes[state == FALSE] = np.where(high < least, Cause.VALUE_LOW, Cause.VALUE_HIGH)[state == FALSE]
    causes[state == UNKNOWN] = Cause.VALUE_IMPRECISE
    causes[~known] = np.where(unresolved, Cause.UNIT_UNRESOLVED, Cause.PATIENT_INPUT_NEEDED)[~known]
    return state, causes


def _by_words(block: Block, rows: NDArray[np.int64], read: Callable[[int], tuple[int, Cause]]) -> _Told:
    """Answers in words or codes, each distinct one read once."""
    concept = block.column("value_concept")[rows].copy()
    concept[~np.isin(block.column("value_state")[rows], (ValueState.CODED, ValueState.TEXT))] = 0
    distinct, which = np.unique(concept, return_inverse=True)
    told = [read(int(one)) for one in distinct]
    states = np.array([state for state, _ in told], dtype=np.uint8)
    causes = np.array([cause for _, cause in told], dtype=np.uint32)
    return states[which], causes[which]


def _choice(context: Context, concept: int, leaf: Ask, expected: tuple[str, ...]) -> tuple[int, Cause]:
    said = words_told(context.facts.concepts, concept, leaf.options)
    if said is None:
        return UNKNOWN, Cause.PATIENT_INPUT_NEEDED
    fits = (said in expected) != leaf.negated
    return (TRUE, Cause.EVIDENCE) if fits else (FALSE, Cause.VALUE_DIFFERENT)


def _date(context: Context, concept: int, first: int, last: int) -> tuple[int, Cause]:
    told = date_told(context.facts.concepts, concept)
    if told is None:
        return UNKNOWN, Cause.PATIENT_INPUT_NEEDED
    if told[0] >= first and told[1] <= last:
        return TRUE, Cause.EVIDENCE
    if told[1] < first or told[0] > last:
        return FALSE, Cause.OUT_OF_WINDOW
    return UNKNOWN, Cause.PARTIAL_DATE
