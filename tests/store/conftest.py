"""Every test of the store runs on both databases: a file, or a database on a real server, of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from api.store import Store, StoreSettings
from api.store.audit import START
from api.store.migrating import upgrade
from api.store.tables import Base
from tests.store.postgres import Server, shared
from tests.store.scene import Clock

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Server:
    return shared(os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "template.db"
    store = Store(StoreSettings(f"sqlite:///{path}", durable=False))
    upgrade(store.engine)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path


@pytest.fixture(scope="session")
def postgresql_of_worker(server: Server) -> str:
    """The name of a database that this worker's tests have one after the other."""
    # Two folders of tests may share this fixture, and each has its own.
    name = f"worker_{os.getpid()}_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name}")
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name}")
    yield server.database(name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and nothing in them."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: Server = request.getfixturevalue("server")
    name: str = request.getfixturevalue("postgresql_of_worker")
    _emptied(server.database(name))
    yield server.database(name)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(address: str, clock: Clock) -> Iterator[Store]:
    with Store(StoreSettings(address, durable=False), clock) as opened:
        yield opened


# Making a database anew costs half a second; emptying it as its owner, without triggers, a tenth of that.
_EMPTY = "; ".join(
    (
        "BEGIN",
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables if table.name != "audit_head"),
        f"UPDATE audit_head SET number = 0, sha256 = '{START}'",
        "ALTER TABLE audit ENABLE TRIGGER USER",
        "COMMIT",
    )
)


def _emptied(address: str) -> None:
    """Bring a database to where it was after its migrations, whatever a test did to it."""
    with Store(StoreSettings(address)) as store:
        upgrade(store.engine)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_EMPTY.encode())


def _administer(server: Server, statement: str) -> None:
    with psycopg.connect(server.database("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())
