"""Days at one dose, day by day: for each drug and each of its doses, the days that surely or may be at it."""

from __future__ import annotations

import math

from eligibility.program import Answer, Exposed, Policy, Selection
from eligibility.reasons import Cause
from eligibility.units import dimension_name
from tests.oracle.covered_days import EARLIEST, cover, enough_days, in_window
from tests.oracle.records import Number, Row
from tests.oracle.run import Run
from tests.oracle.selections import Judged, in_range, select
from tests.oracle.truth import FALSE, TRUE, UNKNOWN

Dose = tuple[str, float] | str | None  # unit and amount; "open", "any"; None: the row is left out


def steady(run: Run, leaf: Exposed) -> tuple[bool, bool, Cause]:
    """Whether the days are surely, and possibly, there, and what leaves it open."""
    enough = possible = False
    doubts = Cause(0)
    for selection in leaf.rows.selections:
        surely, perhaps, why = _of_drug(run, leaf, selection)
        enough, possible, doubts = enough or surely, possible or perhaps, doubts | why
    return enough, possible or enough, doubts


def _of_drug(run: Run, leaf: Exposed, selection: Selection) -> tuple[bool, bool, Cause]:
    doubts = Cause(0)
    rows: list[tuple[Judged, Dose, set[int], set[int]]] = []
    told: list[tuple[Dose, object, set[int]]] = []
    for judged in select(run, selection):
        dose, why = _dose(judged.row, selection.policy)
        if not judged.possible or dose is None:
            continue
        ends = [cover(run, leaf, judged, selection, sure) for sure in (True, False)]
        doubts |= why | (Cause.PARTIAL_DATE if ends[0] != ends[1] else Cause(0))
        surely, perhaps = (set(range(max(first, EARLIEST), last + 1)) for first, last in ends)
        inside = in_window(run, leaf)
        told.append((dose, judged.row.columns["channel"], perhaps))
        rows.append((judged, dose, {d for d in surely if inside(d)}, {d for d in perhaps if inside(d)}))
    known = {dose for _, dose, _, _ in rows if isinstance(dose, tuple)}
    if len({unit for unit, _ in known}) > 1:
        doubts |= Cause.UNIT_UNRESOLVED
    conflict = {
        day
        for _, dose, _, days in rows
        for _, other, _, others in rows
        if isinstance(dose, tuple) and isinstance(other, tuple) and dose != other
        for day in days & others
    }
    parallel = {day for day in _side_by_side(told) if in_window(run, leaf)(day)}
    conflict |= parallel
    if conflict:
        doubts |= Cause.SOURCE_CONFLICT
    enough = possible = False
    for wanted in [*known, None]:
        held = _in_limit(leaf, selection.policy, wanted)
        if held == UNKNOWN:
            doubts |= Cause.UNIT_UNRESOLVED
        same = [dose == "any" or (wanted is not None and dose == wanted) for _, dose, _, _ in rows]
        good = {d for row, mine in zip(rows, same, strict=True) if mine and row[0].certain for d in row[2]}
        bad = parallel | {d for row, mine in zip(rows, same, strict=True) if not mine for d in row[3]}
        if held == TRUE and _long(run, leaf, good - bad, bad):
            enough = True
        good = conflict | {d for row in rows if not _other(row[1], wanted, row[1] != wanted) for d in row[3]}
        bad = {d for row in rows if row[0].certain and _unlike(row[1], wanted) for d in row[2]}
        if held != FALSE and _long(run, leaf, good, bad - good):
            possible = True
    return enough, possible, doubts


def _side_by_side(told: list[tuple[Dose, object, set[int]]]) -> set[int]:
    """The days, more than one, that two records of one known dose and one channel may share."""
    found: set[int] = set()
    for at, (dose, channel, days) in enumerate(told):
        for other, beside, others in told[:at]:
            shared = days & others
            if isinstance(dose, tuple) and dose == other and channel == beside and len(shared) > 1:
                found |= shared
    return found


def _dose(row: Row, policy: Policy) -> tuple[Dose, Cause]:
    amount, unit = float(row.columns["dose_per_day"]), row.columns["dose_unit"]
    if not math.isnan(amount) and unit >= 0:
        return (dimension_name(unit), amount), Cause(0)
    untold = math.isnan(amount)
    answer = (policy.missing if untold else policy.unreadable) or Answer.UNKNOWN
    cause = Cause.DATA_NOT_FOUND if untold else Cause.UNIT_UNRESOLVED
    settled: dict[Answer, Dose] = {Answer.YES: "any", Answer.NO: None, Answer.UNKNOWN: "open"}
    return settled[answer], cause if answer is Answer.UNKNOWN else Cause(0)


def _in_limit(leaf: Exposed, policy: Policy, dose: tuple[str, float] | None) -> int:
    if leaf.dose is None or dose is None:
        return TRUE
    if dose[0] != leaf.dose.unit:
        return {Answer.YES: TRUE, Answer.NO: FALSE, Answer.UNKNOWN: UNKNOWN}[policy.unreadable]
    return in_range(Number(dose[1], dose[1]), leaf.dose)


def _unlike(dose: Dose, wanted: tuple[str, float] | None) -> bool:
    """Two amounts of one unit."""
    if not isinstance(dose, tuple) or wanted is None:
        return False
    return dose[0] == wanted[0] and dose[1] != wanted[1]


def _other(dose: Dose, wanted: tuple[str, float] | None, differs: bool) -> bool:
    """Whether a row of this dose makes no day that may be at the one wanted; None: at no known dose."""
    if not isinstance(dose, tuple):
        return False
    return True if wanted is None else differs and dose[0] == wanted[0]


def _long(run: Run, leaf: Exposed, good: set[int], bad: set[int]) -> bool:
    """Whether some of the good days follow each other for long enough, over gaps without a bad day."""
    runs: list[tuple[int, int]] = []
    for day in sorted(good):
        if runs and day - runs[-1][1] - 1 <= leaf.gap and bad.isdisjoint(range(runs[-1][1] + 1, day)):
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return any(enough_days(run, leaf, first, last) for first, last in runs)
