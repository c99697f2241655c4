"""Extracts that came along with the request for a run: kept on disk for its workers until the run has ended.

They lie beside the files of runs, where every worker can read them and nobody but the service's user.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.service.runs.files import FOREIGN, sync, unwritable
from api.store.keys import new_key

# What came for a run that was never begun stays as long: longer than a request can take.
_FORSAKEN_SECONDS = 3600.0


class Uploads:
    """A folder with a file for each run that has not ended."""

    def __init__(self, results: Path) -> None:
        self.root = results / FOREIGN

    @contextmanager
    def received(self, content: bytes) -> Iterator[Path]:
        """Content on the disk, under no run's name; gone at the end of the block unless `give` took it."""
        path = self.root / f"{new_key()}-received"
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(path, "xb", opener=_private) as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            path.unlink(missing_ok=True)
            raise unwritable(error) from error
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def give(self, received: Path, run: str) -> None:
        """Let a run have what was received."""
        try:
            received.rename(self.path(run))
            sync(self.root)
        except OSError as error:
            raise unwritable(error) from error

    def path(self, run: str) -> Path:
        """Where a run's extract is."""
        return self.root / run

    def remove(self, run: str) -> None:
        """Take a run's extract away."""
        self.path(run).unlink(missing_ok=True)

    def runs(self) -> list[str]:
        """Runs whose extract is there."""
        return sorted(one.name for one in self._files() if not _is_received(one))

    def forsaken(self, run: str) -> bool:
        """Whether an extract has been there for so long that its run would be known by now."""
        try:
            return time.time() - self.path(run).stat().st_mtime > _FORSAKEN_SECONDS
        except FileNotFoundError:
            return False

    def tidy(self) -> None:
        """Take away what was received by a process that ended before it could give it to a run."""
        for one in self._files():
            if _is_received(one) and self.forsaken(one.name):
                self.remove(one.name)

    def _files(self) -> list[Path]:
        return list(self.root.iterdir()) if self.root.is_dir() else []


def _is_received(path: Path) -> bool:
    return path.name.endswith("-received")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
