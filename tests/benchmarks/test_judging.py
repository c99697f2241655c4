"""The engine and the hand-written query agree on the workload; times are not tested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import workload
from benchmarks.judging import DifferenceError, check_equal, protocol
from benchmarks.peer import Peer, Result
from eligibility.facts import Facts, Kind
from eligibility.judging import FAIL, PASS, REVIEW, Judgement, judge
from eligibility.program import Program
from eligibility.reasons import Outcome
from eligibility.terminology import bind

PATIENTS = 20_000


@pytest.fixture(scope="module")
def program() -> Program:
    return protocol()


@pytest.fixture(scope="module")
def facts() -> Facts:
    return workload.make(PATIENTS)


@pytest.fixture(scope="module")
def judged(program: Program, facts: Facts) -> tuple[Judgement, Result]:
    membership = bind(program, {}, facts.concepts)
    peer = Peer(program, facts, membership, workload.AS_OF)
    return judge(program, facts, membership, workload.AS_OF), peer.ordered(peer.run())


def test_query_tells_what_the_judge_tells(judged: tuple[Judgement, Result]) -> None:
    check_equal(*judged)


def test_difference_is_an_error(judged: tuple[Judgement, Result]) -> None:
    judgement, result = judged
    other = result.verdict.copy()
    other[7] = PASS if other[7] != PASS else FAIL
    with pytest.raises(DifferenceError, match=r"verdict: 1$"):
        check_equal(judgement, replace(result, verdict=other))


def test_every_criterion_comes_to_every_outcome(judged: tuple[Judgement, Result]) -> None:
    judgement, _ = judged
    for finding in judgement.findings:
        assert set(np.unique(finding.outcome).tolist()) == {o.value for o in Outcome}, finding.criterion.id
    assert {FAIL, REVIEW} <= set(np.unique(judgement.verdict).tolist())


def test_workload_has_twenty_facts_a_patient_and_repeats(facts: Facts) -> None:
    rows = {kind: len(block) for kind, block in facts.blocks.items() if kind is not Kind.CONTACT}
    assert sum(rows.values()) == 20 * PATIENTS
    again = workload.make(PATIENTS)
    for kind, block in facts.blocks.items():
        for name, column in block.columns.items():
            np.testing.assert_array_equal(column, again.blocks[kind].columns[name])


def test_protocol_asks_for_two_thirds_of_the_facts(program: Program, facts: Facts) -> None:
    membership = bind(program, {}, facts.concepts)
    named = np.logical_or.reduce(list(membership.member.values()))
    asked = len(facts.blocks[Kind.DEMOGRAPHIC])
    for kind in (Kind.CONDITION, Kind.OBSERVATION, Kind.MEDICATION):
        asked += int(named[facts.blocks[kind].columns["concept"]].sum())
    assert 0.6 < asked / (20 * PATIENTS) < 0.7
