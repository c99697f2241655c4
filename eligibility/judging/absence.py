"""What it means that nothing was found, kind by kind, as the table "Missing is not no" lays down.

Events (diagnoses, drugs, procedures, stays, orders …) that a dense record does not show are taken
as no, and said so. Results, answers, surveys, allergies, family history, insurance and consent are
never taken as no from silence alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Kind
from eligibility.instants import DAY
from eligibility.judging.context import Context
from eligibility.judging.kernels.marking import blame, put
from eligibility.judging.moments import first_instant, fixed, last_instant
from eligibility.judging.select import Selected
from eligibility.judging.truth import ANSWERED, FALSE, TRUE, UNKNOWN, Causes, Flags, States, Truth
from eligibility.judging.windows import bound_of
from eligibility.program import Answer, AnyEvent, Given, Literal, Notes, Policy, Selection, TimeTest
from eligibility.reasons import Cause

SILENCE_MEANS_NO = frozenset(
    {
        Kind.CONDITION,
        Kind.MEDICATION,
        Kind.PROCEDURE,
        Kind.ENCOUNTER,
        Kind.IMMUNIZATION,
        Kind.ORDER,
        Kind.DEVICE_ORDER,
        Kind.REPORT,
        Kind.NOTE,
        Kind.DEVICE,
    }
)
# Silence says nothing of these; a fact that surely lies outside the window says no.
OUTSIDE_MEANS_NO = frozenset({Kind.ALLERGY, Kind.FAMILY_HISTORY})


def absence(context: Context, selection: Selection, found: Selected) -> Truth:
    """For each patient, what it says that no row of the selection is there: Truth[n_patients].

    To be read only where no row possibly counts. The arrays may be shared: never write to them.
    """
    kind, policy = selection.kind, selection.policy
    if policy.missing is not None:
        decided = policy.missing is not Answer.UNKNOWN
        cause = Cause.ABSENCE_ASSUMED if decided else Cause.DATA_NOT_FOUND
        truth = context.constant(ANSWERED[policy.missing], cause)
    elif not context.delivered(kind, selection.value_set):
        truth = context.constant(UNKNOWN, Cause.SOURCE_NOT_DELIVERED)
    elif kind in SILENCE_MEANS_NO and _looks_ahead(context, selection):
        truth = context.constant(UNKNOWN, Cause.DATA_NOT_FOUND)
    elif kind in SILENCE_MEANS_NO:
        truth = context.silence(_reach(context, selection))
    else:
        truth = context.constant(UNKNOWN, Cause.DATA_NOT_FOUND)

    outside = found.outside if found.outside is not None and found.outside.any() else None
    denied = found.denied if found.denied is not None and found.denied.any() else None
    quiet = outside is None and denied is None and found.none_known is None
    if quiet and found.event_unknown is None and kind not in context.facts.corrupt:
        return truth
    state, causes = truth.state.copy(), truth.causes.copy()
    if outside is not None:
        _found_outside(policy, kind, found, outside, state, causes)
    if denied is not None:
        _denied(policy, found.patient[denied], state, causes)
    if found.none_known is not None:
        state[found.none_known.denied], causes[found.none_known.denied] = FALSE, np.uint32(Cause.DENIED)
        open_ = found.none_known.contradicted & (state == UNKNOWN)
        causes[open_] |= np.uint32(Cause.SOURCE_CONFLICT)
    if found.event_unknown is not None:
        unseen = found.event_unknown & (state == FALSE)
        state[unseen] = UNKNOWN
        causes[unseen] = Cause.DATA_NOT_FOUND
    return with_corrupt(context, kind, Truth(state, causes))


def _found_outside(
    policy: Policy, kind: Kind, found: Selected, outside: Flags, state: States, causes: Causes
) -> None:
    """Facts are there, but outside the window: changes `state` and `causes` of those patients.

    Only a fact that is surely there decides; one that may be there leaves open which answer holds.
    """
    answer = Answer.NO if policy.outdated is None and kind in OUTSIDE_MEANS_NO else policy.outdated
    if answer is Answer.UNKNOWN:
        put(found.patient, outside, UNKNOWN, int(Cause.DATA_STALE), state, causes)
    elif answer is not None:
        patient = found.patient[outside]
        differs = patient[state[patient] != ANSWERED[answer]]
        state[differs], causes[differs] = UNKNOWN, Cause.DATA_STALE
        surely = found.patient[found.outside_sure]
        state[surely], causes[surely] = ANSWERED[answer], Cause.OUT_OF_WINDOW
    elif kind in SILENCE_MEANS_NO:
        # What is there lies outside; that nothing lies inside still needs a record that looks.
        blame(found.patient, outside, state, FALSE, int(Cause.OUT_OF_WINDOW), causes)
    elif policy.missing is None:
        # Silence is unknown for these kinds, so that the state stays.
        put(found.patient, outside, UNKNOWN, int(Cause.DATA_STALE), state, causes)


def _denied(policy: Policy, patient: NDArray[np.int32], state: States, causes: Causes) -> None:
    """Notes of these patients say that there is none: changes their `state` and `causes`."""
    if policy.notes is Notes.REVIEW:
        causes[patient[state[patient] == UNKNOWN]] |= np.uint32(Cause.NOTE_ONLY)
    else:
        state[patient], causes[patient] = FALSE, np.uint32(Cause.DENIED)


def _looks_ahead(context: Context, selection: Selection) -> bool:
    """Whether a window named by the author ends after the as-of day: no record tells of that time."""
    for test in selection.tests:
        upper = test.window.upper if isinstance(test, TimeTest) and test.window.asks_later else None
        if isinstance(upper, Given | Literal):
            end = last_instant(fixed(context, upper)).lo
            if isinstance(end, int) and end >= context.as_of_day + DAY:
                return True
    return False


def with_corrupt(context: Context, kind: Kind, truth: Truth) -> Truth:
    """What a damaged record could have held is not known: false becomes unknown."""
    damaged = context.facts.corrupt.get(kind)
    if damaged is None:
        return truth
    touched: Flags = damaged & (truth.state != TRUE)
    state, causes = truth.state.copy(), truth.causes.copy()
    causes[touched & (state == FALSE)] = 0
    state[touched] = UNKNOWN
    causes[touched] |= np.uint32(Cause.DATA_CORRUPT)
    return Truth(state, causes)


def _reach(context: Context, selection: Selection) -> int | NDArray[np.int64] | None:
    """How far back the selection looks: the earliest instant its window can begin, None for ever."""
    for test in selection.tests:
        if isinstance(test, TimeTest) and test.window.lower is not None:
            lower = test.window.lower
            if isinstance(lower, AnyEvent):
                return None
            if isinstance(lower, Given | Literal):
                lo = first_instant(fixed(context, lower)).lo
                return int(lo) if isinstance(lo, int) else lo
            made, _ = bound_of(context, lower)
            return None if made is None else made.lo
    return None
