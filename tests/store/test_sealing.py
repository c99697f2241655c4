"""What was changed behind the program's back is found and named, row by row."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Column, Integer, text
from sqlalchemy.orm import Session

from api.store import Store
from api.store.answers import NewAnswer, record_answer
from api.store.append_only import APPEND_ONLY
from api.store.candidates import NewStep, take_step
from api.store.connecting import WRITES
from api.store.sealing import verify_rows
from api.store.signing import save_draft, sign
from api.store.tables import Base
from api.store.tasks import claim, open_tasks
from api.store.upstream import NewFigure, import_figures
from tests.store.scene import ANNA, MACHINE, SCREENER, newest, screened, study, verdict


@pytest.fixture
def filled(store: Store) -> Store:
    of = study(store)
    patient = of.patients["p1"]
    screened(store, of, verdict(patient), verdict(of.patients["p2"]))
    row = newest(store, of, "p1")
    with store.write(MACHINE) as unit:
        (task,) = open_tasks(unit, row.key, {"I1": "DATA_STALE"})
    with store.write(ANNA) as unit:
        claim(unit, task.key)
        save_draft(unit, task.key, "I1", "met", "chart", "seen")
        sign(unit, task.key, task.seen_sha256, "Anna", "reviewed")
    with store.write(SCREENER) as unit:
        record_answer(unit, NewAnswer(patient, "q", "Do you smoke?", {"n": 1.5}, "patient", unit.now))
        take_step(unit, NewStep(patient, "DEMO-1", "pre-screened", 0, unit.now))
        day = date(2026, 5, 1)
        import_figures(unit, "DEMO-1", [NewFigure("clicks", 5, day, day, "web", None, "report")], "f" * 64)
    return store


def told_after(store: Store, statement: str) -> list[str]:
    """What is found after a change by the owner of the database, without triggers and keys; then undone."""
    with store.engine.connect().execution_options(**{WRITES: True}) as connection:
        raw = connection.connection.driver_connection
        if store.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            off = [f"DROP TRIGGER {name}" for name in connection.execute(text(names)).scalars()]
        else:
            off = ["SET LOCAL session_replication_role = replica"]
        for each in (*off, statement):
            connection.execute(text(each))
        with Session(connection) as session:
            found = [fault.what for fault in verify_rows(session)]
        connection.rollback()
        if store.is_sqlite:
            raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
    return found


KEPT = [table for table in APPEND_ONLY if table not in ("audit", "voids")]


def test_untouched_rows_are_what_was_written(filled: Store) -> None:
    assert told_after(filled, "SELECT 1") == []


def test_every_changed_value_is_found(filled: Store) -> None:
    unfound = []
    for table in KEPT:
        for column in Base.metadata.tables[table].columns:
            if column.primary_key or column.foreign_keys:
                continue
            if not told_after(filled, f'UPDATE {table} SET "{column.name}" = {_other(column)}'):
                unfound.append((table, column.name))
    assert unfound == []


def _other(column: Column[object]) -> str:
    """Another value than the scene's, in SQL."""
    if isinstance(column.type, Integer):
        return "7"
    if column.name == "outcome":
        return "'cannot tell'"
    return "'2020-01-01T00:00:00.000000Z'" if column.name.endswith("_at") else "'[]'"


def test_every_deleted_row_is_found(filled: Store) -> None:
    assert [table for table in KEPT if not told_after(filled, f"DELETE FROM {table}")] == []


@pytest.mark.parametrize("table", ["answers", "status_steps", "decisions"])
def test_a_row_slipped_in_is_found(filled: Store, table: str) -> None:
    named = [c.name for c in Base.metadata.tables[table].columns]
    new = {"key": "'0123'", "number": "9", "criterion": "'I9'"}
    columns = ", ".join(f'"{name}"' for name in named)
    values = ", ".join(new.get(name, f'"{name}"') for name in named)
    found = told_after(filled, f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}")
    assert any("no entry says" in what for what in found)


def test_a_verdict_given_to_another_patient_is_found(filled: Store) -> None:
    unjudged = "(SELECT key FROM patients WHERE key NOT IN (SELECT patient_key FROM verdicts))"
    first = "(SELECT min(key) FROM verdicts)"
    found = told_after(filled, f"UPDATE verdicts SET patient_key = {unjudged} WHERE key = {first}")
    assert any("its verdicts are not what was written" in what for what in found)


def test_a_finding_taken_away_is_found(filled: Store) -> None:
    found = told_after(filled, "DELETE FROM findings WHERE criterion = 'I2'")
    assert any("its findings are not what was written" in what for what in found)
