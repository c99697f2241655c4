"""A worker in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from api.service.log import logger
from api.service.quiet import withhold
from api.service.runs.files import RunFiles
from api.service.runs.settings import results_folder
from api.service.runs.worker import Worker
from api.service.settings import service_settings
from api.store import open_store
from api.store.settings import settings_from, settings_of_folder


def work(folder: Path | None, with_parent: bool) -> None:
    """Work off runs until stopped. `with_parent`: until standard input ends, in the middle of whatever."""
    withhold()
    settings = service_settings()
    found = settings_from() if folder is None else settings_of_folder(folder)
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_store(found) as store:
        files = RunFiles(results_folder(settings, found))
        Worker(store, settings, files, logger()).work(stop)


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        continue
    os._exit(0)
