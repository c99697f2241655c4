"""A real process with an issuer: it may listen beyond this machine, and lets nobody in without a token."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.service.access.issuer import Issuer, bearer
from tests.service.access.running import running
from tests.service.conftest import DEMO, FHIR, Client


@pytest.mark.slow
def test_with_an_issuer_it_may_listen_elsewhere(tmp_path: Path, place: Path) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    endpoint = "https://login.example/token"
    settings = {"TOKEN_ENDPOINT": endpoint, "PUBLIC_ADDRESS": "https://records.example"}
    named = {f"ELIGIBILITY_SERVICE_{name}": value for name, value in settings.items()}
    with running(place, issuer, host="0.0.0.0", **named) as at:
        address = f"{at.address}/screenings?as_of=2026-06-01"
        elsewhere = httpx.post(address, content=DEMO, headers={**FHIR, "Host": "other.example"})
        assert elsewhere.status_code == 421
        without = httpx.post(address, content=DEMO, headers={**FHIR, "Host": "records.example"})
        assert (without.status_code, "x-eligibility-mode" in without.headers) == (401, False)
        told = httpx.post(address, content=DEMO, headers={**FHIR, **bearer(issuer.token())})
        assert told.status_code == 201
        assert told.headers["cache-control"] == "no-store"
        smart = httpx.get(f"{at.address}/.well-known/smart-configuration").json()
        assert smart["token_endpoint"] == endpoint
        assert {"grant_types_supported", "capabilities", "code_challenge_methods_supported"} <= set(smart)
    log = at.log()
    assert "DEVELOPER MODE" not in log
    assert "Hazel" not in log
    assert issuer.token()[:36] not in log


def test_without_an_endpoint_nothing_is_told_of_one(client: Client) -> None:
    assert client.get("/.well-known/smart-configuration").status_code == 404
