"""The corpus: protocol texts beside what they compile to, or beside what is said about them.

`UPDATE_CORPUS=1` writes the expected files anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

from criteria_dsl import Compiled, compile_text

HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.elig"))
BAD = sorted((HERE / "bad").glob("*.elig"))


def compiled(path: Path) -> Compiled:
    """A corpus file, its libraries taken from the `libraries` folder beside it."""

    def library(name: str) -> str | None:
        file = path.parent / "libraries" / f"{name}.elig"
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return compile_text(path.read_text(encoding="utf-8"), name=path.name, library=library)


def rendered(result: Compiled) -> str:
    """All problems as a person sees them.

    That a term could name its analyte is said only of the text that is about that: most have an HbA1c.
    """
    shown = [p for p in result.problems if p.code != "W502" or p.file.startswith("W502")]
    return "".join(f"{problem.render()}\n" for problem in shown)


def expected(path: Path, actual: str) -> str:
    """The text kept beside a corpus file, written first where an update is asked for."""
    beside = path.with_suffix(".txt")
    if os.environ.get("UPDATE_CORPUS") == "1":
        beside.write_text(actual, encoding="utf-8")
    return beside.read_text(encoding="utf-8")
