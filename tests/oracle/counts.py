"""How many rows there are, at worst and at best, also when they must lie some time apart."""

from __future__ import annotations

from eligibility.instants import DAY
from eligibility.program import Counted, Duration, Selection
from eligibility.reasons import Cause
from tests.oracle.absence import SILENT, absence
from tests.oracle.instants import Span, day_of, floor, move
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
    if _worst([judged.row.start for judged in rows if judged.certain], leaf.apart) >= count:
        return Truth(TRUE, Cause.COUNT)
    possible = [judged for judged in rows if judged.possible]
    if _best([judged.row.start for judged in possible], leaf.apart) >= count:
        held = [judged for selection in leaf.rows.selections for judged in select(run, selection)]
        doubts = union(judged.full.causes for judged in held if judged.possible)
        truth = Truth(UNKNOWN, doubts or Cause.PARTIAL_DATE)
        return doubtful(truth, run.damaged({selection.kind for selection in leaf.rows.selections}))
    return too_few(run, leaf, count)


def too_few(run: Run, leaf: Counted, count: int) -> Truth:
    """Fewer rows than asked for: is that all, or may there be more that nobody sees?"""
    selections = leaf.rows.selections
    each = [_no_more(run, selection, leaf.apart, count) for selection in selections]
    assumed = [truth for truth in each if truth.state == TRUE]
    read = any(j.base.state != FALSE for selection in selections for j in select(run, selection))
    if assumed and not read:
        return Truth(TRUE, union(truth.causes for truth in assumed))
    if all(truth.state == FALSE for truth in each):
        return Truth(FALSE, Cause.COUNT | union(truth.causes for truth in each) & Cause.ABSENCE_ASSUMED)
    causes = union(truth.causes for truth in each if truth.state == UNKNOWN)
    return Truth(UNKNOWN, causes | Cause.DATA_NOT_FOUND if assumed else causes)


def _no_more(run: Run, selection: Selection, apart: Duration | None, count: int) -> Truth:
    """False where it is known that a selection has no more rows than were found; else what is said."""
    if selection.kind not in SILENT:
        sure = [judged.row.start for judged in select(run, selection) if judged.base.state == TRUE]
        if _worst(sure, apart) >= count and not run.damaged({selection.kind}):
            return Truth(FALSE)
    return absence(run, selection)


def _worst(starts: list[Span], apart: Duration | None) -> int:
    """The number of starts that lie apart whatever the dates turn out to be."""
    if apart is None:
        return len(starts)
    count, last = 0, None
    for start in sorted(starts, key=lambda span: (span.hi, span.lo)):
        if last is None or floor(start.lo) >= move(floor(last), apart.count, apart.unit):
            count, last = count + 1, start.hi
    return count


def _best(starts: list[Span], apart: Duration | None) -> int:
    """No fewer than the starts that can lie apart, as the dates may turn out."""
    if apart is None:
        return len(starts)
    known = [start for start in starts if day_of(start.lo) == day_of(start.hi)]
    count, last = 0, None
    for start in sorted(known, key=lambda span: span.lo):
        day = day_of(start.lo) * DAY
        if last is None or day >= move(last, apart.count, apart.unit):
            count, last = count + 1, day
    return count + len(starts) - len(known)
