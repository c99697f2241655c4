"""Java for a Spark on this machine: the one that is there, else Debian's, which root installs.

Otherwise the one line of `MissingError` says what to install: a test is never left out for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

_WAIT = ("-o", "DPkg::Lock::Timeout=600")  # several workers may come to it at once
_PACKAGE = "openjdk-17-jre-headless"


class MissingError(RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            f"Java is missing: run `apt-get install {_PACKAGE}` (Debian), or put java on the PATH"
        )


def require_java() -> None:
    """Raises MissingError."""
    if _is_there():
        return
    if os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", _PACKAGE]):
            # A failed update may still leave lists that are good enough; what counts is what is there.
            with contextlib.suppress(OSError):
                subprocess.run(["apt-get", *_WAIT, *words], env=quiet, check=False, stdout=subprocess.DEVNULL)
    if not _is_there():
        raise MissingError


def _is_there() -> bool:
    home = os.environ.get("JAVA_HOME", "")
    return shutil.which("java") is not None or bool(home and Path(home, "bin", "java").exists())
