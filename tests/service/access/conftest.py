"""A service that takes tokens, and their issuer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service.access.issuer import Issuer
from tests.service.conftest import Client


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "jwks.json")


@pytest.fixture
def guarded(make: Callable[..., Client], issuer: Issuer) -> Callable[..., Client]:
    """Makes clients of services that take this issuer's tokens."""
    return lambda **settings: make(**issuer.settings(**settings))
