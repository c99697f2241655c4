"""Whether rows that must never change are still what the audit trail saw.

The trail keeps a hash of each such row; a portion's row holds the hash over all its verdicts, a verdict
the hash over its findings. So a value that somebody changed in the database behind the program's back,
a row that was taken out and one that was slipped in are each found and named.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.store.audit import Fault
from api.store.hashing import content_hash, row_hash, subject_of
from api.store.results import findings_hash, findings_of
from api.store.tables import (
    Answer,
    AuditEntry,
    Base,
    Decision,
    Portion,
    ProtocolVersion,
    Signature,
    StatusStep,
    StoredFinding,
    StoredVerdict,
    UpstreamFigure,
    Void,
)

SEALED: tuple[type[Base], ...] = (
    ProtocolVersion,
    Portion,
    Signature,
    Decision,
    Void,
    Answer,
    StatusStep,
    UpstreamFigure,
)
_PAGE = 500


def verify_rows(session: Session) -> Iterator[Fault]:
    """Every row that differs from what was written, is gone, or was never written by the program.

    `number` of a fault is the trail's entry, 0 where there is none. Reads everything: for a store of
    millions of findings this takes minutes.
    """
    for table in SEALED:
        yield from _table(session, table)
    yield from _portions(session)
    yield from _strays(session)


def _table(session: Session, table: type[Base]) -> Iterator[Fault]:
    """Rows against entries, and entries without their row."""
    known = {
        entry.subject: (entry.number, entry.subject_sha256)
        for entry in session.execute(
            select(AuditEntry.number, AuditEntry.subject, AuditEntry.subject_sha256).where(
                AuditEntry.subject.startswith(f"{table.__tablename__}/", autoescape=True),
                AuditEntry.subject_sha256.is_not(None),
            )
        )
    }
    for row in session.scalars(select(table).execution_options(yield_per=_PAGE, populate_existing=True)):
        subject = subject_of(row)
        number, expected = known.pop(subject, (0, None))
        if expected is None:
            yield Fault(0, f"{subject}: no entry says that it was written")
        elif row_hash(row) != expected:
            yield Fault(number, f"{subject}: is not what was written")
    for subject, (number, _) in known.items():
        yield Fault(number, f"{subject}: was written and is gone")


def _portions(session: Session) -> Iterator[Fault]:
    """Verdicts and findings against the hash of the portion that they arrived in."""
    for portion in session.scalars(select(Portion).order_by(Portion.key)).all():
        verdicts = session.scalars(
            select(StoredVerdict)
            .where(StoredVerdict.portion_key == portion.key)
            .order_by(StoredVerdict.patient_key)
        ).all()
        content = []
        for verdict in verdicts:
            findings = findings_of(session, verdict.key)
            found = findings_hash(findings)
            in_place = [finding.place for finding in findings] == list(range(len(findings)))
            if found != verdict.findings_sha256 or not in_place:
                yield Fault(0, f"verdicts/{verdict.key}: its findings are not what was written")
            if (verdict.run_key, verdict.judged_at) != (portion.run_key, portion.stored_at):
                yield Fault(0, f"verdicts/{verdict.key}: is not of the run or time of its portion")
            content.append(
                [
                    verdict.patient_key,
                    verdict.version_key,
                    verdict.verdict,
                    verdict.facts_sha256,
                    verdict.details,
                    found,
                ]
            )
        if len(verdicts) != portion.patients or content_hash(content) != portion.results_sha256:
            yield Fault(0, f"portions/{portion.key}: its verdicts are not what was written")
        session.expunge_all()


def _strays(session: Session) -> Iterator[Fault]:
    """Rows whose parent is gone, which foreign keys forbid while they are on."""
    lost_verdicts = session.scalar(
        select(func.count())
        .select_from(StoredVerdict)
        .outerjoin(Portion, Portion.key == StoredVerdict.portion_key)
        .where(Portion.key.is_(None))
    )
    lost_findings = session.scalar(
        select(func.count())
        .select_from(StoredFinding)
        .outerjoin(StoredVerdict, StoredVerdict.key == StoredFinding.verdict_key)
        .where(StoredVerdict.key.is_(None))
    )
    if lost_verdicts or lost_findings:
        yield Fault(0, f"{lost_verdicts} verdicts without portion, {lost_findings} findings without verdict")
