"""The service with logs at DEBUG and faults on demand, in its own process and in its judges'.

A file that the environment names holds `POINT|KIND|TEXT`; who comes to that point next takes the file away
and fails in that way, with that text and the arguments of the call in what it says. Run as a program.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

POINTS = (
    "api.service.access.tokens:Tokens._checked",
    "api.service.arriving:depth_of",
    "api.service.routes.screenings:parse_day",
    "api.service.routes.screenings:given_parameters",
    "api.service.routes.patients:reveal",
    "api.service.screenings:Screenings.screen",
    "api.service.screenings:Screenings.answer",
    "api.service.screenings:keep",
    "api.service.screenings:spread",
    "api.service.screenings:check_time",
    "api.service.screenings:record_answer",
    "api.service.screenings:current_answers",
    "api.service.screenings:pseudonym",
    "api.service.screenings:sha256",
    "api.service.held:Held.put",
    "api.service.held:Held.get",
    "api.service.keeping:begin_run",
    "api.service.keeping:store_portion",
    "api.service.keeping:move_run",
    "api.service.keeping:renew_reviews",
    "api.store.database:append",
    "api.store.database:row_hash",
    "api.store.audit:content_hash",
    "starlette.responses:JSONResponse.render",
    "api.service.judging.pool:_Judge.ask",
    # In the judges.
    "api.service.judging.process:_reply",
    "api.service.judging.desk:run",
    "api.service.judging.desk:explain",
    "api.service.judging.desk:questions",
    "api.service.judging.desk:facts_hashes",
    "api.service.judging.desk:read_bundle",
)


def _value(text: str) -> None:
    raise ValueError(text)


def _chained(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError as error:
        raise RuntimeError(text) from error


def _place(text: str) -> None:
    raise OSError(2, "no such file", text)


def _several(text: str) -> None:
    raise ExceptionGroup(text, [ValueError(text), TypeError(text)])


def _database(text: str) -> None:
    from sqlalchemy.exc import DataError

    raise DataError(f"INSERT INTO patients VALUES ('{text}')", {"name": text}, ValueError(text))


def _letters(text: str) -> None:
    raise UnicodeDecodeError("utf-8", text.encode(), 0, 1, text)


def _talkative(text: str) -> None:
    """A library that says what it saw before it fails."""
    warnings.warn(text, stacklevel=1)
    for level in (logging.DEBUG, logging.ERROR):
        logging.getLogger("library").log(level, "saw %s", text, stack_info=True)
    try:
        raise MemoryError(text)
    except MemoryError:
        logging.getLogger("library").exception(text)
        raise


KINDS: dict[str, Callable[[str], None]] = {
    "value": _value,
    "chained": _chained,
    "place": _place,
    "several": _several,
    "database": _database,
    "letters": _letters,
    "talkative": _talkative,
}


def _failing(point: str, function: Callable[..., Any]) -> Callable[..., Any]:
    ordered = Path(os.environ["FAULTS"])

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if ordered.exists():
            told = ordered.read_text()
            name, _, rest = told.partition("|")
            if name == point:
                ordered.unlink()
                kind, _, text = rest.partition("|")
                KINDS[kind](f"{text} {args!r} {named!r}"[:100_000])
        return function(*args, **named)

    return call


def place_of(point: str) -> tuple[Any, str]:
    """What holds a point, and its name there."""
    module, _, path = point.partition(":")
    holder: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        holder = getattr(holder, part)
    return holder, name


def _install() -> None:
    for point in POINTS:
        holder, name = place_of(point)
        setattr(holder, name, _failing(point, getattr(holder, name)))


if "FAULTS" in os.environ:
    # In judges, too: they load the program they were begun by.
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    warnings.simplefilter("always")
    _install()

if __name__ == "__main__":
    from api.cli import main

    main()
