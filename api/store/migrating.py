"""Brings a database's tables to the revision that this program needs, and back.

The migrations lie in the package (`migrations/versions`); Alembic is loaded only here. One migration
is one transaction in both databases, and of several processes that try at once one does the work.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from api.store.connecting import WRITES
from api.store.errors import SchemaOutdatedError

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "v0007"
# Any number that nothing else in the database uses as an advisory lock.
_LOCK = 0x656C6967


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Up to a revision; nothing where it is already there."""
    if revision == "head" and current(engine) == NEWEST:
        return
    from alembic import command

    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        _alone(connection)
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Down to a revision. What the tables above it held is lost."""
    from alembic import command

    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        _alone(connection)
        command.downgrade(_config(connection), revision)


def current(engine: Engine) -> str | None:
    """The revision of a database, None where there are no tables yet."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return None if revision is None else str(revision)


def require_newest(engine: Engine) -> None:
    """Raises SchemaOutdatedError unless the tables are those this program knows."""
    found = current(engine)
    if found != NEWEST:
        raise SchemaOutdatedError(found, NEWEST)


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
