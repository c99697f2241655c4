"""What tests of the store begin with: a clock that stands still, people, and a small study."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store import Actor, Store
from api.store.identities import pseudonyms
from api.store.protocols import NewVersion, activate, add_version
from api.store.results import NewFinding, NewVerdict, store_portion, verdict_history
from api.store.runs import NewRun, begin_run
from api.store.sites import add_site
from api.store.tables import Answer, Signature, StoredVerdict, Task, Void

MACHINE = Actor("service", "system")
SCREENER = Actor("sam", "screener", "north")
ANNA, BEN, CARA = (Actor(name, "reviewer", "north") for name in ("anna", "ben", "cara"))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True, slots=True)
class Study:
    """One site, one protocol in force, some patients by their number in the chart."""

    version_key: str
    patients: dict[str, str]


def study(store: Store, numbers: tuple[str, ...] = ("p1", "p2", "p3")) -> Study:
    with store.write(MACHINE) as unit:
        add_site(unit, "north", "Northern hospital")
        add_site(unit, "south", "Southern hospital")
        version = add_version(unit, NewVersion("DEMO-1", "Demo", "1.0", "protocol DEMO-1 …", "a" * 64))
        activate(unit, version.key)
        patients = pseudonyms(unit, "north", "urn:mrn", numbers)
    return Study(version.key, patients)


def finding(criterion: str = "I1", outcome: str = "unknown", value: object = 7.1) -> NewFinding:
    return NewFinding(
        criterion=criterion,
        polarity="inclusion",
        stage="pre-screen",
        outcome=outcome,
        reason="DATA_STALE" if outcome == "unknown" else "MET_EVIDENCE",
        details={"reasons": ["DATA_STALE"], "settled_by": ["an HbA1c"]},
        evidence=[{"resource": "Observation/o1", "path": "value", "value": value, "quote": "HbA1c 7.1 %"}],
    )


def verdict(patient_key: str, facts: str = "f", value: object = 7.1, criteria: int = 2) -> NewVerdict:
    return NewVerdict(
        patient_key=patient_key,
        verdict="needs-clinician-review",
        facts_sha256=facts * 64,
        details={"unknown": ["I1"], "met_by_assumption": 0},
        findings=[finding(f"I{n}", "unknown" if n == 1 else "met", value) for n in range(1, criteria + 1)],
    )


def screened(store: Store, of: Study, *verdicts: NewVerdict, version_key: str | None = None) -> str:
    """Keep one run with one portion; the run's key."""
    with store.write(MACHINE) as unit:
        asked = NewRun(version_key or of.version_key, "north", "2026-06-01", "UTC", [{"sha256": "c" * 64}])
        run = begin_run(unit, asked, state="running")
        store_portion(unit, run.key, 0, verdicts)
    return run.key


def newest(store: Store, of: Study, number: str, version_key: str | None = None) -> StoredVerdict:
    with store.read() as session:
        rows = verdict_history(session, of.patients[number])
    return [row for row in rows if row.version_key == (version_key or of.version_key)][-1]


def answers_given(session: Session, patient_key: str, question: str) -> list[Answer]:
    """All that was ever answered to a question, oldest first."""
    query = select(Answer).where(Answer.patient_key == patient_key, Answer.question == question)
    return list(session.scalars(query.order_by(Answer.number)))


def signatures_of(session: Session, patient_key: str) -> list[str]:
    """Keys of a patient's signatures that still hold, oldest first."""
    query = select(Signature.key).join(Task, Task.key == Signature.task_key)
    query = query.outerjoin(Void, Void.signature_key == Signature.key).where(Void.signature_key.is_(None))
    return list(session.scalars(query.where(Task.patient_key == patient_key).order_by(Signature.signed_at)))
