"""Whether a patient died in a window of time."""

from __future__ import annotations

import numpy as np

from eligibility.facts import Kind
from eligibility.instants import DAY, END_OF_TIME
from eligibility.judging.context import Context
from eligibility.judging.moments import Times
from eligibility.judging.people import corrupt_person, demographic, note_person
from eligibility.judging.picks import unsettled
from eligibility.judging.truth import ANSWERED, FALSE, UNKNOWN, Truth
from eligibility.judging.windows import in_window
from eligibility.program import Answer, AnyEvent, Died, Event, Relation, TimeTest
from eligibility.reasons import Cause


def died(context: Context, leaf: Died) -> Truth:
    """The patient's death lies in the window; who is not said to be dead may die after the as-of day."""
    n, block = context.n, context.block(Kind.DEMOGRAPHIC)
    dead = demographic(context, "deceased", 0) != 0
    tomorrow = context.as_of_day + DAY
    lo = np.where(dead, demographic(context, "death_lo", END_OF_TIME), tomorrow).astype(np.int64)
    hi = np.where(dead, demographic(context, "death_hi", END_OF_TIME), END_OF_TIME).astype(np.int64)
    test = TimeTest(Relation.STARTING, leaf.window)
    everyone = np.arange(n, dtype=np.int32)
    (certain, possible), unseen = in_window(context, Times(lo, hi, lo, hi), everyone, test)
    sure = dead.copy() if certain is None else certain & dead
    maybe = np.ones(n, dtype=np.bool_) if possible is None else possible
    if not leaf.window.asks_later:
        sure, maybe = sure & (hi <= context.cutoff), maybe & (lo <= context.cutoff)
    state = sure.astype(np.uint8) + maybe
    causes = np.full(n, np.uint32(Cause.DEMOGRAPHIC), dtype=np.uint32)
    unknown = state == UNKNOWN
    causes[unknown] = np.where(dead[unknown], Cause.PARTIAL_DATE, Cause.DATA_NOT_FOUND)
    if leaf.policy.undated is not Answer.UNKNOWN:
        settled = unknown & dead
        state[settled], causes[settled] = ANSWERED[leaf.policy.undated], Cause.DEMOGRAPHIC
    if unseen is not None:
        unseen = unseen & (state == FALSE)
        state[unseen], causes[unseen] = UNKNOWN, Cause.DATA_NOT_FOUND
    untold = np.ones(n, dtype=np.bool_)
    if block is not None:
        untold[block.columns["patient"]] = False
    missing = leaf.policy.missing or Answer.UNKNOWN
    state[untold] = ANSWERED[missing]
    causes[untold] = Cause.DATA_NOT_FOUND if missing is Answer.UNKNOWN else Cause.ABSENCE_ASSUMED
    note_person(context, leaf)
    truth = Truth(state, causes)
    for moment in (leaf.window.lower, leaf.window.upper):
        if isinstance(moment, Event | AnyEvent):
            for selection in moment.rows.selections:
                truth = unsettled(context, selection.kind, truth)
    return corrupt_person(context, truth)
