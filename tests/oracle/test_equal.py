"""The fast judge equals the oracle: every state, every cause and the verdict, bit for bit."""

from __future__ import annotations

import pytest
from hypothesis import given

from eligibility.judging.judge import judge
from eligibility.reasons import Cause
from tests.laws.around_events import OTHERS, around_events
from tests.laws.sent_twice import sent_twice
from tests.laws.steady_doses import SETTLING, doses_beside, steady_doses
from tests.oracle import (  # noqa: F401 - fill the corpus
    corpus_assumed,
    corpus_background,
    corpus_doses,
    corpus_events,
    corpus_fields,
    corpus_none_known,
    corpus_notes,
    corpus_numbers,
    corpus_one_event,
    corpus_policies,
    corpus_ratios,
    corpus_relations,
    corpus_sent_twice,
    corpus_slopes,
)
from tests.oracle.corpus import CASES
from tests.oracle.oracle import opinions
from tests.oracle.profiles import fixed, random
from tests.oracle.strategies import cases
from tests.oracle.tables import Case

# Patient, verdict, verdict by cohort, and each finding's outcome and causes.
Said = tuple[str, int, dict[str, int], list[tuple[str, int, Cause]]]


def said(case: Case, evidence: bool) -> list[Said]:
    """What the judge says, patient by patient: verdict, and each finding's outcome and causes."""
    program, facts, membership, as_of = case.parts()
    judgement = judge(program, facts, membership, as_of, evidence=evidence)
    return [
        (
            name,
            int(judgement.verdict[at]),
            {cohort: int(verdict[at]) for cohort, verdict in judgement.cohorts.items()},
            [(f.criterion.id, int(f.outcome[at]), Cause(int(f.causes[at]))) for f in judgement.findings],
        )
        for at, name in enumerate(facts.patients)
    ]


def expected(case: Case) -> list[Said]:
    """What the oracle says, in the same words."""
    program, facts, membership, as_of = case.parts()
    found = opinions(program, facts, membership, as_of)
    return [
        (
            name,
            opinion.verdict,
            opinion.cohorts,
            [
                (criterion.id, truth.state, truth.causes)
                for criterion, truth in zip(program.criteria, opinion.findings, strict=True)
            ],
        )
        for name, opinion in zip(facts.patients, found, strict=True)
    ]


@fixed(800)
@given(cases())
def test_judge_equals_oracle(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(500)
@given(around_events(OTHERS))
def test_judge_equals_oracle_around_events(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(500)
@given(steady_doses(SETTLING))
def test_judge_equals_oracle_at_stable_doses(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(500)
@given(doses_beside(SETTLING))
def test_judge_equals_oracle_where_doses_may_add_up(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(600)
@given(sent_twice())
def test_judge_equals_oracle_where_readings_may_be_one(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@fixed(150)
@given(cases())
def test_asking_for_evidence_changes_nothing(case: Case) -> None:
    assert said(case, evidence=True) == said(case, evidence=False)


@pytest.mark.slow
@random(20_000)
@given(cases())
def test_judge_equals_oracle_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.slow
@random(20_000)
@given(around_events(OTHERS))
def test_judge_equals_oracle_around_events_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.slow
@random(20_000)
@given(steady_doses(SETTLING))
def test_judge_equals_oracle_at_stable_doses_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.slow
@random(20_000)
@given(doses_beside(SETTLING))
def test_judge_equals_oracle_where_doses_may_add_up_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.slow
@random(20_000)
@given(sent_twice())
def test_judge_equals_oracle_where_readings_may_be_one_at_length(case: Case) -> None:
    assert said(case, evidence=False) == expected(case)


@pytest.mark.parametrize("name", CASES)
def test_corpus(name: str) -> None:
    """Every difference that was ever found stays settled, as it was settled."""
    entry = CASES[name]
    assert said(entry.case, evidence=False) == expected(entry.case)
    assert {patient: entry.outcome(patient) for patient in entry.expected} == entry.expected
