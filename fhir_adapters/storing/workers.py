"""Tasks done by processes of their own, as many as there are processors; they go when their maker goes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Doing(Protocol):
    """A way to have tasks done that do not depend on each other, such as `processes`.

    Answers, as they come, the position of a task and what it gave. What a task raises is raised here, and no
    further task is begun.
    """

    def __call__(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]: ...


_READY = "fhir_adapters.storing.readiness"
_AHEAD = 2  # tasks handed out per process, so that none waits and few are lost


def processors() -> int:
    """How many processes may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes(workers: int) -> Doing:
    """Tasks done by so many processes at once, none of which is made for one; they stay for further tasks."""
    return _Processes(workers)


class _Processes:
    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __del__(self) -> None:
        # Waited for: a pool that goes by itself may meet the end of the interpreter, which then complains.
        if self._pool is not None:
            self._pool.shutdown()

    def __call__(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        if self._workers <= 1 or (len(tasks) <= 1 and self._pool is None):
            for position, task in enumerate(tasks):
                yield position, work(task)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._workers, _context(work.__module__), _leave_with_parent)
        pool = self._pool
        try:
            running: dict[Future[R], int] = {}
            following = iter(enumerate(tasks))
            exhausted = False
            while running or not exhausted:
                while not exhausted and len(running) < self._workers * _AHEAD:
                    try:
                        position, task = next(following)
                    except StopIteration:
                        exhausted = True
                        break
                    running[pool.submit(work, task)] = position
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        except BaseException:
            self._pool = None
            for process in list(pool._processes.values()):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _context(module: str) -> BaseContext:
    """How processes are made: of one that has loaded, once for all, what the work of a module needs.

    It is made anew and not of this process, whose threads and locked files nobody may take along.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module, _READY])
    return context


def _leave_with_parent() -> None:
    """A process whose maker is gone has nobody to work for; whether to stop is for its maker to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave, args=(parent.sentinel,), daemon=True).start()


def _leave(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
