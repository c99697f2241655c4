"""Who a patient is, and what the trail says of who asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import CALL, Client, code_of, patient


@pytest.fixture
def screener(guarded: Callable[..., Client], issuer: Issuer) -> Caller:
    client = guarded()
    Caller(client, issuer, ["data-manager"], []).add(CALL)
    return Caller(client, issuer, ["screener"], ["north"], "sam")


@pytest.fixture
def auditor(screener: Caller, issuer: Issuer) -> Caller:
    return Caller(screener, issuer, ["auditor"], ["north"], "ann")


def test_who_was_shown_whom_and_what_for_is_kept(screener: Caller, auditor: Caller) -> None:
    key = screener.screen(patient())["patient"]
    answer = screener.post(f"/patients/{key}/identifiers", json={"purpose": "contact"})
    assert answer.json()["identifiers"] == [{"system": "urn:eligibility:record", "value": "p1 1980-01-01"}]
    (entry,) = [
        entry
        for entry in auditor.get("/audit", params={"limit": 1000}).json()["entries"]
        if entry["action"] == "identity.revealed"
    ]
    assert (entry["actor"], entry["role"], entry["site"]) == ("sam", "screener", "north")
    assert (entry["subject"], entry["details"]) == (f"patients/{key}", {"purpose": "contact"})
    assert entry["at"].endswith("+00:00")


@pytest.mark.parametrize("body", [{}, {"purpose": ""}, {"purpose": "to see how p1 is"}, {"why": "x"}])
def test_without_a_purpose_of_the_list_nothing_is_shown(screener: Caller, body: dict[str, str]) -> None:
    key = screener.screen(patient())["patient"]
    answer = screener.post(f"/patients/{key}/identifiers", json=body)
    assert (answer.status_code, code_of(answer)) == (400, "REQUEST_INVALID")
    assert "1980" not in answer.text


def test_what_could_not_be_audited_is_not_shown(screener: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    key = screener.screen(patient())["patient"]

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("api.store.database.append", fail)
    answer = screener.post(f"/patients/{key}/identifiers", json={"purpose": "contact"})
    assert answer.status_code >= 500
    assert "1980" not in answer.text


def test_the_trail_is_told_in_pages_without_what_names_a_patient(screener: Caller, auditor: Caller) -> None:
    key = screener.screen(patient())["patient"]
    screener.post(f"/patients/{key}/identifiers", json={"purpose": "safety"})
    whole = auditor.get("/audit", params={"limit": 1000}).json()
    assert whole["next"] is None
    numbers, after = [], 0
    while after is not None:
        page = auditor.get("/audit", params={"after": after, "limit": 2})
        assert "1980" not in page.text
        assert '"p1' not in page.text
        numbers += [entry["number"] for entry in page.json()["entries"]]
        after = page.json()["next"]
    assert numbers == [entry["number"] for entry in whole["entries"]] == sorted(numbers)
    assert {entry["site"] for entry in whole["entries"]} == {None, "north"}


def test_the_trail_is_verified_against_a_head_that_was_kept(screener: Caller, auditor: Caller) -> None:
    head = auditor.get("/audit/head").json()
    screener.screen(patient())
    held = auditor.post("/audit/verify", json=head).json()
    assert (held["holds"], held["faults"]) == (True, [])
    assert held["head"] == auditor.get("/audit/head").json() != head
    ahead = auditor.post("/audit/verify", json={**held["head"], "number": held["head"]["number"] + 5}).json()
    assert not ahead["holds"]
    assert auditor.post("/audit/verify", json={"chain": "x"}).status_code == 400
