"""What was written cannot be changed, deleted, replaced or truncated through the database, either."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.store import Store
from api.store.answers import NewAnswer, record_answer
from api.store.append_only import APPEND_ONLY, FROZEN
from api.store.candidates import NewStep, take_step
from api.store.connecting import WRITES
from api.store.plans import Plan, change_plan
from api.store.signing import save_draft, sign
from api.store.tables import Base
from api.store.tasks import claim, open_tasks
from api.store.upstream import NewFigure, import_figures
from api.store.voiding import void_overtaken
from tests.store.scene import ANNA, MACHINE, SCREENER, newest, screened, study, verdict


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with at least one row in every table that is kept."""
    of = study(store)
    patient = of.patients["p1"]
    screened(store, of, verdict(patient))
    before = newest(store, of, "p1")
    with store.write(MACHINE) as unit:
        (task,) = open_tasks(unit, before.key, {"I1": "DATA_STALE"})
    with store.write(ANNA) as unit:
        claim(unit, task.key)
        save_draft(unit, task.key, "I1", "met")
        sign(unit, task.key, task.seen_sha256, "Anna", "reviewed")
    with store.write(SCREENER) as unit:
        record_answer(unit, NewAnswer(patient, "q", "Do you smoke?", "no", "patient", unit.now))
        take_step(unit, NewStep(patient, "DEMO-1", "pre-screened", 0, unit.now))
        change_plan(unit, "DEMO-1", Plan())
        day = date(2026, 5, 1)
        import_figures(unit, "DEMO-1", [NewFigure("clicks", 5, day, day, "web", "north", "report")], "f" * 64)
    screened(store, of, verdict(patient, "e"))
    after = newest(store, of, "p1")
    with store.write(MACHINE) as unit:
        void_overtaken(unit, after.key)
    return store


def refused(store: Store, statement: str) -> str:
    """What the database says to a statement that it must refuse."""
    with (
        store.engine.connect().execution_options(**{WRITES: True}) as connection,
        pytest.raises(DBAPIError) as caught,
        connection.begin(),
    ):
        connection.execute(text(statement))
    return str(caught.value.orig)


def columns(table: str) -> Iterator[str]:
    yield from (column.name for column in Base.metadata.tables[table].columns)


def test_rows_stay_as_they_are(filled: Store) -> None:
    for table in APPEND_ONLY:
        before = _rows(filled, table)
        assert before, f"the test has no row in {table}"
        for statement in _attempts(filled, table):
            assert f"{table} is append-only" in refused(filled, statement), statement
        assert _rows(filled, table) == before


def _attempts(store: Store, table: str) -> Iterator[str]:
    for column in columns(table):
        yield f'UPDATE {table} SET "{column}" = NULL'
    yield f"DELETE FROM {table}"
    if store.is_sqlite:
        named = ", ".join(f'"{column}"' for column in columns(table))
        yield f"INSERT OR REPLACE INTO {table} ({named}) SELECT {named} FROM {table}"
    else:
        yield f"TRUNCATE {table} CASCADE"


def test_what_a_row_was_made_with_stays(filled: Store) -> None:
    for table, kept in FROZEN.items():
        for column in kept:
            assert "append-only" in refused(filled, f'UPDATE {table} SET "{column}" = "{column}"')
        assert "append-only" in refused(filled, f"DELETE FROM {table}")


def test_replacing_by_another_unique_column_is_refused(filled: Store) -> None:
    if not filled.is_sqlite:
        return  # PostgreSQL knows no REPLACE
    named = ", ".join(f'"{column}"' for column in columns("signatures"))
    taken = named.replace('"key"', "'another'", 1)
    statement = f"INSERT OR REPLACE INTO signatures ({named}) SELECT {taken} FROM signatures LIMIT 1"
    assert "append-only" in refused(filled, statement)


def test_every_table_is_kept_or_known_to_move() -> None:
    moving = {
        *("sites", "patients", "identifiers", "protocols", "active_versions"),
        *("task_criteria", "drafts", "jobs", "idempotency_keys", "study_plans"),
    }
    assert set(Base.metadata.tables) == {*APPEND_ONLY, *FROZEN, *moving}


def _rows(store: Store, table: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))), key=repr)
