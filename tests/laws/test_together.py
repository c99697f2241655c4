"""Programs that are judged together are judged as each of them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eligibility.facts import Facts
from eligibility.judging.evidence import evidence_rows
from eligibility.judging.judge import Judgement, judge_together
from eligibility.program import Program
from eligibility.terminology import Membership
from tests.oracle.profiles import fixed
from tests.oracle.strategies import cases
from tests.oracle.tables import Case


def _said(judgement: Judgement, facts: Facts) -> list[object]:
    everyone = np.ones(facts.n_patients, np.bool_)
    told: list[object] = [judgement.verdict.tolist(), judgement.dead.tolist()]
    for finding in judgement.findings:
        rows = evidence_rows(judgement, facts, finding.criterion, everyone)
        columns = (finding.outcome, finding.causes, rows.patient, rows.leaf, rows.kind, rows.row)
        told.append([finding.criterion.id, *(column.tolist() for column in columns)])
    return told


def _judged(programs: list[Program], facts: Facts, membership: Membership, as_of: date) -> list[list[object]]:
    asked = [(program, {}) for program in programs]
    return [_said(one, facts) for one, _ in judge_together(asked, facts, membership, as_of, evidence=True)]


@fixed(40)
@given(cases(), st.data())
def test_programs_are_judged_as_each_alone(case: Case, data: st.DataObject) -> None:
    program, facts, membership, as_of = case.parts()
    others = [replace(program, index=None), replace(program, criteria=program.criteria[::-1])]
    others += [replace(program, criteria=(one,)) for one in program.criteria]
    programs = data.draw(st.permutations([program, *others]))
    alone = [_judged([one], facts, membership, as_of)[0] for one in programs]
    assert _judged(programs, facts, membership, as_of) == alone
