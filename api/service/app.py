"""The application, put together: the rooms, the addresses of `routes/`, the guard in front of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI

from api.pages import adding
from api.pages.door import SessionDoor
from api.pages.sessions import Sessions
from api.pages.showing import Pages
from api.service.access.doors import DeveloperDoor, TokenDoor
from api.service.access.hosts import hosts_of
from api.service.access.keys import Keys, reader
from api.service.access.principal import LOCAL
from api.service.access.spending import spender
from api.service.access.tokens import Tokens
from api.service.access.who import GuardedRoute, require_table
from api.service.description import described
from api.service.guarding import Guard
from api.service.judging.pool import Judges
from api.service.lingering import Lingering
from api.service.log import logger
from api.service.metrics import Metrics
from api.service.protocols import Protocols
from api.service.records.fetching import Records
from api.service.refusing import add_refusals
from api.service.routes import (
    audit,
    cds,
    fhir,
    patients,
    protocols,
    runs,
    screenings,
    starting,
    state,
    studies,
    study_plans,
    wellknown,
)
from api.service.runs.files import RunFiles
from api.service.runs.room import Runs
from api.service.runs.settings import results_folder
from api.service.screenings import Screenings
from api.service.service import Service
from api.service.settings import ServiceSettings
from api.store import Actor, Store
from api.store.protocols import activate, active_keys
from api.store.sites import add_site, sites
from api.store.tables import ProtocolVersion

AT_START = Actor("service", "start")  # who acts where nobody asked


def create_app(store: Store, settings: ServiceSettings, log: Any = None) -> FastAPI:
    """The service over an open store. Without an issuer of tokens, whoever reaches it may do everything."""
    log = log or logger()
    judges = Judges(settings)
    texts = Protocols(store, settings, judges)
    metrics = Metrics()
    judges.show(metrics)
    screenings_ = Screenings(store, texts, judges, settings)
    batch = Runs(store, judges, settings, RunFiles(results_folder(settings, store.settings)))
    service = Service(store, settings, judges, texts, screenings_, metrics, batch, Records(settings))
    _require_sites(service, settings.sites if settings.issuer else {LOCAL: "This machine"})
    # No redirects: they would repeat an address, whatever somebody wrote into it.
    app = FastAPI(
        title="eligibility", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.router.route_class = GuardedRoute
    app.state.service = service
    tokens = _tokens(store, settings, log)
    sessions = Sessions(settings.session_minutes, settings.session_hours)
    door = SessionDoor(DeveloperDoor() if tokens is None else TokenDoor(tokens, hosts_of(settings)), sessions)
    app.add_middleware(Guard, settings=settings, log=log, door=door, metrics=metrics)
    app.add_middleware(Lingering, most=settings.body_bytes)
    add_refusals(app)
    for part in (
        state,
        wellknown,
        protocols,
        screenings,
        patients,
        audit,
        starting,
        runs,
        studies,
        study_plans,
        fhir,
        cds,
    ):
        part.add(app, service)
    adding.add(app, service, Pages(sessions, tokens))
    require_table(app)
    with_tokens = settings.issuer is not None
    app.openapi = cache(lambda: described(app, with_tokens=with_tokens))  # type: ignore[method-assign]
    return app


def _tokens(store: Store, settings: ServiceSettings, log: Any) -> Tokens | None:
    """What checks tokens; None in developer mode."""
    if settings.issuer is None or settings.jwks is None:
        return None
    return Tokens(settings, Keys(reader(settings.jwks), settings.jwks_minutes, log), spender(store))


def _require_sites(service: Service, named: Mapping[str, str]) -> None:
    with service.store.read() as session:
        known = {one.id for one in sites(session)}
    for site in named.keys() - known:
        with service.store.write(AT_START) as unit:
            add_site(unit, site, named[site])


def put_in_force(service: Service, text: str) -> ProtocolVersion:
    """Check, keep and activate a text, unless that version is active already."""
    row = service.protocols.add(text, AT_START)
    with service.store.read() as session:
        active = active_keys(session).values()
    if row.key not in active:
        with service.store.write(AT_START) as unit:
            activate(unit, row.key)
    return row
