"""Persons and pseudonyms: one key for one person, each reveal in the trail, nothing named anywhere else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from api.store import NotStoredError, Store, StoreError
from api.store.identities import forget, pseudonym, pseudonyms, reveal
from api.store.tables import AuditEntry, Base
from tests.store.scene import MACHINE, SCREENER, newest, screened, study, verdict

NUMBER = "MRN-CANARY-1"


def test_one_person_has_one_key(store: Store) -> None:
    of = study(store)
    with store.write(MACHINE) as unit:
        again = pseudonyms(unit, "north", "urn:mrn", ["p2", "p4", "p2"])
        elsewhere = pseudonyms(unit, "south", "urn:mrn", ["p2"])
    assert again["p2"] == of.patients["p2"]
    assert again["p4"] not in of.patients.values()
    assert elsewhere["p2"] != of.patients["p2"]
    with store.read() as session:
        assert pseudonym(session, "north", "urn:mrn", "p1") == of.patients["p1"]
        assert pseudonym(session, "north", "urn:other", "p1") is None


def test_many_at_once(store: Store) -> None:
    study(store)
    numbers = [f"n{n}" for n in range(450)]
    with store.write(MACHINE) as unit:
        first = pseudonyms(unit, "north", "urn:mrn", numbers)
    with store.write(MACHINE) as unit:
        assert pseudonyms(unit, "north", "urn:mrn", numbers) == first
    assert len(set(first.values())) == 450


def test_each_reveal_is_in_the_trail(store: Store) -> None:
    patient = study(store).patients["p1"]
    with store.write(SCREENER) as unit:
        assert reveal(unit, patient, "call back about consent") == [("urn:mrn", "p1")]
    with store.read() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "identity.revealed"))
    assert (entry.actor, entry.subject, entry.site_id) == ("sam", f"patients/{patient}", "north")
    assert entry.details == {"purpose": "call back about consent"}


def test_a_reveal_needs_a_purpose_and_a_patient(store: Store) -> None:
    of = study(store)
    with pytest.raises(StoreError, match="needed for"), store.write(SCREENER) as unit:
        reveal(unit, of.patients["p1"], "  ")
    with pytest.raises(NotStoredError), store.write(SCREENER) as unit:
        reveal(unit, "0" * 32, "call")


def test_a_forgotten_person_cannot_be_found_and_what_was_judged_stays(store: Store) -> None:
    of = study(store)
    patient = of.patients["p1"]
    screened(store, of, verdict(patient))
    with store.write(MACHINE) as unit:
        forget(unit, patient, "asked for it")
    with store.read() as session:
        assert pseudonym(session, "north", "urn:mrn", "p1") is None
    with store.write(SCREENER) as unit:
        assert reveal(unit, patient, "call") == []
    assert newest(store, of, "p1").patient_key == patient


def test_what_names_a_person_is_in_one_table_only(store: Store) -> None:
    of = study(store, (NUMBER,))
    patient = of.patients[NUMBER]
    with store.write(SCREENER) as unit:
        reveal(unit, patient, "call")
    screened(store, of, verdict(patient))
    with store.read() as session:
        holding = {
            table
            for table in Base.metadata.tables
            if "CANARY" in repr(session.execute(text(f"SELECT * FROM {table}")).all())
        }
    assert holding == {"identifiers"}
