"""One patient's findings as a tree: truth, reason, evidence, and what would settle a doubt."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.exhibits import Exhibits
from api.findings import VERDICTS, outcome_name
from eligibility.facts import Facts, Kind
from eligibility.judging import Finding, Judgement, has_verdict
from eligibility.judging.context import Context
from eligibility.judging.evidence import evidence_rows, truth_of
from eligibility.judging.reference_limits import limits_shown
from eligibility.judging.settling import phrase, settling_leaves
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN
from eligibility.program import (
    All,
    AnyOf,
    Choice,
    Leaf,
    Not,
    NumberOf,
    Polarity,
    Program,
    Stage,
    Statement,
    ValueIs,
    conditions_of,
)
from eligibility.reasons import BY_CODE, Cause, Outcome, reasons_of
from eligibility.showing import Shown, show_row
from fhir_adapters.elements import element_path

_TRUTH = {TRUE: "true", FALSE: "false", UNKNOWN: "unknown"}


def explain(
    program: Program,
    facts: Facts,
    judgement: Judgement,
    context: Context,
    patient: int,
    exhibits: Exhibits | None = None,
    reviewed_whole: bool = False,
) -> dict[str, Any]:
    """Everything that was decided about one patient (its dense index), as plain data.

    With `exhibits`, open criteria have what a reviewer is shown beside them, as `shown`; where the patient
    is `reviewed_whole` all have it whose time is the pre-screen.
    """
    return {
        "protocol": program.id,
        "version": program.version,
        "patient": facts.patients[patient],
        "verdict": VERDICTS[int(judgement.verdict[patient])] if has_verdict(program) else None,
        "cohorts": {cohort: VERDICTS[int(verdict[patient])] for cohort, verdict in judgement.cohorts.items()},
        "deceased": _TRUTH[int(judgement.dead[patient])],
        "criteria": [
            _criterion(facts, judgement, context, f, patient, exhibits, reviewed_whole)
            for f in judgement.findings
        ],
    }


def _criterion(
    facts: Facts,
    judgement: Judgement,
    context: Context,
    finding: Finding,
    patient: int,
    exhibits: Exhibits | None,
    reviewed_whole: bool,
) -> dict[str, Any]:
    criterion = finding.criterion
    outcome, causes = Outcome(int(finding.outcome[patient])), int(finding.causes[patient])
    reasons = reasons_of(outcome, causes)
    wanted = np.zeros(facts.n_patients, dtype=np.bool_)
    wanted[patient] = True
    rows = evidence_rows(judgement, facts, criterion, wanted)
    by_leaf: dict[Leaf, list[dict[str, Any]]] = {}
    for leaf, kind, row in zip(rows.leaf.tolist(), rows.kind.tolist(), rows.row.tolist(), strict=True):
        shown = _evidence(show_row(facts, Kind(kind), row))
        limit = limits_shown(rows.leaves[leaf], facts, Kind(kind), row)
        by_leaf.setdefault(rows.leaves[leaf], []).append(shown | ({"limit": limit} if limit else {}))
    settles: list[str] = []
    if outcome is Outcome.UNKNOWN:
        leaves = settling_leaves(criterion, judgement.leaves, patient)
        settles = [phrase(context, leaf, causes) for leaf, causes in leaves]
    tree = [_node(judgement, criterion.statement, patient, by_leaf)]
    if criterion.applies_to is not None:
        applies = _node(judgement, criterion.applies_to, patient, by_leaf)
        tree.insert(0, {**applies, "text": f"only for: {applies['text']}"})
    told: dict[str, Any] = {
        "id": criterion.id,
        "label": criterion.label,
        "polarity": criterion.polarity.value,
        "stage": criterion.stage.value,
        "priority": criterion.priority,
        "route": None if criterion.route is None else criterion.route.value,
        "cohorts": list(criterion.cohorts),
        "source": list(criterion.source),
        "outcome": outcome_name(finding, patient),
        "reason": reasons[0],
        "reasons": list(reasons),
        "meaning": BY_CODE[reasons[0]].meaning,
        "settled_by": settles,
        "statements": tree,
    }
    has_part = criterion.stage is Stage.PRE_SCREEN and criterion.polarity is not Polarity.POPULATION
    is_reviewed = reviewed_whole and has_part
    if exhibits is not None and (is_reviewed or outcome is Outcome.UNKNOWN):
        told["shown"] = exhibits.of(rows, judgement.leaves, patient, every=is_reviewed)
    return told


def _node(
    judgement: Judgement, statement: Statement, patient: int, evidence: dict[Leaf, list[dict[str, Any]]]
) -> dict[str, Any]:
    state = int(truth_of(statement, judgement.leaves).state[patient])
    parts: tuple[Statement, ...]
    match statement:
        case Not():
            parts, word = (statement.part,), "not"
        case All():
            parts, word = statement.parts, "all of"
        case AnyOf():
            parts, word = statement.parts, "any of"
        case NumberOf():
            parts, word = statement.parts, "a number of"
        case Choice():
            parts, word = _alternating(statement), "the first of these whose condition is true"
        case _:
            causes = int(judgement.leaves[statement].causes[patient])
            leaf = {
                "text": statement.text,
                "truth": _TRUTH[state],
                "causes": [c.name for c in Cause if causes & c],
                "evidence": evidence.get(statement, []),
            }
            asked = tuple(conditions_of(statement.value)) if isinstance(statement, ValueIs) else ()
            if asked:
                leaf["parts"] = [_node(judgement, part, patient, evidence) for part in asked]
            return leaf
    return {
        "text": statement.text or word,
        "truth": _TRUTH[state],
        "parts": [_node(judgement, part, patient, evidence) for part in parts],
    }


def _alternating(statement: Choice) -> tuple[Statement, ...]:
    """Each condition followed by its part, and last the part of none."""
    pairs = zip(statement.conditions, statement.parts, strict=False)
    return (*(one for pair in pairs for one in pair), statement.parts[-1])


def _evidence(shown: Shown) -> dict[str, Any]:
    return {
        "kind": shown.kind,
        "what": shown.what,
        "when": shown.when,
        "value": shown.value,
        "status": shown.status,
        "standing": shown.standing,
        "resource": shown.resource,
        "path": element_path(shown.resource, shown.path),
        **({} if shown.span is None else {"said": shown.said, "quote": shown.quote, "span": shown.span}),
    }
