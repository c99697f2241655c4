"""A worker in a process of its own that is going to be killed, begun quickly: everything is loaded before."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import structlog

from api.service.judging import pool  # noqa: F401 - says what the server of processes loads beforehand
from api.service.runs import reading
from api.service.runs.files import RunFiles
from api.service.runs.worker import Worker
from api.service.settings import ServiceSettings
from api.store import Store, StoreSettings

LEASE = 0.6
_TO_BEGIN = 300.0
_processes = multiprocessing.get_context("forkserver")


def begin(address: str, results: Path, settings: dict[str, Any]) -> BaseProcess:
    """A worker over a store, with portions of a few patients, that is about to look for work."""
    ready = _processes.Event()
    process = _processes.Process(target=_work, args=(address, results, settings, ready), daemon=True)
    process.start()
    assert ready.wait(_TO_BEGIN), "the worker did not begin"
    return process


def _work(address: str, results: Path, settings: dict[str, Any], ready: Event) -> None:
    reading.PORTION = 10
    chosen = ServiceSettings(**settings, lease_seconds=LEASE)
    log = structlog.wrap_logger(structlog.PrintLogger())
    with Store(StoreSettings(address, busy_seconds=60)) as store:
        worker = Worker(store, chosen, RunFiles(results), log)
        ready.set()
        worker.work(threading.Event())


def killed(process: BaseProcess, chance: random.Random, most: float) -> None:
    """Kill a worker some time after its beginning."""
    time.sleep(chance.uniform(0.0, most))
    process.kill()
    process.join()
