"""What statements of notes are worth for one patient, beside the coded rows of the same selection."""

from __future__ import annotations

import math
from dataclasses import replace

from eligibility.facts import Assertion, Facts, Kind, NotDone, Reading, Source, Standing, ValueState
from eligibility.instants import BEGINNING
from eligibility.program import Notes, NoteTest, Program, Selection, TimeTest, selections_of
from eligibility.reasons import Cause
from tests.oracle.instants import day_of
from tests.oracle.records import Patient, Row
from tests.oracle.run import Run
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth

STATED = {Assertion.PRESENT, Assertion.HISTORICAL}
RESULTS = (Kind.OBSERVATION, Kind.ANSWER)


def took_too_long(facts: Facts, at: int) -> bool:
    return Reading.TOO_SLOW in facts.unread and bool(facts.unread[Reading.TOO_SLOW][at])


def damaged_note(facts: Facts, at: int) -> bool:
    return Reading.DAMAGED in facts.unread and bool(facts.unread[Reading.DAMAGED][at])


def with_unread(facts: Facts, program: Program, patient: Patient) -> Patient:
    """The patient, whose unread notes may have held anything of the kinds that notes are looked at for."""
    refused = facts.manifest.notes_read and Kind.NOTE in patient.corrupt
    if not (refused or took_too_long(facts, patient.at) or damaged_note(facts, patient.at)):
        return patient
    listened = {one.kind for one in selections_of(program.criteria) if one.policy.notes is not Notes.IGNORED}
    return replace(patient, corrupt=patient.corrupt | listened)


def is_note(row: Row) -> bool:
    return bool(row.columns["source"] == Source.NOTE)


def note_state(run: Run, test: NoteTest, row: Row) -> Truth:
    """The row comes from a note, from one of the sections that are named."""
    inside = not test.sections or run.facts.words.texts[row.columns["section"]] in test.sections
    return Truth(TRUE if is_note(row) and inside else FALSE)


def worded_as_excepted(other: Selection, row: Row) -> Truth:
    """Whether a row is worded as an exception's tests name; without any it is by what else they say."""
    named = any(isinstance(test, NoteTest) and test.assertions for test in other.tests)
    if not named:
        return Truth(TRUE)
    if row.columns["assertion"] not in _wanted(other):
        return Truth(UNKNOWN, Cause.NOTE_UNCERTAIN) if _hedged(other, row) else Truth(FALSE)
    return Truth(UNKNOWN, Cause.NOTE_UNCERTAIN) if row.columns["doubtful"] else Truth(TRUE)


def denies(selection: Selection, row: Row) -> bool:
    """Surely says that there is none."""
    return (
        is_note(row)
        and _heard(selection)
        and row.columns["assertion"] == Assertion.ABSENT
        and Assertion.PRESENT in _wanted(selection)
        and Assertion.ABSENT not in _wanted(selection)
        and not row.columns["doubtful"]
    )


def covers(selection: Selection, row: Row) -> bool:
    """Whether a denial speaks of all the time asked about."""
    bounded = any(isinstance(t, TimeTest) and t.window.lower is not None for t in selection.tests)
    return bounded or row.start.hi == BEGINNING


def only_fills(selection: Selection, row: Row, coded_there: bool) -> Truth:
    """Where coded rows may lie in the time, a note that may only fill gaps raises a question."""
    if selection.policy.notes is Notes.FILL_GAPS and is_note(row) and coded_there:
        return Truth(UNKNOWN, Cause.NOTE_ONLY)
    return Truth(TRUE)


def spoken(run: Run, selection: Selection, row: Row, members: list[Row]) -> list[Truth]:
    """The parts of a row that come from who says it. `members`: the patient's rows in the value set."""
    if not _heard(selection):
        return [Truth(FALSE if is_note(row) else TRUE)]
    if not any(is_note(other) for other in members) and not is_note(row):
        return []
    if is_note(row) and not _states(selection, row):
        return [Truth(FALSE)]
    among = any(other.at == row.at for other in members)  # else its wording only comes near
    weighed = among and Assertion.PRESENT in _wanted(selection)
    asked_for = any(isinstance(test, NoteTest) for test in selection.tests)
    again = _restated(row, members) if weighed and is_note(row) and not asked_for else FALSE
    if again == TRUE:
        return [Truth(FALSE)]
    parts = []
    if weighed and _contradicted(run, selection, row, members):
        parts.append(Truth(UNKNOWN, Cause.SOURCE_CONFLICT))
    if is_note(row) and (_hedged(selection, row) or row.columns["doubtful"]):
        parts.append(Truth(UNKNOWN, Cause.NOTE_UNCERTAIN))
    if is_note(row) and (selection.policy.notes is Notes.REVIEW or again == UNKNOWN):
        parts.append(Truth(UNKNOWN, Cause.NOTE_ONLY))
    return parts


