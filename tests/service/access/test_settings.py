"""Half a set-up of access opens no door: the service does not start."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.errors import UserError
from api.service.settings import PREFIX, service_settings

GOOD = {
    "ISSUER": "https://login.example/realm",
    "AUDIENCE": "https://eligibility.example",
    "JWKS": "https://login.example/certs",
    "SITES": '{"north": "North clinic"}',
}


def settings(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Any:
    for name, value in {**GOOD, **changed}.items():
        if value is not None:
            monkeypatch.setenv(PREFIX + name, value)
    return service_settings()


def test_a_whole_set_up_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch, ROLES='{"nurse": "screener", "dm": "data-manager"}')
    assert (found.issuer, found.sites) == (GOOD["ISSUER"], {"north": "North clinic"})
    assert {word: role.value for word, role in found.roles.items()} == {
        "nurse": "screener",
        "dm": "data-manager",
    }


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ISSUER": None}, "ISSUER"),
        ({"AUDIENCE": None}, "AUDIENCE"),
        ({"JWKS": None}, "JWKS"),
        ({"ISSUER": ""}, "ISSUER"),
        ({"SITES": None}, "SITES"),
        ({"SITES": "{}"}, "SITES"),
        ({"SITES": "north"}, "SITES"),
        ({"SITES": '{"north clinic": "x"}'}, "SITES"),
        ({"JWKS": "http://login.example/certs"}, "JWKS"),
        ({"JWKS": "http://127.0.0.1.login.example/certs"}, "JWKS"),
        ({"JWKS": "http://127.0.0.1@login.example/certs"}, "JWKS"),
        ({"JWKS": "file:///etc/jwks.json"}, "JWKS"),
        ({"JWKS": "ftp://login.example/certs"}, "JWKS"),
        ({"JWKS": "https://user:word@login.example/certs"}, "JWKS"),
        ({"JWKS": "https:///certs"}, "JWKS"),
        ({"TOKEN_ENDPOINT": "http://login.example/token"}, "TOKEN_ENDPOINT"),
        ({"ROLES": '{"nurse": "superuser"}'}, "ROLES"),
        ({"ROLES": "screener"}, "ROLES"),
        ({"LEEWAY_SECONDS": "3600"}, "LEEWAY_SECONDS"),
        ({"TOKEN_HOURS": "0"}, "TOKEN_HOURS"),
        ({"JWKS_MINUTES": "1000"}, "JWKS_MINUTES"),
    ],
)
def test_half_a_set_up_is_refused(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], told: str
) -> None:
    with pytest.raises(UserError) as error:
        settings(monkeypatch, **changed)
    assert error.value.code == "SETTING_INVALID"
    assert told in f"{error.value.place} {error.value.message}"


@pytest.mark.parametrize("jwks", ["http://localhost:1/certs", "http://[::1]:1/certs", "/etc/jwks.json"])
def test_keys_may_come_from_this_machine(monkeypatch: pytest.MonkeyPatch, jwks: str) -> None:
    assert settings(monkeypatch, JWKS=jwks).jwks == jwks


def test_the_guide_names_every_setting_of_access() -> None:
    from api.service.access.settings import AccessSettings
    from tests.service.conftest import ROOT

    guide = (ROOT / "docs" / "service.md").read_text().split("### Access\n", 1)[1].split("\n### ", 1)[0]
    assert [name for name in AccessSettings.model_fields if f"`{name.upper()}`" not in guide] == []
    assert all(f"export {PREFIX}{name}=" in guide for name in GOOD)
    assert json.loads(GOOD["SITES"])
