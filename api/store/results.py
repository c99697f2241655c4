"""Verdicts and findings. They arrive in portions; a portion is stored whole, once, and never changed.

A patient who is screened again gets another verdict beside the older ones: the newest counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.orm import Session

from api.store.database import BESIDE_KEYS, Writing
from api.store.errors import ConflictError, NotStoredError
from api.store.hashing import content_hash
from api.store.keys import new_key
from api.store.tables import Patient, Portion, Run, StoredFinding, StoredVerdict

_AT_ONCE = 500  # keys that one query names


@dataclass(frozen=True, slots=True)
class NewFinding:
    """One criterion. `evidence` is a list of objects with `resource`, `path`, `value`, `quote` …"""

    criterion: str
    polarity: str
    stage: str
    outcome: str
    reason: str
    details: dict[str, object]
    evidence: list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class NewVerdict:
    """One patient. `facts_sha256` is over the facts that the program read of them."""

    patient_key: str
    verdict: str | None
    facts_sha256: str
    details: dict[str, object]
    findings: Sequence[NewFinding]


def store_portion(unit: Writing, run_key: str, number: int, verdicts: Sequence[NewVerdict]) -> bool:
    """Keep a portion of a run's results; False where that number is already there.

    So work that is repeated after a crash stores nothing twice. Raises ConflictError where the number
    holds other results, or the run no longer takes any.
    """
    session = unit.session
    run = session.get(Run, run_key, with_for_update=BESIDE_KEYS, populate_existing=True)
    if run is None:
        raise NotStoredError("runs", run_key)
    ordered = sorted(verdicts, key=lambda verdict: verdict.patient_key)
    findings_hashes = [findings_hash(verdict.findings) for verdict in ordered]
    digest = content_hash(
        [
            [v.patient_key, run.version_key, v.verdict, v.facts_sha256, v.details, hashed]
            for v, hashed in zip(ordered, findings_hashes, strict=True)
        ]
    )
    there = session.scalar(select(Portion).where(Portion.run_key == run_key, Portion.number == number))
    if there is not None:
        if there.results_sha256 != digest:
            raise ConflictError("PORTION_DIFFERS", f"runs/{run_key}", f"portion {number} holds other results")
        unit.note("results.repeated", f"portions/{there.key}", site=run.site_id)
        return False
    if run.state != "running":
        raise ConflictError("RUN_STATE", f"runs/{run_key}", f"a run that is {run.state} takes no results")
    _require_site(session, run, ordered)
    portion = Portion(
        key=new_key(),
        run_key=run_key,
        number=number,
        patients=len(ordered),
        results_sha256=digest,
        stored_at=unit.now,
    )
    unit.keep(
        portion,
        "results.stored",
        {"run": run_key, "number": number, "patients": len(ordered)},
        run.site_id,
    )
    _insert(unit, run, portion.key, ordered, findings_hashes)
    return True


def findings_hash(findings: Sequence[NewFinding | StoredFinding]) -> str:
    """Over findings in the protocol's order."""
    return content_hash(
        [[f.criterion, f.polarity, f.stage, f.outcome, f.reason, f.details, f.evidence] for f in findings]
    )


def _require_site(session: Session, run: Run, verdicts: Sequence[NewVerdict]) -> None:
    """Every patient is of the run's site: results never cross from one to another."""
    keys = [verdict.patient_key for verdict in verdicts]
    own = 0
    for start in range(0, len(keys), _AT_ONCE):
        query = select(Patient.key).where(
            Patient.key.in_(keys[start : start + _AT_ONCE]), Patient.site_id == run.site_id
        )
        own += len(session.scalars(query).all())
    if own != len(set(keys)):
        raise ConflictError("PATIENT_UNKNOWN", f"runs/{run.key}", "a patient is not one of the run's site")


def _insert(
    unit: Writing, run: Run, portion_key: str, verdicts: Sequence[NewVerdict], hashes: list[str]
) -> None:
    rows, findings = [], []
    for verdict, hashed in zip(verdicts, hashes, strict=True):
        key = new_key()
        rows.append(
            {
                "key": key,
                "portion_key": portion_key,
                "run_key": run.key,
                "version_key": run.version_key,
                "patient_key": verdict.patient_key,
                "verdict": verdict.verdict,
                "facts_sha256": verdict.facts_sha256,
                "details": verdict.details,
                "findings_sha256": hashed,
                "judged_at": unit.now,
            }
        )
        findings += [
            {
                "verdict_key": key,
                "criterion": finding.criterion,
                "place": place,
                "polarity": finding.polarity,
                "stage": finding.stage,
                "outcome": finding.outcome,
                "reason": finding.reason,
                "details": finding.details,
                "evidence": finding.evidence,
            }
            for place, finding in enumerate(verdict.findings)
        ]
    if rows:
        unit.session.execute(insert(StoredVerdict.__table__), rows)  # type: ignore[arg-type]
    if findings:
        unit.session.execute(insert(StoredFinding.__table__), findings)  # type: ignore[arg-type]


def verdict_history(
    session: Session, patient_key: str, after: str | None = None, limit: int | None = None
) -> list[StoredVerdict]:
    """Verdicts of a patient, oldest first: those that come `after` one (its key), and up to `limit`.

    Raises NotStoredError where the patient has no verdict of that key.
    """
    query = select(StoredVerdict).where(StoredVerdict.patient_key == patient_key)
    if after is not None:
        last = session.get(StoredVerdict, after)
        if last is None or last.patient_key != patient_key:
            raise NotStoredError("verdicts", after)
        same_moment = and_(StoredVerdict.judged_at == last.judged_at, StoredVerdict.key > last.key)
        query = query.where(or_(StoredVerdict.judged_at > last.judged_at, same_moment))
    return list(session.scalars(query.order_by(StoredVerdict.judged_at, StoredVerdict.key).limit(limit)))


def findings_of(session: Session, verdict_key: str) -> list[StoredFinding]:
    """Findings of a verdict in the protocol's order."""
    return findings_by_verdict(session, [verdict_key])[verdict_key]


def findings_by_verdict(session: Session, verdict_keys: Sequence[str]) -> dict[str, list[StoredFinding]]:
    """The same of several verdicts, by their keys."""
    found: dict[str, list[StoredFinding]] = {key: [] for key in verdict_keys}
    for start in range(0, len(verdict_keys), _AT_ONCE):
        query = (
            select(StoredFinding)
            .where(StoredFinding.verdict_key.in_(verdict_keys[start : start + _AT_ONCE]))
            .order_by(StoredFinding.place)
        )
        for one in session.scalars(query):
            found[one.verdict_key].append(one)
    return found
