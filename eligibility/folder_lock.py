"""One writer of a folder at a time, whoever it is; the lock goes with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = ".lock"


class BusyError(Exception):
    """Somebody else works in the folder."""


@contextmanager
def held(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a folder, alone or with others who only read. Raises BusyError, and OSError for no such folder.

    Who holds it alone takes the file of the lock away in the end.
    """
    handle = _locked(folder / NAME, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        yield
    finally:
        if not shared:
            (folder / NAME).unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path, kind: int) -> int:
    """An open file that is locked and has this name still."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except FileNotFoundError:
            pass
        except BlockingIOError:
            os.close(handle)
            raise BusyError(str(path.parent)) from None
        except OSError:
            os.close(handle)
            raise
        os.close(handle)  # its last holder took the name away meanwhile