def _heard(selection: Selection) -> bool:
    """Whether notes are listened to at all."""
    return selection.policy.notes is not Notes.IGNORED and not selection.not_done


def _wanted(selection: Selection) -> set[Assertion]:
    wanted = None
    for test in selection.tests:
        if isinstance(test, NoteTest) and test.assertions:
            wanted = set(test.assertions) if wanted is None else wanted & set(test.assertions)
    return STATED if wanted is None else wanted


def _hedged(selection: Selection, row: Row) -> bool:
    """Worded as a possibility, though a possibility is not what is asked for."""
    wanted = _wanted(selection)
    return (
        row.columns["assertion"] == Assertion.POSSIBLE and bool(wanted) and Assertion.POSSIBLE not in wanted
    )


def _states(selection: Selection, row: Row) -> bool:
    return is_note(row) and (row.columns["assertion"] in _wanted(selection) or _hedged(selection, row))


def _counts(row: Row) -> bool:
    return not is_note(row) and row.standing == Standing.COUNTS


def _refutes(run: Run, row: Row) -> bool:
    word = run.facts.words.texts[row.columns.get("verification_status", 0)]
    return not is_note(row) and (row.columns["not_done"] == NotDone.YES or word == "refuted")


def _restated(note: Row, members: list[Row]) -> int:
    """Whether a coded row tells the same as the note."""
    return max((_same(note, other) for other in members if _counts(other)), default=FALSE)


def _contradicted(run: Run, selection: Selection, row: Row, members: list[Row]) -> bool:
    """Whether another source says otherwise of the same time."""
    others = [other for other in members if other.at != row.at]
    if row.kind in RESULTS:
        return any(_numbers_differ(selection, row, other, members) for other in others)
    meeting = [other for other in others if _may_meet(row, other)]
    if (_counts(row) or _states(selection, row)) and any(denies(selection, other) for other in meeting):
        return True
    return _states(selection, row) and any(_refutes(run, other) for other in meeting)


def _numbers_differ(selection: Selection, row: Row, other: Row, members: list[Row]) -> bool:
    """A number in a note beside a coded one of its day, and no coded one may tell the same."""
    note, coded = (row, other) if is_note(row) else (other, row)
    if not _states(selection, note) or not _counts(coded):
        return False
    return _one_day(note, coded) and _comparable(note, coded) and _restated(note, members) == FALSE


def _same(note: Row, coded: Row) -> int:
    """Whether two rows tell the same event, or the same result."""
    if not _may_meet(note, coded):
        return FALSE
    if note.kind not in RESULTS:
        together = note.start.hi <= coded.end.lo and coded.start.hi <= note.end.lo
        return TRUE if together or _one_day(note, coded) else UNKNOWN
    if not _comparable(note, coded):
        return UNKNOWN
    return min(TRUE if _one_day(note, coded) else UNKNOWN, _agree(note, coded))


def _may_meet(one: Row, other: Row) -> bool:
    return one.start.lo <= other.end.hi and other.start.lo <= one.end.hi


def _one_day(one: Row, other: Row) -> bool:
    """Both surely lie in one and the same day."""
    days = {day_of(end) for row in (one, other) for end in (row.start.lo, row.end.hi)}
    return len(days) == 1


def _comparable(one: Row, other: Row) -> bool:
    numbers = one.value_state == other.value_state == ValueState.NUMBER
    return numbers and one.columns["unit"] == other.columns["unit"] and one.columns["unit"] >= 0


def _agree(one: Row, other: Row) -> int:
    """The same number but for rounding: they differ by a hundredth of the greater one at most."""
    a, b = one.number, other.number
    greatest = max(abs(end) for end in (a.lo, a.hi, b.lo, b.hi))
    slack = 0.01 * greatest if math.isfinite(greatest) else 0.0
    if a.lo > b.hi + slack or b.lo > a.hi + slack:
        return FALSE
    return TRUE if a.hi <= b.lo + slack and b.hi <= a.lo + slack else UNKNOWN
