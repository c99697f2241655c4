"""Up and down on both databases, and the tables that come out are those the program declares."""

from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from api.store import Store, StoreError, StoreSettings, open_store
from api.store.counting import Bins, bins
from api.store.migrating import NEWEST, current, downgrade, upgrade
from api.store.queues import Filter
from api.store.tables import Base
from api.store.tasks import open_tasks
from tests.store.scene import MACHINE, newest, screened, study, verdict

REVISIONS = ("v0001", "v0002", "v0003", "v0004", "v0005", "v0006", "v0007")


def test_tables_are_those_declared(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_are_those_declared(store: Store) -> None:
    found = inspect(store.engine)
    for table in Base.metadata.sorted_tables:
        declared = {c.name for c in table.constraints} | {i.name for i in table.indexes}
        there = {
            found.get_pk_constraint(table.name)["name"],
            *(c["name"] for c in found.get_foreign_keys(table.name)),
            *(c["name"] for c in found.get_unique_constraints(table.name)),
            *(c["name"] for c in found.get_check_constraints(table.name)),
            *(c["name"] for c in found.get_indexes(table.name)),
        }
        assert declared <= there, table.name


def test_every_step_up_and_down(empty_address: str) -> None:
    with Store(StoreSettings(empty_address)) as store:
        assert current(store.engine) is None
        for revision in REVISIONS:
            upgrade(store.engine, revision)
            assert current(store.engine) == revision
        assert REVISIONS[-1] == NEWEST
        for revision in (*REVISIONS[-2::-1], "base"):
            downgrade(store.engine, revision)
        assert current(store.engine) is None
        assert set(inspect(store.engine).get_table_names()) <= {"alembic_version"}
        upgrade(store.engine)
        assert current(store.engine) == NEWEST


def test_down_with_rows_in_the_tables(store: Store) -> None:
    of = study(store)
    screened(store, of, verdict(of.patients["p1"]))
    downgrade(store.engine, "v0001")
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM verdicts")).scalar() == 1
    upgrade(store.engine)
    downgrade(store.engine)
    assert set(inspect(store.engine).get_table_names()) <= {"alembic_version"}


def test_tasks_of_before_are_counted(store: Store) -> None:
    of = study(store)
    screened(store, of, verdict(of.patients["p1"]))
    row = newest(store, of, "p1")
    with store.write(MACHINE) as unit:
        open_tasks(unit, row.key, {"I2": "DATA_STALE", "I1": "NOTE_ONLY"})

    def told() -> Bins:
        with store.read() as session:
            return bins(session, Filter())

    before = told()
    assert before.criteria == {"I1": 1, "I2": 1}
    downgrade(store.engine, "v0006")
    upgrade(store.engine)
    assert told() == before


def test_several_at_once_migrate_once(empty_address: str) -> None:
    failed: list[BaseException] = []

    def migrate() -> None:
        try:
            with Store(StoreSettings(empty_address)) as store:
                upgrade(store.engine)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with Store(StoreSettings(empty_address)) as store:
        assert current(store.engine) == NEWEST


def test_an_embedded_store_is_made_and_a_server_must_be_upgraded(empty_address: str) -> None:
    settings = StoreSettings(empty_address)
    if empty_address.startswith("sqlite"):
        with open_store(settings) as store:
            assert current(store.engine) == NEWEST
        return
    with pytest.raises(StoreError, match="eligibility store upgrade") as caught:
        open_store(settings)
    assert caught.value.code == "STORE_REVISION"
    with Store(settings) as store:
        upgrade(store.engine)
    open_store(settings).close()
