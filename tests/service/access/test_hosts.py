"""The service answers to its own names only, and its addresses are made of none that a caller made up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import Client, code_of
from tests.service.runs.conftest import people

Guarded = Callable[..., Client]
PUBLIC = "https://trials.example/eligibility"


@pytest.mark.parametrize(
    ("settings", "host", "let_in"),
    [
        ({}, "127.0.0.1:8765", True),
        ({}, "[::1]:8765", True),
        ({}, "trials.example", False),
        ({}, "localhost.trials.example", False),
        ({}, "127.0.0.1@trials.example", False),
        ({}, "", False),
        ({"public_address": PUBLIC}, "trials.example", True),
        ({"public_address": PUBLIC}, "TRIALS.example:443", True),
        ({"public_address": PUBLIC}, "other.example", False),
        ({"hosts": ("Inside.example",)}, "inside.example:8765", True),
        ({"hosts": ("inside.example",)}, "trials.example", False),
        ({"hosts": ("*",)}, "anything.example", True),
    ],
)
def test_it_answers_to_names_that_it_was_told(
    guarded: Guarded, settings: dict[str, Any], host: str, let_in: bool
) -> None:
    answer = guarded(**settings).get("/health", headers={"Host": host})
    if let_in:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, code_of(answer)) == (421, "HOST_REFUSED")
        assert "ELIGIBILITY_SERVICE_HOSTS" in answer.text


def test_two_hosts_are_none(guarded: Guarded) -> None:
    sent = [("Host", "127.0.0.1"), ("Host", "trials.example")]
    answer = guarded(hosts=("trials.example",)).get("/health", headers=sent)
    assert (answer.status_code, code_of(answer)) == (421, "HOST_REFUSED")


def test_addresses_of_a_run_are_the_public_ones(guarded: Guarded, issuer: Issuer, tmp_path: Path) -> None:
    people(tmp_path / "north", 1)
    settings = {"extracts": {"north": {"ehr": tmp_path / "north"}}, "results": tmp_path / "results"}
    for public, base in ((PUBLIC, PUBLIC), (f"{PUBLIC}/", PUBLIC), (None, "http://127.0.0.1")):
        client = guarded(public_address=public, **settings)
        caller = Caller(client, issuer, ["admin", "data-manager"], ["north"])
        caller.add('protocol P version 1.0 "P"\n\ninclude I1 "Age"\n  age at index is 18 to 75 years\n')
        begun = caller.post(
            "/runs", json={"extract": "ehr", "as_of": "2026-06-01"}, headers={"Prefer": "respond-async"}
        )
        assert begun.headers["content-location"] == f"{base}/runs/{begun.json()['run']}"
