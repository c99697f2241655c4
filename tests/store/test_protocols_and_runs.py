"""Versions whose text never changes under its name, runs that move one way, results that only grow."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.store import ConflictError, NotStoredError, Store
from api.store.protocols import NewVersion, activate, active_version, active_versions, add_version, versions
from api.store.results import (
    findings_of,
    store_portion,
    verdict_history,
)
from api.store.runs import NewRun, begin_run, move_run, run_of
from api.store.tables import StoredVerdict
from tests.store.scene import MACHINE, Clock, newest, screened, study, verdict


def new_version(version: str = "1.0", text: str = "protocol DEMO-1 …", lock: str = "") -> NewVersion:
    return NewVersion("DEMO-1", "Demo", version, text, "a" * 64, lock)


def test_the_same_version_again_is_the_one_there_is(store: Store) -> None:
    of = study(store)
    with store.write(MACHINE) as unit:
        assert add_version(unit, new_version()).key == of.version_key


def test_a_version_cannot_stand_for_two_texts(store: Store) -> None:
    study(store)
    with pytest.raises(ConflictError) as caught, store.write(MACHINE) as unit:
        add_version(unit, new_version(text="protocol DEMO-1 changed"))
    assert caught.value.code == "VERSION_TAKEN"


def test_one_version_is_in_force(store: Store) -> None:
    of = study(store)
    with store.write(MACHINE) as unit:
        relocked = add_version(unit, new_version(lock="expanded anew"))
        second = add_version(unit, new_version("2.0", "protocol DEMO-1 amended"))
    with store.read() as session:
        assert active_version(session, "DEMO-1").key == of.version_key
        assert [v.key for v in versions(session, "DEMO-1")] == [of.version_key, relocked.key, second.key]
    with store.write(MACHINE) as unit:
        activate(unit, second.key)
    with store.read() as session:
        assert active_version(session, "DEMO-1").version == "2.0"
        assert [v.key for v in active_versions(session)] == [second.key]
        with pytest.raises(NotStoredError):
            active_version(session, "OTHER")


def test_texts_of_protocols_come_back_as_they_went_in(store: Store) -> None:
    text = "protocol X version 1 \"é ≥ 漢 🧬\"\r\n\ttabs, 'quotes', \\backslashes\\ and % signs\n"
    with store.write(MACHINE) as unit:
        key = add_version(unit, NewVersion("X", "T", "1", text, "a" * 64)).key
    with store.read() as session:
        (row,) = versions(session, "X")
        assert (row.key, row.text) == (key, text)


MOVES = {
    ("queued", "running"): True,
    ("queued", "complete"): False,
    ("queued", "cancelled"): True,
    ("running", "complete"): True,
    ("running", "marked"): True,
    ("running", "failed"): True,
    ("running", "queued"): True,
    ("complete", "running"): False,
    ("cancelled", "complete"): False,
}


@pytest.mark.parametrize(("states", "allowed"), MOVES.items(), ids=lambda v: str(v))
def test_moves_of_a_run(store: Store, states: tuple[str, str], allowed: bool) -> None:
    of = study(store)
    before, after = states
    with store.write(MACHINE) as unit:
        run = begin_run(unit, NewRun(of.version_key, "north", "2026-06-01", "UTC", []))
        if before in ("running", "complete"):
            move_run(unit, run.key, "running")
        if before in ("complete", "cancelled"):
            move_run(unit, run.key, before, counts={"patients": 3})
    if allowed:
        with store.write(MACHINE) as unit:
            move_run(unit, run.key, after)
    else:
        with pytest.raises(ConflictError), store.write(MACHINE) as unit:
            move_run(unit, run.key, after)
    with store.read() as session:
        assert run_of(session, run.key).state == (after if allowed else before)


def test_screening_again_adds(store: Store, clock: Clock) -> None:
    of = study(store)
    patient = of.patients["p1"]
    screened(store, of, verdict(patient, value=7.1))
    first = newest(store, of, "p1")
    clock.forward(days=30)
    run = screened(store, of, verdict(patient, value=8.4))
    second = newest(store, of, "p1")
    with store.read() as session:
        assert [v.key for v in verdict_history(session, patient)] == [first.key, second.key]
        assert second.run_key == run
        assert findings_of(session, first.key)[0].evidence[0]["value"] == 7.1
        assert findings_of(session, second.key)[0].evidence[0]["value"] == 8.4
        assert [f.criterion for f in findings_of(session, first.key)] == ["I1", "I2"]


def test_verdicts_of_one_moment_are_told_apart_by_their_order(store: Store) -> None:
    of = study(store)
    for value in range(20):
        screened(store, of, verdict(of.patients["p1"], value=value))
    with store.read() as session:
        kept = findings_of(session, newest(store, of, "p1").key)
        assert kept[0].evidence[0]["value"] == 19


def test_a_portion_is_stored_once(store: Store) -> None:
    of = study(store)
    results = [verdict(of.patients["p1"]), verdict(of.patients["p2"])]
    run = screened(store, of, *results)
    with store.write(MACHINE) as unit:
        assert store_portion(unit, run, 0, results) is False
        assert store_portion(unit, run, 0, results[::-1]) is False
    with pytest.raises(ConflictError) as caught, store.write(MACHINE) as unit:
        store_portion(unit, run, 0, results[:1])
    assert caught.value.code == "PORTION_DIFFERS"
    with store.read() as session:
        keys = sorted(session.scalars(select(StoredVerdict.patient_key).where(StoredVerdict.run_key == run)))
    assert keys == sorted(of.patients[p] for p in ("p1", "p2"))


def test_a_run_that_does_not_run_takes_no_results(store: Store) -> None:
    of = study(store)
    run = screened(store, of, verdict(of.patients["p1"]))
    with store.write(MACHINE) as unit:
        move_run(unit, run, "complete")
    with pytest.raises(ConflictError) as caught, store.write(MACHINE) as unit:
        store_portion(unit, run, 1, [verdict(of.patients["p2"])])
    assert caught.value.code == "RUN_STATE"


def test_no_patient_of_another_site_gets_into_a_run(store: Store) -> None:
    of = study(store)
    with store.write(MACHINE) as unit:
        run = begin_run(unit, NewRun(of.version_key, "south", "2026-06-01", "UTC", []), "running")
    with pytest.raises(ConflictError) as caught, store.write(MACHINE) as unit:
        store_portion(unit, run.key, 0, [verdict(of.patients["p1"])])
    assert caught.value.code == "PATIENT_UNKNOWN"


def test_a_patient_twice_in_one_run_is_refused(store: Store) -> None:
    of = study(store)
    run = screened(store, of, verdict(of.patients["p1"]))
    with pytest.raises(ConflictError), store.write(MACHINE) as unit:
        store_portion(unit, run, 1, [verdict(of.patients["p1"])])
