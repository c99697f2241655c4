"""How far a fetch is, on standard error, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from api.bulk.fetching import Watch


class Unwatched:
    """Tells nobody."""

    def waiting(self, said: str) -> None: ...

    def downloading(self, files: int, done: int) -> None: ...

    def bytes(self, count: int) -> None: ...


class _Shown:
    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("asking", total=None)

    def waiting(self, said: str) -> None:
        self._bar.update(self._task, description=f"the server is at work {said}".rstrip())

    def downloading(self, files: int, done: int) -> None:
        self._bar.update(self._task, description=f"{done} of {files} files")

    def bytes(self, count: int) -> None:
        self._bar.advance(self._task, count)


@contextmanager
def watching(quiet: bool) -> Iterator[Watch]:
    """Yield what is told how far a fetch is. The server gives no sizes: bytes and rate are all there is."""
    if quiet or not sys.stderr.isatty():
        yield Unwatched()
        return
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Shown(bar)
