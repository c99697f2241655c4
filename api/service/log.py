"""The service's log: one JSON object a line on standard error, made of names that the program itself gives.

Neither addresses with their values, nor bodies, nor texts of errors go in: any of them may name a patient.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

import structlog


def logger() -> Any:
    """A logger of its own, so that no setting of another library adds to what it writes."""
    return structlog.wrap_logger(
        structlog.WriteLogger(sys.stderr),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=False,
    )


def fault_of(error: BaseException) -> dict[str, Any]:
    """What may be said of a fault of our own: its type and where it was raised, not what it says."""
    told = getattr(error, "fault", None)
    if isinstance(told, dict):
        return told  # of another process
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return {
        "error": type(error).__name__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
