"""Runs as they are asked for, looked after and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.loading import Given
from api.service.compiling import Compiler, Ready
from api.service.held import Asked
from api.service.judging.nobody import NOBODY
from api.service.judging.pool import Judges
from api.service.once import Once
from api.service.parameters import own, ready_for
from api.service.runs.extracts import find_extract
from api.service.runs.files import RunFiles
from api.service.runs.orders import KIND, UPLOADED, Order, order_of, written
from api.service.runs.uploads import Uploads
from api.service.screenings import case_of
from api.service.settings import ServiceSettings, setting_name
from api.store import Actor, NotStoredError, Store, Writing
from api.store.jobs import ENDS, cancel, submit
from api.store.protocols import version
from api.store.runs import NewRun, begin_run
from api.store.tables import Job, ProtocolVersion, Run

_TAKEN_BACK = "taken_back"
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked for. `versions` are keys of protocol versions, `request` the address asked.

    `extract`: the name of one, or its very content.
    """

    extract: str | bytes
    as_of: date
    zone: str
    complete: bool
    given: Given
    versions: tuple[str, ...]
    request: str


class Runs:
    """Runs of one store. Safe to share between threads."""

    def __init__(self, store: Store, judges: Judges, settings: ServiceSettings, files: RunFiles) -> None:
        self.store, self.settings, self.files = store, settings, files
        self.uploads = Uploads(files.root)
        self._judges, self._compiler = judges, Compiler(settings)

    def start(self, actor: Actor, site: str, wanted: Wanted, once: Once | None) -> Told:
        """Queue a run; its key. Raises UserError for what can be told before anything is read."""
        early = None if once is None else once.answered(self.store)
        if early is not None:
            return early
        ready = ready_for(self.store, self._compiler, wanted.versions, wanted.given)
        # Somebody nobody knows is judged, so that what is wrong with the parameters is said at once.
        asked = Asked(wanted.as_of, wanted.zone, wanted.complete, wanted.given, wanted.versions)
        self._judges.judge(case_of(NOBODY, asked, ready, "", {}))
        if isinstance(wanted.extract, str):
            length = find_extract(self.settings, site, wanted.extract).bytes
            return self._queue(actor, site, wanted, ready, length, once)
        with self.uploads.received(wanted.extract) as path:
            return self._queue(actor, site, wanted, ready, len(wanted.extract), once, path)

    def _queue(
        self,
        actor: Actor,
        site: str,
        wanted: Wanted,
        ready: list[Ready],
        length: int,
        once: Once | None,
        received: Path | None = None,
    ) -> Told:
        with self.store.write(actor) as unit:
            before = None if once is None else once.before(unit)
            if before is not None:
                return before
            self._require_room(unit.session, site)
            job = self._submit(unit, site, wanted, ready, length)
            if received is not None:
                # Before anybody can know of the run: whoever takes it finds the file.
                self.uploads.give(received, job.key)
            told: Told = {"run": job.key}
            return told if once is None else once.keep(unit, told)

    def _require_room(self, session: Session, site: str) -> None:
        alive = (
            select(func.count())
            .select_from(Job)
            .join(Run, Run.key == Job.run_key)
            .where(Job.kind == KIND, Run.site_id == site, Job.state.in_(("queued", "running")))
        )
        if (session.scalar(alive) or 0) >= self.settings.runs:
            limit = f"{self.settings.runs} runs of this site wait or are worked on ({setting_name('runs')})"
            raise UserError("TOO_MANY_RUNS", "", limit)

    def _submit(self, unit: Writing, site: str, wanted: Wanted, ready: list[Ready], length: int) -> Job:
        runs = []
        for one in ready:
            given = own(wanted.given, one.program)
            new = NewRun(
                version_key=one.row.key,
                site=site,
                as_of=wanted.as_of.isoformat(),
                zone=wanted.zone,
                inputs=[{"bytes": length, "complete": wanted.complete}],
                parameters={
                    **{name: [a.isoformat(), b.isoformat()] for name, (a, b) in given.dates.items()},
                    **given.values,
                },
            )
            runs.append(begin_run(unit, new).key)
        dates, values = written(wanted.given)
        order = Order(
            site=site,
            asked_by=unit.actor.name,
            asked_at=unit.now.isoformat(),
            request=wanted.request,
            extract=wanted.extract if isinstance(wanted.extract, str) else UPLOADED,
            bytes=length,
            as_of=wanted.as_of.isoformat(),
            zone=wanted.zone,
            complete=wanted.complete,
            runs=runs,
            versions=list(wanted.versions),
            dates=dates,
            values=values,
        )
        return submit(unit, KIND, order.as_dict(), runs[0], self.settings.run_attempts)

    def find(self, site: str, key: str) -> Job:
        """The job of a run of a site; NotStoredError where there is none, or it was taken back."""
        with self.store.read() as session:
            job = session.get(Job, key)
        if job is None or job.kind != KIND or order_of(job.order).site != site:
            raise NotStoredError("runs", key)
        if job.cancel_asked or job.state == "cancelled" or _TAKEN_BACK in (job.outcome or {}):
            raise NotStoredError("runs", key)
        return job

    def find_shown(self, site: str, key: str) -> Job:
        """The same, and NotStoredError where the time of its files is over."""
        job = self.find(site, key)
        if job.state == "done" and expiry(job, self.settings) <= self.store.clock():
            raise NotStoredError("runs", key)
        return job

    def take_back(self, actor: Actor, site: str, key: str) -> None:
        """Cancel a run, or take away the files of one that has ended. What was judged stays in the store."""
        self.find_shown(site, key)
        with self.store.write(actor) as unit:
            job = unit.session.get_one(Job, key, with_for_update=True, populate_existing=True)
            if job.state in ENDS:
                job.outcome = {**(job.outcome or {}), _TAKEN_BACK: unit.now.isoformat()}
                unit.session.flush()
                unit.note("run.files removed", f"jobs/{key}")
            else:
                cancel(unit, key)
            working = job.state == "running"
        if not working:
            self.files.remove(key)
            self.uploads.remove(key)

    def newest(self, site: str, before: str | None, limit: int) -> list[Job]:
        """Runs of a site, the newest first; `before` is the last key of the page before."""
        query = (
            select(Job)
            .join(Run, Run.key == Job.run_key)
            .where(Job.kind == KIND, Run.site_id == site)
            .order_by(Job.key.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(Job.key < before)
        with self.store.read() as session:
            return list(session.scalars(query))

    def versions_of(self, jobs: Sequence[Job]) -> list[list[ProtocolVersion]]:
        """The protocol versions of each run, in its order."""
        with self.store.read() as session:
            # One session looks up each version once, however many runs it is of.
            return [[version(session, key) for key in order_of(job.order).versions] for job in jobs]

    def runs_of(self, job: Job) -> list[Run]:
        """The store's runs, one for each protocol."""
        with self.store.read() as session:
            return [session.get_one(Run, key) for key in order_of(job.order).runs]


def expiry(job: Job, settings: ServiceSettings) -> datetime:
    """When the files of a finished run are taken away."""
    ended = datetime.fromisoformat(str((job.outcome or {})["ended_at"]))
    return ended + timedelta(hours=settings.results_hours)
