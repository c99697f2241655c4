"""What libraries say of their own accord (logs, warnings, tracebacks) is written without their words.

A library's message may quote a record, at levels that an operator turns on or in a fault that nobody
foresaw. What is left is who spoke, how gravely, and where in the code: enough to look it up.
"""

from __future__ import annotations

import logging
import resource
import sys
import threading
import warnings
from types import TracebackType
from typing import Any

from api.service.log import fault_of, logger

_make = logging.LogRecord


def withhold() -> None:
    """For this process, from now on."""
    logging.setLogRecordFactory(_record)
    warnings.showwarning = _warned  # type: ignore[assignment]
    sys.excepthook = _failed
    threading.excepthook = lambda told: _told(told.exc_value)
    sys.unraisablehook = lambda told: _told(told.exc_value)
    # The memory of a process that dies is not written to any disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _record(name: str, level: int, path: str, line: int, *_: Any, **more: Any) -> logging.LogRecord:
    place = f"{path.rpartition('/')[2]}:{line}"
    return _make(name, level, path, line, f"{name} at {place}", (), None, more.get("func"), None)


def _warned(_: object, category: type[Warning], path: str, line: int, *__: Any, **___: Any) -> None:
    logger().warning("warning", kind=category.__name__, at=f"{path.rpartition('/')[2]}:{line}")


def _failed(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    _told(error)


def _told(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        logger().error("fault", **fault_of(error))
