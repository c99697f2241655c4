"""Findings and verdicts as Arrow tables: one row per patient and criterion, one per patient.

Built column by column from the judgement's arrays; the evidence rows are those the selectors
noted. Rows are ordered by patient identifier and by the protocol's order of criteria.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.evidence import EVIDENCE, evidence_lists
from eligibility.facts import Facts
from eligibility.judging import FAIL, PASS, REVIEW, Finding, Judgement, is_shared, takes_part
from eligibility.judging.context import Context
from eligibility.judging.evidence import evidence_rows
from eligibility.judging.settling import phrase, settling_patterns
from eligibility.judging.truth import TRUE, UNKNOWN
from eligibility.judging.verdicts import cohorts_alone
from eligibility.program import Criterion, Polarity, Program
from eligibility.reasons import Cause, Outcome, Verdict, reasons_of

VERDICTS = {PASS: Verdict.PASS.value, REVIEW: Verdict.REVIEW.value, FAIL: Verdict.FAIL.value}
OUTCOMES = {Outcome.MET: "met", Outcome.NOT_MET: "not met", Outcome.UNKNOWN: "unknown"}

FINDING_SCHEMA = pa.schema(
    [
        ("patient", pa.string()),
        ("criterion", pa.string()),
        ("polarity", pa.string()),
        ("stage", pa.string()),
        ("priority", pa.int8()),  # 1 to 5, null where unsaid
        ("route", pa.string()),  # to whom an open finding goes, null where unsaid
        ("cohorts", pa.list_(pa.string())),  # whose own it is; empty: everybody's
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("settled_by", pa.list_(pa.string())),
        ("evidence", pa.list_(EVIDENCE)),
    ]
)


def outcome_name(finding: Finding, patient: int) -> str:
    """met, not met, unknown, or not applicable."""
    return (
        "not applicable"
        if finding.not_applicable[patient]
        else OUTCOMES[Outcome(int(finding.outcome[patient]))]
    )


def patient_order(facts: Facts) -> NDArray[np.int64]:
    """Dense patient indices in order of identifier."""
    return np.array(sorted(range(facts.n_patients), key=lambda i: facts.patients[i]), dtype=np.int64)


def findings_table(
    program: Program, facts: Facts, judgement: Judgement, context: Context, all_evidence: bool = False
) -> pa.Table:
    """All findings; evidence for those not met or unknown, or for all on request."""
    findings, order = judgement.findings, patient_order(facts)
    n, k = len(order), len(findings)
    if not n * k:
        return FINDING_SCHEMA.empty_table()
    patient, criterion = np.repeat(np.arange(n), k), pa.array(np.tile(np.arange(k), n))
    constants = [column.take(criterion) for column in _of_criteria([found.criterion for found in findings])]
    states = _by_patient([found.outcome for found in findings], order)
    causes = _by_patient([found.causes for found in findings], order)
    return pa.table(
        [
            pa.array([facts.patients[i] for i in order], pa.string()).take(pa.array(patient)),
            *constants,
            *_reasons(states, causes),
            _settled_by(judgement, context, order),
            _evidence(facts, judgement, order, all_evidence),
        ],
        schema=FINDING_SCHEMA,
    )


def _by_patient(columns: Sequence[NDArray[Any]], order: NDArray[np.int64]) -> NDArray[Any]:
    """Columns of all patients, one for each criterion, as one column in the order of the findings' rows."""
    together: NDArray[Any] = np.stack([column[order] for column in columns], axis=1).ravel()
    return together


def _of_criteria(criteria: Sequence[Criterion]) -> list[pa.Array]:
    """What is the same in all findings of a criterion, from `criterion` to `cohorts` of the schema."""
    told = {
        "criterion": [one.id for one in criteria],
        "polarity": [one.polarity.value for one in criteria],
        "stage": [one.stage.value for one in criteria],
        "priority": [one.priority for one in criteria],
        "route": [None if one.route is None else one.route.value for one in criteria],
        "cohorts": [list(one.cohorts) for one in criteria],
    }
    return [pa.array(column, FINDING_SCHEMA.field(name).type) for name, column in told.items()]


