"""How somebody who was interrupted goes on: by the same command."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def tell_how_to_go_on(why: str = "") -> None:
    """Write the command of this process on standard error, behind what ended it."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    before = f"\n{why}; " if why else ""
    sys.stderr.write(f"{before}to go on:\n  {shlex.join(words)}\n")
