"""Records that say that none is known, for one patient: what they answer, and what contradicts them."""

from __future__ import annotations

from eligibility.facts import Kind, Source, Standing
from eligibility.instants import END_OF_TIME
from eligibility.no_known_allergies import scope_of, scopes_about, scopes_said
from eligibility.nothing_known import Telling, telling
from eligibility.program import Selection, TimeTest, WordTest
from tests.oracle.records import Row
from tests.oracle.run import Run


def scopes(run: Run, row: Row) -> frozenset[str]:
    """Of what a record says that no allergy is known."""
    label = run.facts.concepts.label(row.concept)
    said = scope_of(label[0])
    if said is None or row.kind is not Kind.ALLERGY or telling(row.kind, label) is not Telling.NOTHING:
        return frozenset()
    return scopes_said(said, run.facts.words.texts[row.columns["category"]], label[1:])


def tells(run: Run, selection: Selection, row: Row) -> Telling:
    """What a record tells of, under a selection that may name its code itself."""
    says = telling(row.kind, run.facts.concepts.label(row.concept))
    named = run.member(selection.value_set, row.concept)
    if named and not run.membership.takes_every(selection.value_set) and says is not Telling.MIXED:
        return Telling.THING
    return says


def answered(run: Run, selection: Selection) -> bool | None:
    """True where it is denied, False where that is contradicted, None where nothing is said of it."""
    if selection.kind is not Kind.ALLERGY:
        return None
    if any(isinstance(test, TimeTest) and test.window.asks_later for test in selection.tests):
        return None
    told = {one for row in _statements(run) for one in scopes(run, row)} & _about(run, selection)
    if not told:
        return None
    return any(not any(_in_scope(run, other, one, True) for other in _others(run)) for one in told)


def contradicts(run: Run, selection: Selection, row: Row) -> bool:
    """Whether a record, written no earlier than an allergy, says that it is not known."""
    if row.kind is not Kind.ALLERGY or all(row.at != other.at for other in _others(run)):
        return False
    for statement in _statements(run):
        about = _about(run, selection)
        within = any(_in_scope(run, row, one, one in about) for one in scopes(run, statement))
        if within and row.start.lo <= _written(statement) and row.written.lo <= _written(statement):
            return True
    return False


def _about(run: Run, selection: Selection) -> frozenset[str]:
    tests = [t for t in selection.tests if isinstance(t, WordTest) and t.column == "category"]
    words = [set(test.words) for test in tests if not test.negated]
    categories = set.intersection(*words) if words else set()
    return scopes_about(frozenset(categories), run.membership.codes(selection.value_set))


def _statements(run: Run) -> list[Row]:
    """Those that surely are true and known by the cutoff."""
    return [
        row
        for row in run.rows(Kind.ALLERGY)
        if scopes(run, row)
        and _goes_on(run, row)
        and row.standing == Standing.COUNTS
        and row.start.hi <= run.cutoff
        and row.columns["reaction"] == 0
    ]


def _others(run: Run) -> list[Row]:
    return [
        row
        for row in run.rows(Kind.ALLERGY)
        if telling(row.kind, run.facts.concepts.label(row.concept)) is not Telling.NOTHING
        and _goes_on(run, row)
        and row.standing != Standing.DOES_NOT_COUNT
        and row.start.lo <= run.cutoff
    ]


def _goes_on(run: Run, row: Row) -> bool:
    over = run.facts.words.texts[row.columns["clinical_status"]] in ("inactive", "resolved")
    return row.columns["source"] != Source.NOTE and not over


def _in_scope(run: Run, row: Row, told: str, unsaid: bool) -> bool:
    category = run.facts.words.texts[row.columns["category"]]
    if told == "all":
        return True
    return told in category.split("+") or (unsaid and not category)


def _written(row: Row) -> int:
    """When it was said, at the latest."""
    return row.recorded if row.recorded < END_OF_TIME else row.start.hi
