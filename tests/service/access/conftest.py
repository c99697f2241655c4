"""A service that takes tokens, and their issuer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.service.access.issuer import Issuer
from tests.service.conftest import Client, services


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path / "jwks.json")


@pytest.fixture
def guarded(tmp_path: Path, issuer: Issuer) -> Iterator[Callable[..., Client]]:
    """Makes clients of services that take this issuer's tokens; what they keep lies in a file."""
    with services(f"sqlite:///{tmp_path / 'store.db'}") as new:
        yield lambda **settings: new(**issuer.settings(**settings))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for a real process. Its name is short: so are the paths of sockets."""
    with TemporaryDirectory(prefix="el") as folder:
        yield Path(folder)
