"""The browser that the machine has: the one that CHROMIUM names, else Chromium on the PATH.

As root, Debian's package is installed where there is none. Otherwise the one line of `MissingError` says what
to install: a test is never left out for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_WAIT = ["-o", "DPkg::Lock::Timeout=600"]  # several workers may come to it at once
_INSTALL = ["apt-get", *_WAIT, "install", "-y", "-q", "--no-install-recommends", "chromium"]


class MissingError(RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "Chromium is missing: run `apt-get install chromium` (Debian), or set CHROMIUM to its path"
        )


def program(path: str | None = None, may_install: bool | None = None) -> Path:
    """The browser's program; raises MissingError."""
    found = _installed(path)
    if found is None and (os.geteuid() == 0 if may_install is None else may_install):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-q"], _INSTALL):
            # A failed update may still leave lists that are good enough; what counts is what is there.
            with contextlib.suppress(OSError):
                subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL)
        found = _installed(path)
    if found is None:
        raise MissingError
    return found


def _installed(path: str | None) -> Path | None:
    named = os.environ.get("CHROMIUM", "") if path is None else ""
    if named:
        return Path(named) if os.access(named, os.X_OK) else None
    for name in _NAMES:
        found = shutil.which(name, path=path)
        if found is not None:
            return Path(found)
    return None


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window, gone afterwards."""
    # Root has no sandbox: the browser refuses to start with one.
    words = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program(), args=words)
        try:
            yield found
        finally:
            found.close()
