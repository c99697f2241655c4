"""Is some row there: the plainest statement over selections."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from eligibility.facts import Kind
from eligibility.judging.absence import SILENCE_MEANS_NO, absence, with_corrupt
from eligibility.judging.context import Context, Noted
from eligibility.judging.kernels.compiling import ALL, rows_or_all
from eligibility.judging.kernels.marking import blame, put
from eligibility.judging.select import Selected, select
from eligibility.judging.truth import (
    FALSE,
    TRUE,
    UNKNOWN,
    Causes,
    Flags,
    States,
    Truth,
    disjunction,
)
from eligibility.program import (
    Counted,
    Exists,
    Exposed,
    NumberTest,
    Selection,
    TimeTest,
)
from eligibility.reasons import Cause


def exists(context: Context, leaf: Exists, noting: bool = True) -> Truth:
    """Some row of some selection is there."""
    return disjunction([_exists(context, leaf, s, noting) for s in leaf.rows.selections])


def _exists(context: Context, leaf: Exists, selection: Selection, noting: bool) -> Truth:
    found = select(context, selection)
    n = context.n
    silent = absence(context, selection, found)
    if selection.kind not in SILENCE_MEANS_NO and found.base_possible is not found.possible:
        state, causes = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.uint32)
        _mark(found, present_cause(selection), state, causes)
        nothing = state == FALSE
        causes = np.where(nothing, silent.causes, causes)
        state = _readings_that_fail(context, found, selection, state, nothing, silent, causes)
    else:
        state, causes = silent.state.copy(), silent.causes.copy()
        _mark(found, present_cause(selection), state, causes)
    if noting:
        note_presence(context, leaf, found)
    if selection.kind in context.facts.corrupt:
        return with_corrupt(context, selection.kind, Truth(state, causes))
    return Truth(state, causes)


def _mark(found: Selected, cause: int, state: States, causes: Causes) -> None:
    """Write what the rows that are there say over `state` and `causes`."""
    unsure = found.certain is not found.possible
    if unsure:
        put(found.patient, rows_or_all(found.possible), UNKNOWN, 0, state, causes)
    put(found.patient, rows_or_all(found.certain), TRUE, cause, state, causes)
    if unsure:
        add_doubts(causes, found, found.possible, state)


@lru_cache(maxsize=4_096)
def present_cause(selection: Selection) -> int:
    """What a row that is there means: a drug in a window is a washout not elapsed, a number a limit."""
    for test in selection.tests:
        if isinstance(test, NumberTest) and test.column == "value":
            if test.range.high is None:
                return int(Cause.VALUE_HIGH)
            if test.range.low is None:
                return int(Cause.VALUE_LOW)
    windowed = any(isinstance(t, TimeTest) and t.window.lower is not None for t in selection.tests)
    if selection.kind is Kind.MEDICATION and windowed:
        return int(Cause.WASHOUT)
    return int(Cause.EVIDENCE)


def add_doubts(causes: Causes, found: Selected, rows: Flags | None, state: States) -> None:
    """Give unknown patients the doubts of some rows (None: all)."""
    for mask, cause in found.doubts:
        # Rows in doubt are few.
        at = np.flatnonzero(mask if rows is None else mask & rows)
        blame(found.patient[at], ALL, state, UNKNOWN, int(cause), causes)


def failing_causes(found: Selected, n: int) -> Causes:
    """How readings failed their value test, per patient."""
    causes = np.zeros(n, dtype=np.uint32)
    for mask, cause in (
        (found.low, Cause.VALUE_LOW),
        (found.high, Cause.VALUE_HIGH),
        (found.different, Cause.VALUE_DIFFERENT),
    ):
        if mask is not None:
            live = mask if found.base_possible is None else mask & found.base_possible
            causes[found.patient[live]] |= np.uint32(cause)
    return causes


def _readings_that_fail(
    context: Context,
    found: Selected,
    selection: Selection,
    state: States,
    nothing: Flags,
    silent: Truth,
    causes: Causes,
) -> States:
    """Results are there but none passes: known to be no where a reading surely lies in the window."""
    n = context.n
    read = np.zeros(n, dtype=np.bool_)
    read[found.patient if found.base_certain is None else found.patient[found.base_certain]] = True
    maybe = np.zeros(n, dtype=np.bool_)
    maybe[found.patient if found.base_possible is None else found.patient[found.base_possible]] = True
    failing = failing_causes(found, n)
    decided = nothing & read
    causes[decided] = failing[decided]
    causes[decided & (failing == 0)] = np.uint32(Cause.VALUE_DIFFERENT)
    open_ = nothing & maybe & ~read
    silent_only = nothing & ~maybe
    np.copyto(state, silent.state, where=silent_only | open_)
    if open_.any():
        unsure = open_ & (silent.state == UNKNOWN)
        causes[unsure] = 0
        add_doubts(causes, found, found.base_possible, np.where(unsure, UNKNOWN, FALSE).astype(np.uint8))
        doubtful = open_ & (silent.state != UNKNOWN)
        causes[doubtful] = silent.causes[doubtful]
    return state


def note_presence(context: Context, leaf: Exists | Counted | Exposed, found: Selected) -> None:
    """Remember rows that are there, may be there, fail by their value, or lie outside the window."""
    if context.notes is None:
        return
    context.note(leaf, found.kind, found.rows, found.patient, found.certain, "for")
    if found.possible is not found.certain:
        certain = np.zeros(len(found.patient), np.bool_) if found.certain is None else found.certain
        doubt = ~certain if found.possible is None else found.possible & ~certain
        context.note(leaf, found.kind, found.rows, found.patient, doubt, "doubt")
    if found.base_possible is not found.possible:
        possible = found.possible
        if possible is not None:
            failed = ~possible if found.base_possible is None else found.base_possible & ~possible
            context.note(leaf, found.kind, found.rows, found.patient, failed, "against")
    if found.against is not None:
        context.note(leaf, found.kind, found.rows, found.patient, found.against, "against")
    if found.none_known is not None and (block := context.block(found.kind)) is not None:
        rows = found.none_known.rows
        context.keep(leaf, Noted(found.kind, rows, block.columns["patient"][rows], "against"))
    if found.outside is not None:
        context.note(leaf, found.kind, found.rows, found.patient, found.outside, "outside")
