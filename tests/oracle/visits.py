"""Whether a row belongs to the visit of some other row of its patient."""

from __future__ import annotations

from eligibility.program import Policy, SameVisit
from eligibility.reasons import Cause
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth, settle


def same_visit(run: Run, test: SameVisit, row: Row, policy: Policy) -> Truth:
    from tests.oracle.selections import union_of  # rows hold tests, tests hold rows

    others = [judged for judged in union_of(run, test.rows) if judged.possible]
    matching = [judged for judged in others if row.visit >= 0 and judged.row.visit == row.visit]
    if any(judged.certain for judged in matching):
        return Truth(TRUE)
    open_ = bool(matching) or any(row.visit < 0 or judged.row.visit < 0 for judged in others)
    state = settle(UNKNOWN, policy.missing) if open_ else FALSE
    if state == UNKNOWN:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    if state == FALSE and run.damaged({selection.kind for selection in test.rows.selections}):
        return Truth(UNKNOWN, Cause.DATA_CORRUPT)
    return Truth(state)
