"""A worker: takes runs that wait or whose worker has gone silent, works them off, tidies up.

Any number of them may work over one store, in any process. One that is killed leaves its run to the others
when its lease has run out.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from api.errors import UserError
from api.service.compiling import Compiler
from api.service.log import fault_of
from api.service.runs.files import RunFiles
from api.service.runs.holding import CancelledError, Holding
from api.service.runs.orders import KIND, order_of
from api.service.runs.room import expiry
from api.service.runs.uploads import Uploads
from api.service.runs.working import TRANSIENT, Working
from api.service.settings import ServiceSettings
from api.store import Actor, Store, StoreError
from api.store.errors import LeaseLostError
from api.store.idempotency import sweep
from api.store.jobs import ENDS as JOB_ENDS
from api.store.jobs import Claim, claim, complete, retry_later
from api.store.keys import new_key
from api.store.runs import ENDS, move_run, run_of
from api.store.tables import Job, Run

POLL_SECONDS = 0.5
_TIDY_SECONDS = 60.0
_ACTOR = Actor("service", "worker")


class Worker:
    """Works off one run at a time."""

    def __init__(self, store: Store, settings: ServiceSettings, files: RunFiles, log: Any) -> None:
        self.store, self.settings, self.files, self.log = store, settings, files, log
        self.uploads = Uploads(files.root)
        self.compiler = Compiler(settings)
        self.name = f"{socket.gethostname()} {os.getpid()} {new_key()[-8:]}"
        self._tidied = float("-inf")

    def work(self, stop: threading.Event) -> None:
        """Work until stopped; a run that is being worked on is finished before."""
        while not stop.is_set():
            try:
                if time.monotonic() - self._tidied > _TIDY_SECONDS:
                    self.tidy()
                    self._tidied = time.monotonic()
                if self.once():
                    continue
            except StoreError as error:
                self.log.error("store", code=error.code)
                stop.wait(2.0)
            except Exception as error:  # noqa: BLE001 - the worker outlives every run; logged without its text
                self.log.error("fault", **fault_of(error))
                stop.wait(2.0)
            stop.wait(POLL_SECONDS)

    def once(self) -> bool:
        """Work off the next run, if one may be taken."""
        if not self._any():
            return False
        lease = timedelta(seconds=self.settings.lease_seconds)
        claimed = claim(self.store, self.name, lease, KIND)
        if claimed is None:
            # What was taken last time may just have been given up.
            self.settle()
            return False
        begun = time.perf_counter()
        ended = self._attempt(claimed, lease)
        self.settle()
        self.log.info(
            "run",
            run=claimed.key,
            attempt=claimed.attempt,
            ended=ended,
            seconds=round(time.perf_counter() - begun, 1),
        )
        return True

    def _any(self) -> bool:
        """Whether it is worth the lock to look for work."""
        with self.store.read() as session:
            wanted = select(Job.key).where(Job.kind == KIND, Job.state.in_(("queued", "running"))).limit(1)
            return session.scalar(wanted) is not None

    def _attempt(self, claimed: Claim, lease: timedelta) -> str:
        longest = timedelta(hours=self.settings.run_hours)
        try:
            with Holding(self.store, claimed, lease, longest) as held:
                order = order_of(claimed.order)
                work = Working(self.store, self.settings, self.compiler, self.files, claimed, order, held)
                work.all()
        except CancelledError:
            self._cancelled(claimed)
            return "cancelled"
        except LeaseLostError:
            return "lost"
        except UserError as error:
            place = _place(error, claimed.key)
            told: dict[str, object] = {"code": error.code, "place": place, "message": error.message}
            return retry_later(self.store, claimed, told, final=error.code not in TRANSIENT)
        except Exception as error:  # noqa: BLE001 - what fails is tried again; logged without its text
            self.log.error("fault", run=claimed.key, **fault_of(error))
            fault: dict[str, object] = {"code": "INTERNAL", "place": "", "message": "a fault of the service"}
            return retry_later(self.store, claimed, fault)
        self.uploads.remove(claimed.key)
        return "done"

    def _cancelled(self, claimed: Claim) -> None:
        with self.store.write(_ACTOR) as unit:
            complete(unit, claimed)
        self._remove(claimed.key)

    def settle(self) -> None:
        """Let the store's runs end as their job did, where it failed or was cancelled."""
        while self._settle_one():
            continue

    def _settle_one(self) -> bool:
        query = (
            select(Job)
            .join(Run, Run.key == Job.run_key)
            .where(Job.kind == KIND, Job.state.in_(("failed", "cancelled")), Run.state.not_in(ENDS))
            .limit(1)
        )
        with self.store.read() as session:
            job = session.scalar(query)
        if job is None:
            return False
        with self.store.write(_ACTOR) as unit:
            for key in order_of(job.order).runs:
                state = run_of(unit.session, key).state
                unit.note("run.settled", f"runs/{key}")
                if state not in ENDS:
                    move_run(unit, key, job.state, error=job.outcome if job.state == "failed" else None)
        self._remove(job.key)
        return True

    def _remove(self, key: str) -> None:
        self.files.remove(key)
        self.uploads.remove(key)

    def tidy(self) -> None:
        """Take away files whose time is over or that belong to no run, and keys that expired."""
        self.settle()
        with self.store.upkeep() as session:
            sweep(session, self.store.clock())
        with self.store.read() as session:
            jobs = {key: session.get(Job, key) for key in self.files.runs()}
        for key, job in jobs.items():
            if job is None or job.state in ("failed", "cancelled") or self._is_over(job):
                self.files.remove(key)
        self.uploads.tidy()
        for key in self.uploads.runs():
            with self.store.read() as session:
                job = session.get(Job, key)
            if self.uploads.forsaken(key) if job is None else job.state in JOB_ENDS:
                self.uploads.remove(key)

    def _is_over(self, job: Job) -> bool:
        return job.state == "done" and expiry(job, self.settings) <= self.store.clock()


def _place(error: UserError, run: str) -> str:
    """Where, without a path of this machine or the name of a file that was sent along."""
    return "extract" if "/" in error.place or error.place == run else error.place
