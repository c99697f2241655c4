"""Days that rows cover, day by day: a set of days for the sure ones, one for the possible ones.

Days before any that matters stand for all of them: no window, gap or length reaches so far back.
"""

from __future__ import annotations

from eligibility.instants import DAY
from eligibility.program import Answer, Exposed, Given, Literal, Moment, Selection
from eligibility.reasons import Cause
from tests.oracle.absence import absence
from tests.oracle.instants import day_of, move
from tests.oracle.run import Run
from tests.oracle.selections import Judged, select
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth, doubtful, union

EARLIEST = -12_000  # days; decades before every date of a case


def exposed(run: Run, leaf: Exposed) -> Truth:
    rows = _union(run, leaf)
    sure = _days(run, leaf, [(judged, selection) for judged, selection in rows if judged.certain], True)
    maybe = _days(run, leaf, [(judged, selection) for judged, selection in rows if judged.possible], False)
    if _enough(run, leaf, sure):
        return Truth(TRUE, Cause.COUNT)
    if _enough(run, leaf, maybe):
        held = [judged for selection in leaf.rows.selections for judged in select(run, selection)]
        doubts = union(judged.full.causes for judged in held if judged.possible)
        if any(
            _cover(run, leaf, j, s, True) != _cover(run, leaf, j, s, False) for j, s in rows if j.possible
        ):
            doubts |= Cause.PARTIAL_DATE
        return doubtful(Truth(UNKNOWN, doubts), run.damaged({s.kind for s in leaf.rows.selections}))
    each = [absence(run, selection) for selection in leaf.rows.selections]
    assumed = [truth for truth in each if truth.state == TRUE]
    read = any(j.base.state != FALSE for selection in leaf.rows.selections for j in select(run, selection))
    if assumed and not read:
        return Truth(TRUE, union(truth.causes for truth in assumed))
    if all(truth.state == FALSE for truth in each):
        return Truth(FALSE, Cause.COUNT | union(truth.causes for truth in each) & Cause.ABSENCE_ASSUMED)
    causes = union(truth.causes for truth in each if truth.state == UNKNOWN)
    return Truth(UNKNOWN, causes | Cause.DATA_NOT_FOUND if assumed else causes)


def _union(run: Run, leaf: Exposed) -> list[tuple[Judged, Selection]]:
    """Each row once, under the first selection that holds it best."""
    best: dict[tuple[object, int], tuple[Judged, Selection]] = {}
    for selection in leaf.rows.selections:
        for judged in select(run, selection):
            key = (judged.row.kind, judged.row.at)
            if key not in best or best[key][0].full.state < judged.full.state:
                best[key] = judged, selection
    return list(best.values())


def _cover(run: Run, leaf: Exposed, judged: Judged, selection: Selection, sure: bool) -> tuple[int, int]:
    """First and last day a row covers, surely or possibly."""
    later = leaf.window is not None and leaf.window.asks_later
    today = day_of(run.as_of if later else run.cutoff)
    undated = selection.policy.undated
    if (sure and undated is Answer.YES) or (not sure and undated is Answer.NO):
        sure = not sure
    row = judged.row
    if sure:
        return day_of(row.start.hi), min(day_of(row.end.lo), today)
    return day_of(row.start.lo), min(day_of(row.end.hi), today)


def _days(run: Run, leaf: Exposed, rows: list[tuple[Judged, Selection]], sure: bool) -> set[int]:
    covered: set[int] = set()
    for judged, selection in rows:
        first, last = _cover(run, leaf, judged, selection, sure)
        covered |= set(range(max(first, EARLIEST), last + 1))
    return covered


def _enough(run: Run, leaf: Exposed, covered: set[int]) -> bool:
    lower = upper = None
    if leaf.window is not None:
        lower, upper = _day(run, leaf.window.lower), _day(run, leaf.window.upper)

    def inside(day: int) -> bool:
        return (lower is None or day >= lower) and (upper is None or day <= upper)

    if not leaf.whole:
        covered = {day for day in covered if inside(day)}
    if leaf.total:
        weeks = 7 if leaf.length.unit == "week" else 1
        least = leaf.length.count * weeks + (1 if leaf.strictly else 0)
        inner = (
            covered
            if not leaf.whole
            else {d for run_ in _runs(covered, 0) for d in run_ if _touches(run_, inside)}
        )
        return len(inner) >= least
    for days in _runs(covered, leaf.gap):
        if leaf.whole and not _touches(days, inside):
            continue
        if leaf.through and upper is not None and days[-1] < upper:
            continue
        needed = day_of(move(days[0] * DAY, leaf.length.count, leaf.length.unit))
        if days[-1] + 1 > needed or (days[-1] + 1 == needed and not leaf.strictly):
            return True
    return False


def _touches(days: range, inside: object) -> bool:
    return any(inside(day) for day in days)  # type: ignore[operator]


def _runs(covered: set[int], gap: int) -> list[range]:
    """Days in a row, gaps closed."""
    made: list[range] = []
    for day in sorted(covered):
        if made and day - made[-1].stop <= gap:
            made[-1] = range(made[-1].start, day + 1)
        else:
            made.append(range(day, day + 1))
    return made


def _day(run: Run, moment: Moment | None) -> int | None:
    if moment is None:
        return None
    if not isinstance(moment, Given | Literal):
        raise TypeError("fixed bounds")
    return day_of(run.fixed(moment).lo)
