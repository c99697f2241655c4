"""Records of one visit: rows joined by the visit that they belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Block, Kind
from eligibility.judging import events
from eligibility.judging.context import Context
from eligibility.judging.narrowing import Narrowing
from eligibility.judging.truth import Flags
from eligibility.program import Answer, AnyEvent, Edge, Policy, SameVisit
from eligibility.reasons import Cause
from eligibility.stretches import Stretches


def visit_of(block: Block, rows: Stretches) -> Array:
    """The visit of each row as a row of the table of resources, -1 where it is not known."""
    return block.rows_of_column("resource" if block.kind is Kind.ENCOUNTER else "encounter", rows)


def same_visit(
    context: Context,
    block: Block,
    rows: Stretches,
    patient: NDArray[np.int32],
    test: SameVisit,
    policy: Policy,
) -> tuple[Narrowing, Flags]:
    """Which rows belong to the visit of some other row; and for whom it is not known if there is one."""
    others = events.all_of(context, AnyEvent(Edge.START, test.rows))
    theirs = _keys(others.patient, _visits(context, test))
    visit = visit_of(block, rows)
    mine = _keys(patient, visit)
    known = theirs >= 0
    maybe = (mine >= 0) & np.isin(mine, theirs[known])
    sure = maybe & np.isin(mine, theirs[known & others.certain])
    part = Narrowing()
    answer = policy.missing or Answer.UNKNOWN
    part.add((sure, sure) if np.array_equal(sure, maybe) else (sure, maybe), Cause.DATA_NOT_FOUND, answer)
    some = np.zeros(context.n, dtype=np.bool_)
    some[others.patient] = True
    anywhere = np.zeros(context.n, dtype=np.bool_)
    anywhere[others.patient[~known]] = True
    unsaid = (some[patient] & (mine < 0)) | anywhere[patient]
    part.unsaid(unsaid, Cause.DATA_NOT_FOUND, policy.missing)
    for kind in {selection.kind for selection in test.rows.selections}:
        damaged = context.facts.corrupt.get(kind)
        if damaged is not None:
            part.widen(damaged[patient], Cause.DATA_CORRUPT)
    return part, others.unknown


def unseen(context: Context, test: SameVisit) -> Flags:
    """For whom it is not known whether there is any row whose visit is asked for, bool[n_patients]."""
    return events.all_of(context, AnyEvent(Edge.START, test.rows)).unknown


def _visits(context: Context, test: SameVisit) -> Array:
    """The visits of the rows of a test, in the order of `events.all_of`."""
    from eligibility.judging.select import select  # selections hold these tests

    parts: list[Array] = [np.empty(0, dtype=np.int32)]
    for selection in test.rows.selections:
        block = context.block(selection.kind)
        if block is not None:
            found = select(context, selection)
            visit = visit_of(block, found.rows)
            parts.append(visit if found.possible is None else visit[found.possible])
    return np.concatenate(parts)


def _keys(patient: NDArray[np.int32], visit: Array) -> NDArray[np.int64]:
    """Patient and visit in one number, -1 where the visit is not known."""
    whole: NDArray[np.int64] = (patient.astype(np.int64) << 32) | visit.astype(np.int64)
    return np.where(visit >= 0, whole, -1)
