"""A verdict with its findings as the store keeps it, put together for the resources that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.service.access.ownership import of_site
from api.store.errors import NotStoredError
from api.store.results import findings_of
from api.store.tables import ProtocolVersion, Run, StoredFinding, StoredVerdict

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One patient under one version. `questions` and `record` are known only while somebody asks."""

    verdict: StoredVerdict
    run: Run
    version: ProtocolVersion
    findings: Sequence[StoredFinding]
    questions: Sequence[Told] = ()
    record: Told = field(default_factory=dict)

    @property
    def open_findings(self) -> list[StoredFinding]:
        """Criteria of the pre-screen stage that nobody knows the outcome of."""
        return [
            one
            for one in self.findings
            if one.outcome == "unknown" and one.stage == "pre-screen" and one.polarity != "population"
        ]


def stored_case(
    session: Session, key: str, site: str, questions: Sequence[Told] = (), record: Told | None = None
) -> StoredCase:
    """A case of a site by the key of its verdict; raises NotStoredError."""
    verdict = session.get(StoredVerdict, key)
    run = None if verdict is None else session.get(Run, verdict.run_key)
    run = of_site(run, site, "verdicts", key)
    if verdict is None:
        raise NotStoredError("verdicts", key)
    return StoredCase(
        verdict,
        run,
        session.get_one(ProtocolVersion, verdict.version_key),
        findings_of(session, key),
        questions,
        record or {},
    )


def verdict_key(session: Session, run_key: str, patient_key: str) -> str:
    """The key of a patient's verdict in a run."""
    query = select(StoredVerdict.key).where(
        StoredVerdict.run_key == run_key, StoredVerdict.patient_key == patient_key
    )
    return session.scalars(query).one()
