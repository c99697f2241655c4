"""Questions to a person, one answer at a time."""

from __future__ import annotations

import re
from datetime import date

from eligibility.facts import Kind, Standing, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from eligibility.program import AnswerType, Ask, Given, Literal, Range, Window
from eligibility.reasons import Cause
from tests.oracle.instants import EPOCH, day_of, length_of_month
from tests.oracle.numbers import number_in
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.selections import above, in_range
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth, union, unsettled


def ask(run: Run, leaf: Ask) -> Truth:
    return unsettled(_answered(run, leaf), run.damaged({Kind.ANSWER}))


def _answered(run: Run, leaf: Ask) -> Truth:
    later = leaf.since is not None and leaf.since.asks_later
    word = run.facts.words.find(leaf.key) if leaf.key else -1
    rows = [
        row
        for row in run.rows(Kind.ANSWER)
        if row.columns.get("question", 0) == word
        and row.standing != Standing.DOES_NOT_COUNT
        and (later or row.start.lo <= run.cutoff)
    ]
    if not rows:
        return Truth(UNKNOWN, Cause.PATIENT_INPUT_NEEDED)
    first, last = _days(run, leaf.since)
    if not later:
        last = min(last, run.cutoff)
    inside = [row for row in rows if row.start.hi >= first and row.start.lo <= last]
    if not inside:
        return Truth(UNKNOWN, Cause.DATA_STALE)

    def in_time(row: Row) -> bool:
        return first <= row.start.lo and row.start.hi <= last

    sure = [row for row in inside if row.standing == Standing.COUNTS and in_time(row)]
    ruling = [row for row in inside if all(day_of(row.start.hi) >= day_of(other.start.lo) for other in sure)]
    told = [(row, _told(run, leaf, row)) for row in ruling]
    states = {truth.state for _, truth in told}
    if sure and len(states) == 1 and UNKNOWN not in states:
        return Truth(states.pop(), union(truth.causes for _, truth in told))
    why = [truth.causes for _, truth in told if truth.state == UNKNOWN]
    why += [Cause.STATUS_UNCONFIRMED for row in ruling if row.standing != Standing.COUNTS]
    why += [
        Cause.PARTIAL_DATE
        for row in ruling
        if not in_time(row) or day_of(row.start.lo) != day_of(row.start.hi)
    ]
    if {TRUE, FALSE} <= {truth.state for row, truth in told if row in sure}:
        why.append(Cause.SOURCE_CONFLICT)
    return Truth(UNKNOWN, union(why))


def _days(run: Run, window: Window | None) -> tuple[int, int]:
    """First and last instant of a window of fixed days."""
    first, last = BEGINNING, END_OF_TIME
    if window is not None and window.lower is not None:
        assert isinstance(window.lower, Given | Literal)
        first = run.fixed(window.lower).lo // DAY * DAY
    if window is not None and window.upper is not None:
        assert isinstance(window.upper, Given | Literal)
        last = run.fixed(window.upper).hi // DAY * DAY + DAY - 1
    return first, last


def _told(run: Run, leaf: Ask, row: Row) -> Truth:
    if isinstance(leaf.expected, Range):
        return _number(row, leaf.expected)
    if row.value_state not in (ValueState.CODED, ValueState.TEXT):
        return Truth(UNKNOWN, Cause.PATIENT_INPUT_NEEDED)
    concepts, concept = run.facts.concepts, row.columns["value_concept"]
    if isinstance(leaf.expected, Window):
        return _date(run, concepts.texts[concept], leaf.expected)
    names = [concepts.texts[concept], concepts.displays[concept]]
    names += [code for _, code in concepts.codings[concept]]
    spoken = {name.lower() for name in names}
    if leaf.type is AnswerType.YES_NO:
        meant = {"yes" for name in spoken if name in ("yes", "true")}
        meant |= {"no" for name in spoken if name in ("no", "false")}
    else:
        meant = {option for option in leaf.options if option.lower() in spoken}
    if len(meant) != 1:
        return Truth(UNKNOWN, Cause.PATIENT_INPUT_NEEDED)
    if (meant.pop() in leaf.expected) == leaf.negated:
        return Truth(FALSE, Cause.VALUE_DIFFERENT)
    return Truth(TRUE, Cause.EVIDENCE)


def _number(row: Row, limit: Range) -> Truth:
    number = number_in(row, limit.unit)
    if number is None:
        unit = row.value_state in (ValueState.NUMBER, ValueState.UNIT_UNRESOLVED)
        return Truth(UNKNOWN, Cause.UNIT_UNRESOLVED if unit else Cause.PATIENT_INPUT_NEEDED)
    state = in_range(number, limit)
    if state == UNKNOWN:
        return Truth(UNKNOWN, Cause.VALUE_IMPRECISE)
    if state == TRUE:
        return Truth(TRUE, Cause.EVIDENCE)
    return Truth(FALSE, Cause.VALUE_HIGH if above(number, limit) else Cause.VALUE_LOW)


def _date(run: Run, text: str, window: Window) -> Truth:
    parts = re.fullmatch(r"(\d{4})(-(\d\d)(-(\d\d))?)?", text)
    if parts is None:
        return Truth(UNKNOWN, Cause.PATIENT_INPUT_NEEDED)
    year, month, day = int(parts[1]), int(parts[3] or 0), int(parts[5] or 0)
    begin = date(year, month or 1, day or 1)
    end = date(year, month or 12, day or length_of_month(year, month or 12))
    lo = (begin.toordinal() - EPOCH) * DAY
    hi = (end.toordinal() - EPOCH) * DAY + DAY - 1
    first, last = _days(run, window)
    if first <= lo and hi <= last:
        return Truth(TRUE, Cause.EVIDENCE)
    if hi < first or lo > last:
        return Truth(FALSE, Cause.OUT_OF_WINDOW)
    return Truth(UNKNOWN, Cause.PARTIAL_DATE)
