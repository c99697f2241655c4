"""What is said of a patient depends on that patient's own facts that the program reads, and no others."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from eligibility.coverage import contact_rows
from eligibility.facts import Facts, Kind, Standing
from eligibility.factstore.opening import WHOLE
from eligibility.program import Ask, Program, Selection
from eligibility.terminology import Membership
from tests.laws.outcomes import nodes, said
from tests.oracle.profiles import fixed
from tests.oracle.strategies import KINDS, cases
from tests.oracle.tables import CONCEPTS, Case, Fact, Table

# Kinds whose rows never show that a patient is in care.
SILENT = (Kind.ALLERGY, Kind.ORDER, Kind.DEVICE_ORDER, Kind.REPORT, Kind.NOTE, Kind.ANSWER, Kind.DEVICE)


def with_rows(case: Case, rows: list[tuple[int, Fact]]) -> Case:
    return replace(case, table=replace(case.table, rows=tuple(rows)))


def only(case: Case, patients: list[int]) -> Case:
    """The same case with some patients alone, in the order given."""
    table = case.table
    place = {patient: at for at, patient in enumerate(patients)}
    rows = tuple((place[patient], fact) for patient, fact in table.rows if patient in place)
    corrupt = tuple((place[patient], kind) for patient, kind in table.corrupt if patient in place)
    return replace(case, table=Table(len(patients), rows, table.manifest, corrupt))


def kinds_read(program: Program) -> set[Kind]:
    return {node.kind for node in nodes(program.criteria) if isinstance(node, Selection)}


@fixed(150)
@given(cases(), st.integers(0, 2**32))
def test_the_order_of_rows_is_nothing(case: Case, seed: int) -> None:
    rows = list(case.table.rows)
    Random(seed).shuffle(rows)
    assert said(with_rows(case, rows)) == said(case)


@fixed(150)
@given(cases(), st.integers(0, 2**32))
def test_a_patient_is_judged_alone_as_in_company(case: Case, seed: int) -> None:
    together = said(case)
    for patient in range(case.table.patients):
        assert said(only(case, [patient]))["p0"] == together[f"p{patient}"]
    chosen = Random(seed).sample(range(case.table.patients), Random(seed).randint(1, case.table.patients))
    subset = said(only(case, chosen))
    assert [subset[f"p{at}"] for at in range(len(chosen))] == [together[f"p{at}"] for at in chosen]


@fixed(150)
@given(cases(), st.sampled_from(SILENT), st.data())
def test_a_fact_that_no_need_reads_changes_nothing(case: Case, kind: Kind, data: st.DataObject) -> None:
    found = [fact for _, fact in case.table.rows if fact.kind is not Kind.DEMOGRAPHIC]
    if kind in kinds_read(case.program) or not found:
        return
    extra = replace(data.draw(st.sampled_from(found)), kind=kind, columns={})
    patient = data.draw(st.integers(0, case.table.patients - 1))
    assert said(with_rows(case, [*case.table.rows, (patient, extra)])) == said(case)


@fixed(150)
@given(cases(), st.sampled_from(KINDS), st.data())
def test_a_fact_of_another_concept_changes_nothing(case: Case, kind: Kind, data: st.DataObject) -> None:
    found = [fact for _, fact in case.table.rows if fact.kind is not Kind.DEMOGRAPHIC]
    if not found:
        return
    drawn = data.draw(st.sampled_from(found))
    columns = {} if drawn.kind is not kind else drawn.columns
    no_contact = Standing.DOES_NOT_COUNT
    extra = replace(drawn, kind=kind, concept="foreign", columns=columns, standing=no_contact)
    patient = data.draw(st.integers(0, case.table.patients - 1))
    assert said(with_rows(case, [*case.table.rows, (patient, extra)])) == said(case)


@fixed(150)
@given(cases())
def test_the_needed_facts_are_enough(case: Case) -> None:
    """Needed: what a store gives of every kind or for a concept in or near a value set read, and coverage."""
    program, facts, membership, _ = case.parts()
    witnesses = _witnesses(facts)
    read = [node for node in nodes(program.criteria) if isinstance(node, Selection)]
    keys = {node.key for node in nodes(program.criteria) if isinstance(node, Ask)}

    def needed(fact: Fact) -> bool:
        if fact.kind in WHOLE - {Kind.ANSWER} or fact.kind in witnesses:
            return True
        if fact.kind is Kind.ANSWER and fact.columns.get("question") in keys:
            return True
        return any(
            selection.kind is fact.kind and concerns(membership, selection.value_set, fact.concept)
            for selection in read
        )

    kept = [(patient, fact) for patient, fact in case.table.rows if needed(fact)]
    assert said(with_rows(case, kept)) == said(case)


def concerns(membership: Membership, value_set: str, concept: str) -> bool:
    """Whether a concept is in a value set or comes near it."""
    at = list(CONCEPTS).index(concept)
    return bool(membership.member[value_set][at] or membership.near[value_set][at])


def _witnesses(facts: Facts) -> set[Kind]:
    """Kinds of which a row may show that a patient is in care."""
    return {kind for kind, block in facts.blocks.items() if len(contact_rows({kind: block})["patient"])}
