"""One service and one FHIR server for many tests; each test finds the server as it was at first."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from api.service.app import create_app
from api.service.settings import ServiceSettings
from api.store import StoreSettings, open_store
from tests.service.conftest import CALL, Client
from tests.service.records.ehr import Ehr, serving


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Nothing here hangs on which database it is."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Ehr]]:
    folder, log = tmp_path_factory.mktemp("records"), io.StringIO()
    logger = structlog.wrap_logger(
        structlog.WriteLogger(log), processors=[structlog.processors.JSONRenderer()]
    )
    with serving() as ehr, open_store(StoreSettings(f"sqlite:///{folder / 's.db'}", durable=False)) as store:
        settings = ServiceSettings(fhir_server=ehr.address, judges=1, rate=1e5, burst=100_000)
        client = Client(create_app(store, settings, logger), store, log)
        try:
            client.add(CALL)
            yield client, ehr
        finally:
            client.app.state.service.judges.close()


@pytest.fixture
def ehr(room: tuple[Client, Ehr]) -> Ehr:
    room[1].reset()
    return room[1]


@pytest.fixture
def client(room: tuple[Client, Ehr], ehr: Ehr) -> Client:
    assert room[1] is ehr
    return room[0]
