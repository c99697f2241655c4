"""How many events there are, at worst and at best, also when they must lie some time apart."""

from __future__ import annotations

from eligibility.instants import DAY
from eligibility.program import Counted, Counting, Duration, Selection
from eligibility.reasons import Cause
from tests.oracle.absence import SILENT, absence
from tests.oracle.instants import Span, day_of, floor, move
from tests.oracle.one_event import people, surely_different
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.selections import select, union_of
from tests.oracle.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, doubtful, negate, union


def counted(run: Run, leaf: Counted) -> Truth:
    parts = []
    if leaf.least is not None:
        parts.append(_at_least(run, leaf, leaf.least))
    if leaf.most is not None:
        parts.append(negate(_at_least(run, leaf, leaf.most + 1)))
    return conjunction(parts)


def _at_least(run: Run, leaf: Counted, count: int) -> Truth:
    rows = union_of(run, leaf.rows)
    sure = [judged.row for judged in rows if judged.certain]
    possible = [judged.row for judged in rows if judged.possible]
    if _worst(run, leaf, sure) >= count:
        return Truth(TRUE, Cause.COUNT)
    if _best(run, leaf, possible) >= count:
        held = [judged for selection in leaf.rows.selections for judged in select(run, selection)]
        doubts = union(judged.full.causes for judged in held if judged.possible)
        if _told_twice(run, leaf, sure, possible, count):
            doubts |= Cause.RECORDED_TWICE
        truth = Truth(UNKNOWN, doubts or Cause.PARTIAL_DATE)
        return doubtful(truth, run.damaged({selection.kind for selection in leaf.rows.selections}))
    truth = too_few(run, leaf, count)
    too_close = truth.state == UNKNOWN and leaf.apart is not None and len(possible) >= count
    if too_close and truth.causes & Cause.DATA_NOT_FOUND:
        return Truth(UNKNOWN, truth.causes & ~Cause.DATA_NOT_FOUND | Cause.COUNT)
    return truth


def _told_twice(run: Run, leaf: Counted, sure: list[Row], possible: list[Row], count: int) -> bool:
    """Whether it matters that records may be of one event: of the sure ones, or of all there may be."""
    if leaf.apart is not None or leaf.counting is Counting.RECORDS:
        return False
    return _best(run, leaf, sure) >= count or _worst(run, leaf, possible) < count


def too_few(run: Run, leaf: Counted, count: int) -> Truth:
    """Fewer rows than asked for: is that all, or may there be more that nobody sees?"""
    selections = leaf.rows.selections
    each = [_no_more(run, selection, leaf, count) for selection in selections]
    assumed = [truth for truth in each if truth.state == TRUE]
    read = any(j.base.state != FALSE for selection in selections for j in select(run, selection))
    if assumed and not read:
        return Truth(TRUE, union(truth.causes for truth in assumed))
    if all(truth.state == FALSE for truth in each):
        return Truth(FALSE, Cause.COUNT | union(truth.causes for truth in each) & Cause.ABSENCE_ASSUMED)
    causes = union(truth.causes for truth in each if truth.state == UNKNOWN)
    return Truth(UNKNOWN, causes | Cause.DATA_NOT_FOUND if assumed else causes)


def _no_more(run: Run, selection: Selection, leaf: Counted, count: int) -> Truth:
    """False where it is known that a selection has no more rows than were found; else what is said."""
    if selection.kind not in SILENT:
        sure = [judged.row for judged in select(run, selection) if judged.base.state == TRUE]
        if _worst(run, leaf, sure) >= count and not run.damaged({selection.kind}):
            return Truth(FALSE)
    return absence(run, selection)


def _worst(run: Run, leaf: Counted, rows: list[Row]) -> int:
    """The number there is whatever dates turn out to be, and whatever records tell of one event."""
    if leaf.apart is not None:
        return _spaced([row.start for row in rows], leaf.apart)
    return len(rows) if leaf.counting is Counting.RECORDS else surely_different(run, rows)


def _best(run: Run, leaf: Counted, rows: list[Row]) -> int:
    """No fewer than there can be."""
    if leaf.apart is not None:
        return _best_spaced([row.start for row in rows], leaf.apart)
    return people(run, rows) if leaf.counting is Counting.RELATIVES else len(rows)


def _spaced(starts: list[Span], apart: Duration) -> int:
    """The number of starts that lie apart whatever the dates turn out to be."""
    count, last = 0, None
    for start in sorted(starts, key=lambda span: (span.hi, span.lo)):
        if last is None or floor(start.lo) >= move(floor(last), apart.count, apart.unit):
            count, last = count + 1, start.hi
    return count


def _best_spaced(starts: list[Span], apart: Duration) -> int:
    """No fewer than the starts that can lie apart, as the dates may turn out."""
    known = [start for start in starts if day_of(start.lo) == day_of(start.hi)]
    count, last = 0, None
    for start in sorted(known, key=lambda span: span.lo):
        day = day_of(start.lo) * DAY
        if last is None or day >= move(last, apart.count, apart.unit):
            count, last = count + 1, day
    return count + len(starts) - len(known)
