"""The store: reading as it is, and writing in units that are audited or do not happen.

A unit of writing is one transaction. What is to be audited is noted while it runs; when it ends, the
entries are chained to the trail and everything is committed at once. A unit that noted nothing is
refused, so that no change of what the store keeps can go unattributed. Upkeep (leases of jobs, expired
keys) keeps nothing about patients and is not audited.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import ForUpdateArg

from api.store import migrating
from api.store.audit import Entry, append
from api.store.connecting import WRITES, connect
from api.store.errors import StoreError
from api.store.hashing import row_hash, subject_of
from api.store.people import Actor
from api.store.settings import StoreSettings
from api.store.tables import Base
from api.store.translating import translated
from api.store.turns import Turns

# A lock on a row that lets others refer to it: a portion of results does not wait for an answer.
BESIDE_KEYS = ForUpdateArg(key_share=True)


class Writing:
    """One unit of work: a session, who acts, when, and what will be said of it in the trail."""

    def __init__(self, session: Session, actor: Actor, now: datetime) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.entries: list[Entry] = []

    def note(
        self, action: str, subject: str, details: dict[str, object] | None = None, site: str | None = None
    ) -> None:
        """Say what is done; `subject` is table/key. Nothing of a patient but the pseudonym belongs in it."""
        self.entries.append(Entry(action, subject, None, details or {}, site or self.actor.site))

    def keep(
        self, row: Base, action: str, details: dict[str, object] | None = None, site: str | None = None
    ) -> None:
        """Add a row that never changes; its hash goes into the trail."""
        self.session.add(row)
        self.session.flush()
        told = Entry(action, subject_of(row), row_hash(row), details or {}, site or self.actor.site)
        self.entries.append(told)


class Store:
    """One database. Safe to share between threads; close it at the end."""

    def __init__(
        self, settings: StoreSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.settings, self.clock = settings, clock
        self.engine: Engine = connect(settings)
        self._writer = self.engine.execution_options(**{WRITES: True})
        # In both databases all that is read in one session is of one moment.
        self._reader = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        # Writers of one process queue here instead of polling SQLite's lock, where some would starve.
        self._turn = Turns()
        self._mine = threading.local()

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def require_newest(self) -> None:
        """Raises SchemaOutdatedError unless the tables are those that this program knows."""
        with translated():
            migrating.require_newest(self.engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading one moment; what others write meanwhile is not seen."""
        with translated(), Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, actor: Actor) -> Iterator[Writing]:
        """One audited unit of work; an exception inside undoes all of it."""
        with self._transaction() as session:
            unit = Writing(session, actor, self.clock())
            yield unit
            if not unit.entries:
                raise StoreError("UNAUDITED", "store", "a unit of writing noted nothing for the trail")
            session.flush()
            # Last of all locks, so that the queue of writers is never held while waiting for another one.
            append(session, unit.entries, actor, unit.now)

    @contextmanager
    def upkeep(self) -> Iterator[Session]:
        """A transaction of the machinery: leases of jobs, keys that expired."""
        with self._transaction() as session:
            yield session

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with (
            translated(),
            self._in_turn(),
            Session(self._writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Refuse a unit inside of a unit, which would wait for itself; in SQLite, wait for one's turn."""
        if getattr(self._mine, "writing", False):
            raise StoreError("NESTED_WRITING", "store", "a unit of writing was begun inside of another one")
        if self.is_sqlite and not self._turn.acquire(timeout=self.settings.busy_seconds):
            raise StoreError("STORE_BUSY", "store", "other writers did not come to an end in time")
        self._mine.writing = True
        try:
            yield
        finally:
            self._mine.writing = False
            if self.is_sqlite:
                self._turn.release()


def open_store(settings: StoreSettings, clock: Callable[[], datetime] | None = None) -> Store:
    """Open a store whose tables this program knows.

    An embedded one is brought up to date here. A server is not, because other processes may be using it:
    SchemaOutdatedError says what to run.
    """
    store = Store(settings) if clock is None else Store(settings, clock)
    try:
        with translated():
            if store.is_sqlite:
                migrating.upgrade(store.engine)
            else:
                migrating.require_newest(store.engine)
    except BaseException:
        store.close()
        raise
    return store
