"""What it means for one patient that a selection holds no row; and whether some row is there."""

from __future__ import annotations

from eligibility.facts import Kind
from eligibility.instants import DAY
from eligibility.program import (
    Answer,
    AnyEvent,
    Event,
    Given,
    Literal,
    Notes,
    NumberTest,
    Range,
    Rows,
    RowTest,
    SameVisit,
    Selection,
    TimeTest,
    ValueInSet,
)
from eligibility.reasons import Cause
from tests.oracle.none_known import answered
from tests.oracle.numbers import number_in
from tests.oracle.run import Run
from tests.oracle.selections import (
    Judged,
    above,
    answer_is,
    below,
    denials,
    is_value_test,
    reach,
    select,
    union_of,
)
from tests.oracle.truth import FALSE, NOTHING, TRUE, UNKNOWN, Truth, disjunction, doubtful, union

# Kinds of which silence, in a record dense enough, means no.
SILENT = frozenset(
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
# Of which what lies outside the window says no, though silence does not.
LASTING_UNSAID = frozenset({Kind.ALLERGY, Kind.FAMILY_HISTORY})
RESULTS = frozenset({Kind.OBSERVATION, Kind.ANSWER})

_STATE = {Answer.YES: TRUE, Answer.NO: FALSE, Answer.UNKNOWN: UNKNOWN}


def absence(run: Run, selection: Selection) -> Truth:
    """The truth of "there is one" where no row may be one."""
    truth = _silence(run, selection)
    outside = max((judged.outside for judged in select(run, selection)), default=FALSE)
    if outside != FALSE:
        truth = _outdated(selection, truth, surely=outside == TRUE)
    if denials(run, selection):
        truth = _denied(selection, truth)
    none_known = answered(run, selection)
    if none_known:
        truth = Truth(FALSE, Cause.DENIED)
    elif none_known is False and truth.state == UNKNOWN:
        truth = Truth(UNKNOWN, truth.causes | Cause.SOURCE_CONFLICT)
    if truth.state == FALSE and event_unknown(run, selection):
        truth = Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    return doubtful(truth, run.damaged({selection.kind}))


def _denied(selection: Selection, truth: Truth) -> Truth:
    """With a note that says there is none."""
    if selection.policy.notes in (Notes.FILL_GAPS, Notes.DECIDE):
        return Truth(FALSE, Cause.DENIED)
    return Truth(UNKNOWN, truth.causes | Cause.NOTE_ONLY) if truth.state == UNKNOWN else truth


def _silence(run: Run, selection: Selection) -> Truth:
    missing = selection.policy.missing
    if missing is not None:
        cause = Cause.DATA_NOT_FOUND if missing is Answer.UNKNOWN else Cause.ABSENCE_ASSUMED
        return Truth(_STATE[missing], cause)
    if not run.delivered(selection):
        return Truth(UNKNOWN, Cause.SOURCE_NOT_DELIVERED)
    if selection.kind not in SILENT:
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    if _looks_ahead(run, selection):
        return Truth(UNKNOWN, Cause.DATA_NOT_FOUND)
    if run.covered(reach(run, selection)):
        return Truth(FALSE, Cause.ABSENCE_ASSUMED)
    return Truth(UNKNOWN, Cause.RECORD_TOO_THIN)


def _looks_ahead(run: Run, selection: Selection) -> bool:
    """A fixed upper end that the author named lies on a later day than the as-of day."""
    for test in selection.tests:
        if isinstance(test, TimeTest) and test.window.asks_later:
            upper = test.window.upper
            if isinstance(upper, Given | Literal) and run.fixed(upper).lo // DAY > run.as_of // DAY:
                return True
    return False


def _outdated(selection: Selection, truth: Truth, surely: bool) -> Truth:
    """With a row outside the window; one that only may be there decides nothing."""
    answer = selection.policy.outdated
    if answer is None and selection.kind in LASTING_UNSAID:
        answer = Answer.NO
    if answer is Answer.UNKNOWN:
        return Truth(UNKNOWN, Cause.DATA_STALE)
    if answer is not None:
        if surely:
            return Truth(_STATE[answer], Cause.OUT_OF_WINDOW)
        return truth if truth.state == _STATE[answer] else Truth(UNKNOWN, Cause.DATA_STALE)
    if selection.kind in SILENT:
        return Truth(FALSE, truth.causes | Cause.OUT_OF_WINDOW) if truth.state == FALSE else truth
    if selection.policy.missing is None:
        return Truth(UNKNOWN, Cause.DATA_STALE)
    return truth


def event_unknown(run: Run, selection: Selection) -> bool:
    """Whether a window of the selection hangs on an event of which nobody knows whether it took place."""
    return any(hangs_on_unknown(run, test) for test in selection.tests)


def hangs_on_unknown(run: Run, test: RowTest) -> bool:
    """Whether a test hangs on other rows of which nobody knows whether there are any."""
    if isinstance(test, SameVisit):
        return unseen(run, test.rows)
    moments = (test.window.lower, test.window.upper) if isinstance(test, TimeTest) else ()
    return any(isinstance(m, Event | AnyEvent) and moment_unknown(run, m) for m in moments)


def moment_unknown(run: Run, moment: Event | AnyEvent) -> bool:
    return unseen(run, moment.rows)


def unseen(run: Run, rows: Rows) -> bool:
    """No row is seen, or only rows that may be none, and that does not mean that there is none."""
    found = [judged for judged in union_of(run, rows) if judged.possible]
    if found:
        none = disjunction([absence(run, selection) for selection in rows.selections])
        return none.state == UNKNOWN and not any(judged.certain for judged in found)
    return exists(run, rows).state == UNKNOWN


def exists(run: Run, rows: Rows) -> Truth:
    return disjunction([_exists(run, selection) for selection in rows.selections])


def _exists(run: Run, selection: Selection) -> Truth:
    rows = select(run, selection)
    if any(judged.certain for judged in rows):
        return Truth(TRUE, _shown(selection))
    damaged = run.damaged({selection.kind})
    if any(judged.possible for judged in rows):
        return doubtful(Truth(UNKNOWN, union(j.full.causes for j in rows if j.possible)), damaged)
    if selection.kind in RESULTS and any(is_value_test(test) for test in selection.tests):
        base = [judged for judged in rows if judged.base.state != FALSE]
        if any(judged.base.state == TRUE for judged in base):
            failed = union(_failing(run, selection, judged) for judged in base)
            return doubtful(Truth(FALSE, failed or Cause.VALUE_DIFFERENT), damaged)
        if base:
            absent = absence(run, selection)
            if absent.state != UNKNOWN:
                return absent
            return doubtful(Truth(UNKNOWN, union(judged.doubts for judged in base)), damaged)
    return absence(run, selection)


def one_sided(limit: Range) -> Cause:
    """What a number in the range is: high, low, or simply there."""
    if limit.high is None and limit.low is not None:
        return Cause.VALUE_HIGH
    if limit.low is None and limit.high is not None:
        return Cause.VALUE_LOW
    return Cause.EVIDENCE


def _shown(selection: Selection) -> Cause:
    """What a row that is surely there shows."""
    for test in selection.tests:
        if isinstance(test, NumberTest) and test.column == "value":
            side = one_sided(test.range)
            if side != Cause.EVIDENCE:
                return side
    bounded = any(isinstance(t, TimeTest) and t.window.lower is not None for t in selection.tests)
    if selection.kind is Kind.MEDICATION and bounded:
        return Cause.WASHOUT
    return Cause.EVIDENCE


def failing(judged: Judged, limit: Range) -> Cause:
    """On which side a reading misses the range."""
    number = number_in(judged.row, limit.unit, limit.multiple_of)
    if number is None:
        return NOTHING
    return (Cause.VALUE_LOW if below(number, limit) else NOTHING) | (
        Cause.VALUE_HIGH if above(number, limit) else NOTHING
    )


def _failing(run: Run, selection: Selection, judged: Judged) -> Cause:
    causes = NOTHING
    for test in selection.tests:
        if isinstance(test, NumberTest) and test.column == "value":
            causes |= failing(judged, test.range)
        elif isinstance(test, ValueInSet):
            said = answer_is(run, judged.row, test, selection.policy)
            causes |= Cause.VALUE_DIFFERENT if said.state == FALSE else NOTHING
    return causes
