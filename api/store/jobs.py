"""Batch work that survives a restart: queued, taken under a lease, kept alive, tried again.

A worker that dies lets its lease run out, and another takes the job with a higher attempt number. Who
comes back late holds an old number and is refused, so no two workers report for one job. What a job
stores must bear being repeated (`results.store_portion` does).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.store.database import Store, Writing
from api.store.errors import ConflictError, LeaseLostError, NotStoredError
from api.store.keys import new_key
from api.store.tables import Job

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
# Before the second attempt, doubled before each one after it.
FIRST_PAUSE = timedelta(seconds=5)
ENDS = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in somebody's hands. `attempt` tells this holder from all before."""

    key: str
    kind: str
    order: dict[str, object]
    run_key: str | None
    holder: str
    attempt: int


def submit(
    unit: Writing,
    kind: str,
    order: dict[str, object],
    run_key: str | None = None,
    most_attempts: int = MOST_ATTEMPTS,
) -> Job:
    """Queue a job in the same unit as what it belongs to."""
    job = Job(
        key=new_key(),
        kind=kind,
        order=order,
        run_key=run_key,
        state="queued",
        attempt=0,
        most_attempts=most_attempts,
        added_at=unit.now,
        due_at=unit.now,
        cancel_asked=False,
    )
    unit.session.add(job)
    unit.session.flush()
    unit.note("job.queued", f"jobs/{job.key}", {"kind": kind, "run": run_key})
    return job


def claim(store: Store, holder: str, lease: timedelta = LEASE, kind: str | None = None) -> Claim | None:
    """The next job (of `kind`, where named) that is due or whose holder has gone silent; None: none is."""
    with store.upkeep() as session:
        now = store.clock()
        while (job := _next(session, now, kind)) is not None:
            if job.cancel_asked:
                _end(job, "cancelled", None)
            elif job.attempt >= job.most_attempts:
                _end(job, "failed", {"code": "ATTEMPTS_EXHAUSTED", "attempts": job.attempt})
            else:
                job.state, job.holder, job.held_until = "running", holder, now + lease
                job.attempt += 1
                session.flush()
                return Claim(job.key, job.kind, job.order, job.run_key, holder, job.attempt)
            session.flush()
        return None


def _next(session: Session, now: datetime, kind: str | None) -> Job | None:
    """The oldest job that may be taken, passing by those that another worker is just taking."""
    wanted = select(Job) if kind is None else select(Job).where(Job.kind == kind)
    return session.scalar(
        wanted.where(
            or_(
                and_(Job.state == "queued", Job.due_at <= now),
                and_(Job.state == "running", Job.held_until <= now),
            )
        )
        .order_by(Job.due_at, Job.key)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def heartbeat(
    store: Store, claimed: Claim, progress: dict[str, object] | None = None, lease: timedelta = LEASE
) -> bool:
    """Hold on to a job; False where it is to be cancelled. LeaseLostError where another one has it."""
    with store.upkeep() as session:
        job = _held(session, claimed)
        job.held_until = store.clock() + lease
        if progress is not None:
            job.progress = progress
        return not job.cancel_asked


def complete(unit: Writing, claimed: Claim, outcome: dict[str, object] | None = None) -> None:
    """End a job, in the unit that stores the last of what it did."""
    job = _held(unit.session, claimed)
    _end(job, "cancelled" if job.cancel_asked else "done", outcome)
    unit.session.flush()
    unit.note(f"job.{job.state}", f"jobs/{job.key}", {"attempt": claimed.attempt})


def retry_later(store: Store, claimed: Claim, error: dict[str, object], final: bool = False) -> str:
    """Put a job back after a failure, or end it where it failed for good; its state is returned."""
    with store.upkeep() as session:
        job = _held(session, claimed)
        if final or job.attempt >= job.most_attempts:
            _end(job, "failed", error)
        else:
            job.state, job.holder, job.held_until = "queued", None, None
            job.due_at = store.clock() + FIRST_PAUSE * 2 ** (job.attempt - 1)
            job.outcome = error
        return job.state


def cancel(unit: Writing, job_key: str) -> Job:
    """Ask for a job to end: at once where it waits, at its next heartbeat where it runs."""
    job = unit.session.get(Job, job_key, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotStoredError("jobs", job_key)
    if job.state in ENDS:
        raise ConflictError("JOB_ENDED", f"jobs/{job_key}", f"the job is {job.state}")
    job.cancel_asked = True
    if job.state == "queued":
        _end(job, "cancelled", None)
    unit.session.flush()
    unit.note("job.cancel asked", f"jobs/{job_key}")
    return job


def job_of(session: Session, job_key: str) -> Job:
    job = session.get(Job, job_key)
    if job is None:
        raise NotStoredError("jobs", job_key)
    return job


def _held(session: Session, claimed: Claim) -> Job:
    job = session.get(Job, claimed.key, with_for_update=True, populate_existing=True)
    mine = job is not None and (job.state, job.holder, job.attempt) == (
        "running",
        claimed.holder,
        claimed.attempt,
    )
    if job is None or not mine:
        raise LeaseLostError(f"jobs/{claimed.key}", "another worker has taken the job, or it has ended")
    return job


def _end(job: Job, state: str, outcome: dict[str, object] | None) -> None:
    job.state, job.holder, job.held_until = state, None, None
    if outcome is not None:
        job.outcome = outcome
