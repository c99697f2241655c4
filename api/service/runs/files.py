"""Files of runs on disk: made in a folder of the attempt, shown when all of them are complete, then removed.

Nobody but the service's user reads them. An attempt that was killed leaves a folder that the next one
removes; what was shown is never half of anything.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from api.errors import UserError
from api.service.settings import setting_name

_SHOWN = "files"
FOREIGN = "uploads"  # a folder that belongs to no run (`uploads.py`)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is complete."""

    name: str
    bytes: int
    sha256: str


class RunFiles:
    """A folder with a folder for each run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def begin(self, run: str, attempt: int) -> Path:
        """An empty folder for an attempt; what earlier ones left is removed."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.rmtree(self.root / run, ignore_errors=True)
            folder = self.root / run / f"attempt-{attempt}"
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise unwritable(error) from error
        return folder

    def show(self, run: str, attempt: int) -> None:
        """Let the files of an attempt be read."""
        folder = self.root / run
        try:
            (folder / f"attempt-{attempt}").rename(folder / _SHOWN)
            for one in (folder, self.root):
                sync(one)
        except OSError as error:
            raise unwritable(error) from error

    def file(self, run: str, name: str) -> Path | None:
        """A file that is shown; None where there is none."""
        path = self.root / run / _SHOWN / name
        return path if path.is_file() else None

    def remove(self, run: str) -> None:
        """Take away all files of a run."""
        shutil.rmtree(self.root / run, ignore_errors=True)

    def runs(self) -> list[str]:
        """Runs that have a folder."""
        if not self.root.is_dir():
            return []
        return sorted(one.name for one in self.root.iterdir() if one.name != FOREIGN)


def unwritable(error: OSError) -> UserError:
    """What is said where the folder of results cannot be written."""
    return UserError("RESULTS_UNWRITABLE", setting_name("results"), error.strerror or "cannot be written")


def kept(path: Path) -> Kept:
    """Length and hash of a file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Kept(path.name, stream.tell(), digest)


def sync(folder: Path) -> None:
    """Make names that were given in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
