"""Findings and verdicts as Arrow tables: one row per patient and criterion, one per patient.

Built column by column from the judgement's arrays; the evidence rows are those the selectors
noted. Rows are ordered by patient identifier and by the protocol's order of criteria.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eligibility.facts import Facts, Kind, Source, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging import FAIL, PASS, REVIEW, Finding, Judgement, is_shared, takes_part
from eligibility.judging.context import Context
from eligibility.judging.evidence import EvidenceRows, evidence_rows
from eligibility.judging.settling import phrase, settling_leaves
from eligibility.judging.truth import TRUE, UNKNOWN
from eligibility.judging.verdicts import cohorts_alone
from eligibility.program import Polarity, Program
from eligibility.reasons import Cause, Outcome, Verdict, reasons_of
from eligibility.showing import show_assertion
from eligibility.units import dimension_name
from fhir_adapters.elements import element_path

VERDICTS = {PASS: Verdict.PASS.value, REVIEW: Verdict.REVIEW.value, FAIL: Verdict.FAIL.value}
OUTCOMES = {Outcome.MET: "met", Outcome.NOT_MET: "not met", Outcome.UNKNOWN: "unknown"}

_TIME = pa.timestamp("ms")
_STRING = pa.string()
EVIDENCE = pa.struct(
    [
        ("statement", pa.string()),
        ("kind", pa.string()),
        ("concept", pa.string()),
        ("resource", pa.string()),
        ("path", pa.string()),
        ("start_earliest", _TIME),
        ("start_latest", _TIME),
        ("end_earliest", _TIME),
        ("end_latest", _TIME),
        ("value_low", pa.float64()),
        ("value_high", pa.float64()),
        ("unit", pa.string()),
        ("coded_value", pa.string()),
        ("status", pa.string()),
        ("assertion", pa.string()),  # of rows from notes, with the very words and where they stand
        ("quote", pa.string()),
        ("span_start", pa.int32()),
        ("span_end", pa.int32()),
    ]
)
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
    order = patient_order(facts)
    parts = [
        _one_criterion(facts, judgement, context, finding, all_evidence) for finding in judgement.findings
    ]
    if not parts:
        return FINDING_SCHEMA.empty_table()
    n, k = facts.n_patients, len(parts)
    table = pa.concat_tables(parts)
    by_patient = (np.arange(k)[None, :] * n + order[:, None]).ravel()
    return table.take(pa.array(by_patient))


def _one_criterion(
    facts: Facts, judgement: Judgement, context: Context, finding: Finding, all_evidence: bool
) -> pa.Table:
    n = facts.n_patients
    criterion = finding.criterion
    outcome, reason, reasons = _reasons(finding)
    wanted = np.ones(n, np.bool_) if all_evidence else finding.outcome != Outcome.MET
    rows = evidence_rows(judgement, facts, criterion, wanted)
    return pa.table(
        [
            pa.array(list(facts.patients), pa.string()),
            _constant(criterion.id, n),
            _constant(criterion.polarity.value, n),
            _constant(criterion.stage.value, n),
            _constant(criterion.priority, n, pa.int8()),
            _constant(None if criterion.route is None else criterion.route.value, n),
            pa.array([list(criterion.cohorts)], pa.list_(pa.string())).take(pa.array(np.zeros(n, np.int64))),
            outcome,
            reason,
            reasons,
            _settled_by(judgement, context, finding),
            _evidence(facts, rows, n),
        ],
        schema=FINDING_SCHEMA,
    )


def _constant(value: str | int | None, n: int, type_: pa.DataType = _STRING) -> pa.Array:
    return pa.array([value], type_).take(pa.array(np.zeros(n, np.int64)))


def _reasons(finding: Finding) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Outcome, primary reason and all reasons per patient: few distinct ones, looked up once each."""
    key = finding.outcome.astype(np.uint64) << np.uint64(32) | finding.causes.astype(np.uint64)
    distinct, which = np.unique(key, return_inverse=True)
    outcomes, all_reasons = [], []
    for value in distinct.tolist():
        state, causes = Outcome(value >> 32), value & 0xFFFFFFFF
        applies = not (state is Outcome.MET and causes & Cause.NOT_APPLICABLE)
        outcomes.append(OUTCOMES[state] if applies else "not applicable")
        all_reasons.append(list(reasons_of(state, causes)))
    take = pa.array(which.ravel())
    return (
        pa.array(outcomes, pa.string()).take(take),
        pa.array([r[0] for r in all_reasons], pa.string()).take(take),
        pa.array(all_reasons, pa.list_(pa.string())).take(take),
    )


def reason_counts(finding: Finding) -> dict[str, int]:
    """How many patients have each primary reason, the commonest first."""
    _, reason, _ = _reasons(finding)
    counted = ((str(row["values"]), int(row["counts"])) for row in reason.value_counts().to_pylist())
    return dict(sorted(counted, key=lambda item: (-item[1], item[0])))


