"""One screening run: an extract against a protocol, its tables, its files, its record."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from api.errors import UserError
from api.findings import findings_table, reason_counts, verdicts_table
from api.limits import LIMITS, limits_table
from api.loading import Question, bind_value_sets
from api.outputs import prepare_folder, remove, write_csv, write_json, write_ndjson, write_parquet
from api.people import people_table
from eligibility.facts import Facts
from eligibility.judging import FAIL, PASS, REVIEW, Judgement, has_verdict
from eligibility.judging.context import Context
from eligibility.judging.judge import ParameterError, judge_together
from eligibility.judging.truth import States
from eligibility.program import Program
from eligibility.reasons import Outcome
from eligibility.terminology import Membership
from fhir_adapters import Extract
from fhir_adapters.storing.refused import reject_row


@dataclass(frozen=True, slots=True)
class Run:
    """What a run decided and what it was given."""

    question: Question
    extract: Extract
    judgement: Judgement
    context: Context

    @property
    def facts(self) -> Facts:
        return self.extract.facts

    @property
    def program(self) -> Program:
        return self.question.program


def run(question: Question, extract: Extract, bound: Membership | None = None) -> Run:
    """Judge an extract, keeping evidence. `bound`: the terms over its vocabulary, where they are known.

    Raises UserError.
    """
    membership = bound or bind_value_sets(question.program, question.value_sets, extract.facts)
    return run_together([question], extract, membership)[0]


def run_together(questions: Sequence[Question], extract: Extract, bound: Membership) -> list[Run]:
    """Judge an extract by several questions of one day, keeping evidence. Raises UserError.

    `bound` holds the terms of all, of which those of one name mean the same.
    """
    asked = [(question.program, question.parameters) for question in questions]
    try:
        judged = judge_together(asked, extract.facts, bound, questions[0].as_of, evidence=True)
    except ParameterError as error:
        raise UserError(error.code, "--param", str(error)) from error
    return [
        Run(question, extract, judgement, context)
        for question, (judgement, context) in zip(questions, judged, strict=True)
    ]


def is_marked(run: Run) -> bool:
    """Whether records were lost whose patient is not known: any verdict may rest on them."""
    return run.facts.manifest.unattributed > 0


def write(run: Run, out: Path, csv_findings: bool, all_evidence: bool, keep_limits: bool = False) -> None:
    """Write verdicts, findings, people, rejects and the run's record into a folder."""
    # All is made before anything is written, so that what fails leaves no half of a run behind.
    verdicts = verdicts_table(run.facts, run.judgement)
    findings = findings_table(run.program, run.facts, run.judgement, run.context, all_evidence)
    people = people_table(run.facts, run.context)
    limits = limits_table(run.facts, run.judgement, run.context) if keep_limits else None
    rejects = [reject_row(reject) for reject in run.extract.rejects]
    told = record(run)
    prepare_folder(out)
    write_parquet(out / "verdicts.parquet", verdicts)
    write_csv(out / "verdicts.csv", verdicts)
    write_parquet(out / "findings.parquet", findings)
    write_parquet(out / "people.parquet", people)
    if limits is not None:
        write_parquet(out / LIMITS, limits)
    else:
        remove(out / LIMITS)
    if csv_findings:
        write_csv(out / "findings.csv", findings)
    else:
        remove(out / "findings.csv")
    write_ndjson(out / "rejects.ndjson", rejects)
    write_json(out / "run.json", told)


def record(run: Run) -> dict[str, Any]:
    """What makes the run reproducible, and its counts. Holds no wall-clock time."""
    return {**account(run), "counts": summary(run)}


def account(run: Run) -> dict[str, Any]:
    """What makes the run reproducible, the same of each of its portions."""
    manifest = run.facts.manifest
    lines = manifest.lines
    return {
        "protocol": {
            "id": run.program.id,
            "version": run.program.version,
            "sha256": run.program.source_sha256,
            "value_sets_sha256": _value_sets_hash(run.question),
        },
        "as_of": run.question.as_of.isoformat(),
        "zone": manifest.zone,
        "parameters": {
            name: [first.isoformat(), last.isoformat()]
            for name, (first, last) in sorted(run.question.parameters.items())
        }
        | {parameter.name: parameter.value for parameter in run.program.parameters if parameter.value},
        "inputs": [
            {"path": str(file.path), "bytes": file.bytes, "sha256": file.sha256} for file in run.extract.files
        ],
        "manifest": {
            "delivered": "all" if manifest.delivered is None else sorted(manifest.delivered),
            "systems": {kind: sorted(systems) for kind, systems in sorted(manifest.systems.items())},
        },
        "lines": {
            "total": lines.total,
            "accepted": lines.accepted,
            "ignored": lines.ignored,
            "blank": lines.blank,
            "rejected": lines.rejected,
            "rejected_without_patient": manifest.unattributed,
            "duplicates": manifest.duplicates,
            "ignored_types": dict(sorted(manifest.ignored_types.items())),
        },
        "notes": _notes(run.extract),
        "software": {
            "eligibility": version("eligibility"),
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
        },
    }


def _notes(extract: Extract) -> dict[str, Any] | None:
    """What became of every note; None where no texts were read."""
    account = extract.note_account
    if account is None:
        return None
    return {
        "total": account.total,
        **account.readings,
        "problems": dict(account.problems),
        "faults": dict(account.faults),
    }


def _value_sets_hash(question: Question) -> str:
    """Over the codes and the words of the value sets the protocol uses."""
    used = sorted({url for source in question.program.value_sets.values() for url in source.urls})
    content = [[url, question.value_sets[url].digest()] for url in used if url in question.value_sets]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def summary(run: Run) -> dict[str, Any]:
    """Counts of verdicts, and per criterion of outcomes and reasons."""
    verdict = run.judgement.verdict
    criteria = []
    for finding in run.judgement.findings:
        outcome = finding.outcome
        criteria.append(
            {
                "id": finding.criterion.id,
                "label": finding.criterion.label,
                "stage": finding.criterion.stage.value,
                "cohorts": list(finding.criterion.cohorts),
                "met": int((outcome == Outcome.MET).sum()),
                "not_met": int((outcome == Outcome.NOT_MET).sum()),
                "unknown": int((outcome == Outcome.UNKNOWN).sum()),
                "reasons": reason_counts(finding),
            }
        )
    counts: dict[str, Any] = {"patients": run.facts.n_patients, "criteria": criteria}
    if has_verdict(run.program):
        counts["verdicts"] = _verdict_counts(verdict)
        if run.judgement.cohorts:
            counts["cohorts"] = {name: _verdict_counts(own) for name, own in run.judgement.cohorts.items()}
    return counts


def _verdict_counts(verdict: States) -> dict[str, int]:
    return {
        "pass": int((verdict == PASS).sum()),
        "needs-clinician-review": int((verdict == REVIEW).sum()),
        "fail": int((verdict == FAIL).sum()),
    }
