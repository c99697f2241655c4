"""A judge's process: takes one job after the other from its pipe until the other end is closed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from api.errors import UserError
from api.service.compiling import InvalidProtocolError
from api.service.judging.desk import Desk
from api.service.log import fault_of, logger
from api.service.quiet import withhold
from api.service.settings import ServiceSettings

# The pool stops a judge that takes too long; where the pool itself is gone, the system does so.
_GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Refused:
    """A UserError on its way to the pool."""

    code: str
    place: str
    message: str
    problems: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Faulted:
    """Any other exception: its type and place, never its text, which may quote a record."""

    fault: dict[str, Any]


def work(pipe: Connection, settings: ServiceSettings) -> None:
    """Do jobs. Each is (name of a method of Desk, its argument); the reply is what it returned."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    withhold()
    try:
        _work(pipe, settings)
    except Exception as error:  # noqa: BLE001 - multiprocessing would print its text
        logger().error("fault", **fault_of(error))


def _work(pipe: Connection, settings: ServiceSettings) -> None:
    desk = Desk(settings)
    pipe.send(os.getpid())
    while True:
        try:
            name, given = pipe.recv()
        except (EOFError, OSError):
            return
        signal.setitimer(signal.ITIMER_REAL, settings.judge_seconds + _GRACE)
        reply = _reply(desk, name, given)
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            pipe.send(reply)
        except OSError:
            return


def _reply(desk: Desk, name: str, given: Any) -> Any:
    if name == "ping":
        return "pong"
    try:
        jobs: dict[str, Callable[[Any], object]] = {
            "check": desk.check,
            "compare": desk.compare,
            "judge": desk.judge,
        }
        return jobs[name](given)
    except InvalidProtocolError as error:
        return Refused(error.code, error.place, error.message, error.problems)
    except UserError as error:
        return Refused(error.code, error.place, error.message)
    except Exception as error:  # noqa: BLE001 - it is the pool's to raise it, and to log it without its text
        return Faulted(fault_of(error))