def _settled_by(judgement: Judgement, context: Context, finding: Finding) -> pa.Array:
    """What would settle each unknown finding, in words; empty for decided ones."""
    n = len(finding.outcome)
    unknown = np.flatnonzero(finding.outcome == Outcome.UNKNOWN)
    choices: list[list[str]] = [[]]
    which = np.zeros(n, dtype=np.int64)
    if len(unknown):
        known: dict[tuple[object, ...], int] = {}
        for patient, leaves in zip(
            unknown, settling_leaves(finding.criterion, judgement.leaves, unknown), strict=True
        ):
            if leaves not in known:
                known[leaves] = len(choices)
                choices.append([phrase(context, leaf, causes) for leaf, causes in leaves])
            which[patient] = known[leaves]
    return pa.array(choices, pa.list_(pa.string())).take(pa.array(which))


def _evidence(facts: Facts, rows: EvidenceRows, n: int) -> pa.Array:
    """Evidence rows as one list per patient."""
    offsets = np.searchsorted(rows.patient, np.arange(n + 1)).astype(np.int32)
    columns = _evidence_columns(facts, rows)
    structs = pa.StructArray.from_arrays(columns, fields=list(EVIDENCE))
    return pa.ListArray.from_arrays(pa.array(offsets), structs)


def _evidence_columns(facts: Facts, rows: EvidenceRows) -> list[pa.Array]:
    size = len(rows.row)
    statements = pa.array([leaf.text for leaf in rows.leaves] or [""], pa.string())
    ints = {
        name: np.zeros(size, np.int64)
        for name in ("concept", "resource", "path", "status", "unit", "value_concept", "state")
    }
    ints["unit"][:] = -1
    times = {
        name: np.full(size, BEGINNING, np.int64) for name in ("start_lo", "start_hi", "end_lo", "end_hi")
    }
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    kinds = np.empty(size, dtype=object)
    noted = np.zeros(size, np.bool_)
    said = {
        name: np.zeros(size, np.int64) for name in ("assertion", "doubtful", "quote", "span_lo", "span_hi")
    }
    for number in np.unique(rows.kind).tolist():
        kind = Kind(number)
        mine = rows.kind == number
        block, at = facts.blocks[kind], rows.row[mine]
        kinds[mine] = kind.name.lower()
        for name in ("concept", "resource", "path", "status"):
            ints[name][mine] = block.column(name)[at]
        for name, held in times.items():
            held[mine] = block.column(name)[at]
        if "source" in block.columns:
            noted[mine] = block.columns["source"][at] == Source.NOTE
            for name, column in said.items():
                column[mine] = block.column(name)[at]
        if kind in (Kind.OBSERVATION, Kind.ANSWER):
            for name in ("unit", "value_concept"):
                ints[name][mine] = block.column(name)[at]
            ints["state"][mine] = block.column("value_state")[at]
            low[mine], high[mine] = block.column("value_lo")[at], block.column("value_hi")[at]
    resources = facts.resources.take(ints["resource"]).cast(pa.string())
    own_paths = [facts.words.texts[i] for i in ints["path"].tolist()]
    paths = [element_path(r or "", p) for r, p in zip(resources.to_pylist(), own_paths, strict=True)]
    coded = (ints["state"] == ValueState.CODED) | (ints["state"] == ValueState.TEXT)
    return [
        statements.take(pa.array(rows.leaf)),
        pa.array(kinds, pa.string()),
        _looked_up(ints["concept"], facts.concepts.show),
        resources,
        pa.array(paths, pa.string()),
        *(_moments(times[name]) for name in ("start_lo", "start_hi", "end_lo", "end_hi")),
        pa.array(low, pa.float64(), mask=np.isnan(low)),
        pa.array(high, pa.float64(), mask=np.isnan(high)),
        _looked_up(ints["unit"], lambda i: dimension_name(i) if i >= 0 else ""),
        _looked_up(np.where(coded, ints["value_concept"], 0), lambda i: facts.concepts.show(i) if i else ""),
        _looked_up(ints["status"], lambda i: facts.words.texts[i]),
        _looked_up(
            np.where(noted, said["assertion"] * 2 + said["doubtful"], -1),
            lambda i: show_assertion(i // 2, i % 2) if i >= 0 else "",
        ),
        _looked_up(np.where(noted, said["quote"], 0), lambda i: facts.words.texts[max(i, 0)]),
        pa.array(said["span_lo"], pa.int32(), mask=~noted),
        pa.array(said["span_hi"], pa.int32(), mask=~noted),
    ]


def _looked_up(ids: NDArray[np.int64], show: object) -> pa.Array:
    """Texts of small ids, each made once; "" becomes null."""
    distinct, which = np.unique(ids, return_inverse=True)
    texts = [show(i) or None for i in distinct.tolist()]  # type: ignore[operator]
    return pa.array(texts, pa.string()).take(pa.array(which.ravel()))


def _moments(instants: NDArray[np.int64]) -> pa.Array:
    """Instants as timestamps without zone (wall clock of the run's zone); null where unknown."""
    finite = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    return pa.array(np.where(finite, instants, 0), pa.int64(), mask=~finite).cast(_TIME)


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
    matrix = np.stack(list(columns.values()), axis=1)
    packed = np.packbits(matrix, axis=1)
    distinct, which = np.unique(packed, axis=0, return_inverse=True)
    bits = np.unpackbits(distinct, axis=1, count=len(columns)).astype(bool)
    ids = list(columns)
    lists = [[name for name, bit in zip(ids, row, strict=True) if bit] for row in bits]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(which.ravel()))
