"""Starts the service: opens the store, puts the named protocols in force, listens.

Without an issuer of tokens it listens on this machine only.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from api.demo.seeding import seed_demo
from api.errors import UserError
from api.loading import protocol_text
from api.service.access.hosts import hosts_of
from api.service.access.principal import LOCAL
from api.service.access.settings import is_loopback
from api.service.app import create_app, put_in_force
from api.service.log import logger
from api.service.quiet import withhold
from api.service.runs.processes import workers
from api.service.settings import service_settings, setting_name
from api.service.studies.announcing import announcing
from api.store import open_store
from api.store.settings import ADDRESS, settings_from, settings_of_folder

_DEVELOPER_MODE = (
    "DEVELOPER MODE: no access control. Whoever uses this machine may see and change everything.\n"
)


def serve(
    folder: Path | None, host: str, port: int, protocols: Sequence[Path], demo: Path | None = None
) -> None:
    """Serve until interrupted. `folder` holds a SQLite store; None: the store that the environment names.

    `demo` holds a made-up study, see `api.demo`.
    """
    withhold()
    settings = service_settings()
    if settings.issuer is None and not is_loopback(host):
        named = setting_name("issuer")
        message = f"{host} is not of this machine alone, and {named} names no issuer of tokens"
        raise UserError("LOOPBACK_ONLY", "--host", message)
    if settings.issuer is not None and demo is not None:
        # Made-up patients would stand among those of the sites.
        sys.stderr.write(f"{setting_name('issuer')} is set: made-up patients are left out.\n")
        demo = None
    _require_free(host, port)
    found = settings_from() if folder is None else settings_of_folder(folder)
    with open_store(found) as store:
        app = create_app(store, settings)
        for path in protocols:
            row = put_in_force(app.state.service, protocol_text(path))
            sys.stderr.write(f"in force: {row.protocol_id} version {row.version}\n")
        if protocols:
            app.state.service.screenings.warm()
        if demo is not None:
            sys.stderr.write("A made-up study to look at (screened once, then kept) …\n")
            seed_demo(app.state.service, demo, LOCAL)
        shown = f"[{host}]" if ":" in host else host
        if settings.issuer is None:
            sys.stderr.write(_DEVELOPER_MODE)
            where = " (this machine only)"
        else:
            names = ", ".join(sorted(hosts_of(settings)))
            sys.stderr.write(f"For tokens of {settings.issuer}, by the names {names}.\n")
            where = ""
        sys.stderr.write(
            f"Listening on http://{shown}:{port}{where}; open it in a browser. Stop with Ctrl+C.\n"
        )
        sys.stderr.flush()
        # Its own log would write addresses and texts of errors; the service writes one of its own.
        try:
            with (
                workers(settings.run_workers, {**os.environ, ADDRESS: found.address}),
                announcing(store, settings, logger()),
            ):
                uvicorn.run(
                    app,
                    host=host,
                    port=port,
                    access_log=False,
                    log_level="critical",
                    server_header=False,
                    proxy_headers=False,
                )
        finally:
            app.state.service.judges.close()


def _require_free(host: str, port: int) -> None:
    """Raise UserError where nothing can listen there: the server would end without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = error.strerror or "it cannot be listened on"
        raise UserError("ADDRESS_UNAVAILABLE", "--port", f"{host} port {port}: {why}") from error