def _kinds(
    states: NDArray[np.uint8], causes: NDArray[np.uint32]
) -> tuple[list[str], list[list[str]], pa.Array]:
    """The distinct outcomes in words, the reasons of each, and which of them each finding has."""
    key = states.astype(np.uint64) << np.uint64(32) | causes.astype(np.uint64)
    told = pa.array(key).dictionary_encode()
    outcomes, reasons = [], []
    for value in told.dictionary.to_pylist():
        state, why = Outcome(value >> 32), value & 0xFFFFFFFF
        applies = not (state is Outcome.MET and why & Cause.NOT_APPLICABLE)
        outcomes.append(OUTCOMES[state] if applies else "not applicable")
        reasons.append(list(reasons_of(state, why)))
    return outcomes, reasons, told.indices


def _reasons(states: NDArray[np.uint8], causes: NDArray[np.uint32]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Outcome, primary reason and all reasons of each finding."""
    outcomes, reasons, which = _kinds(states, causes)
    return (
        pa.array(outcomes, pa.string()).take(which),
        pa.array([r[0] for r in reasons], pa.string()).take(which),
        pa.array(reasons, pa.list_(pa.string())).take(which),
    )


def reason_counts(finding: Finding) -> dict[str, int]:
    """How many patients have each primary reason, the commonest first."""
    _, reasons, which = _kinds(finding.outcome, finding.causes)
    counted: Counter[str] = Counter()
    for (reason, *_), count in zip(reasons, np.bincount(which).tolist(), strict=True):
        counted[reason] += count
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _settled_by(judgement: Judgement, context: Context, order: NDArray[np.int64]) -> pa.Array:
    """What would settle each unknown finding, in words; empty for decided ones."""
    choices: list[list[str]] = [[]]
    columns = []
    for finding in judgement.findings:
        which = np.zeros(len(order), dtype=np.int64)
        unknown = np.flatnonzero(finding.outcome == Outcome.UNKNOWN)
        if len(unknown):
            ways, way = settling_patterns(finding.criterion, judgement.leaves, unknown)
            which[unknown] = len(choices) + way
            choices += [[phrase(context, leaf, causes) for leaf, causes in leaves] for leaves in ways]
        columns.append(which)
    return pa.array(choices, pa.list_(pa.string())).take(pa.array(_by_patient(columns, order)))


def _evidence(
    facts: Facts, judgement: Judgement, order: NDArray[np.int64], all_evidence: bool
) -> pa.ChunkedArray:
    """Evidence rows as one list for each finding."""
    n, k = len(order), len(judgement.findings)
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    found, places = [], []
    for number, finding in enumerate(judgement.findings):
        wanted = np.ones(n, np.bool_) if all_evidence else finding.outcome != Outcome.MET
        rows = evidence_rows(judgement, facts, finding.criterion, wanted)
        found.append(rows)
        places.append(rank[rows.patient] * k + number)
    return evidence_lists(facts, found, places, n * k)


def verdicts_table(facts: Facts, judgement: Judgement) -> pa.Table:
    """One row per patient: verdict, what stands against it, what is open, what was assumed.

    Criteria of cohorts stand against a patient whom no cohort is left for, and are open for one whom
    none has passed yet.
    """
    order = patient_order(facts)
    screened = [f for f in judgement.findings if takes_part(f.criterion)]
    pending = [
        f.criterion.id
        for f in judgement.findings
        if not takes_part(f.criterion) and f.criterion.polarity is not Polarity.POPULATION
    ]
    n = facts.n_patients
    assumed = np.zeros(n, dtype=np.int64)
    for f in screened:
        by_silence = (f.causes & np.uint32(Cause.ABSENCE_ASSUMED | Cause.ASSUMED)) != 0
        if not is_shared(f.criterion):
            by_silence &= _in_some_cohort(judgement, f, PASS)
        assumed += (f.outcome == Outcome.MET) & by_silence & ~f.not_applicable
    verdict = np.array([VERDICTS[v] for v in range(3)], dtype=object)[judgement.verdict]
    deceased = np.where(judgement.dead == TRUE, "yes", np.where(judgement.dead == UNKNOWN, "unclear", "no"))
    return pa.table(
        {
            "patient": pa.array([facts.patients[i] for i in order], pa.string()),
            # Where nothing is judged at pre-screen, nobody passes or fails.
            "verdict": pa.array(verdict[order] if screened else [None] * n, pa.string()),
            "deceased": pa.array(deceased[order].astype(object), pa.string()),
            "cohorts": _cohorts(judgement, PASS, order),
            "open_cohorts": _cohorts(judgement, REVIEW, order),
            "not_met": _named(judgement, screened, Outcome.NOT_MET, order),
            "unknown": _named(judgement, screened, Outcome.UNKNOWN, order),
            "met_by_assumption": pa.array(assumed[order], pa.int64()),
            "pending": pa.array([pending], pa.list_(pa.string())).take(pa.array(np.zeros(n, np.int64))),
        }
    )


def _in_some_cohort(judgement: Judgement, finding: Finding, verdict: int) -> NDArray[np.bool_]:
    """Who has a verdict in a cohort that a criterion belongs to, bool[n_patients]."""
    criterion = finding.criterion
    names = criterion.cohorts or (criterion.id,)
    found: NDArray[np.bool_] = np.logical_or.reduce([judgement.cohorts[name] == verdict for name in names])
    return found


def _cohorts(judgement: Judgement, verdict: int, order: NDArray[np.int64]) -> pa.Array:
    """Per patient the cohorts in which the patient has a verdict."""
    columns = {name: states[order] == verdict for name, states in judgement.cohorts.items()}
    return _lists(columns, len(order))


def _named(
    judgement: Judgement, findings: list[Finding], outcome: Outcome, order: NDArray[np.int64]
) -> pa.Array:
    """Per patient the ids of criteria with an outcome that stands in the way."""
    best = cohorts_alone(judgement.findings)
    columns = {}
    for f in findings:
        said = f.outcome == outcome
        if best is not None and not is_shared(f.criterion):
            said = said & (best == outcome)
        columns[f.criterion.id] = said[order]
    return _lists(columns, len(order))


def to_review(judgement: Judgement, patient: int, content: Mapping[str, Any]) -> dict[str, str] | None:
    """The open criteria of a patient (dense index) whom `explain` told of in `content`, each with its reason.

    They are those that `verdicts_table` calls unknown; None where no clinician is needed.
    """
    if content["verdict"] != Verdict.REVIEW.value:
        return None
    screened = [f for f in judgement.findings if takes_part(f.criterion)]
    (found,) = _named(judgement, screened, Outcome.UNKNOWN, np.array([patient], np.int64)).to_pylist()
    return {one["id"]: one["reason"] for one in content["criteria"] if one["id"] in found}


def _lists(columns: dict[str, NDArray[np.bool_]], n: int) -> pa.Array:
    """Per patient the names of the columns that are true; distinct sets are made once."""
    if not columns:
        return pa.array([[]] * n, pa.list_(pa.string()))
    packed = np.packbits(np.stack(list(columns.values()), axis=1), axis=1)
    width = packed.shape[1]
    sets = pa.Array.from_buffers(pa.binary(width), n, [None, pa.py_buffer(np.ascontiguousarray(packed))])
    told = sets.dictionary_encode()
    bits = np.frombuffer(b"".join(told.dictionary.to_pylist()), np.uint8).reshape(-1, width)
    ids = np.array(list(columns), dtype=object)
    lists = [ids[row.astype(bool)].tolist() for row in np.unpackbits(bits, axis=1, count=len(columns))]
    return pa.array(lists, pa.list_(pa.string())).take(told.indices)
