"""Runs: begun with all that makes them repeatable, moved through their states, ended with their counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.errors import ConflictError, NotStoredError
from api.store.keys import new_key
from api.store.tables import Run

# From where to where a run may go. "marked" is complete with records lost whose patient is not known.
MOVES = {
    "queued": {"running", "cancelled", "failed"},
    "running": {"complete", "marked", "failed", "cancelled", "queued"},
}
ENDS = frozenset({"complete", "marked", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is asked. `inputs` are hashes and sizes: names of files may name patients."""

    version_key: str
    site: str
    as_of: str
    zone: str
    inputs: list[dict[str, object]]
    parameters: dict[str, object] = field(default_factory=dict)


def begin_run(unit: Writing, new: NewRun, state: str = "queued") -> Run:
    """Keep a run before anything of it is judged."""
    run = Run(
        key=new_key(),
        version_key=new.version_key,
        site_id=new.site,
        as_of=new.as_of,
        zone=new.zone,
        inputs=new.inputs,
        parameters=new.parameters,
        asked_by=unit.actor.name,
        asked_at=unit.now,
        state=state,
        started_at=unit.now if state == "running" else None,
    )
    unit.session.add(run)
    unit.session.flush()
    unit.note("run.asked", f"runs/{run.key}", {"version": new.version_key, "as_of": new.as_of}, new.site)
    return run


def move_run(
    unit: Writing,
    run_key: str,
    state: str,
    counts: dict[str, object] | None = None,
    manifest: dict[str, object] | None = None,
    error: dict[str, object] | None = None,
) -> Run:
    """Take a run to another state; ConflictError where that does not follow from the one it is in."""
    run = unit.session.get(Run, run_key, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotStoredError("runs", run_key)
    if state not in MOVES.get(run.state, set()):
        raise ConflictError(
            "RUN_STATE", f"runs/{run_key}", f"a run that is {run.state} cannot become {state}"
        )
    unit.note(f"run.{state}", f"runs/{run_key}", {"from": run.state}, run.site_id)
    run.state = state
    if state == "running" and run.started_at is None:
        run.started_at = unit.now
    if state in ENDS:
        run.ended_at = unit.now
    if counts is not None:
        run.counts = counts
    if manifest is not None:
        run.manifest = manifest
    if error is not None:
        run.error = error
    unit.session.flush()
    return run


def run_of(session: Session, run_key: str) -> Run:
    run = session.get(Run, run_key)
    if run is None:
        raise NotStoredError("runs", run_key)
    return run
