"""Records that say that no allergy is known, for one patient: what they answer, and what contradicts them."""

from __future__ import annotations

from eligibility.facts import Kind, Source, Standing
from eligibility.instants import END_OF_TIME
from eligibility.no_known_allergies import scope_of, scopes_about
from eligibility.program import Selection, TimeTest, WordTest
from tests.oracle.records import Row
from tests.oracle.run import Run


def scope(run: Run, row: Row) -> str | None:
    """Of what a record says that no allergy is known."""
    return scope_of(run.facts.concepts.codings[row.concept]) if row.kind is Kind.ALLERGY else None


def is_no_allergy(run: Run, selection: Selection, row: Row) -> bool:
    """Whether a record says that none is known, and is not what the selection names itself."""
    if scope(run, row) is None:
        return False
    every = run.membership.takes_every(selection.value_set)
    return every or not run.member(selection.value_set, row.concept)


def answered(run: Run, selection: Selection) -> bool | None:
    """True where it is denied, False where that is contradicted, None where nothing is said of it."""
    if selection.kind is not Kind.ALLERGY:
        return None
    if any(isinstance(test, TimeTest) and test.window.asks_later for test in selection.tests):
        return None
    told = [row for row in _statements(run) if scope(run, row) in _about(run, selection)]
    if not told:
        return None
    return any(not any(_in_scope(run, other, row, True) for other in _others(run)) for row in told)


def contradicts(run: Run, selection: Selection, row: Row) -> bool:
    """Whether a record, written no earlier than an allergy, says that it is not known."""
    if row.kind is not Kind.ALLERGY or all(row.at != other.at for other in _others(run)):
        return False
    for statement in _statements(run):
        within = _in_scope(run, row, statement, scope(run, statement) in _about(run, selection))
        if within and row.start.lo <= _written(statement) and row.written.lo <= _written(statement):
            return True
    return False


def _about(run: Run, selection: Selection) -> frozenset[str]:
    tests = [t for t in selection.tests if isinstance(t, WordTest) and t.column == "category"]
    words = [set(test.words) for test in tests if not test.negated]
    categories = set.intersection(*words) if words else set()
    return scopes_about(frozenset(categories), run.membership.systems(selection.value_set))


def _statements(run: Run) -> list[Row]:
    """Those that surely are true and known by the cutoff."""
    return [
        row
        for row in run.rows(Kind.ALLERGY)
        if scope(run, row) is not None
        and _goes_on(run, row)
        and row.standing == Standing.COUNTS
        and row.start.hi <= run.cutoff
    ]


def _others(run: Run) -> list[Row]:
    return [
        row
        for row in run.rows(Kind.ALLERGY)
        if scope(run, row) is None
        and _goes_on(run, row)
        and row.standing != Standing.DOES_NOT_COUNT
        and row.start.lo <= run.cutoff
    ]


def _goes_on(run: Run, row: Row) -> bool:
    over = run.facts.words.texts[row.columns["clinical_status"]] in ("inactive", "resolved")
    return row.columns["source"] != Source.NOTE and not over


def _in_scope(run: Run, row: Row, statement: Row, unsaid: bool) -> bool:
    told = scope(run, statement)
    category = run.facts.words.texts[row.columns["category"]]
    if told == "all":
        return unsaid
    return told in category.split("+") or (unsaid and not category)


def _written(row: Row) -> int:
    """When it was said, at the latest."""
    return row.recorded if row.recorded < END_OF_TIME else row.start.hi
