"""Pages of a service that listens on this machine, and a browser to look at them."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from api.service.app import create_app
from api.service.settings import ServiceSettings
from api.store import Store, StoreSettings, open_store
from tests.pages.browser import browser
from tests.pages.visitor import Visitor
from tests.service.access.conftest import guarded, issuer  # noqa: F401


@dataclass(frozen=True, slots=True)
class Site:
    """A service that listens: its address, application and store."""

    address: str
    app: FastAPI
    store: Store

    visitors: list[Visitor] = field(default_factory=list)

    def stranger(self) -> Visitor:
        """Somebody with a browser's manners and no screen."""
        self.visitors.append(Visitor(self.address))
        return self.visitors[-1]

    def visitor(self, name: str = "Ann Abel") -> Visitor:
        """The same, signed in."""
        visitor = self.stranger()
        visitor.sign_in(name)
        return visitor


def quiet() -> Any:
    """A log that nobody reads."""
    return structlog.wrap_logger(
        structlog.WriteLogger(io.StringIO()), processors=[structlog.processors.JSONRenderer()]
    )


@contextmanager
def listening(address: str, **settings: Any) -> Iterator[Site]:
    """A service over the store at `address`, until the end of the block."""
    with open_store(StoreSettings(address, durable=False)) as store:
        chosen = ServiceSettings(
            **{"rate": 1e5, "burst": 100_000, "judges": 1, "judge_seconds": 300, **settings}
        )
        app = create_app(store, chosen, quiet())
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the service did not start"
                time.sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            found = Site(f"http://127.0.0.1:{port}", app, store)
            yield found
            for visitor in found.visitors:
                visitor.http.close()
        finally:
            server.should_exit = True
            thread.join(30)
            app.state.service.judges.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A service with nothing in it."""
    with listening(f"sqlite:///{tmp_path / 'store.db'}") as found:
        yield found


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """For one test: while it is open no other event loop runs in this thread."""
    with browser() as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page of a browser that knows nobody."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: Site, name: str = "Ann Abel") -> None:
    """As somebody does who opens the service's first address."""
    page.goto(site.address)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.address}/review")
    page.wait_for_load_state()
